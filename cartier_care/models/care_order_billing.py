from odoo import fields, models


class CareOrderBilling(models.Model):
    """One time that an order was billed.

    A round is unique per order in the database: two transactions that bill the same round at once
    cannot both commit, while down payments, grouped and corrective invoices remain possible.
    """

    _name = "care.order.billing"
    _description = "Billing Round of a Care Order"
    _order = "order_id, round"

    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    round = fields.Integer(required=True)
    move_id = fields.Many2one("account.move", index=True, ondelete="set null")

    _round_unique = models.Constraint(
        "UNIQUE(order_id, round)", "This order was billed at the same moment: open it again."
    )
