from odoo import api, fields, models

from .care_order_invoicing import search_linked

#: The mail template of each kind of invoice of care; houses edit them like any other.
MAIL_TEMPLATES = {
    "out_invoice": "cartier_care.mail_template_care_invoice",
    "out_refund": "cartier_care.mail_template_care_credit_note",
}
#: How the lines of an invoice lead to orders of care.
ORDER_PATHS = ("line_ids.care_line_ids.order_id", "line_ids.care_down_payment_order_id")


class AccountMove(models.Model):
    _inherit = "account.move"

    care_order_ids = fields.Many2many(
        "care.order",
        compute="_compute_care_order_ids",
        search="_search_care_order_ids",
        string="Care Orders",
        compute_sudo=True,
    )
    care_order_count = fields.Integer(compute="_compute_care_order_ids", compute_sudo=True)

    @api.depends("line_ids.care_line_ids", "line_ids.care_down_payment_order_id")
    def _compute_care_order_ids(self):
        for move in self:
            lines = move.line_ids
            move.care_order_ids = lines.care_line_ids.order_id | lines.care_down_payment_order_id
            move.care_order_count = len(move.care_order_ids)

    @api.model
    def _search_care_order_ids(self, operator, value):
        """Find invoices by their orders."""
        return search_linked(self, "care.order", ORDER_PATHS, operator, value)

    # ------------------------------------------------------------------
    # Credit notes that billing drafted
    # ------------------------------------------------------------------
    def _post(self, soft=True):
        """Extend: what a credit note of care gives back is asked for no longer."""
        posted = super()._post(soft)
        posted._match_care_credit_notes()
        return posted

    def _match_care_credit_notes(self):
        """Match credit notes that billing drafted with what their orders still owe.

        Odoo matches those that were made from an invoice; ours are made from an order, and the
        counter would ask the client for what the house has just given back. Invoices that a
        payment on its way to the bank settles are left to accounting.
        """
        for credit in self.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and move.state == "posted"
                and not move.reversed_entry_id
                and move.sudo().care_order_ids
            )
        ):
            due = {
                move.id
                for order in credit.sudo().care_order_ids
                for move, _residual in order._get_invoices_to_pay()
            }
            invoices = self.browse(due).filtered(
                lambda move, credit=credit: (
                    move.company_id == credit.company_id
                    and move.currency_id == credit.currency_id
                    and move.commercial_partner_id == credit.commercial_partner_id
                    and not self.env["care.order"]._get_pending_amount(move.sudo())
                )
            )
            items = (credit | invoices).line_ids.filtered(
                lambda item: item.display_type == "payment_term" and not item.reconciled
            )
            for account, of_account in items.grouped("account_id").items():
                if account.reconcile and credit in of_account.move_id:
                    of_account.reconcile()

    # ------------------------------------------------------------------
    # Paying online
    # ------------------------------------------------------------------
    def _get_care_amount_to_pay(self):
        """Return what an invoice of care still asks for, less what is on its way to the bank."""
        self.ensure_one()
        return self.amount_residual - self.env["care.order"]._get_pending_amount(self)

    def _has_to_be_paid(self):
        """Extend: care that payments on their way to the bank settle is not paid a second time."""
        if not super()._has_to_be_paid():
            return False
        move = self.sudo()
        return (
            not move.care_order_count
            or move.currency_id.compare_amounts(move._get_care_amount_to_pay(), 0.0) > 0
        )

    def _get_invoice_next_payment_values(self, custom_amount=None):
        """Extend: of an invoice of care the client pays what no payment on its way covers."""
        values = super()._get_invoice_next_payment_values(custom_amount=custom_amount)
        move = self.sudo()
        if values and move.care_order_count:
            rest = max(move._get_care_amount_to_pay(), 0.0)
            for name in ("amount_due", "next_amount_to_pay"):
                values[name] = min(values[name], rest)
        return values

    def action_view_care_orders(self):
        """Open the care orders of the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("cartier_care.care_order_action")
        action["domain"] = [("id", "in", self.care_order_ids.ids)]
        return action

    def _get_mail_template(self):
        """Extend: invoices of care have words of their own, unless the house deleted them."""
        kinds = set(self.mapped("move_type"))
        if len(kinds) == 1 and all(move.care_order_ids for move in self.sudo()):
            xml_id = MAIL_TEMPLATES.get(kinds.pop())
            template = xml_id and self.env.ref(xml_id, raise_if_not_found=False)
            if template:
                return template
        return super()._get_mail_template()
