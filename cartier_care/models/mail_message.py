from odoo import api, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: clients write about care on its page, which keeps a length and a pace.

        :raise AccessError: when one of them writes past it
        """
        if self.env.user.share and not self.env.su:
            models_written = {vals.get("model") for vals in vals_list}
            models_written.add(self.env.context.get("default_model"))
            if any(name and name.startswith("care.") for name in models_written):
                raise AccessError(self.env._("Please write to us on the page of your creation."))
        return super().create(vals_list)
