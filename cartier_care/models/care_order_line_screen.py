from odoo import api, fields, models

from .care_order import EDITABLE_STATES, MANAGER, PLANNED_STATES, WORKSHOP

#: Origins that nobody charges, or that stand whatever is typed (care-rules.md, 2 and 3).
GIVEN_ORIGINS = ("warranty", "complimentary", "first_complimentary", "not_feasible")


class CareOrder(models.Model):
    """Where lines may still be added; the server decides again."""

    _inherit = "care.order"

    can_add_line = fields.Boolean(compute="_compute_can_add_line", groups="base.group_user")
    can_price = fields.Boolean(
        compute="_compute_can_price",
        groups="base.group_user",
        help="Some line has a price that the current user may set by hand.",
    )

    @api.depends("line_ids.can_price")
    @api.depends_context("uid")
    def _compute_can_price(self):
        for order in self:
            order.can_price = any(order.line_ids.mapped("can_price"))

    @api.depends("state", "line_ids.service_id")
    def _compute_can_add_line(self):
        """Past the diagnosis only care that the single fee covers is added (care-rules.md, 6)."""
        for order in self:
            order.can_add_line = order.state in EDITABLE_STATES or (
                order.state in PLANNED_STATES
                and any(order.line_ids.mapped("service_id.single_fee"))
            )


class CareOrderLine(models.Model):
    """What the form of an order needs while a price is typed; saving decides and checks."""

    _inherit = "care.order.line"

    needs_word = fields.Boolean(
        compute="_compute_needs_word",
        groups="base.group_user",
        help="A jeweler has to confirm something on the line before the order goes on.",
    )

    can_price = fields.Boolean(
        compute="_compute_can_price",
        groups="base.group_user",
        help="The current user may set a price by hand on the line.",
    )

    @api.depends("line_type", "price_policy", "price_origin", "service_id")
    @api.depends_context("uid")
    def _compute_can_price(self):
        """Offer a price by hand to whom some price is open (care-rules.md, 3)."""
        is_manager = self.env.user.has_group(MANAGER)
        is_jeweler = self.env.user.has_group(WORKSHOP)
        for line in self:
            if line.line_type == "service" and line.price_origin in GIVEN_ORIGINS:
                line.can_price = False
            elif line.line_type == "service" and line.price_policy == "on_request":
                line.can_price = is_jeweler
            else:
                line.can_price = is_manager or line.line_type == "part" or line._can_be_raised()

    @api.depends("is_feasible", "outcome", "is_beyond_limit", "engraving_image", "order_id.state")
    def _compute_needs_word(self):
        for line in self:
            # A draft has not been seen yet, and later on the word has been given.
            is_asked = line.order_id.state == "received"
            line.needs_word = is_asked and bool(line._needs_jeweler_word())

    @api.onchange("is_price_manual")
    def _onchange_is_price_manual(self):
        """Start a price by hand from the catalogue's, and give it back when unmarked."""
        for line in self:
            if not line.is_price_manual:
                line.manual_price_unit = 0.0
            elif not line.manual_price_unit:
                line.manual_price_unit = line.catalogue_price_unit

    @api.onchange("price_unit")
    def _onchange_price_unit(self):
        """Show at once what a typed price does to the other lines and the totals."""
        for line in self:
            typed = line.price_unit
            if line.price_origin == "to_estimate" and typed:
                # Writing an estimate needs no switch beside it.
                line.update({"is_price_manual": True, "manual_price_unit": typed})
            elif line.is_price_manual:
                line.manual_price_unit = typed
