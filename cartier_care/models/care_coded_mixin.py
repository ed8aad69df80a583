from odoo import api, fields, models


class CareCodedMixin(models.AbstractModel):
    """What rules, written as domains, find by a code: collections, metals, gems.

    A code that nobody typed is made of the name. Codes may repeat: whatever bears one is the same
    to the rules, such as a collection that a house enters a second time.
    """

    _name = "care.coded.mixin"
    _description = "Named by a Code"
    _inherit = ["care.client.record.mixin"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        help="A short technical name in lower case, by which restrictions and conditions find it; "
        "made of the name when left empty.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    @api.depends("name")
    def _compute_code(self):
        for record in self:
            if not record.code:
                slug = self.env["ir.http"]._slugify(record.name or "")
                record.code = slug.replace("-", "_") or record.name
