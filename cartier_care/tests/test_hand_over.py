# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The hand-over: the condition held against the intake's marks, the collector, the parcel."""

from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from .browser import ALT, BrowserCase
from .common import PIXEL, CareCommon


class HandOverCommon(CareCommon):
    """A ready creation whose photo of the intake bears two marks."""

    def _photo_vals(self, stage="intake", marks=0):
        return {
            "image_1920": PIXEL,
            "stage": stage,
            "mark_ids": [
                Command.create({"x": 0.25 * (index + 1), "y": 0.5, "kind": "scratch"})
                for index in range(marks)
            ],
        }

    def _ready(self, **values):
        order = self._order(
            self._creation(), "shining", photo_ids=[Command.create(self._photo_vals(marks=2))]
        )
        self._to(order, "ready")
        order.write(values)
        return order


@tagged("post_install", "-at_install")
class TestHandOver(HandOverCommon):
    """What the advisor confirms with the creation in hand (issue 4; care-rules.md, 9)."""

    def test_each_mark_is_compared(self):
        """An advisor says of each mark what became of it; with the last the comparison is done."""
        order = self._ready().with_user(self.advisor)
        first, second = order.intake_mark_ids.sorted("number")
        first.hand_over_state = "gone"
        self.assertFalse(order.is_condition_compared)
        second.write({"hand_over_state": "changed", "hand_over_note": "A little deeper"})
        self.assertTrue(order.is_condition_compared)
        self.assertEqual((second.kind, second.number), ("scratch", 2), "the mark itself stays")

    def test_compared_from_the_order(self):
        """The screen saves the comparison with the order."""
        order = self._ready().with_user(self.advisor)
        marks = order.intake_mark_ids
        order.write(
            {
                "intake_mark_ids": [
                    Command.update(mark.id, {"hand_over_state": "unchanged"}) for mark in marks
                ]
            }
        )
        self.assertEqual(set(marks.mapped("hand_over_state")), {"unchanged"})
        self.assertTrue(order.is_condition_compared)

    def test_compared_when_it_goes_home(self):
        """Neither before the creation is ready nor after it has gone; marks stand still anyway."""
        order = self._order(
            self._creation(), "shining", photo_ids=[Command.create(self._photo_vals(marks=1))]
        )
        mark = order.photo_ids.mark_ids.with_user(self.advisor)
        self.assertRefused(mark.write, {"hand_over_state": "unchanged"})
        self._to(order, "ready")
        self.assertRefused(mark.write, {"hand_over_state": "unchanged", "x": 0.9})
        mark.hand_over_state = "unchanged"
        self._hand_over(order)
        self.assertRefused(mark.write, {"hand_over_state": "changed"})
        self.assertEqual(mark.hand_over_state, "unchanged")

    def test_other_boutiques_compare_nothing(self):
        mark = self._ready().photo_ids.mark_ids[:1]
        self.assertForbidden(mark.with_user(self.advisor_2).write, {"hand_over_state": "unchanged"})

    def test_somebody_else_needs_the_client_s_word(self):
        """Named at intake is shown; identity, authorization and signature are still asked for."""
        order = self._ready()
        order.intake_id.authorized_collector = "Théo Martin"
        self.assertEqual(order.with_user(self.advisor).authorized_collector, "Théo Martin")
        vals = {**self._hand_over_vals(), "collected_by": "Théo Martin", "collector_role": "other"}
        order.write(vals)
        self.assertRefused(order.with_user(self.advisor).action_hand_over)
        order.has_owner_authorization = True
        order.with_user(self.advisor).action_hand_over()
        self.assertEqual(order.state, "done")

    def test_parcel_from_the_order(self):
        """By parcel the carrier and its number are asked for, and typed on the order itself."""
        order = self._ready()
        order.intake_id.return_method = "parcel"
        as_advisor = order.with_user(self.advisor)
        self.assertRefused(as_advisor.action_hand_over)
        with Form(as_advisor) as form:
            form.return_carrier = "Brink’s"
            form.return_tracking = "BX 4471"
        self.assertEqual(
            (order.intake_id.return_carrier, order.intake_id.return_tracking),
            ("Brink’s", "BX 4471"),
        )
        as_advisor.action_hand_over()
        self.assertEqual(order.state, "done")

    def test_parcel_through_client_relations(self):
        """A parcel comes in through the Client Relations Center, with its tracking both ways."""
        place = self._create_location("Client Relations", "client_relations", self.advisor)
        with Form(self.env["care.intake"].with_user(self.advisor)) as form:
            form.partner_id = self.client
            form.channel = "client_relations"
            self.assertEqual(form.location_id, place)
            form.inbound_carrier = "Malca-Amit"
            form.inbound_tracking = "IN 1847"
            form.return_method = "parcel"
            form.return_carrier = "Ferrari"
            form.return_tracking = "OUT 1902"
        intake = form.record
        self.assertEqual((intake.inbound_tracking, intake.return_tracking), ("IN 1847", "OUT 1902"))

    def test_parcels_come_to_who_works_at_their_center(self):
        """What comes to the Client Relations Center comes by parcel, unless somebody says else."""
        intakes = self.env["care.intake"].with_user(self.advisor)
        self.assertEqual(intakes.new().channel, "boutique")
        self.boutique.user_ids -= self.advisor
        self._create_location("Client Relations", "client_relations", self.advisor)
        self.assertEqual(intakes.new().channel, "client_relations")


@tagged("post_install", "-at_install")
class TestHandOverInTheBrowser(HandOverCommon, BrowserCase, HttpCase):
    """The comparison on the screen."""

    def test_compare_tour(self):
        """Before and after stand side by side; each mark is answered with one click."""
        self.env["res.lang"]._activate_lang("en_US")
        self.advisor.lang = "en_US"
        order = self._ready(photo_ids=[Command.create(self._photo_vals("after"))])
        self.start_tour(f"/odoo/care-orders/{order.id}", "care_compare", login=self.advisor.login)
        self.env.invalidate_all()
        marks = order.intake_mark_ids.sorted("number")
        self.assertEqual(marks.mapped("hand_over_state"), ["gone", "changed"])
        self.assertEqual(marks[1].hand_over_note, "Deeper now")
        self.assertTrue(order.is_condition_compared)

    def test_by_keyboard(self):
        """From the notice to the end without a mouse: who collects, identity, signature."""
        order = self._ready()

        def focus_in(name):
            return f"Boolean(document.activeElement.closest('.o_field_widget[name={name}]'))"

        def visit(page):
            page.wait("Boolean(document.querySelector('.o_care_blockers [data-hotkey=g]'))")
            page.press("g", ALT)
            page.wait(focus_in("collected_by"))
            page.type("Ada Client")
            page.press_until("Tab", focus_in("is_collector_verified"), most=3)
            page.press("Space")
            page.press_until("Tab", focus_in("collection_signature"), most=1)
            page.press("Enter")
            page.wait("Boolean(document.querySelector('.modal footer .btn-primary:enabled'))")
            page.press_until("Tab", "document.activeElement.matches('.modal .btn-primary')", most=8)
            page.press("Enter")
            page.wait(
                "!document.querySelector('.modal')"
                " && Boolean(document.querySelector('[name=collection_signature] img'))"
            )
            self.assertTrue(page.run(focus_in("collection_signature")), "where one was")
            page.wait("Boolean(document.querySelector('button[name=action_hand_over]:enabled'))")
            page.wait()
            page.press("q", ALT)
            page.wait("!document.querySelector('button[name=action_hand_over]')")

        self.drive(f"/odoo/care-orders/{order.id}", visit, login=self.advisor.login)
        self.env.invalidate_all()
        self.assertEqual((order.state, order.collected_by), ("done", "Ada Client"))
        self.assertTrue(order.collection_signature)
