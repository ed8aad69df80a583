from odoo import fields, models


class CareServiceCategory(models.Model):
    """A category of the catalogue: personalization, adjustment, care, restoration."""

    _name = "care.service.category"
    _description = "Care Service Category"
    _inherit = ["care.client.record.mixin"]
    _order = "sequence, name"

    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    single_fee = fields.Boolean(
        help="However many interventions of this category an order carries out, "
        "the fee is charged once, and the certificate lists every one of them.",
    )
    needs_verdict = fields.Boolean(
        string="Feasibility Verdict",
        help="The diagnosis says of each service of this category whether it is feasible.",
    )
    service_ids = fields.One2many("care.service", "category_id", string="Services")

    _code_unique = models.Constraint(
        "UNIQUE(code)", "Another category has this code already: choose a different one."
    )
