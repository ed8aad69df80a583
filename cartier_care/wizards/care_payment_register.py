from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

from ..models.care_order import BOUTIQUE


class CarePaymentRegister(models.TransientModel):
    """Take a payment at the counter, for staff without accounting rights (care-rules.md, 9).

    The right to the order is checked first; then Odoo's own payment registration does the work
    with rights of its own. Journals are offered as a selection, since advisors may not read them.
    """

    _name = "care.payment.register"
    _description = "Counter Payment of a Care Order"

    order_id = fields.Many2one("care.order", required=True, readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id", related_sudo=False)
    company_id = fields.Many2one(related="order_id.company_id", related_sudo=False)
    currency_id = fields.Many2one("res.currency", compute="_compute_amount_due")
    journal = fields.Selection(
        selection="_selection_journal",
        string="Paid By",
        compute="_compute_journal",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    journal_hint = fields.Char(compute="_compute_journal_hint", compute_sudo=False)
    amount_due = fields.Monetary(string="Still to Pay", compute="_compute_amount_due")
    due_note = fields.Text(compute="_compute_amount_due")
    amount = fields.Monetary(
        compute="_compute_amount", compute_sudo=False, store=True, readonly=False
    )
    payment_date = fields.Date(
        string="Date", default=fields.Date.context_today, required=True, readonly=True
    )
    memo = fields.Char(compute="_compute_memo", compute_sudo=False, store=True, readonly=False)

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "care.order" and "order_id" in fields_list:
            values.setdefault("order_id", self.env.context.get("active_id"))
        return values

    @api.model
    def _get_journal_domain(self, companies):
        """Return the domain of the journals that take money at the counter."""
        return [
            *self.env["account.journal"]._check_company_domain(companies),
            ("type", "in", ("cash", "bank", "credit")),
            ("inbound_payment_method_line_ids", "!=", False),
        ]

    @api.model
    def _selection_journal(self):
        """Return the journals of the user's companies as choices, named for people."""
        journals = (
            self.env["account.journal"].sudo().search(self._get_journal_domain(self.env.companies))
        )
        several = len(self.env.companies) > 1
        return [
            (
                str(journal.id),
                f"{journal.name} ({journal.company_id.name})" if several else journal.name,
            )
            for journal in journals
        ]

    @api.depends("order_id")
    def _compute_journal(self):
        self.order_id.check_access("read")
        for wizard in self:
            journal = (
                self.env["account.journal"]
                .sudo()
                .search(self._get_journal_domain(wizard.company_id), limit=1)
            )
            wizard.journal = str(journal.id) if journal else False

    @api.depends("order_id")
    def _compute_journal_hint(self):
        """Say where another way to pay comes from, as long as there is but one."""
        for wizard in self:
            journals = (
                self.env["account.journal"]
                .sudo()
                .search_count(self._get_journal_domain(wizard.company_id), limit=2)
            )
            wizard.journal_hint = journals < 2 and self.env._(
                "Cash, cards and transfers are each a journal of accounting: ask your "
                "administrator for those that are missing."
            )

    @api.depends("order_id")
    def _compute_amount_due(self):
        # Nobody learns what is due on an order that they may not read.
        self.order_id.check_access("read")
        for wizard in self:
            due = wizard.order_id.sudo()._get_invoices_to_pay()
            wizard.currency_id = due[0][0].currency_id if due else wizard.order_id.currency_id
            wizard.amount_due = sum(residual for _move, residual in due)
            is_plain = len(due) == 1 and due[0][0].care_order_count == 1
            wizard.due_note = not is_plain and wizard.order_id.sudo().payment_note

    @api.depends("amount_due")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_due

    @api.depends("order_id")
    def _compute_memo(self):
        self.order_id.check_access("read")
        for wizard in self:
            wizard.memo = wizard.order_id.name

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_confirm(self):
        """Register the payment of what the order's invoices still ask for.

        Two people who take the same payment at once are told apart by the rows of the orders on
        these invoices, which both update: the second one starts afresh and finds nothing left.

        :raise AccessError: for roles that take no payment
        :raise UserError: when nothing is left to pay, or the amount is not part of it
        """
        self.ensure_one()
        order = self.order_id
        order.check_access("write")
        if not self.env.su and not self.env.user.has_group(BOUTIQUE):
            raise AccessError(self.env._("Your role takes no payment: ask a boutique advisor."))
        invoices = order.sudo().invoice_ids.filtered(lambda move: move.move_type == "out_invoice")
        (order.sudo() | invoices.care_order_ids)._lock_and_touch()
        order.env.invalidate_all()
        due = order.sudo()._get_invoices_to_pay()
        self._check_amount(sum(residual for _move, residual in due))
        journal = self._get_journal()
        left = self.amount
        payments = self.env["account.payment"].sudo()
        for move, residual in due:
            share = min(left, residual)
            if move.currency_id.is_zero(share):
                break
            payments |= self._register_payment(move, share, journal)
            left -= share
        order.sudo().message_post(
            body=self.env._(
                "Payment taken at the counter by %(user)s: %(amount)s, %(journal)s.",
                user=self.env.user.name,
                amount=self.currency_id.format(self.amount),
                journal=journal.name,
            ),
            subtype_xmlid="mail.mt_note",
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_amount(self, due):
        """Refuse a payment of nothing, and more than what is due.

        :param float due: what the invoices still ask for, read after the lock
        """
        currency = self.currency_id
        if currency.is_zero(due):
            raise UserError(
                self.env._("Nothing is left to pay on %(order)s.", order=self.order_id.name)
            )
        if currency.compare_amounts(self.amount, 0.0) <= 0:
            raise UserError(self.env._("Enter the amount that the client pays."))
        if currency.compare_amounts(self.amount, due) > 0:
            raise UserError(
                self.env._(
                    "%(order)s asks for %(due)s only: take that, no more.",
                    order=self.order_id.name,
                    due=currency.format(due),
                )
            )

    def _get_journal(self):
        """Return the chosen journal, as superuser, once it is known to be one of the offered.

        :raise UserError: when it is not a journal of the order's company that takes money
        """
        journal = (
            self.env["account.journal"]
            .sudo()
            .search(
                [
                    ("id", "=", int(self.journal) if (self.journal or "").isdigit() else 0),
                    *self._get_journal_domain(self.company_id),
                ]
            )
        )
        if not journal:
            raise UserError(
                self.env._(
                    "Choose how the client pays, with a journal of %(company)s.",
                    company=self.company_id.name,
                )
            )
        return journal

    def _register_payment(self, move, amount, journal):
        """Register one payment on one invoice with Odoo's own registration.

        :return: the payment
        :rtype: account.payment
        """
        register = (
            self.env["account.payment.register"]
            .sudo()
            .with_context(clean_context(self.env.context))
            .with_company(move.company_id)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(
                {
                    "journal_id": journal.id,
                    "currency_id": move.currency_id.id,
                    "amount": amount,
                    "payment_date": self.payment_date,
                    "communication": self.memo or self.order_id.name,
                    "payment_difference_handling": "open",
                }
            )
        )
        return register._create_payments()
