from odoo import api, fields, models


class CareOrderLine(models.Model):
    """What the form of an order needs while a price is typed; saving decides and checks."""

    _inherit = "care.order.line"

    needs_word = fields.Boolean(
        compute="_compute_needs_word",
        groups="base.group_user",
        help="A jeweler has to confirm something on the line before the order goes on.",
    )

    @api.depends("is_feasible", "outcome", "is_beyond_limit", "engraving_image", "order_id.state")
    def _compute_needs_word(self):
        for line in self:
            line.needs_word = bool(line._needs_jeweler_word())

    @api.onchange("is_price_manual")
    def _onchange_is_price_manual(self):
        """Start a price by hand from the catalogue's, and give it back when unmarked."""
        for line in self:
            line.manual_price_unit = line.catalogue_price_unit if line.is_price_manual else 0.0

    @api.onchange("price_unit")
    def _onchange_price_unit(self):
        """Show at once what a typed price does to the other lines and the totals."""
        for line in self:
            if line.is_price_manual:
                line.manual_price_unit = line.price_unit
