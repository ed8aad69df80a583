from odoo import models

from odoo.addons.base.models.ir_http import SignedIntConverter


class CareNumberConverter(SignedIntConverter):
    """A number in the address of a client's page.

    One with thousands of digits, which Python refuses to read, is answered like any other that
    leads nowhere.
    """

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValueError:
            return 0


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return {**super()._get_converters(), "care_number": CareNumberConverter}

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Add Odoo's discussion: clients write to the boutique on the page of their order.

        Without it the words of the conversation reach clients' pages in English only.
        """
        return [*super()._get_translation_frontend_modules_name(), "mail"]
