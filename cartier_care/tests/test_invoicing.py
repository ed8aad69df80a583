# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import CARE, FEE, CareCommon


@tagged("post_install", "-at_install")
class TestInvoicing(CareCommon):
    """Rules section 9: the invoice."""

    def _posted(self, order):
        return self._invoices(order).filtered(lambda move: move.state == "posted")

    # -- When -----------------------------------------------------------------------------

    def test_invoice_when_ready(self):
        """Section 9: made when the work is ready, posted, once."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        self.assertFalse(self._invoices(order))
        self.assertEqual(order.invoice_status, "no")
        self._finish(order)
        invoice = self._invoices(order)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(
            (invoice.move_type, invoice.state, invoice.amount_total),
            ("out_invoice", "posted", FEE),
        )
        self.assertEqual(invoice.partner_id, self.client)
        self.assertEqual(invoice.company_id, self.company)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_advisor_finishes_without_accounting_rights(self):
        """Design, roles: automatic invoicing runs with rights of its own."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        self._do_operations(order)
        order.with_user(self.jeweler).action_finish()
        self.assertEqual(len(self._posted(order)), 1)
        self.assertFalse(self.env["account.move"].with_user(self.jeweler).has_access("create"))

    def test_invoice_by_hand(self):
        """Section 9: by hand, a company setting: the advisor bills (*bill now*)."""
        self.company.care_invoice_trigger = "manual"
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertFalse(self._invoices(order))
        self.assertEqual(order.invoice_status, "to_invoice")
        order.write(self._hand_over_vals())
        self.assertRefused(order.action_hand_over)
        order.with_user(self.advisor).action_invoice()
        self.assertEqual(len(self._posted(order)), 1)
        self._pay(order)
        order.action_hand_over()
        self.assertEqual(order.state, "done")

    def test_invoice_at_hand_over_where_payment_is_required(self):
        """Section 9: with billing at hand-over the advisor bills first."""
        self.company.care_invoice_trigger = "hand_over"
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertFalse(self._invoices(order))
        order.write(self._hand_over_vals())
        self.assertRefused(order.action_hand_over)
        self.assertEqual(order.state, "ready")
        order.with_user(self.advisor).action_invoice()
        self._pay(order)
        order.action_hand_over()
        self.assertEqual((order.state, len(self._invoices(order))), ("done", 1))

    def test_invoice_at_hand_over_bills_by_itself(self):
        """Section 9: hand-over bills by itself only where payment isn't required or released."""
        self.company.care_invoice_trigger = "hand_over"
        released = self._to(self._order(self._creation(), "reshaping"), "ready")
        released.is_released = True
        self._hand_over(released)
        self.assertEqual(len(self._posted(released)), 1)
        self.company.care_require_payment = False
        free = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertFalse(self._invoices(free))
        self._hand_over(free)
        self.assertEqual(len(self._posted(free)), 1)

    def test_invoice_in_draft(self):
        """Settings: `care_auto_post_invoice`, true by default."""
        self.assertTrue(self.company.care_auto_post_invoice)
        self.company.care_auto_post_invoice = False
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertEqual(self._invoices(order).state, "draft")
        order.write(self._hand_over_vals())
        self.assertRefused(order.action_hand_over)

    def test_default_settings(self):
        """Design, company settings: their defaults."""
        for name, value in (
            ("care_invoice_trigger", "ready"),
            ("care_auto_post_invoice", True),
            ("care_send_invoice", True),
            ("care_down_payment_percent", 0.0),
            ("care_estimate_validity_days", 30),
            ("care_require_payment", True),
            ("care_polishing_threshold", 3),
            ("care_warranty_months", 12),
            ("care_unclaimed_days", 30),
        ):
            self.assertEqual(self.company[name], value, name)

    # -- Once ------------------------------------------------------------------------------

    def test_once(self):
        """Design, `action_invoice`: called twice, it bills nothing twice."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        for _time in range(3):
            self._attempt(order.action_invoice)
        self.assertEqual(len(self._invoices(order)), 1)

    def test_once_by_hand(self):
        """Design, `action_invoice`: returns the action that opens the invoice."""
        self.company.care_invoice_trigger = "manual"
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        action = order.action_invoice()
        self.assertEqual(action["res_model"], "account.move")
        self._attempt(order.action_invoice)
        self.assertEqual(len(self._invoices(order)), 1)

    def test_not_before_ready(self):
        """Section 9: nothing is billed before the work is ready."""
        self.company.care_invoice_trigger = "manual"
        for state in (
            "draft",
            "received",
            "estimated",
            "approved",
            "in_progress",
            "cancel",
            "declined",
        ):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            self._attempt(order.action_invoice)
            self.assertFalse(self._invoices(order), state)

    def test_batch(self):
        """Design, contract: `action_invoice` takes recordsets of any size."""
        self.company.care_invoice_trigger = "manual"
        orders = self.env["care.order"].with_user(self.manager)
        for _index in range(3):
            orders |= self._to(self._order(self._creation(), "reshaping"), "ready")
        orders.action_invoice()
        self.assertEqual(orders.mapped("invoice_status"), ["invoiced"] * 3)
        invoices = self._invoices(orders)
        self.assertEqual(sum(invoices.mapped("amount_untaxed")), 3 * FEE)

    # -- What ----------------------------------------------------------------------------------

    def test_complimentary_order(self):
        """Section 9: an order at 0 gets no invoice."""
        for state in ("ready", "done"):
            order = self._to(
                self._order(self._creation(), "shining", "ring_resizing", "engraving"), state
            )
            self.assertFalse(self._invoices(order))
            self.assertEqual(order.invoice_status, "no")

    def test_complimentary_order_by_hand(self):
        """Section 9: nor by hand."""
        order = self._to(self._order(self._creation(), "shining"), "ready")
        self._attempt(order.action_invoice)
        self.assertFalse(self._invoices(order))

    def test_lines(self):
        """Section 9: a line per intervention and part, the included ones at 0 with reason."""
        creation = self._creation()
        order = self._order(
            creation, "shining", "reshaping", "component_replacement", "clasp_link_repair"
        )
        part = self._add_part(order, "component_replacement", quantity=2.0)
        self._to(order, "ready")
        invoice = self._invoices(order)
        products = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        self.assertEqual(sorted(products.mapped("price_subtotal")), [0.0, 0.0, 0.0, 90.0, FEE])
        for line in order.line_ids:
            if line.outcome in ("done", "todo") or line == part:
                self.assertEqual(len(line.sudo().invoice_line_ids), 1, line.name)
        included = self._line(order, "component_replacement") | self._line(order, "reshaping")
        included |= self._line(order, "clasp_link_repair")
        included = included.filtered(lambda line: line.price_origin == "included")
        self.assertEqual(len(included), 2)
        for line in included:
            self.assertEqual(line.sudo().invoice_line_ids.price_unit, 0.0)
            self.assertIn(line.price_explanation, line.sudo().invoice_line_ids.name)
        self.assertFalse(
            [
                line
                for line in order.line_ids
                if line.outcome == "not_needed" and line.sudo().invoice_line_ids
            ],
            "what was not carried out isn't on the invoice",
        )

    def test_names_the_creation(self):
        """Section 9: naming the creation and its number."""
        creation = self._creation()
        order = self._to(self._order(creation, "reshaping"), "ready")
        text = "\n".join(self._invoices(order).invoice_line_ids.mapped("name"))
        self.assertIn(creation.serial_number, text)
        self.assertIn(creation.product_id.name, text)

    def test_goodwill_reason_is_never_seen(self):
        """Section 3: the reason of a goodwill is never seen by clients."""
        order = self._order(self._creation(), "reshaping")
        self._line(order, "reshaping").write(
            {"price_unit": 100.0, "price_reason": "Owner complained loudly"}
        )
        self._to(order, "ready")
        invoice = self._invoices(order)
        self.assertEqual(invoice.amount_total, 100.0)
        for line in invoice.invoice_line_ids:
            self.assertNotIn("complained", line.name or "")
        self.assertNotIn("complained", str(invoice.narration or ""))
        self.assertNotIn("complained", self._line(order, "reshaping").price_explanation)

    def test_link_both_ways(self):
        """Issue 5: link both ways."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        line = self._line(order, "reshaping").sudo()
        self.assertEqual(line.invoice_line_ids.move_id, self._invoices(order))
        self.assertIn(
            order.name,
            ((self._invoices(order).invoice_origin or "") + (self._invoices(order).ref or "")),
        )

    def test_found_by_invoice(self):
        """Orders are found by their invoices, also by who may not open those."""
        billed = self._to(self._order(self._creation(), "reshaping"), "ready")
        other = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        invoices = self._invoices(billed)
        for user in (self.advisor, self.jeweler, self.manager):
            both = self.env["care.order"].with_user(user)
            for domain, found in (
                ([("invoice_ids", "in", invoices.ids)], billed),
                ([("invoice_ids", "not in", invoices.ids)], other),
                ([("invoice_ids", "!=", False)], billed),
                ([("invoice_ids", "=", False)], other),
            ):
                with self.subTest(user=user.login, domain=domain):
                    domain = [("id", "in", (billed | other).ids), *domain]
                    self.assertEqual(both.search(domain).ids, found.ids)
            # What stands in an invoice is not found out by searching for it.
            self.assertForbidden(both.search, [("invoice_ids.amount_total", ">", 0)])
        asked = self.env["care.order"].sudo()
        self.assertEqual(asked.search([("invoice_ids.name", "=", invoices.name)]), billed)

    def test_not_accepted_and_not_feasible(self):
        """Issue 5: optional lines not accepted are not billed, nor what was not feasible."""
        order = self._order(
            self._creation(),
            "reshaping",
            ("restoration", {"is_optional": True, "is_accepted": False}),
            "ring_resizing",
        )
        self._line(order, "restoration").price_unit = 800.0
        order.action_receive()
        self._line(order, "ring_resizing").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(order)
        self._start(order)
        self._finish(order)
        invoice = self._invoices(order)
        self.assertEqual(invoice.amount_untaxed, FEE)
        self.assertFalse(self._line(order, "restoration").sudo().invoice_line_ids)
        self.assertFalse(self._line(order, "ring_resizing").sudo().invoice_line_ids)

    def test_care_fee_is_billed_once(self):
        """Section 1: however many interventions, the invoice says 190 in all."""
        order = self._order(self._creation(), *CARE)
        self._add_part(order, "stone_pearl_replacement", self.pearl)
        self._to(order, "ready")
        self.assertEqual(self._invoices(order).amount_untaxed, FEE + 120.0)

    def test_invoice_address_and_terms(self):
        """Issue 5: payment terms and invoice address as Odoo's sales do it."""
        terms = self.env.ref("account.account_payment_term_30days")
        self.client.with_company(self.company).property_payment_term_id = terms
        address = self._create_partner(
            name="Ada's office", type="invoice", parent_id=self.client.id
        )
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        self.assertEqual(invoice.partner_id, address)
        self.assertEqual(invoice.invoice_payment_term_id, terms)

    # -- After ----------------------------------------------------------------------------------

    def test_credit_note_reopens(self):
        """Issue 5: credit notes reopen what is left, for billing by hand."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "A mistake"})
        )
        reversal.reverse_moves()
        credit = reversal.new_move_ids
        credit.action_post()
        order.invalidate_recordset()
        self.assertEqual(order.invoice_status, "to_invoice")
        order.action_invoice()
        invoices = self._posted(order)
        self.assertEqual(sum(invoices.mapped("amount_untaxed_signed")), FEE)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_cancelled_invoice_reopens(self):
        """Issue 5: cancelled and reset invoices reopen what is left."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        invoice.button_draft()
        invoice.button_cancel()
        order.invalidate_recordset()
        self.assertEqual(order.invoice_status, "to_invoice")
        order.action_invoice()
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(self._posted(order).amount_untaxed, FEE)

    def test_deleted_draft_reopens(self):
        """Issue 5: nor does a deleted draft keep an order from its invoice."""
        self.company.care_auto_post_invoice = False
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._invoices(order).unlink()
        order.invalidate_recordset()
        self.assertEqual(order.invoice_status, "to_invoice")
        order.action_invoice()
        self.assertEqual(len(self._invoices(order)), 1)

    def test_rework_bills_nothing(self):
        """Section 6: rework after ready, without a second invoice."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        for _time in range(2):
            order.action_rework()
            self._finish(order)
        self.assertEqual(len(self._invoices(order)), 1)

    def test_revision_after_the_invoice_bills_the_difference(self):
        """Design: a revision after an invoice bills the difference."""
        order = self._to(self._order(self._creation(), "component_replacement"), "ready")
        order.action_rework()
        order.action_revise()
        self._diagnose(order)
        self._add_part(order, "component_replacement")
        self._approve(order)
        order.action_start()
        self._finish(order)
        posted = self._posted(order)
        self.assertEqual(len(posted), 2)
        self.assertEqual(sum(posted.mapped("amount_untaxed_signed")), FEE + 45.0)

    def test_revision_after_the_invoice_drafts_the_credit_note(self):
        """Design: or drafts the credit note."""
        order = self._order(self._creation(), "component_replacement")
        self._add_part(order, "component_replacement")
        self._to(order, "ready")
        order.action_rework()
        order.action_revise()
        self._parts(order).outcome = "declined"
        self._diagnose(order)
        self._approve(order)
        order.action_start()
        self._finish(order)
        credit = self._invoices(order).filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual(len(credit), 1)
        self.assertEqual((credit.state, credit.amount_untaxed), ("draft", 45.0))

    def _revise(self, order):
        """From ready back to a diagnosed order, after its invoice."""
        order.action_rework()
        order.action_revise()
        self._diagnose(order)

    def _finish_again(self, order):
        self._approve(order)
        order.action_start()
        self._finish(order)

    def _signed_total(self, order):
        return sum(self._invoices(order).mapped("amount_untaxed_signed"))

    def test_revision_of_a_price_bills_the_difference(self):
        """Design: a revision after an invoice bills the difference, of one line's price too."""
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 800.0
        self._to(order, "ready")
        self._revise(order)
        self._line(order, "restoration").price_unit = 1000.0
        self._finish_again(order)
        self.assertEqual(order.amount_total, 1000.0)
        self.assertEqual(self._signed_total(order), 1000.0)

    def test_revision_of_a_price_drafts_the_credit_note(self):
        """Design: or drafts the credit note, where the price came down."""
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 800.0
        self._to(order, "ready")
        self._revise(order)
        self._line(order, "restoration").price_unit = 500.0
        self._finish_again(order)
        credit = self._invoices(order).filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual((len(credit), credit.state), (1, "draft"))
        self.assertEqual(self._signed_total(order), 500.0)

    def test_revision_never_charges_the_fee_twice(self):
        """Sections 1 and 2.6: another bearer after the invoice: still one fee in all."""
        pricelist = self._pricelist(
            prices=self._service_prices(reshaping=150.0, clasp_link_repair=220.0)
        )
        order = self._order(self._creation(), "reshaping", pricelist_id=pricelist.id)
        self._to(order, "ready")
        self.assertEqual(self._signed_total(order), 150.0)
        self._revise(order)
        clasp = self._line(order, "clasp_link_repair")
        if clasp:
            clasp.outcome = "todo"
        else:
            self._add_line(order, "clasp_link_repair")
        self._finish_again(order)
        self.assertEqual(order.amount_total, 220.0)
        self.assertEqual(self._signed_total(order), 220.0)

    # -- Down payments --------------------------------------------------------------------------

    def test_down_payment(self):
        """Issue 5: a down payment on approval, deducted from the final invoice."""
        self.company.care_down_payment_percent = 30.0
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 1000.0
        self._to(order, "approved")
        down = self._invoices(order)
        self.assertEqual(len(down), 1)
        self.assertEqual(down.amount_total, 300.0)
        order.action_start()
        self._finish(order)
        final = self._invoices(order) - down
        self.assertEqual(len(final), 1)
        self.assertEqual(final.amount_total, 700.0)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_down_payment_of_a_declined_order(self):
        """Section 9: a down payment on a declined order is given back: a credit note."""
        self.company.care_down_payment_percent = 30.0
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 1000.0
        self._to(order, "approved")
        down = self._invoices(order)
        self._pay(order)
        order.action_decline("Too dear after all")
        credit = self._invoices(order) - down
        self.assertEqual(len(credit), 1)
        self.assertEqual(
            (credit.move_type, credit.state, credit.amount_total), ("out_refund", "draft", 300.0)
        )
        self.assertIn(f"Given back: Down payment of 30 % on {order.name}", credit.line_ids[1].name)

    def test_down_payment_of_a_lost_creation(self):
        """Issue 5: the status tells that a down payment is to be given back, by hand."""
        self.company.care_down_payment_percent = 50.0
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        order.action_report_lost("Lost on its way")
        self.assertEqual(order.invoice_status, "to_invoice")
        order.action_invoice()
        self.assertEqual(self._signed_total(order), 0.0)
        self.assertNotEqual(order.invoice_status, "to_invoice")

    def test_revision_takes_no_second_down_payment(self):
        """Design: a revision after an invoice bills the difference, without a down payment."""
        self.company.care_down_payment_percent = 30.0
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 1000.0
        self._to(order, "ready")
        self._revise(order)
        self._line(order, "restoration").price_unit = 1200.0
        self._finish_again(order)
        self.assertEqual(
            [(move.move_type, move.amount_total) for move in self._invoices(order)],
            [("out_invoice", 300.0), ("out_invoice", 700.0), ("out_invoice", 200.0)],
        )

    def test_down_payments_are_deducted_by_name(self):
        """Issue 5: of two down payments the one that was given back is not deducted again."""
        self.company.care_down_payment_percent = 30.0
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 1000.0
        self._to(order, "approved")
        first = self._invoices(order)
        first._reverse_moves().action_post()
        order.action_revise()
        self._diagnose(order)
        self._finish_again(order)
        self.assertEqual(order.invoice_status, "to_invoice", "after a credit note by hand alone")
        order.action_invoice()
        _first, _credit, second, final = self._invoices(order)
        for _time in range(2):
            deductions = final.invoice_line_ids.filtered("care_down_payment_order_id")
            self.assertEqual(deductions.mapped("price_subtotal"), [-300.0])
            self.assertIn(second.name, deductions.name)
            self.assertEqual(self._signed_total(order), 1000.0)
            # Given back as a whole and billed once more, it is deducted once more.
            final._reverse_moves().action_post()
            order.action_invoice()
            final = self._invoices(order)[-1]

    def test_no_down_payment_at_zero(self):
        """Section 9: an order at 0 gets no invoice, no down payment either."""
        self.company.care_down_payment_percent = 30.0
        order = self._to(self._order(self._creation(), "engraving"), "approved")
        self.assertFalse(self._invoices(order))

    # -- Counter payment -----------------------------------------------------------------------

    def test_paid_elsewhere(self):
        """Design: hand-over needs the invoice paid, wherever it was paid."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._pay(order)
        self.assertIn(self._invoices(order).payment_state, ("paid", "in_payment"))
        self._hand_over(order.with_user(self.advisor))
        self.assertEqual(order.state, "done")

    def test_unpaid_again(self):
        """Design: an invoice whose payment was undone is not paid."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._pay(order)
        invoice = self._invoices(order)
        invoice.line_ids.remove_move_reconcile()
        self.env["account.payment"].search(
            [("partner_id", "=", self.client.id), ("company_id", "=", self.company.id)]
        ).action_draft()
        order.write(self._hand_over_vals())
        self.assertRefused(order.action_hand_over)
