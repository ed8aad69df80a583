from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

SYSTEM_FIELDS = {
    "state",
    "done_count",
    "date_start",
    "date_end",
    "user_id",
    "order_id",
    "operation_id",
    "skip_reason",
    "fail_reason",
}


class CareOrderOperation(models.Model):
    """One step of an order's route at the bench (care-rules.md, 6)."""

    _name = "care.order.operation"
    _description = "Bench Operation of a Care Order"
    _inherit = ["care.client.record.mixin"]
    _order = "order_id, is_always_last, sequence, id"

    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    creation_id = fields.Many2one(related="order_id.creation_id", store=True, index=True)
    operation_id = fields.Many2one("care.operation", required=True, index=True, ondelete="restrict")
    code = fields.Char(related="operation_id.code")
    name = fields.Char(related="operation_id.name")
    sequence = fields.Integer(related="operation_id.sequence", store=True)
    is_always_last = fields.Boolean(related="operation_id.is_always_last", store=True)
    is_check = fields.Boolean(related="operation_id.is_check")
    is_mandatory = fields.Boolean(related="operation_id.is_mandatory")
    has_method = fields.Boolean(related="operation_id.has_method")
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("in_progress", "In progress"),
            ("done", "Done"),
            ("skipped", "Skipped"),
        ],
        string="Status",
        default="todo",
        required=True,
        index=True,
    )
    user_id = fields.Many2one("res.users", string="Jeweler", index="btree_not_null")
    date_start = fields.Datetime()
    date_end = fields.Datetime()
    method = fields.Selection([("ultrasonic", "Ultrasonic tank"), ("manual", "By hand")])
    skip_reason = fields.Char()
    fail_reason = fields.Char(string="Last Failure")
    done_count = fields.Integer(string="Times Done", readonly=True)
    is_white_parts_only = fields.Boolean(
        compute="_compute_is_white_parts_only",
        help="On mixed metals the rhodium steps concern the white parts alone; doing the "
        "operation is the jeweler's confirmation of it.",
    )
    priority = fields.Selection(related="order_id.priority")
    date_promised = fields.Date(related="order_id.date_promised")
    hold_reason = fields.Selection(related="order_id.hold_reason")
    creation_image = fields.Image(related="creation_id.image_256", string="Picture")
    task = fields.Text(
        compute="_compute_task",
        string="What Is Asked",
        help="The work of the whole order, with what the client wishes of it.",
    )
    condition_note = fields.Text(related="order_id.condition_note")
    is_next = fields.Boolean(
        compute="_compute_is_workable",
        search="_search_is_next",
        help="The first operation of its order that is left to do now.",
    )
    is_workable = fields.Boolean(
        compute="_compute_is_workable", help="The current user can work on it now."
    )

    #: What is next at the bench is read from here, however much was done before.
    _open_index = models.Index(
        "(order_id, is_always_last, sequence, id) WHERE state IN ('todo', 'in_progress')"
    )
    _operation_unique = models.Constraint(
        "UNIQUE(order_id, operation_id)", "Each operation stands once in the route of an order."
    )

    @api.depends("order_id.line_ids")
    @api.depends_context("lang")
    def _compute_task(self):
        for operation in self:
            lines = operation.order_id.line_ids.filtered(lambda line: line._is_worked())
            operation.task = "\n".join(
                " · ".join([(line.service_id or line.product_id).name, *line._get_portal_details()])
                for line in lines.sorted()
            )

    @api.depends("operation_id.domain", "creation_id.metal_ids")
    def _compute_is_white_parts_only(self):
        for operation in self:
            finishes = set()
            if "is_rhodium_finished" in (operation.operation_id.domain or ""):
                finishes.update(operation.creation_id.metal_ids.mapped("is_rhodium_finished"))
            operation.is_white_parts_only = finishes == {True, False}

    @api.depends("state", "order_id.state", "order_id.operation_ids.state")
    @api.depends_context("uid")
    def _compute_is_workable(self):
        is_jeweler = self.env.user.has_group("cartier_care.group_care_workshop")
        for order, operations in self.grouped("order_id").items():
            left = [o for o in order.operation_ids if o.state in ("todo", "in_progress")]
            is_diagnosis = order.state == "received"
            due = [o for o in left if (o.code == "diagnosis") == is_diagnosis]
            may_work = is_jeweler or order._is_in_boutique()
            for operation in operations:
                is_its_time = operation in due and order.state in ("received", "in_progress")
                operation.is_next = is_its_time and operation == due[0]
                operation.is_workable = (
                    is_its_time
                    and (not operation.is_always_last or left == [operation])
                    and may_work
                )

    @api.model
    def _search_is_next(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["order_id", "operation_id", "state", "is_always_last", "sequence"])
        self.env["care.order"].flush_model(["state"])
        rows = SQL(
            """
                SELECT first.id
                  FROM care_order
            CROSS JOIN (
                           SELECT ARRAY (
                               SELECT id FROM care_operation WHERE code = 'diagnosis'
                           ) AS ids
                       ) AS diagnoses
                  JOIN LATERAL (
                           SELECT work.id
                             FROM care_order_operation AS work
                            WHERE work.order_id = care_order.id
                              AND work.state IN ('todo', 'in_progress')
                              AND (work.operation_id = ANY (diagnoses.ids))
                                  = (care_order.state = 'received')
                         ORDER BY work.is_always_last, work.sequence, work.id
                            LIMIT 1
                       ) AS first ON TRUE
                 WHERE care_order.state IN ('received', 'in_progress')
            """
        )
        return [("id", "in", rows)]

    @api.depends("operation_id", "order_id")
    @api.depends_context("care_one_order")
    def _compute_display_name(self):
        """Name the order too, except where the screen is about one order anyway."""
        is_one_order = self.env.context.get("care_one_order")
        for operation in self:
            operation.display_name = (
                operation.name if is_one_order else f"{operation.order_id.name} · {operation.name}"
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model
    def _get_kept_fields(self):
        """Extend: planned work is to do, whatever a call gives by default."""
        return super()._get_kept_fields() | SYSTEM_FIELDS | {"method"}

    def write(self, vals):
        if not self.env.su and (forbidden := SYSTEM_FIELDS & vals.keys()):
            raise AccessError(
                self.env._(
                    "%(fields)s follow the work: start, finish or skip the operation instead.",
                    fields=", ".join(sorted(forbidden)),
                )
            )
        if "method" in vals and not self.env.su:
            self._check_can_work()
            self._check_method(vals["method"])
        return super().write(vals)

    def _check_method(self, method):
        """Refuse the ultrasonic tank to creations that do not stand it (care-rules.md, 6)."""
        if method != "ultrasonic":
            return
        for operation in self:
            if not operation._allows_ultrasonic():
                raise ValidationError(
                    self.env._(
                        "%(creation)s does not stand the ultrasonic tank: clean it by hand.",
                        creation=operation.creation_id.display_name,
                    )
                )

    def _allows_ultrasonic(self):
        """Tell whether every gem and the creation permit the ultrasonic tank."""
        self.ensure_one()
        creation = self.creation_id
        return creation.allows_ultrasonic and all(creation.gem_ids.mapped("allows_ultrasonic"))

    def _get_consequences(self, done):
        """Return what has to be done again when the operations of ``self`` are.

        What an operation brings along goes with it: polishing again takes the rhodium off, so
        the bath is given again. Every route cleans after the work. A skipped step stays skipped:
        its reason still holds.

        :param done: operations that were done, of the same orders
        :rtype: care.order.operation
        """
        consequences = self.browse()
        for order, failed in self.grouped("order_id").items():
            route = failed.operation_id._expand_route(order.creation_id)
            first = min(failed.mapped("sequence"))
            consequences |= (done & order.operation_ids).filtered(
                lambda operation, route=route, first=first: (
                    operation.operation_id in route
                    or (operation.has_method and operation.sequence > first)
                )
            )
        return consequences - self

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_start(self):
        """Start operations that are to do.

        :raise UserError: when an operation cannot be worked on now
        """
        self._check_can_work()
        for operation in self:
            if operation.state != "todo":
                raise UserError(
                    self.env._(
                        "%(operation)s is not to do: choose one that is.",
                        operation=operation.display_name,
                    )
                )
        self.order_id._lock_and_touch()
        self.sudo().write(
            {
                "state": "in_progress",
                "user_id": self.env.uid,
                "date_start": fields.Datetime.now(),
            }
        )
        return True

    def action_done(self, method=None):
        """Finish operations, straight from *to do* too.

        :param str method: how the cleaning was done, ``ultrasonic`` or ``manual``; by default
            what is recorded, else the best that the creation permits
        :raise UserError: when an operation cannot be worked on now, or a check comes too early
        :raise ValidationError: when the creation does not stand the method
        """
        self._check_can_work()
        if method:
            self.filtered("has_method")._check_method(method)
        for operation in self:
            if operation.state not in ("todo", "in_progress"):
                raise UserError(
                    self.env._(
                        "%(operation)s is already done or skipped: nothing is left to do on it.",
                        operation=operation.display_name,
                    )
                )
            if operation.is_always_last:
                operation._check_others_are_over(self)
        self.order_id._lock_and_touch()
        groups = defaultdict(self.browse)
        for operation in self:
            groups[operation._get_finished_key(method)] |= operation
        now = fields.Datetime.now()
        for (user, start, count, how), operations in groups.items():
            operations.sudo().write(
                {
                    "state": "done",
                    "user_id": user.id or self.env.uid,
                    "date_start": start or now,
                    "date_end": now,
                    "done_count": count + 1,
                    "method": how,
                }
            )
        self.filtered(
            lambda operation: operation.code == "diagnosis"
        ).order_id.sudo()._record_diagnosis()
        return True

    def _get_finished_key(self, method):
        """Return what decides the values that finishing writes, to write them in batches.

        :param str method: the cleaning method that was given, if any
        """
        self.ensure_one()
        if self.has_method:
            best = "ultrasonic" if self._allows_ultrasonic() else "manual"
            method = method or self.method or best
        else:
            method = False
        return self.user_id, self.date_start, self.done_count, method

    def action_skip(self, reason):
        """Skip operations, with a reason that stays on record.

        :param str reason: why the operation is not needed; required
        :raise UserError: without a reason, or for the diagnosis and the final check
        """
        self._check_can_work()
        reason = self._clean_reason(
            reason, self.env._("Say why the operation is skipped, then try again.")
        )
        for operation in self:
            if operation.is_mandatory:
                raise UserError(
                    self.env._(
                        "%(operation)s cannot be skipped: carry it out.",
                        operation=operation.display_name,
                    )
                )
            if operation.state not in ("todo", "in_progress"):
                raise UserError(
                    self.env._(
                        "%(operation)s is already done or skipped: nothing is left to skip.",
                        operation=operation.display_name,
                    )
                )
        self.order_id._lock_and_touch()
        self.sudo().write(
            {
                "state": "skipped",
                "user_id": self.env.uid,
                "skip_reason": reason,
                "date_end": fields.Datetime.now(),
            }
        )
        return True

    def action_fail(self, reason, operation_ids=None):
        """Let a quality check fail, which reopens the operations that failed.

        :param str reason: what is not right; required
        :param list operation_ids: ids of the ``care.order.operation`` to do again; by default
            everything that was done after the diagnosis
        :raise UserError: without a reason, or on an operation that is not a check
        """
        self._check_can_work()
        reason = self._clean_reason(reason, self.env._("Say what is not right, then try again."))
        for operation in self:
            if not operation.is_check:
                raise UserError(
                    self.env._(
                        "%(operation)s is not a check: only a check can fail.",
                        operation=operation.display_name,
                    )
                )
        self.order_id._lock_and_touch()
        self.sudo().write(
            {"state": "todo", "fail_reason": reason, "date_end": False, "user_id": False}
        )
        self.order_id.sudo()._reopen_operations(operation_ids)
        for order in self.order_id:
            order.sudo().message_post(
                body=self.env._("A check failed: %(reason)s", reason=reason),
                subtype_xmlid="mail.mt_note",
            )
        return True

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    def _check_can_work(self):
        """Check that the user may work on the operations and that it is their time.

        :raise AccessError: for roles that do not work at the bench
        :raise UserError: before the work has started, or after it is ready
        """
        self.check_access("write")
        is_jeweler = self.env.su or self.env.user.has_group("cartier_care.group_care_workshop")
        for operation in self:
            order = operation.order_id
            if not is_jeweler and not order._is_in_boutique():
                raise AccessError(
                    self.env._(
                        "%(order)s is work for the workshop: a jeweler does its operations.",
                        order=order.name,
                    )
                )
            if operation.code == "diagnosis":
                if order.state != "received":
                    raise UserError(
                        self.env._(
                            "%(order)s is not in diagnosis: receive it first, or revise it to "
                            "diagnose it again.",
                            order=order.name,
                        )
                    )
            elif order.state != "in_progress":
                raise UserError(
                    self.env._(
                        "The work on %(order)s has not started or is over: start it first, or "
                        "use rework when it is ready.",
                        order=order.name,
                    )
                )

    def _check_others_are_over(self, finishing):
        """Check that a final check comes last (care-rules.md, 6).

        :param finishing: operations finished in the same gesture
        """
        self.ensure_one()
        left = (self.order_id.operation_ids - self - finishing).filtered(
            lambda operation: operation.state in ("todo", "in_progress")
        )
        if left:
            raise UserError(
                self.env._(
                    "The final check of %(order)s comes last: finish or skip %(names)s first.",
                    order=self.order_id.name,
                    names=", ".join(left.mapped("name")),
                )
            )
