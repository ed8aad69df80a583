from odoo import api, fields, models


class CareService(models.Model):
    _inherit = "care.service"

    price_policy = fields.Selection(
        selection_add=[("per_character", "Per character")],
        ondelete={"per_character": "cascade"},
    )

    @api.model
    def _price_lines_per_character(self, lines):
        """Price each line by the characters to engrave, at the catalogue price for one.

        :param lines: ``care.order.line`` records of this policy
        """
        for line in lines:
            characters = len((line.engraving_text or "").replace(" ", ""))
            line.price_unit = line.catalogue_price_unit * characters
            line.price_origin = "fee"
