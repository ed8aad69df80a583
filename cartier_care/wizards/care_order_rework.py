from odoo import api, fields, models


class CareOrderRework(models.TransientModel):
    """Choose which work is done again when a ready order goes back to the bench."""

    _name = "care.order.rework"
    _description = "Rework of a Care Order"

    order_id = fields.Many2one("care.order", required=True, readonly=True)
    candidate_ids = fields.Many2many(
        "care.order.operation", compute="_compute_candidate_ids", string="Could Be Done Again"
    )
    operation_ids = fields.Many2many(
        "care.order.operation",
        string="To Do Again",
        domain="[('id', 'in', candidate_ids)]",
        help="Everything after the diagnosis when none is chosen; the checks always follow.",
    )

    @api.depends("order_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.order_id.operation_ids.filtered(
                lambda operation: operation.state == "done" and operation.code != "diagnosis"
            )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "care.order" and "order_id" in fields_list:
            values.setdefault("order_id", self.env.context.get("active_id"))
        return values

    def action_confirm(self):
        """Take the order back to the bench with the operations that were chosen."""
        self.ensure_one()
        self.order_id.action_rework(self.operation_ids.ids or None)
        return {"type": "ir.actions.act_window_close"}
