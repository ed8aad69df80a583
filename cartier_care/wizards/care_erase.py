from odoo import api, fields, models


class CareErase(models.TransientModel):
    """Show what is going to be erased of a client, before it is."""

    _name = "care.erase"
    _description = "Erase a Client's Care Data"

    partner_id = fields.Many2one("res.partner", string="Client", required=True, readonly=True)
    order_count = fields.Integer(compute="_compute_counts", string="Orders")
    photo_count = fields.Integer(compute="_compute_counts", string="Photos")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "res.partner" and "partner_id" in fields_list:
            values.setdefault("partner_id", self.env.context.get("active_id"))
        return values

    @api.depends("partner_id")
    def _compute_counts(self):
        """Count what there is; refused while the house holds a creation of the client."""
        for wizard in self:
            orders = wizard.partner_id and wizard.partner_id._get_care_orders_to_erase()
            wizard.order_count = len(orders) if orders else 0
            wizard.photo_count = len(orders.photo_ids) if orders else 0

    def action_confirm(self):
        """Erase the data and open the record of it."""
        self.ensure_one()
        erasure = self.partner_id.action_erase_care_data()
        return {
            "type": "ir.actions.act_window",
            "res_model": "care.erasure",
            "res_id": erasure.id,
            "view_mode": "form",
        }
