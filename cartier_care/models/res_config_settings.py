from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    care_invoice_trigger = fields.Selection(
        related="company_id.care_invoice_trigger", readonly=False
    )
    care_auto_post_invoice = fields.Boolean(
        related="company_id.care_auto_post_invoice", readonly=False
    )
    care_send_invoice = fields.Boolean(related="company_id.care_send_invoice", readonly=False)
    care_down_payment_percent = fields.Float(
        related="company_id.care_down_payment_percent", readonly=False
    )
    care_estimate_validity_days = fields.Integer(
        related="company_id.care_estimate_validity_days", readonly=False
    )
    care_require_payment = fields.Boolean(related="company_id.care_require_payment", readonly=False)
    care_polishing_threshold = fields.Integer(
        related="company_id.care_polishing_threshold", readonly=False
    )
    care_warranty_months = fields.Integer(related="company_id.care_warranty_months", readonly=False)
    care_unclaimed_days = fields.Integer(related="company_id.care_unclaimed_days", readonly=False)
    care_public_catalogue = fields.Boolean(
        related="company_id.care_public_catalogue", readonly=False
    )
