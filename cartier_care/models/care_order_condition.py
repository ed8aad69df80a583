from odoo import fields, models


class CareOrder(models.Model):
    """The condition at intake, held against the creation when it goes home (issue 4)."""

    _inherit = "care.order"

    intake_mark_ids = fields.One2many(
        "care.order.photo.mark",
        "order_id",
        string="Marks at Intake",
        domain=[("photo_id.stage", "=", "intake")],
        readonly=True,
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
