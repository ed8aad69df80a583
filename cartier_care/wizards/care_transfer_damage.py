from odoo import api, fields, models


class CareTransferDamage(models.TransientModel):
    """Ask what is damaged on a creation that a transfer brought, and for a photo of it."""

    _name = "care.transfer.damage"
    _description = "Damage on Arrival"

    transfer_id = fields.Many2one("care.transfer", required=True, readonly=True)
    order_id = fields.Many2one("care.order", required=True, readonly=True, string="Envelope")
    note = fields.Text(string="What Is Damaged", required=True)
    photo = fields.Image(max_width=1920, max_height=1920)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "care.order" and "order_id" in fields_list:
            values.setdefault("order_id", self.env.context.get("active_id"))
        return values

    def action_confirm(self):
        """Report the damage with what was typed and taken."""
        self.ensure_one()
        self.transfer_id.action_report_damage(self.order_id.id, self.note, self.photo)
        return {"type": "ir.actions.act_window_close"}
