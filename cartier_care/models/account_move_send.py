from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """Invoices of care reach clients on the house's letter, as all its other mails do."""

    _inherit = "account.move.send"

    @api.model
    def _send_mail(self, move, mail_template, **kwargs):
        if move.sudo().care_order_ids:
            self = self.with_context(is_care_invoice=True)
        return super()._send_mail(move, mail_template, **kwargs)

    @api.model
    def _get_mail_layout(self):
        if self.env.context.get("is_care_invoice"):
            return "cartier_care.mail_layout_care"
        return super()._get_mail_layout()
