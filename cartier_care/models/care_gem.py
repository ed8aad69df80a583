from odoo import fields, models


class CareGem(models.Model):
    """A kind of stone or pearl, and whether it stands an ultrasonic tank (care-rules.md, 6)."""

    _name = "care.gem"
    _description = "Gem"
    _inherit = ["care.coded.mixin"]
    _order = "sequence, name"

    allows_ultrasonic = fields.Boolean(
        string="Stands Ultrasonic Cleaning",
        default=True,
        help="Creations that carry a gem without this mark are cleaned by hand.",
    )
