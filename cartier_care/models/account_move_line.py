from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    care_line_ids = fields.Many2many(
        "care.order.line",
        relation="care_order_line_invoice_rel",
        column1="invoice_line_id",
        column2="order_line_id",
        string="Care Lines",
        help="What this line invoices; copied to credit notes, which reopen it for billing.",
    )
