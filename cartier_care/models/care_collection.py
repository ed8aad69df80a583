from odoo import models


class CareCollection(models.Model):
    """A collection of the house, such as LOVE: some care rules name it (care-rules.md, 5)."""

    _name = "care.collection"
    _description = "Collection of Creations"
    _inherit = ["care.coded.mixin"]
    _order = "sequence, name"
