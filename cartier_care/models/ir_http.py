from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Add Odoo's discussion: clients write to the boutique on the page of their order.

        Without it the words of the conversation reach clients' pages in English only.
        """
        return [*super()._get_translation_frontend_modules_name(), "mail"]
