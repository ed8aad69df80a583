from odoo import fields, models


class CareMetal(models.Model):
    """A precious metal. White gold and platinum are finished with rhodium (care-rules.md, 6)."""

    _name = "care.metal"
    _description = "Metal"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_rhodium_finished = fields.Boolean(
        string="Rhodium-finished",
        help="Polishing strips the old rhodium first and a new rhodium bath is given after it.",
    )

    _code_unique = models.Constraint(
        "UNIQUE(code)", "Another metal has this code already: choose a different one."
    )
