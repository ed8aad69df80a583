from odoo import fields, models


class CareMetal(models.Model):
    """A precious metal. White gold and platinum are finished with rhodium (care-rules.md, 6)."""

    _name = "care.metal"
    _description = "Metal"
    _inherit = ["care.coded.mixin"]
    _order = "sequence, name"

    is_rhodium_finished = fields.Boolean(
        string="Rhodium-finished",
        help="Polishing strips the old rhodium first and a new rhodium bath is given after it.",
    )
