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
    care_down_payment_order_id = fields.Many2one(
        "care.order",
        string="Down Payment of Care Order",
        index="btree_not_null",
        ondelete="restrict",
        help="The order whose down payment this line takes, deducts or gives back.",
    )
