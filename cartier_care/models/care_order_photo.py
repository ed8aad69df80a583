from odoo import fields, models


class CareOrderPhoto(models.Model):
    """A photo of the creation, taken at intake, at the bench or at hand-over."""

    _name = "care.order.photo"
    _description = "Care Photo"
    _inherit = ["image.mixin"]
    _order = "order_id, sequence, id"

    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    name = fields.Char(string="Caption")
    sequence = fields.Integer(default=10)
    stage = fields.Selection(
        [("intake", "At intake"), ("before", "Before"), ("after", "After")],
        default="intake",
        required=True,
    )
    is_internal = fields.Boolean(help="Clients never see it.")
