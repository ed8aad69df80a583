from odoo import fields, models
from odoo.exceptions import UserError

#: States in which the creation is about to go home: its marks are looked at again.
COMPARED_STATES = ("ready", "declined")

#: What is said of a mark at the hand-over; the mark itself stays as the client signed for it.
COMPARED_FIELDS = {"hand_over_state", "hand_over_note"}


class CareOrder(models.Model):
    """The condition at intake, held against the creation when it goes home (issue 4)."""

    _inherit = "care.order"

    intake_mark_ids = fields.One2many(
        "care.order.photo.mark",
        "order_id",
        string="Marks at Intake",
        domain=[("photo_id.stage", "=", "intake")],
        copy=False,
        groups="base.group_user",
    )
    is_condition_compared = fields.Boolean(
        string="Condition Compared With the Intake",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="Each mark of the intake was looked at again with the creation in hand.",
    )
    return_carrier = fields.Char(
        related="intake_id.return_carrier", readonly=False, groups="base.group_user"
    )
    return_tracking = fields.Char(
        related="intake_id.return_tracking", readonly=False, groups="base.group_user"
    )


class CareOrderPhotoMark(models.Model):
    """What became of a mark, seen with the creation in hand before it goes home."""

    _inherit = "care.order.photo.mark"

    hand_over_state = fields.Selection(
        [("unchanged", "As at intake"), ("gone", "Gone"), ("changed", "Changed")],
        string="At Hand-over",
        copy=False,
        groups="base.group_user",
    )
    hand_over_note = fields.Char(string="Note at Hand-over", copy=False, groups="base.group_user")

    def write(self, vals):
        """Extend: at the hand-over a mark is compared, and nothing else of it moves."""
        if not self.env.su and vals and vals.keys() <= COMPARED_FIELDS:
            self._check_comparable()
            result = super(CareOrderPhotoMark, self.sudo()).write(vals)
            self._settle_comparison()
            return result
        return super().write(vals)

    def _check_comparable(self):
        """Check that the marks may be compared with the creation now.

        :raise UserError: before the creation is ready, and once it has gone
        """
        self.check_access("write")
        for mark in self:
            if mark.order_id.state not in COMPARED_STATES:
                raise UserError(
                    self.env._(
                        "The marks of %(order)s are compared when it is ready to go home, and "
                        "not afterwards.",
                        order=mark.order_id.name,
                    )
                )

    def _settle_comparison(self):
        """Record on each order whether all that was marked at intake has been compared."""
        for order in self.order_id:
            is_compared = all(order.intake_mark_ids.mapped("hand_over_state"))
            if order.is_condition_compared != is_compared:
                order.is_condition_compared = is_compared
