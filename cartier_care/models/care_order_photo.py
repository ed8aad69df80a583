from odoo import api, fields, models
from odoo.exceptions import UserError

from .care_order import EDITABLE_STATES, MANAGER

#: What the marks on a photo stand for: moved to another picture they would say something else.
MARKED_FIELDS = {"image_1920", "stage", "is_internal", "order_id"}


class CareOrderPhoto(models.Model):
    """A photo of the creation, taken at intake, at the bench or at hand-over."""

    _name = "care.order.photo"
    _description = "Care Photo"
    _inherit = ["care.computed.mixin", "image.mixin"]
    _order = "sequence, id"

    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    name = fields.Char(string="Caption")
    sequence = fields.Integer(default=10)
    stage = fields.Selection(
        [
            ("intake", "At intake"),
            ("arrival", "On arrival"),
            ("before", "Before"),
            ("after", "After"),
        ],
        default="intake",
        required=True,
    )
    is_internal = fields.Boolean(help="Clients never see it.")
    mark_ids = fields.One2many("care.order.photo.mark", "photo_id", string="Condition Marks")
    is_markable = fields.Boolean(
        compute="_compute_is_markable",
        help="The current user can still place and change marks on it.",
    )

    last_mark_number = fields.Integer(
        compute="_compute_last_mark_number",
        help="The highest number on the order: the next mark takes the one after it.",
    )

    @api.depends("order_id.photo_ids.mark_ids.number")
    def _compute_last_mark_number(self):
        for photo in self:
            numbers = photo.order_id.photo_ids.mark_ids.mapped("number")
            photo.last_mark_number = max(numbers, default=0)

    @api.depends("stage", "order_id.state")
    @api.depends_context("uid")
    def _compute_is_markable(self):
        is_manager = self.env.user.has_group(MANAGER)
        for photo in self:
            photo.is_markable = is_manager or not photo._is_settled()

    def _is_settled(self):
        """Tell whether the photo shows the condition that the client has agreed to."""
        self.ensure_one()
        order = self.order_id
        return self.stage == "intake" and bool(order) and order.state not in EDITABLE_STATES

    def _check_marks_open(self):
        """Check that photos and their marks may be changed: the client signs for those of intake.

        :raise UserError: once the order has left the diagnosis, for everybody but the manager
        """
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        for photo in self:
            if photo._is_settled():
                raise UserError(
                    self.env._(
                        "The condition of %(order)s at intake is settled: add a photo of another "
                        "stage, or ask the care manager to change those of the intake.",
                        order=photo.order_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: the condition that the client has agreed to gets no further photos."""
        photos = super().create(vals_list)
        photos._check_marks_open()
        return photos

    def write(self, vals):
        changed = MARKED_FIELDS & vals.keys()
        if changed and not self.env.su:
            self._check_marks_open()
            if "order_id" in vals and any(
                photo.order_id.id != vals["order_id"] for photo in self.filtered("mark_ids")
            ):
                raise UserError(
                    self.env._("A photo with marks stays on its order: take a new photo instead.")
                )
        result = super().write(vals)
        if changed & {"stage", "order_id"}:
            # A photo of the bench does not become the condition at intake afterwards either.
            self._check_marks_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self._check_marks_open()
