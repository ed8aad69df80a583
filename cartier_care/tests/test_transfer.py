# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 4, custody: what travels is accounted for, whatever happens on the way."""

from lxml import etree

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import PIXEL, CareCommon


class TransferCommon(CareCommon):
    """Creations on their way from the boutique to the workshop."""

    def _received(self, *codes, **values):
        order = self._order(self._creation(), *(codes or ("reshaping",)), **values)
        order.action_receive()
        return order

    def _transfer(self, orders, user=None, **values):
        return (
            self.env["care.transfer"]
            .with_user(user or self.advisor)
            .create(
                {
                    "from_location_id": self.boutique.id,
                    "to_location_id": self.workshop.id,
                    "order_ids": [Command.set(orders.ids)],
                    **values,
                }
            )
        )

    def _sent(self, count, **values):
        orders = self.env["care.order"].concat(*(self._received() for _index in range(count)))
        transfer = self._transfer(orders, **values)
        transfer.action_send()
        return transfer, orders

    def _arrive(self, transfer, *orders):
        transfer.with_user(self.jeweler).action_receive([order.creation_id.id for order in orders])

    def _open_activities(self, transfer):
        return transfer.sudo().activity_ids


@tagged("post_install", "-at_install")
class TestTransfer(TransferCommon):
    """Sending, receiving and what does not arrive."""

    def test_discrepancy_is_raised_to_both_sides(self):
        """Custody: discrepancies are raised to both sides, and both can open the transfer."""
        transfer, orders = self._sent(2)
        self._arrive(transfer, orders[0])
        activities = self._open_activities(transfer)
        self.assertEqual(activities.user_id, self.advisor | self.jeweler)
        for activity in activities:
            self.assertIn(orders[1].name, activity.summary)
            self.assertNotIn(orders[0].name, activity.summary)
        for user in (self.advisor, self.jeweler):
            seen = transfer.with_user(user)
            self.assertEqual(seen.missing_order_ids.ids, orders[1].ids)
            self.assertEqual((seen.order_count, seen.missing_count), (2, 1))

    def test_discrepancy_is_kept_up_to_date(self):
        """Custody: each partial receipt brings the open search up to date, and makes no other."""
        transfer, orders = self._sent(4)
        self._arrive(transfer, orders[0])
        first = self._open_activities(transfer)
        self._arrive(transfer, orders[1])
        self.assertEqual(self._open_activities(transfer), first)
        for activity in first:
            self.assertIn(orders[2].name, activity.summary)
            self.assertNotIn(orders[1].name, activity.summary)
        # One of them has looked and is done; the next receipt asks that side again, once.
        first.filtered(lambda one: one.user_id == self.jeweler).action_feedback()
        self._arrive(transfer, orders[2])
        self.assertEqual(len(self._open_activities(transfer)), 2)

    def test_each_end_is_asked_in_its_language(self):
        """What is missing is told, and brought up to date, in the language of who is asked."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.jeweler.lang = "fr_FR"
        transfer, orders = self._sent(3)
        # Whoever receives, in whatever language.
        for lang, arrived, missing in (("fr_FR", 0, orders[1:]), ("en_US", 1, orders[2])):
            self._arrive(transfer.with_context(lang=lang), orders[arrived])
            names = ", ".join(missing.mapped("name"))
            self.assertEqual(
                {todo.user_id: todo.summary for todo in self._open_activities(transfer)},
                {
                    self.advisor: f"Missing on arrival: {names}",
                    self.jeweler: f"Manquant à l’arrivée\u202f: {names}",
                },
            )

    def test_what_is_on_its_way_is_so_in_the_reader_s_language(self):
        """The place is made in the language of whoever sends first; nobody else need know it."""
        self.env["res.lang"]._activate_lang("fr_FR")
        company = self.env["res.company"].create({"name": "Care Way"})
        transfer = self.env["care.transfer"].new({"company_id": company.id})
        place = transfer.with_context(lang="fr_FR")._get_transit_location()
        self.assertEqual(place.with_context(lang="en_US").display_name, "In transit")
        self.assertEqual(place.with_context(lang="fr_FR").display_name, "En transit")
        place.name = "On the road"
        self.assertEqual(place.with_context(lang="fr_FR").display_name, "On the road")

    def test_late_arrival_ends_the_search(self):
        """Custody: when the last one comes, nobody is asked any more, and it is said so."""
        transfer, orders = self._sent(2)
        self._arrive(transfer, orders[0])
        self._arrive(transfer, orders[1])
        self.assertFalse(self._open_activities(transfer))
        self.assertFalse(transfer.missing_order_ids)
        self.assertIn("Nothing is missing", str(transfer.sudo().message_ids.mapped("body")))

    def test_nothing_missing_asks_nobody(self):
        """Custody: a transfer that arrives whole asks nobody."""
        transfer, _orders = self._sent(2)
        transfer.with_user(self.jeweler).action_receive()
        self.assertFalse(self._open_activities(transfer))

    def test_places_without_staff_ask_once(self):
        """Custody: where nobody is said to work, who receives is asked, once for both ends."""
        (self.boutique | self.workshop).sudo().user_ids = [Command.clear()]
        transfer, orders = self._sent(2)
        self._arrive(transfer, orders[0])
        self.assertEqual(self._open_activities(transfer).user_id, self.jeweler)
        self.assertEqual(len(self._open_activities(transfer)), 1)

    def test_lost_on_the_way(self):
        """Unhappy ends: what the manager reports lost in transit is awaited no more."""
        transfer, orders = self._sent(2)
        self._arrive(transfer, orders[0])
        lost = orders[1]
        self.assertForbidden(lost.with_user(self.jeweler).action_report_lost, "Never came")
        lost.with_user(self.manager).action_report_lost("The carrier lost the parcel")
        self.assertEqual((lost.state, lost.disposition), ("done", "lost"))
        self.assertFalse(lost.creation_id.current_location_id)
        self.assertFalse(transfer.missing_order_ids)
        self.assertFalse(self._open_activities(transfer))
        # Receiving the rest once more brings no lost creation back into a safe.
        transfer.with_user(self.jeweler).action_receive()
        self.assertFalse(lost.creation_id.current_location_id)
        message = self.assertRefused(transfer.with_user(self.jeweler).scan_envelope, lost.name)
        self.assertIn(lost.name, message)

    def test_a_whole_parcel_lost(self):
        """Unhappy ends: a transfer on which nothing is awaited any more is over."""
        transfer, orders = self._sent(2)
        orders[0].with_user(self.manager).action_report_lost("The van was robbed")
        self.assertEqual(transfer.state, "sent")
        orders[1].with_user(self.manager).action_report_lost("The van was robbed")
        self.assertEqual(transfer.state, "received")
        self.assertFalse(self._open_activities(transfer))

    def test_damaged_on_the_way(self):
        """Unhappy ends: damage is noted with a photo for the house, and waits for the manager."""
        transfer, orders = self._sent(2)
        order = orders[0]
        at_workshop = transfer.with_user(self.jeweler)
        self.assertRefused(at_workshop.action_report_damage, order.id, "  ")
        stranger = self._received()
        self.assertRefused(at_workshop.action_report_damage, stranger.id, "A dent")
        self.assertForbidden(
            transfer.with_user(self.jeweler_2).action_report_damage, order.id, "A dent"
        )
        wizard = (
            self.env["care.transfer.damage"]
            .with_user(self.jeweler)
            .with_context(
                active_model="care.order", active_id=order.id, default_transfer_id=transfer.id
            )
            .create({"note": "A prong is bent", "photo": PIXEL})
        )
        wizard.action_confirm()
        # Who is still unpacking raises no alarm about the rest.
        self.assertEqual((transfer.state, transfer.ticked_order_ids), ("sent", order))
        self.assertFalse(self._open_activities(transfer))
        at_workshop.action_receive_ticked()
        self.assertEqual(order.creation_id.current_location_id, self.workshop, "it has arrived")
        self.assertEqual(transfer.missing_order_ids, orders[1])
        self.assertEqual(order.hold_reason, "manager")
        photo = order.photo_ids
        self.assertEqual(
            (photo.name, photo.stage, photo.is_internal), ("A prong is bent", "arrival", True)
        )
        self.assertIn("A prong is bent", str(order.sudo().message_ids.mapped("body")))
        self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
        # Nothing goes on before the manager has decided.
        self._diagnose(order)
        self.assertRefused(order.with_user(self.advisor).action_propose)
        self.assertForbidden(order.with_user(self.advisor).write, {"hold_reason": False})
        order.with_user(self.manager).hold_reason = False
        order.with_user(self.advisor).action_propose()

    def test_damage_is_raised_to_both_sides(self):
        """Custody: what comes back damaged, the sending jeweler is told too."""
        order = self._received(user_id=self.advisor.id)
        order.sudo().creation_id.current_location_id = self.workshop
        back = self._transfer(
            order,
            user=self.jeweler,
            from_location_id=self.workshop.id,
            to_location_id=self.boutique.id,
        )
        back.action_send()
        self.env["res.lang"]._activate_lang("fr_FR")
        self.jeweler.lang = "fr_FR"
        back.with_user(self.advisor).action_report_damage(order.id, "A dent")
        asked = {todo.user_id: todo.summary for todo in order.sudo().activity_ids}
        self.assertEqual(set(asked), {self.advisor, self.jeweler})
        self.assertEqual(asked[self.advisor], "Arrived damaged: decide with the care manager")
        self.assertNotEqual(asked[self.jeweler], asked[self.advisor], "each in their language")

    def test_nobody_signs_for_the_other_end(self):
        """Custody: who sent it acknowledges no receipt; who works there and the manager do."""
        transfer, orders = self._sent(2)
        row = orders.with_user(self.advisor).with_context(care_transfer_id=transfer.id)
        for attempt in (
            lambda: transfer.action_receive(),
            lambda: transfer.action_receive(orders[0].creation_id.ids),
            lambda: transfer.action_receive_all(),
            lambda: transfer.action_receive_ticked(),
            lambda: transfer.action_tick(orders[0].ids),
            lambda: transfer.action_untick(orders[0].ids),
            lambda: transfer.scan_envelope(orders[0].name),
            lambda: transfer.action_report_damage(orders[0].id, "A dent"),
            lambda: row[0].action_arrived(),
        ):
            message = self.assertRefused(attempt)
            self.assertIn(transfer.name, message)
            self.assertIn(self.workshop.name, message)
        self.assertEqual(transfer.state, "sent")
        self.assertFalse(transfer.sudo().ticked_order_ids)
        self.assertEqual(orders.sudo().creation_id.current_location_id.location_type, "transit")
        transfer.with_user(self.manager).action_receive(orders[0].creation_id.ids)
        # A place without staff is open to everybody of the role.
        self.workshop.sudo().user_ids = [Command.clear()]
        transfer.invalidate_recordset()
        transfer.action_receive()
        self.assertFalse(transfer.missing_order_ids)

    def test_ticked_off_by_hand(self):
        """Custody: what is unpacked one by one is received together, and raises no alarm before."""
        transfer, orders = self._sent(3)
        row = orders.with_user(self.jeweler).with_context(care_transfer_id=transfer.id)
        self.assertTrue(transfer.with_user(self.jeweler).can_receive)
        self.assertFalse(transfer.with_user(self.advisor).can_receive, "who sent it offers nothing")
        arch = etree.fromstring(transfer.get_view(view_type="list")["arch"])
        (button,) = arch.xpath("//button[@name='action_receive_all']")
        self.assertEqual(button.getparent().tag, "list", "a header offers it to both ends")
        self.assertIn("not can_receive", button.get("invisible"))
        row[:2].action_arrived()
        row[1].action_not_arrived()
        self.assertEqual((transfer.state, transfer.ticked_order_ids), ("sent", orders[0]))
        self.assertFalse(self._open_activities(transfer))
        self.assertRefused(transfer.with_user(self.jeweler).action_tick, self._received().ids)
        transfer.with_user(self.jeweler).action_receive_ticked()
        self.assertEqual(transfer.missing_order_ids, orders[1:])
        self.assertRefused(row[0].action_not_arrived)

    def test_who_is_asked(self):
        """Custody: of each end, who sent or who unpacks is asked, not just anybody."""
        colleagues = self.env["res.users"]
        for place, group in ((self.boutique, "boutique"), (self.workshop, "workshop")):
            colleague = self._create_user(f"care_t_who_{group}", f"group_care_{group}")
            colleagues |= colleague
            place.sudo().user_ids |= colleague
        transfer = self._transfer(self._received() | self._received(), user=colleagues[0])
        transfer.action_send()
        orders = transfer.sudo().order_ids
        transfer.with_user(colleagues[1]).action_receive(orders[0].creation_id.ids)
        self.assertEqual(self._open_activities(transfer).user_id, colleagues)
        # The end that looks already is not asked twice.
        transfer.with_user(self.jeweler).action_receive([])
        self.assertEqual(self._open_activities(transfer).user_id, colleagues)

    def test_handed_over_before_the_transfer_was_received(self):
        """Custody: a creation that is with its owner does not come back by a late click."""
        transfer, orders = self._sent(2)
        orders[0].action_decline("Wants it back")
        self._hand_over(orders[0])
        transfer.with_user(self.jeweler).action_receive()
        self.assertFalse(orders[0].creation_id.current_location_id)
        self.assertEqual(orders[1].creation_id.current_location_id, self.workshop)
        self.assertFalse(transfer.missing_order_ids)

    def test_every_refusal_is_named(self):
        """Batch: sending several transfers names each that cannot leave, and sends none."""
        good = self._transfer(self._received())
        empty = self._transfer(self.env["care.order"])
        away = self._received()
        away.sudo().creation_id.current_location_id = self.workshop
        wrong = self._transfer(away)
        message = self.assertRefused((good | empty | wrong).action_send)
        for name in (empty.name, wrong.name, away.name):
            self.assertIn(name, message)
        self.assertEqual(good.state, "draft")
        self._transfer(self._received()).action_cancel()
        sent, _orders = self._sent(1)
        message = self.assertRefused((good | sent).action_send)
        self.assertIn(sent.name, message)
        self.assertNotIn(good.name, message)

    def test_reproduction_travels_in_place_of_its_original(self):
        """Custody: once made, the reproduction is what is sent, received and handed over."""
        order = self._to(
            self._order(self._creation(), ("reproduction", {"price_unit": 900.0})), "ready"
        )
        original, reproduction = order.creation_id, order.reproduction_id
        self.assertTrue(reproduction)
        self.assertFalse(original.current_location_id, "surrendered: in no safe any more")
        self.assertEqual(reproduction.current_location_id, self.boutique)
        self.assertEqual(order.current_location_id, self.boutique)
        self.assertIn(
            order,
            self.env["care.order"].search([("current_location_id", "=", self.boutique.id)]),
        )
        moves = self.env["care.custody.move"].search([("order_id", "=", order.id)], order="id")
        self.assertEqual(
            [(move.reason, move.creation_id) for move in moves],
            [("receive", original), ("retire", original), ("make", reproduction)],
        )
        transfer = self._transfer(order)
        transfer.action_send()
        transfer.with_user(self.jeweler).action_receive(reproduction.ids)
        self.assertEqual(reproduction.current_location_id, self.workshop)
        self.assertFalse(original.current_location_id)


@tagged("post_install", "-at_install")
class TestTransferInBrowser(TransferCommon, HttpCase):
    """Issue 4, tests: tours of a transfer that lacks one creation, and of a declined estimate."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.advisor | cls.jeweler).write(
            {"lang": "en_US", "company_ids": [Command.set(cls.company.ids)]}
        )

    def _rename(self, order, name):
        """Give an order a number that a tour can know."""
        self.env.cr.execute("UPDATE care_order SET name = %s WHERE id = %s", [name, order.id])
        order.invalidate_recordset()

    def test_one_creation_is_missing(self):
        """Sent by scanning; one arrives, both ends see which does not; then it comes after all."""
        first, late = self._received(), self._received()
        self._rename(first, "TRAVEL/1")
        self._rename(late, "TRAVEL/2")
        self.start_tour("/odoo/care-transfers", "care_transfer_send", login="care_t_advisor")
        transfer = self.env["care.transfer"].search([("order_ids", "in", late.ids)])
        self.assertEqual((transfer.state, transfer.order_ids), ("sent", first | late))
        self.start_tour("/odoo/care-transfers", "care_transfer_arrive", login="care_t_jeweler")
        transfer.invalidate_recordset()
        self.assertEqual(transfer.missing_order_ids, late)
        self.assertEqual(transfer.activity_ids.user_id, self.advisor | self.jeweler)
        address = f"/odoo/care-transfers/{transfer.id}"
        self.start_tour(address, "care_transfer_missing", login="care_t_advisor")
        self.start_tour(address, "care_transfer_late", login="care_t_jeweler")
        transfer.invalidate_recordset()
        self.assertFalse(transfer.missing_order_ids)
        self.assertFalse(transfer.activity_ids)
        (first | late).creation_id.invalidate_recordset()
        self.assertEqual((first | late).creation_id.current_location_id, self.workshop)

    def test_a_declined_estimate_goes_back(self):
        """Declined on the portal, sent back by the workshop, handed over as it came."""
        order = self._received()
        transfer = self._transfer(order)
        transfer.action_send()
        transfer.with_user(self.jeweler).action_receive()
        self._diagnose(order)
        order.action_propose()
        self._rename(order, "TRAVEL/9")
        self.start_tour(
            f"/my/care/{order.id}",
            "care_portal_decline",
            login="care_t_client",
            cookies={"frontend_lang": "en_US"},
        )
        order.invalidate_recordset()
        self.assertEqual((order.state, order.estimate_id.state), ("declined", "declined"))
        self.assertIn("goes back unserviced", self._print("label", order))
        address = f"/odoo/care-orders/{order.id}"
        self.start_tour(address, "care_declined_back", login="care_t_jeweler")
        order.write(self._hand_over_vals())
        self.start_tour(address, "care_declined_home", login="care_t_advisor")
        order.invalidate_recordset()
        self.assertEqual((order.state, order.disposition), ("done", "returned_unserviced"))
        self.assertFalse(self._invoices(order))
        self.assertEqual(
            self.env["care.custody.move"]
            .search([("order_id", "=", order.id)], order="id")
            .mapped("reason"),
            ["receive", "send", "arrive", "send", "arrive", "hand_over"],
        )
        self.assertIn("as it came, free of charge", self._print("receipt", order.intake_id))

    def _print(self, name, record):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            f"cartier_care.report_care_{name}", record.ids
        )
        return html.decode()
