from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    care_order_ids = fields.Many2many(
        "care.order",
        compute="_compute_care_order_ids",
        string="Care Orders",
        compute_sudo=True,
    )
    care_order_count = fields.Integer(compute="_compute_care_order_ids", compute_sudo=True)

    @api.depends("line_ids.care_line_ids", "line_ids.care_down_payment_order_id")
    def _compute_care_order_ids(self):
        for move in self:
            lines = move.line_ids
            move.care_order_ids = lines.care_line_ids.order_id | lines.care_down_payment_order_id
            move.care_order_count = len(move.care_order_ids)

    def action_view_care_orders(self):
        """Open the care orders of the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("cartier_care.care_order_action")
        action["domain"] = [("id", "in", self.care_order_ids.ids)]
        return action
