from odoo import api, models


class CareStaffThreadMixin(models.AbstractModel):
    """A record that clients read, and whose conversation is the house's own."""

    _name = "care.staff.thread.mixin"
    _description = "Record With a Conversation of the House"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Extend: who only reads the record reads none of what is said about it."""
        if self.env.user.share:
            return dict.fromkeys(self, "write")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    @api.model
    def _get_allowed_access_params(self):
        """Extend: no link opens the conversation either, whoever holds one."""
        return set()
