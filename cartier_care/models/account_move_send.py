from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """Invoices of care reach clients as all its mails do: on the house's letter, and in the end."""

    _inherit = "account.move.send"

    @api.model
    def _send_mail(self, move, mail_template, **kwargs):
        if not move.sudo().care_order_ids:
            return super()._send_mail(move, mail_template, **kwargs)
        before = move.sudo().message_ids
        self = self.with_context(is_care_invoice=True)
        result = super()._send_mail(move, mail_template, **kwargs)
        mails = (move.sudo().message_ids - before).mail_ids
        # Others who are to have it may get a mail of their own.
        mails = mails.sorted(lambda mail: move.partner_id not in mail.recipient_ids)
        for mail in mails[:1]:
            self.env["care.order.message"]._note_invoice_mail(move, mail)
        return result

    @api.model
    def _get_mail_layout(self):
        if self.env.context.get("is_care_invoice"):
            return "cartier_care.mail_layout_care"
        return super()._get_mail_layout()
