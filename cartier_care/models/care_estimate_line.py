from odoo import fields, models


class CareEstimateLine(models.Model):
    """A line of an estimate, frozen as the client saw it."""

    _name = "care.estimate.line"
    _description = "Care Estimate Line"
    _inherit = ["care.client.record.mixin"]
    _order = "estimate_id, sequence, id"

    estimate_id = fields.Many2one("care.estimate", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="estimate_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="estimate_id.currency_id")
    order_line_id = fields.Many2one("care.order.line", ondelete="set null", index="btree_not_null")
    sequence = fields.Integer()
    line_type = fields.Selection([("service", "Intervention"), ("part", "Part")])
    name = fields.Char()
    quantity = fields.Float(digits="Product Unit")
    price_unit = fields.Float(min_display_digits="Product Price")
    price_origin = fields.Char()
    price_explanation = fields.Char()
    price_subtotal = fields.Monetary()
    price_total = fields.Monetary()
    tax_names = fields.Char()
    is_optional = fields.Boolean()
    is_accepted = fields.Boolean()
    is_counted = fields.Boolean()

    # what the client approves with the price: an engraving cannot be undone
    service_id = fields.Many2one("care.service", ondelete="set null", index="btree_not_null")
    adjustment = fields.Float(digits=(6, 2))
    adjustment_unit = fields.Selection(related="service_id.adjustment_unit")
    engraving_text = fields.Char()
    engraving_language = fields.Char()
    engraving_position = fields.Char()
    engraving_image = fields.Image(max_width=1920, max_height=1920)
    clasp_request = fields.Char()
    cord_color = fields.Char()
