# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Payments at the counter: by advisors without accounting rights, and never twice."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import CareCommon


def in_payment(_moves):
    """The state of an invoice whose payment waits for its bank statement, in full accounting."""
    return "in_payment"


@tagged("post_install", "-at_install")
class TestPayment(CareCommon):
    """The dialog takes what the invoices of an order still ask for."""

    def _dialog(self, order, user=None, **values):
        form = Form(
            self.env["care.payment.register"]
            .with_user(user or self.advisor)
            .with_context(
                active_model="care.order",
                active_id=order.id,
                allowed_company_ids=self.company.ids,
            )
        )
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def _ready(self, *lines, **values):
        return self._to(
            self._order(self._creation(), *(lines or ("reshaping",)), **values), "ready"
        )

    def _journal(self, journal_type="bank", company=None):
        return self.env["account.journal"].search(
            [
                ("type", "=", journal_type),
                ("company_id", "=", (company or self.company).id),
            ],
            limit=1,
        )

    def test_advisor_takes_the_payment(self):
        """The whole amount is proposed; the invoice is paid and the creation may go."""
        order = self._ready()
        self.assertFalse(self.advisor.has_group("account.group_account_invoice"))
        dialog = self._dialog(order)
        self.assertEqual(dialog.amount, 190.0)
        self.assertEqual(dialog.currency_id, order.currency_id)
        self.assertEqual(dialog.memo, order.name)
        dialog.action_confirm()
        order.invalidate_recordset()
        self.assertIn(order.sudo().invoice_ids.payment_state, ("paid", "in_payment"))
        self.assertEqual(order.with_user(self.advisor).amount_due, 0.0)
        order.write(self._hand_over_vals())
        order.with_user(self.advisor).action_hand_over()
        self.assertEqual(order.state, "done")

    def test_one_way_to_pay_says_how_to_get_others(self):
        """Issue 5: each a journal; the dialog tells where they come from."""
        order = self._ready()
        journals = self.env["account.journal"].search(
            [("type", "in", ("bank", "cash")), ("company_id", "=", self.company.id)]
        )
        journals[1:].active = False
        self.assertIn("journal of accounting", self._dialog(order).journal_hint)
        self.env["account.journal"].create(
            {"name": "Card", "code": "CARD", "type": "bank", "company_id": self.company.id}
        )
        self.assertFalse(self._dialog(order).journal_hint)

    def test_second_payment_is_refused(self):
        """Two dialogs opened on the same order take one payment."""
        order = self._ready()
        first, second = self._dialog(order), self._dialog(order)
        first.action_confirm()
        message = self.assertRefused(second.action_confirm)
        self.assertIn(order.name, message)
        payments = self.env["account.payment"].search([("memo", "=", order.name)])
        self.assertEqual(payments.mapped("amount"), [190.0])

    def test_part_by_card_part_in_cash(self):
        """A payment may be split; the creation stays until all of it is there."""
        order = self._ready()
        bank, cash = self._journal("bank"), self._journal("cash")
        self._dialog(order, amount=100.0, journal=str(bank.id)).action_confirm()
        self.assertEqual(order.amount_due, 90.0)
        order.write(self._hand_over_vals())
        self.assertRefused(order.with_user(self.advisor).action_hand_over)
        dialog = self._dialog(order, journal=str((cash or bank).id))
        self.assertEqual(dialog.amount, 90.0)
        dialog.action_confirm()
        order.with_user(self.advisor).action_hand_over()
        self.assertEqual(order.state, "done")

    def test_outstanding_account_or_not(self):
        """It is the same with journals that book outstanding payments and those that do not."""
        account = self.env["account.account"].create(
            {
                "name": "Outstanding of the tests",
                "code": "CARE01",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": self.company.ids,
            }
        )
        for outstanding in (False, account):
            with self.subTest(outstanding=bool(outstanding)):
                bank = self._journal("bank")
                bank.inbound_payment_method_line_ids.payment_account_id = outstanding
                order = self._ready()
                self._dialog(order, journal=str(bank.id), amount=150.0).action_confirm()
                order.invalidate_recordset()
                self.assertEqual(order.amount_due, 40.0)
                self.assertTrue(order._get_payment_refusals(), "a part is not all")
                self._dialog(order, journal=str(bank.id)).action_confirm()
                order.invalidate_recordset()
                self.assertEqual(order.amount_due, 0.0)
                self.assertFalse(order._get_payment_refusals())

    def test_bank_statement_counts_a_payment_once(self):
        """What came to the account settles the invoice in the payment's stead, not beside it."""
        # Where Odoo's full accounting is installed, such payments have no entry of their own.
        self.patch(type(self.env["account.move"]), "_get_invoice_in_payment_state", in_payment)
        bank = self._journal("bank")
        bank.inbound_payment_method_line_ids.payment_account_id = False
        order = self._ready()
        invoice = order.sudo().invoice_ids
        for _half in range(2):
            self._dialog(order, journal=str(bank.id), amount=70.0).action_confirm()
        self.assertFalse(invoice.matched_payment_ids.move_id)
        self.assertEqual(order.amount_due, 50.0)
        statement_line = self.env["account.bank.statement.line"].create(
            {"journal_id": bank.id, "amount": 70.0, "payment_ref": order.name}
        )
        _liquidity, suspense, _other = statement_line._seek_for_lines()
        receivable = invoice.line_ids.filtered(lambda item: item.display_type == "payment_term")
        suspense.account_id = receivable.account_id
        (suspense | receivable).reconcile()
        order.invalidate_recordset()
        self.assertEqual(invoice.amount_residual, 120.0)
        self.assertEqual(order.amount_due, 50.0)
        self.assertEqual(order.payment_state, "partial")
        self.assertTrue(order._get_payment_refusals(), "50 are still to pay")
        found = self.env["care.order"].search(
            [("id", "=", order.id), ("payment_state", "=", "partial")]
        )
        self.assertEqual(found, order)
        closing = self.env["care.closing.report"].search([("order_id", "=", order.id)])
        self.assertEqual(closing.mapped(lambda fact: (fact.kind, fact.amount)), [("unpaid", 50.0)])
        self._dialog(order, journal=str(bank.id)).action_confirm()
        order.invalidate_recordset()
        self.assertEqual((order.amount_due, order.payment_state), (0.0, "paid"))

    def test_no_more_than_what_is_due(self):
        order = self._ready()
        self.assertRefused(self._dialog(order, amount=200.0).action_confirm)
        self.assertRefused(self._dialog(order, amount=0.0).action_confirm)
        self.assertRefused(self._dialog(order, amount=-5.0).action_confirm)
        self.assertEqual(order.amount_due, 190.0)

    def test_roles(self):
        """Jewelers take no payment; an advisor takes none in another boutique."""
        order = self._ready()
        with self.assertRaises(AccessError):
            self._dialog(order, user=self.jeweler)
        dialogs = self.env["care.payment.register"].with_user(self.advisor_2)
        self.assertForbidden(
            lambda: dialogs.create({"order_id": order.id, "amount": 190.0}).action_confirm()
        )
        for field in ("amount_due", "amount", "partner_id", "memo"):
            with self.subTest(field=field):
                self.env.invalidate_all()
                self.assertForbidden(
                    lambda field=field: dialogs.create({"order_id": order.id}).read([field])
                )
                self.env.invalidate_all()
                self.assertForbidden(
                    lambda field=field: dialogs.onchange(
                        {"order_id": order.id}, ["order_id"], {"order_id": {}, field: {}}
                    )
                )
        self.assertEqual(order.amount_due, 190.0)

    def test_journal_of_another_kind_or_company(self):
        """Only journals that take money, of the order's company."""
        order = self._ready()
        for journal in ("", str(self._journal("sale").id)):
            dialog = self._dialog(order)
            dialog.sudo()._write({"journal": journal})
            dialog.invalidate_recordset()
            self.assertRefused(dialog.action_confirm)
        other = self._create_house("Other house of the tests")
        foreign = self._journal("bank", other)
        self.advisor.company_ids = [(4, other.id)]
        dialog = (
            self.env["care.payment.register"]
            .with_user(self.advisor)
            .with_context(allowed_company_ids=[self.company.id, other.id])
            .create({"order_id": order.id, "journal": str(foreign.id)})
        )
        self.assertRefused(dialog.action_confirm)

    def test_foreign_currency(self):
        """The payment is in the currency of the invoice, whatever the company's."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        pricelist = self._pricelist(euro, self._service_prices(reshaping=150.0))
        order = self._ready(pricelist_id=pricelist.id)
        dialog = self._dialog(order)
        self.assertEqual((dialog.currency_id, dialog.amount), (euro, 150.0))
        dialog.action_confirm()
        payment = self.env["account.payment"].search([("memo", "=", order.name)])
        self.assertEqual((payment.currency_id, payment.amount), (euro, 150.0))
        self.assertEqual(order.amount_due, 0.0)

    def test_nothing_to_pay(self):
        """A complimentary order asks for nothing, and a draft invoice is not paid."""
        order = self._ready("shining")
        self.assertRefused(self._dialog(order, amount=10.0).action_confirm)
        self.company.care_auto_post_invoice = False
        order = self._ready()
        self.assertEqual(order.amount_due, 0.0)
