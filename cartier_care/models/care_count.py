from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .care_order import OPEN_STATES

#: What a count is about; fixed once it is done.
FROZEN_FIELDS = {"location_id", "company_id", "user_id", "date", "note"}

#: What only counting writes.
SYSTEM_FIELDS = {"state", "line_ids", "date_done", "last_scan"}


class CareCount(models.Model):
    """One look into a safe: what custody says is there against what is found by scanning."""

    _name = "care.count"
    _description = "Closing Count"
    _inherit = ["care.computed.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    location_id = fields.Many2one(
        "care.location",
        string="Place",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._get_default_place(),
        domain=[("location_type", "!=", "transit")],
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Counted By",
        required=True,
        default=lambda self: self.env.user,
        index=True,
    )
    date = fields.Datetime(
        string="Started", required=True, readonly=True, default=fields.Datetime.now, copy=False
    )
    date_done = fields.Datetime(string="Closed", readonly=True, copy=False)
    last_scan = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Counting"), ("done", "Closed")],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    note = fields.Text()
    line_ids = fields.One2many("care.count.line", "count_id", readonly=True, copy=False)
    missing_line_ids = fields.One2many(
        "care.count.line", "count_id", domain=[("result", "in", ("waiting", "missing"))]
    )
    extra_line_ids = fields.One2many(
        "care.count.line", "count_id", domain=[("result", "=", "extra")]
    )
    present_line_ids = fields.One2many(
        "care.count.line", "count_id", domain=[("result", "=", "present")]
    )
    expected_count = fields.Integer(string="Expected", compute="_compute_results")
    present_count = fields.Integer(string="Present", compute="_compute_results")
    missing_count = fields.Integer(
        string="Missing",
        compute="_compute_results",
        help="While counting, what was not scanned yet.",
    )
    extra_count = fields.Integer(string="Too Much", compute="_compute_results")

    # ------------------------------------------------------------------
    # Defaults and computes
    # ------------------------------------------------------------------
    @api.model
    def _get_default_place(self):
        """Return where the user works, the boutique before the workshop."""
        return self.env["care.location"]._get_default_location(
            ["boutique", "client_relations", "workshop", "vendor"], self.env.company
        )

    @api.depends("location_id", "date")
    def _compute_display_name(self):
        for count in self:
            # A count that is not begun has no name yet: the client has its own word for it.
            day = fields.Datetime.context_timestamp(count, count.date).date()
            count.display_name = (
                f"{count.location_id.name} · {format_date(self.env, day)}"
                if count._origin
                else False
            )

    @api.depends("line_ids.result")
    def _compute_results(self):
        numbers = {
            (count.id, result): number
            for count, result, number in self.env["care.count.line"]._read_group(
                [("count_id", "in", self.ids)], ["count_id", "result"], ["__count"]
            )
        }
        for count in self:
            present, waiting, missing, extra = (
                numbers.get((count._origin.id, result), 0)
                for result in ("present", "waiting", "missing", "extra")
            )
            count.present_count = present
            count.missing_count = waiting + missing
            count.extra_count = extra
            count.expected_count = present + waiting + missing

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        counts = super().create(vals_list)
        counts._take_expected()
        return counts

    def write(self, vals):
        self._check_system_fields(vals)
        if not self.env.su and FROZEN_FIELDS & vals.keys():
            self._check_counting()
            if {"location_id", "company_id"} & vals.keys():
                raise UserError(
                    self.env._("A count keeps its place: begin another one for another place.")
                )
        return super().write(vals)

    def _check_system_fields(self, vals):
        """Refuse direct writes of what only counting decides.

        :raise AccessError: when a user writes the state or the findings
        """
        if not self.env.su and (
            (SYSTEM_FIELDS - {"state"}) & vals.keys() or vals.get("state", "draft") != "draft"
        ):
            raise AccessError(self.env._("Findings come from scanning: use the buttons instead."))
        if not self.env.su and "state" in vals and "done" in self.mapped("state"):
            raise AccessError(self.env._("A closed count stays closed: begin another one."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if "done" in self.mapped("state"):
            raise UserError(self.env._("A closed count is a record of facts: it stays."))

    def _check_counting(self):
        """Check that the counts are not closed, and that the user may edit them.

        :raise UserError: when a count is closed
        """
        self.check_access("write")
        for count in self:
            if count.state != "draft":
                raise UserError(
                    self.env._(
                        "The count of %(count)s is closed: begin another one.",
                        count=count.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_update_expected(self):
        """Ask custody again what should be there, and keep what was scanned.

        :raise UserError: when a count is closed
        """
        self._check_counting()
        self._take_expected()
        return True

    def action_done(self):
        """Close the counts: what was not scanned is missing, and somebody is asked to look.

        :raise UserError: when a count is closed already
        """
        self._check_counting()
        self.sudo().write({"state": "done", "date_done": fields.Datetime.now()})
        for count in self:
            missing = count.sudo().missing_line_ids
            count.message_post(
                body=self.env._(
                    "Closed: %(present)s present, %(missing)s missing, %(extra)s too much.",
                    present=count.present_count,
                    missing=count.missing_count,
                    extra=count.extra_count,
                )
            )
            if missing:
                staff = count.location_id.sudo().user_ids
                user = count.user_id if count.user_id in staff else staff[:1] or count.user_id
                asked = count.with_context(lang=user.lang) if user.lang else count
                asked.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=asked.env._(
                        "Missing at the closing count: %(creations)s",
                        creations=", ".join(missing.mapped("label")[:5])
                        + (" …" if len(missing) > 5 else ""),
                    ),
                    user_id=user.id,
                )
        return True

    # ------------------------------------------------------------------
    # Business methods
    # ------------------------------------------------------------------
    def scan_envelope(self, barcode):
        """Note that a scanned creation is in the safe.

        What custody expects elsewhere, and a code that says nothing to the user, are noted as
        too much: the one as the creation, the other as the code alone.

        :param str barcode: the number of the envelope, or the engraved number
        :return: ``{message, type}``: what was noted
        :rtype: dict
        :raise UserError: when the count is closed, or nothing was read
        """
        self.ensure_one()
        self._check_counting()
        code = self.env["care.order"]._clean_barcode(barcode)
        # Two people at one safe: the second to write starts again on what the first has noted.
        now = fields.Datetime.now()
        count = self.sudo()
        count.write({"last_scan": now})
        lines = self._find_expected_lines(code)
        if not lines:
            return self._note_extra(code, now)
        found = lines.filtered(lambda line: not line.is_scanned)
        if not found:
            return {
                "type": "info",
                "message": self.env._("%s is scanned already.", ", ".join(lines.mapped("label"))),
            }
        found.write({"is_scanned": True, "date_scanned": now})
        return {
            "type": "success",
            "message": self.env._(
                "%(creations)s is here: %(count)s still to scan.",
                creations=", ".join(found.mapped("label")),
                count=count.missing_count,
            )
            if count.missing_count
            else self.env._(
                "%(creations)s is here: everything that is expected was found.",
                creations=", ".join(found.mapped("label")),
            ),
        }

    def _find_expected_lines(self, code):
        """Return the lines that a code belongs to, as superuser.

        Whoever counts a safe holds its envelopes, whichever boutique's orders they are.

        :rtype: care.count.line
        """
        normalize = self.env["care.creation"]._normalize_serial
        key = normalize(code)
        lines = self.sudo().line_ids
        found = lines.filtered(
            lambda line: (
                key
                in (
                    normalize(line.order_id.name),
                    line.creation_id.serial_key,
                    not line.creation_id and normalize(line.barcode),
                )
            )
        )
        if found:
            return found[:1]
        orders = self.env["care.order"]._find_scanned_orders(code).sudo()
        return lines.filtered(lambda line: line.order_id in orders)

    def _note_extra(self, code, now):
        """Note something that custody does not expect here."""
        Order = self.env["care.order"]
        order = Order._find_scanned_orders(code)[:1]
        creation = (
            order.sudo().reproduction_id or order.creation_id
            if order
            else self.env["care.creation"]._find_scanned(code)
        )
        lines = self.sudo().line_ids
        line = lines.filtered(lambda line: creation and line.creation_id == creation)
        if line:
            line.filtered(lambda line: not line.is_scanned).write(
                {"is_scanned": True, "date_scanned": now}
            )
        else:
            line = lines.create(
                {
                    "count_id": self.id,
                    "creation_id": creation.id,
                    "order_id": order.id,
                    "barcode": code[:64],
                    "is_scanned": True,
                    "date_scanned": now,
                    "known_location_id": creation.sudo().current_location_id.id,
                }
            )
        if line.is_expected:
            return {
                "type": "success",
                "message": self.env._("%s is here.", line.label),
            }
        return {
            "type": "warning",
            "message": self.env._(
                "%(creation)s should not be here: set it apart. It is noted as too much.",
                creation=line.label,
            ),
        }

    def _take_expected(self):
        """Bring the lines in step with what custody says is at each place, in one go."""
        counts = self.sudo()
        creations = self.env["care.creation"].sudo()
        at_place = dict(
            creations._read_group(
                [
                    ("current_location_id", "in", counts.location_id.ids),
                    ("state", "!=", "replaced"),
                ],
                ["current_location_id"],
                ["id:recordset"],
            )
        )
        everything = creations.browse().union(*at_place.values())
        orders = {}
        for order in (
            self.env["care.order"]
            .sudo()
            .search(
                [
                    "|",
                    ("creation_id", "in", everything.ids),
                    ("reproduction_id", "in", everything.ids),
                    ("state", "in", OPEN_STATES),
                ]
            )
        ):
            orders[(order.reproduction_id or order.creation_id).id] = order.id
        vals_list = []
        for count in counts:
            expected = at_place.get(count.location_id, creations.browse())
            lines = count.line_ids
            lines.filtered(lambda line: line.is_expected and not line.is_scanned).filtered(
                lambda line, expected=expected: line.creation_id not in expected
            ).unlink()
            lines = lines.exists()
            now_expected = lines.filtered(
                lambda line, expected=expected: line.creation_id in expected
            )
            now_expected.write({"is_expected": True})
            (lines - now_expected).write({"is_expected": False})
            vals_list += [
                {
                    "count_id": count.id,
                    "creation_id": creation.id,
                    "order_id": orders.get(creation.id),
                    "is_expected": True,
                    "known_location_id": count.location_id.id,
                }
                for creation in expected - lines.creation_id
            ]
        self.env["care.count.line"].sudo().create(vals_list)
        self.invalidate_recordset(
            ["line_ids", "missing_line_ids", "extra_line_ids", "present_line_ids"]
        )
