# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestReproduction(CareCommon):
    """Rules section 7: reproduction and pairing."""

    def _reproduce(self, original, state="done"):
        order = self._order(original, "reproduction")
        self._line(order, "reproduction").price_unit = 3000.0
        return self._to(order, state)

    def test_reproduction(self):
        """Section 7: the original is retired, a new creation with the same number goes home."""
        original = self._creation(
            "necklace",
            metal_ids=[Command.set(self.white_gold.ids)],
            gem_ids=[Command.set(self.emerald.ids)],
            is_paved=True,
            engraving_capacity=7,
            measure=45.0,
        )
        order = self._reproduce(original)
        self.assertEqual((order.state, order.disposition), ("done", "reproduced"))
        self.assertEqual(original.state, "replaced")
        copy = original.reproduction_ids
        self.assertEqual(len(copy), 1)
        self.assertEqual(copy.serial_number, original.serial_number)
        self.assertEqual((copy.state, copy.original_id), ("in_use", original))
        self.assertEqual(copy.partner_id, original.partner_id)
        for name in (
            "product_id",
            "creation_type",
            "collection_id",
            "metal_ids",
            "gem_ids",
            "is_paved",
            "engraving_capacity",
        ):
            self.assertEqual(copy[name], original[name], name)

    def test_the_original_is_retired_at_the_finish(self):
        """Section 7: at the finish, not before."""
        original = self._creation()
        order = self._reproduce(original, "in_progress")
        self.assertEqual(original.state, "in_use")
        self.assertFalse(original.reproduction_ids)
        self._finish(order)
        self.assertEqual(original.state, "replaced")
        self.assertEqual(len(original.reproduction_ids), 1)

    def test_rework_of_a_reproduction(self):
        """Sections 6 and 7: a rework makes no second reproduction."""
        original = self._creation()
        order = self._reproduce(original, "ready")
        order.action_rework()
        self._finish(order)
        self.assertEqual(order.state, "ready")
        self.assertEqual(len(original.reproduction_ids), 1)
        self.assertEqual(original.state, "replaced")

    def test_surrender_needs_consent(self):
        """Section 7: surrendered with the client's signed consent: an approval is needed."""
        order = self._order(self._creation(), "reproduction")
        self._line(order, "reproduction").price_unit = 0.0
        self._receive(order)
        self.assertRefused(order.action_start)
        self._approve(order)
        order.action_start()
        self.assertEqual(order.state, "in_progress")

    def test_surrender_is_not_pre_approved(self):
        """Section 7: an amount signed for in advance is no consent to a surrender."""
        order = self._order(self._creation(), "reproduction", pre_approved_amount=9000.0)
        self._line(order, "reproduction").price_unit = 3000.0
        self._receive(order)
        self.assertRefused(order.action_start)

    def test_declined_reproduction(self):
        """Section 7: a declined reproduction retires nothing."""
        original = self._creation()
        order = self._reproduce(original, "approved")
        order.action_decline("Too dear")
        self._hand_over(order)
        self.assertEqual(original.state, "in_use")
        self.assertFalse(original.reproduction_ids)

    def test_reproduction_found_not_feasible(self):
        """Section 7: what was not carried out retires nothing."""
        original = self._creation()
        order = self._order(original, "reproduction", "shining")
        order.action_receive()
        self._line(order, "reproduction").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(order)
        self._start(order)
        self._finish(order)
        self.assertEqual(original.state, "in_use")
        self.assertFalse(original.reproduction_ids)

    def test_a_retired_creation_takes_no_order(self):
        """Section 7: the original was surrendered: no order is received for it."""
        original = self._creation()
        self._reproduce(original)
        self.assertRefused(lambda: self._order(original, "shining").action_receive())

    def test_the_reproduction_may_have_care(self):
        """Section 7: the new creation is a creation like any other."""
        original = self._creation()
        self._reproduce(original)
        order = self._done(original.reproduction_ids, "shining")
        self.assertEqual(order.state, "done")

    def test_history_stays_with_the_number(self):
        """Section 7: service history stays with the number."""
        original = self._creation()
        first = self._done(original, "shining")
        second = self._reproduce(original)
        copy = original.reproduction_ids
        third = self._done(copy, "reshaping")
        history = (original | copy).order_ids
        self.assertEqual(history, first | second | third)

    def test_redo_of_the_number(self):
        """Sections 2.1 and 7: a redo is of the same number, on the piece that lives."""
        original = self._creation()
        order = self._order(original, "reproduction", "engraving")
        self._line(order, "reproduction").price_unit = 3000.0
        self._to(order, "done")
        copy = original.reproduction_ids
        redo = self._order(copy, "engraving", redo_of_id=order.id)
        self.assertPrice(self._line(redo, "engraving"), 0.0, "warranty")

    def test_a_redo_of_the_original_is_offered(self):
        """Rules 2.1: the form of a reproduction's order offers the original's orders too."""
        original = self._creation()
        first = self._reproduce(original)
        order = self._order(original.reproduction_ids, "shining")
        view = etree.fromstring(order.get_view(view_type="form")["arch"])
        (field,) = view.xpath("//field[@name='redo_of_id']")
        offered = safe_eval(field.get("domain"), {"lineage_key": order.lineage_key})
        self.assertEqual(self.env["care.order"].search(offered), first)

    def test_what_prices_follow_from_is_told(self):
        """Security: who changes what limits and prices follow from leaves a trace."""
        creation = self._creation(metal_ids=[Command.set(self.white_gold.ids)], is_resizable=True)
        creation = creation.with_context(tracking_disable=False, mail_notrack=False)
        self._flush_tracking()
        before = creation.message_ids
        shining = self.env.ref("cartier_care.care_service_shining")
        creation.with_user(self.advisor).write(
            {
                "metal_ids": [Command.clear()],
                "is_resizable": False,
                "is_paved": True,
                "prior_service_ids": [Command.set(shining.ids)],
                "prior_polishing_count": 2,
            }
        )
        self._flush_tracking()
        told = (creation.message_ids - before).sudo().tracking_value_ids.field_id
        self.assertEqual(
            set(told.mapped("name")),
            {"metal_ids", "is_resizable", "is_paved", "prior_service_ids", "prior_polishing_count"},
        )

    def _flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()

    def test_pairing_retires_nothing(self):
        """Section 7: the reproduced half joins the creation; the piece stays."""
        creation = self._creation("earrings", part_count=2)
        order = self._order(creation, "pairing")
        self._line(order, "pairing").price_unit = 800.0
        self._to(order, "done")
        self.assertEqual((order.state, order.disposition), ("done", "serviced"))
        self.assertEqual(creation.state, "in_use")
        self.assertFalse(creation.reproduction_ids)
        self.assertEqual(creation.part_count, 2)

    def test_restoration_impossible(self):
        """Section 5, last row: restoration found impossible → reproduction, proposed only."""
        order = self._order(self._creation(), "restoration")
        order.action_receive()
        self._line(order, "restoration").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(order)
        self.assertPrice(self._line(order, "restoration"), 0.0, "not_feasible")
        self.assertFalse(self._line(order, "reproduction"))
        self._add_line(order, "reproduction")
        self._line(order, "reproduction").with_user(self.jeweler).price_unit = 3000.0
        order.action_propose()
        self.assertEqual(order.amount_total, 3000.0)
