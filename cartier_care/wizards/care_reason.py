from odoo import api, fields, models
from odoo.exceptions import UserError


class CareReason(models.TransientModel):
    """Ask for the reason of a step that stays on record, then take the step."""

    _name = "care.reason"
    _description = "Reason of a Care Step"

    kind = fields.Selection(
        [
            ("decline", "Decline"),
            ("report_lost", "Report lost"),
            ("creation_lost", "Report a creation lost"),
            ("skip", "Skip"),
            ("fail", "Check failed"),
        ],
        required=True,
        readonly=True,
    )
    order_ids = fields.Many2many("care.order", string="Orders", readonly=True)
    creation_ids = fields.Many2many("care.creation", string="Creations", readonly=True)
    operation_ids = fields.Many2many(
        "care.order.operation",
        relation="care_reason_operation_rel",
        string="Operations",
        readonly=True,
    )
    reopen_ids = fields.Many2many(
        "care.order.operation",
        relation="care_reason_reopen_rel",
        string="To Do Again",
        domain="[('id', 'in', candidate_ids)]",
        help="The work that has to be done again; everything after the diagnosis when none is "
        "chosen.",
    )
    candidate_ids = fields.Many2many(
        "care.order.operation", compute="_compute_candidate_ids", string="Could Be Done Again"
    )
    reason = fields.Text(required=True)

    @api.depends("operation_ids")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.operation_ids.order_id.operation_ids.filtered(
                lambda operation, wizard=wizard: (
                    operation.state == "done"
                    and operation.code != "diagnosis"
                    and operation not in wizard.operation_ids
                )
            )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        target = {
            "care.order": "order_ids",
            "care.creation": "creation_ids",
            "care.order.operation": "operation_ids",
        }.get(self.env.context.get("active_model"))
        if target in fields_list and target not in values:
            values[target] = [fields.Command.set(self.env.context.get("active_ids") or [])]
        return values

    def action_confirm(self):
        """Take the step with the reason that was typed.

        :raise UserError: when nothing is chosen, and whatever the step itself refuses
        """
        self.ensure_one()
        steps = {
            "decline": (self.order_ids, "action_decline", ()),
            "report_lost": (self.order_ids, "action_report_lost", ()),
            "creation_lost": (self.creation_ids, "action_report_lost", ()),
            "skip": (self.operation_ids, "action_skip", ()),
            "fail": (self.operation_ids, "action_fail", (self.reopen_ids.ids,)),
        }
        records, method, arguments = steps[self.kind]
        if not records:
            raise UserError(self.env._("Nothing is chosen: open this from what it is about."))
        getattr(records, method)(self.reason, *arguments)
        return {"type": "ir.actions.act_window_close"}
