from odoo import fields, models


class CareCollection(models.Model):
    """A collection of the house, such as LOVE: some care rules name it (care-rules.md, 5)."""

    _name = "care.collection"
    _description = "Collection of Creations"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="A short technical name in lower case, by which restrictions find the collection.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE(code)", "Another collection has this code already: choose a different one."
    )
