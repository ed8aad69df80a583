# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 4, unhappy ends: each has a path, and leaves the creation, the money and the past right.

What is lost or damaged on the way is in ``test_transfer``; what is unclaimed in ``test_messages``.
"""

from odoo.tests import tagged

from .common import FEE, CareCommon


@tagged("post_install", "-at_install")
class TestUnhappyEnds(CareCommon):
    """From bad news at the bench to the creation back with its owner."""

    def assertGoesHomeUnserviced(self, order):
        """The creation goes back as it came: nothing is billed, no first time is used."""
        creation = order.creation_id
        self._hand_over(order.with_user(self.advisor))
        self.assertEqual((order.state, order.disposition), ("done", "returned_unserviced"))
        self.assertFalse(creation.current_location_id)
        self.assertEqual(creation.state, "in_use")
        self.assertFalse(creation.used_service_ids)
        self.assertFalse(self._invoices(order).filtered(lambda move: move.state != "cancel"))

    def test_found_unrepairable(self):
        """Nothing of what was asked is feasible: nothing can be proposed, it goes back free."""
        order = self._order(self._creation(), "ring_resizing", "reshaping")
        order.action_receive()
        for code in ("ring_resizing", "reshaping"):
            line = self._line(order.with_user(self.jeweler), code)
            line.write({"outcome": "not_feasible", "outcome_note": "Metal too thin"})
        self._diagnose(order.with_user(self.jeweler))
        self.assertEqual(order.amount_total, 0.0)
        for action in (order.action_propose, order.action_start):
            self.assertIn("nothing is to be done", self.assertRefused(action))
        order.with_user(self.advisor).action_decline("It cannot be repaired")
        self.assertGoesHomeUnserviced(order)

    def test_unrepairable_yet_restored(self):
        """The alternative of what is not feasible is one click away, and needs its estimate."""
        order = self._order(self._creation(), "restoration")
        order.action_receive()
        line = self._line(order.with_user(self.jeweler), "restoration")
        line.outcome = "not_feasible"
        self._diagnose(order.with_user(self.jeweler))
        self.assertTrue(line.order_id.has_alternative, "the screen offers it")
        line.action_add_alternative()
        self.assertFalse(line.order_id.has_alternative, "and it is proposed once")
        self._line(order.with_user(self.jeweler), "reproduction").price_unit = 3000.0
        # All that is left is for the client to choose: nothing starts before they have.
        self.assertTrue(order.can_propose and order.has_options)
        self.assertFalse(order.can_start)
        self.assertIn("propose it", self.assertRefused(order.action_start))
        order.action_propose()
        self._approve_with(order.with_user(self.advisor), "reproduction")
        self.assertEqual((order.amount_total, order.consented_by), (3000.0, self.client.name))

    def test_what_was_left_out_is_not_asked_again(self):
        """Revised, and nothing changed: the client has answered, the work may start."""
        order = self._order(self._creation(), "reshaping")
        self._add_line(order, "shining", is_optional=True)
        self._to(order, "received")
        self._diagnose(order.with_user(self.jeweler))
        self.assertTrue(order.has_options)
        order.action_propose()
        order.with_user(self.advisor).action_approve(accepted_line_ids=[])
        order.with_user(self.jeweler).action_revise()
        self._diagnose(order.with_user(self.jeweler))
        self.assertTrue(order.can_start)
        self.assertFalse(order.has_options)

    def test_nothing_chosen_is_no_work(self):
        """Who leaves out the only thing proposed gets it back: there is no work to start."""
        order = self._order(self._creation(), "restoration")
        order.action_receive()
        line = self._line(order.with_user(self.jeweler), "restoration")
        line.outcome = "not_feasible"
        self._diagnose(order.with_user(self.jeweler))
        line.action_add_alternative()
        self._line(order.with_user(self.jeweler), "reproduction").price_unit = 3000.0
        order.action_propose()
        order.with_user(self.advisor).action_approve(accepted_line_ids=[])
        self.assertFalse(order.can_start)
        self.assertIn("nothing is to be done", self.assertRefused(order.action_start))
        order.with_user(self.advisor).action_decline("No reproduction")
        self.assertGoesHomeUnserviced(order)

    def test_client_changes_their_mind_in_mid_work(self):
        """Revised in mid-work: other work needs a new version; what is done stays done."""
        order = self._order(self._creation(), "reshaping", "ring_resizing")
        self._to(order, "in_progress")
        reshaping = self._operations(order, "reshaping")
        reshaping.with_user(self.jeweler).action_done()
        first = order.estimate_id
        order.with_user(self.advisor).action_revise()
        self.assertEqual(order.state, "received")
        self._line(order, "ring_resizing").unlink()
        self._add_line(order, "stone_pearl_replacement")
        self._add_part(order, "stone_pearl_replacement", self.pearl, 2.0)
        self._diagnose(order.with_user(self.jeweler))
        self.assertRefused(order.action_start)
        self.assertEqual(first.state, "superseded")
        self._approve(order)
        second = order.estimate_id
        self.assertEqual((second.version, second.amount_total), (2, FEE + 240.0))
        order.action_start()
        self.assertEqual(reshaping.state, "done", "what was done is not done again")
        self._finish(order)
        self.assertEqual(sum(self._invoices(order).mapped("amount_untaxed")), FEE + 240.0)

    def test_client_wants_it_back_in_mid_work(self):
        """Mid-work: revised first, then declined; nothing is billed for the work done so far."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        self._operations(order, "reshaping").with_user(self.jeweler).action_done()
        self.assertRefused(order.with_user(self.advisor).action_decline, "Wants it back")
        order.with_user(self.advisor).action_revise()
        order.with_user(self.advisor).action_decline("Wants it back")
        self.assertEqual(order.estimate_id.state, "declined")
        self.assertGoesHomeUnserviced(order)

    def test_declined_with_a_down_payment(self):
        """Rules 9: a down payment on what is declined is given back, as a draft credit note."""
        self.company.care_down_payment_percent = 50.0
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        paid = self._invoices(order)
        self.assertEqual(paid.amount_untaxed, FEE / 2)
        self._pay(order)
        order.with_user(self.advisor).action_decline("Changed their mind")
        credit = self._invoices(order) - paid
        self.assertEqual((credit.move_type, credit.state), ("out_refund", "draft"))
        self.assertEqual(credit.amount_untaxed, FEE / 2)
        self._hand_over(order.with_user(self.advisor))
        self.assertEqual(order.disposition, "returned_unserviced")

    def test_lost_in_the_house(self):
        """A loss closes the order from any state, without a first time, and frees no number."""
        creation = self._creation()
        order = self._to(self._order(creation, "ring_resizing", "reshaping"), "estimated")
        order.with_user(self.manager).action_report_lost("Not found at the closing count")
        self.assertEqual((order.state, order.disposition), ("done", "lost"))
        self.assertEqual(order.estimate_id.state, "superseded")
        self.assertEqual((creation.state, creation.used_service_ids.ids), ("lost", []))
        self.assertFalse(creation.current_location_id)
        self.assertFalse(self._invoices(order))
        self.assertRefused(self._creation, serial_number=creation.serial_number)
        # Found under a drawer: it is received anew, and goes home.
        creation.with_user(self.manager).action_found()
        again = self._to(self._order(creation, "shining"), "done")
        self.assertEqual(again.disposition, "serviced")

    def test_redo_within_the_warranty(self):
        """A redo is free, linked, uses no first time, and starts no warranty of its own."""
        creation = self._creation()
        first = self._done(creation, "ring_resizing", "reshaping")
        used = creation.used_service_ids
        self.assertIn(self._service("ring_resizing"), used)
        first.sudo().date_ready = first.date_ready.replace(day=1)
        end = first._get_warranty_end()
        redo = self._order(creation, "reshaping", redo_of_id=first.id)
        self.assertPrice(self._line(redo, "reshaping"), 0.0, "warranty")
        self._to(redo, "done")
        self.assertFalse(self._invoices(redo), "what costs nothing is not invoiced")
        self.assertEqual(redo._get_warranty_end(), end)
        self.assertEqual(creation.used_service_ids, used)
        self.assertFalse(redo.line_ids.filtered("uses_first_time"))
