from odoo import fields, models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "care.creation.mixin"]

    is_creation = fields.Boolean(
        string="Creation",
        index="btree_not_null",
        help="A model of creation that clients may bring in for care.",
    )
