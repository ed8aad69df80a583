from odoo import fields, models


class CareGem(models.Model):
    """A kind of stone or pearl, and whether it stands an ultrasonic tank (care-rules.md, 6)."""

    _name = "care.gem"
    _description = "Gem"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    allows_ultrasonic = fields.Boolean(
        string="Stands Ultrasonic Cleaning",
        default=True,
        help="Creations that carry a gem without this mark are cleaned by hand.",
    )

    _code_unique = models.Constraint(
        "UNIQUE(code)", "Another gem has this code already: choose a different one."
    )
