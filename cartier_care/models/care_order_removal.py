from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .care_order import BOUTIQUE, OPEN_STATES
from .care_service import format_number


class CareOrderRemoval(models.Model):
    """A part or a stone that the bench took off a creation: it belongs to the client."""

    _name = "care.order.removal"
    _inherit = ["care.computed.mixin"]
    _description = "Part Removed from a Creation"
    _order = "id"

    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    name = fields.Char(string="Part or Stone", required=True)
    quantity = fields.Float(default=1.0, digits="Product Unit", required=True)
    weight = fields.Float(string="Weight (g)", digits=(10, 3))
    note = fields.Char(string="Remark")
    fate = fields.Selection(
        [
            ("to_return", "To give back"),
            ("returned", "Given back"),
            ("left", "Left to the house"),
        ],
        string="What Becomes of It",
        default="to_return",
        required=True,
        help="Given back with the creation, unless the client leaves it to the house.",
    )
    user_id = fields.Many2one(
        "res.users", string="Removed By", default=lambda self: self.env.user, readonly=True
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "Enter how many were removed, or take the row away."
    )

    @api.model_create_multi
    def create(self, vals_list):
        removals = super().create(vals_list)
        removals._check_in_hands()
        return removals

    def write(self, vals):
        self._check_in_hands()
        return super().write(vals)

    def _erase_notes(self):
        """Forget the remarks, also of what went home; the caller has checked the right to."""
        return super().write({"note": False})  # pylint: disable=super-method-mismatch

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_in_hands()

    def _check_in_hands(self):
        """Check that the house holds the creations: what went home stays on record as it was.

        :raise UserError: naming each order that is not in the house's hands
        """
        closed = self.order_id.filtered(lambda order: order.state not in OPEN_STATES)
        if closed:
            raise UserError(
                self.env._(
                    "The house does not hold the creation of %(orders)s: what was removed is "
                    "written down from receipt to hand-over.",
                    orders=", ".join(closed.mapped("name")),
                )
            )


class CareOrder(models.Model):
    """What was removed goes home with the creation (issue 4, workshop)."""

    _inherit = "care.order"

    removal_ids = fields.One2many(
        "care.order.removal",
        "order_id",
        string="Parts and Stones Removed",
        groups="base.group_user",
    )

    removal_note = fields.Text(
        compute="_compute_removal_note",
        string="Removed from It",
        groups="base.group_user",
        help="What the bench took off the creation, and what became of it.",
    )
    has_removal_to_return = fields.Boolean(
        compute="_compute_removal_note", groups="base.group_user"
    )

    @api.depends("removal_ids.name", "removal_ids.quantity", "removal_ids.fate")
    @api.depends_context("lang")
    def _compute_removal_note(self):
        labels = dict(self.removal_ids._fields["fate"]._description_selection(self.env))
        for order in self:
            order.removal_note = "\n".join(
                self.env._(
                    "%(quantity)s × %(part)s: %(fate)s",
                    quantity=format_number(self.env, removal.quantity),
                    part=removal.name,
                    fate=labels[removal.fate],
                )
                for removal in order.removal_ids
            )
            order.has_removal_to_return = "to_return" in order.removal_ids.mapped("fate")

    @api.depends("removal_ids.fate")
    def _compute_can_hand_over(self):
        """Extend: follow what was removed."""
        return super()._compute_can_hand_over()

    def action_give_back(self):
        """Mark everything that was removed as given back, in one gesture at the counter.

        :raise AccessError: for others than advisors
        """
        self.check_access("write")
        if not self.env.user.has_group(BOUTIQUE):
            raise AccessError(self.env._("What was removed is given back by a boutique advisor."))
        self.removal_ids.filtered(lambda removal: removal.fate == "to_return").write(
            {"fate": "returned"}
        )
        return True

    def _get_hand_over_refusals(self):
        """Extend: what was removed is given back first, or left to the house."""
        refusals = super()._get_hand_over_refusals()
        kept = self.sudo().removal_ids.filtered(lambda removal: removal.fate == "to_return")
        if kept:
            refusals.append(
                self.env._(
                    "give back what was removed, and mark it: %(parts)s",
                    parts=", ".join(kept.mapped("name")),
                )
            )
        return refusals
