from collections import defaultdict, namedtuple
from contextlib import contextmanager
from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, format_amount
from odoo.tools.translate import LazyTranslate

from .care_order_line import LOOKED_UP_FIELDS

_lt = LazyTranslate(__name__)

BOUTIQUE = "cartier_care.group_care_boutique"
WORKSHOP = "cartier_care.group_care_workshop"
MANAGER = "cartier_care.group_care_manager"

#: A step of an order: the states it may start from, the state it leads to, and who may take it.
Transition = namedtuple("Transition", ["sources", "target", "groups"])

#: The one table of transitions. `propose` again makes a new version of the estimate.
TRANSITIONS = {
    "receive": Transition(("draft",), "received", (BOUTIQUE,)),
    "cancel": Transition(("draft",), "cancel", (BOUTIQUE,)),
    "propose": Transition(("received", "estimated"), "estimated", (BOUTIQUE, WORKSHOP)),
    "approve": Transition(("estimated",), "approved", (BOUTIQUE,)),
    "start": Transition(("received", "approved"), "in_progress", (BOUTIQUE, WORKSHOP)),
    "revise": Transition(
        ("estimated", "approved", "in_progress"), "received", (BOUTIQUE, WORKSHOP)
    ),
    "finish": Transition(("in_progress",), "ready", (BOUTIQUE, WORKSHOP)),
    "rework": Transition(("ready",), "in_progress", (BOUTIQUE, WORKSHOP)),
    "decline": Transition(("received", "estimated", "approved"), "declined", (BOUTIQUE,)),
    "hand_over": Transition(("ready", "declined"), "done", (BOUTIQUE,)),
    "report_lost": Transition(
        ("received", "estimated", "approved", "in_progress", "ready", "declined"),
        "done",
        (MANAGER,),
    ),
    "promise": Transition(("received", "estimated", "approved", "in_progress"), None, (BOUTIQUE,)),
    "invoice": Transition(("ready", "done"), None, (BOUTIQUE,)),
}

#: States in which the house holds the creation: one such order per creation.
OPEN_STATES = ("received", "estimated", "approved", "in_progress", "ready", "declined")

#: States in which the lines and what they cost may be edited (care-rules.md, 2).
EDITABLE_STATES = ("draft", "received")

#: States in which the bench route follows the lines.
PLANNED_STATES = ("received", "estimated", "approved", "in_progress")

#: Fields that only actions and computes write.
SYSTEM_FIELDS = {
    "name",
    "state",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "invoice_status",
    "disposition",
    "decline_reason",
    "date_received",
    "date_ready",
    "date_done",
    "estimate_id",
    "reproduction_id",
    "billing_round",
    "access_token",
    "consented_by",
    "approved_by_id",
    "transfer_ids",
}

#: Until when people write what was recorded: how the creation came, what the client signed for,
#: and to whom it went. Anything else of an order may be edited, or follows from its steps.
WRITABLE_STATES = {
    "intake_id": ("draft",),
    "condition_note": EDITABLE_STATES,
    "pre_approved_amount": EDITABLE_STATES,
    **dict.fromkeys(
        (
            "collected_by",
            "collection_signature",
            "collector_role",
            "date_promised",
            "declared_value",
            "has_owner_authorization",
            "hold_reason",
            "hold_until",
            "is_collector_verified",
            "is_condition_compared",
            "is_released",
            "weight_in",
            "weight_out",
        ),
        ("draft", *OPEN_STATES),
    ),
}

#: What is agreed with the client and signed for at the counter: jewelers read it.
COUNTER_FIELDS = {
    "collected_by",
    "collection_signature",
    "collector_role",
    "company_id",
    "date_promised",
    "declared_value",
    "fiscal_position_id",
    "has_owner_authorization",
    "is_collector_verified",
    "is_condition_compared",
    "is_discreet",
    "location_id",
    "partner_id",
    "pre_approved_amount",
    "pricelist_id",
    "redo_of_id",
    "user_id",
}

#: What prices depend on: editable while prices may move.
PRICING_FIELDS = {
    "creation_id",
    "partner_id",
    "company_id",
    "pricelist_id",
    "currency_id",
    "fiscal_position_id",
    "redo_of_id",
    "date_order",
}


class CareOrder(models.Model):
    """One creation in care, from intake to hand-over.

    ``TRANSITIONS`` is the only place that says which step follows which and who may take it.
    Each public ``action_x`` checks rights and state and locks the rows, then changes them.
    """

    _name = "care.order"
    _description = "Care Order"
    _inherit = [
        "care.client.record.mixin",
        "care.numbered.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "priority desc, date_promised, id desc"
    _rec_names_search = ["name", "creation_id.serial_number", "partner_id.name"]
    _check_company_auto = True

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("draft", "Request"),
            ("received", "In diagnosis"),
            ("estimated", "Awaiting approval"),
            ("approved", "Approved"),
            ("in_progress", "At the bench"),
            ("ready", "Ready"),
            ("declined", "Declined"),
            ("done", "Handed over"),
            ("cancel", "Cancelled"),
        ],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    intake_id = fields.Many2one("care.intake", index="btree_not_null", copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        check_company=True,
    )
    creation_id = fields.Many2one(
        "care.creation", required=True, index=True, ondelete="restrict", tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Advisor",
        default=lambda self: self.env.user if not self.env.user.share else False,
        index="btree_not_null",
        groups="base.group_user",
    )
    location_id = fields.Many2one(
        "care.location",
        string="Boutique",
        compute="_compute_location_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        domain="[('location_type', 'in', ('boutique', 'client_relations'))]",
        ondelete="restrict",
    )
    workshop_id = fields.Many2one(
        "care.location",
        compute="_compute_workshop_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        domain="[('location_type', 'in', ('workshop', 'vendor'))]",
        ondelete="restrict",
        groups="base.group_user",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        groups="base.group_user",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        precompute=True,
        required=True,
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        compute="_compute_fiscal_position_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        groups="base.group_user",
    )
    line_ids = fields.One2many("care.order.line", "order_id", string="Services", copy=True)
    operation_ids = fields.One2many(
        "care.order.operation", "order_id", string="Bench Route", groups="base.group_user"
    )
    photo_ids = fields.One2many(
        "care.order.photo", "order_id", string="Photos", groups="base.group_user"
    )

    amount_untaxed = fields.Monetary(compute="_compute_amounts", store=True, string="Untaxed")
    amount_tax = fields.Monetary(compute="_compute_amounts", store=True, string="Taxes")
    amount_total = fields.Monetary(compute="_compute_amounts", store=True, string="Total")
    tax_totals = fields.Binary(compute="_compute_tax_totals", compute_sudo=True, exportable=False)
    pre_approved_amount = fields.Monetary(
        tracking=True,
        help="Up to this total, taxes included, the client has signed for in advance.",
    )

    estimate_ids = fields.One2many("care.estimate", "order_id", string="Estimates")
    estimate_id = fields.Many2one(
        "care.estimate", string="Current Estimate", readonly=True, copy=False
    )
    approved_by_id = fields.Many2one(
        "res.users",
        string="Approval Recorded By",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    consented_by = fields.Char(readonly=True, copy=False, help="Who signed the surrender.")
    reproduction_id = fields.Many2one("care.creation", readonly=True, copy=False)

    disposition = fields.Selection(
        [
            ("serviced", "Serviced"),
            ("returned_unserviced", "Returned unserviced"),
            ("reproduced", "Reproduced"),
            ("lost", "Lost"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    decline_reason = fields.Char(readonly=True, copy=False)
    declared_value = fields.Monetary(help="What the client declares the creation to be worth.")
    condition_note = fields.Text(
        string="Condition as Received", copy=False, help="The client signs for it."
    )
    internal_note = fields.Html(groups="base.group_user")
    weight_in = fields.Float(string="Weight In (g)", digits=(10, 3), copy=False)
    weight_out = fields.Float(string="Weight Out (g)", digits=(10, 3), copy=False)
    priority = fields.Selection([("0", "Normal"), ("1", "Urgent")], default="0", index=True)
    hold_reason = fields.Selection(
        [
            ("part", "Waiting for a part"),
            ("stone", "Waiting for a stone"),
            ("client", "Waiting for the client"),
            ("manager", "Held for the manager"),
        ],
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
    hold_until = fields.Date(copy=False, groups="base.group_user")
    redo_of_id = fields.Many2one(
        "care.order",
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The order whose work is done again under the house's warranty.",
    )
    is_released = fields.Boolean(
        string="Released",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="The care manager lets the creation go before its invoice is paid.",
    )
    is_discreet = fields.Boolean(
        string="Discreet",
        help="No messages are sent; the label shows neither client nor value.",
    )
    return_method = fields.Selection(related="intake_id.return_method")
    collected_by = fields.Char(copy=False)
    is_collector_verified = fields.Boolean(string="Identity Checked", copy=False)
    collector_role = fields.Selection(
        [("owner", "The client"), ("other", "Somebody else")],
        default="owner",
        copy=False,
        required=True,
    )
    has_owner_authorization = fields.Boolean(string="Client's Authorization Seen", copy=False)
    collection_signature = fields.Image(max_width=1024, max_height=1024, copy=False)
    date_order = fields.Datetime(
        default=fields.Datetime.now, required=True, copy=False, string="Requested On"
    )
    date_received = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    date_promised = fields.Date(copy=False, index=True, tracking=True)
    date_ready = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    date_done = fields.Datetime(readonly=True, copy=False, index=True)

    is_diagnosed = fields.Boolean(
        compute="_compute_is_diagnosed", store=True, groups="base.group_user"
    )
    can_start = fields.Boolean(compute="_compute_can", groups="base.group_user")
    can_propose = fields.Boolean(compute="_compute_can", groups="base.group_user")
    blockers = fields.Text(compute="_compute_can", groups="base.group_user")

    # ------------------------------------------------------------------
    # Constraints and indexes
    # ------------------------------------------------------------------
    _creation_open_unique = models.UniqueIndex(
        "(creation_id) WHERE state IN "
        "('received', 'estimated', 'approved', 'in_progress', 'ready', 'declined')",
        "This creation is in the house's hands on another order already: hand that one over first.",
    )
    #: The order of the lists: the first page is read without sorting all there is.
    _order_index = models.Index("(priority DESC, date_promised, id DESC)")
    #: The same of what is not over, which years of finished orders lie before; and by column.
    _open_index = models.Index(
        "(priority DESC, date_promised, id DESC) WHERE state NOT IN ('done', 'cancel')"
    )
    _board_index = models.Index(
        "(state, priority DESC, date_promised, id DESC) WHERE state NOT IN ('done', 'cancel')"
    )
    _name_unique = models.UniqueIndex(
        "(name) WHERE name != '/'", "Another care order has this number already."
    )
    _pre_approved_positive = models.Constraint(
        "CHECK(COALESCE(pre_approved_amount, 0) >= 0)",
        "A pre-approved amount cannot be negative: enter 0 or more.",
    )

    @api.constrains("redo_of_id", "creation_id")
    def _check_redo(self):
        """A redo names an order of the same number within the warranty (care-rules.md, 2.1)."""
        for order in self:
            origin = order.redo_of_id.sudo()
            if not origin:
                continue
            if origin.creation_id.lineage_key != order.creation_id.sudo().lineage_key:
                raise ValidationError(
                    self.env._(
                        "%(origin)s is about another creation: choose an order of %(creation)s.",
                        origin=origin.name,
                        creation=order.creation_id.display_name,
                    )
                )
            last_day = origin._get_warranty_end()
            if not last_day or origin.disposition in ("returned_unserviced", "lost"):
                raise ValidationError(
                    self.env._(
                        "No work was finished on %(origin)s: there is nothing to do again.",
                        origin=origin.name,
                    )
                )
            if fields.Date.context_today(order) > last_day:
                raise ValidationError(
                    self.env._(
                        "The warranty of %(origin)s ended on %(date)s: make an order without it.",
                        origin=origin.name,
                        date=last_day,
                    )
                )

    def _get_warranty_end(self):
        """Return the last day of the warranty on the work of the order (care-rules.md, 2.1).

        Work done again starts no warranty of its own: that of the first order counts.

        :rtype: datetime.date or False when no work was finished
        """
        self.ensure_one()
        first = self
        while first.redo_of_id:
            first = first.redo_of_id
        finished = first.date_ready or first.date_done
        months = first.company_id.care_warranty_months
        return finished and finished.date() + relativedelta(months=months)

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("creation_id")
    def _compute_partner_id(self):
        for order in self:
            order.partner_id = order.partner_id or order.creation_id.partner_id

    @api.depends("company_id")
    def _compute_location_id(self):
        Location = self.env["care.location"]
        found = {
            company: Location._get_default_location(["boutique", "client_relations"], company)
            for company in self.company_id
        }
        for order in self:
            if not order.location_id or order.location_id.company_id != order.company_id:
                order.location_id = found.get(order.company_id, Location)

    @api.depends("company_id")
    def _compute_workshop_id(self):
        Location = self.env["care.location"]
        found = {
            company: Location._get_default_location(["workshop"], company)
            for company in self.company_id
        }
        for order in self:
            if not order.workshop_id or order.workshop_id.company_id != order.company_id:
                order.workshop_id = found.get(order.company_id, Location)

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        for order in self:
            partner = order.partner_id.with_company(order.company_id).sudo()
            order.pricelist_id = partner.property_product_pricelist

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for order in self:
            pricelist = order.sudo().pricelist_id
            order.currency_id = (
                pricelist.currency_id
                or order.company_id.currency_id
                or self.env.company.currency_id
            )

    @api.depends("partner_id", "company_id")
    def _compute_fiscal_position_id(self):
        cache = {}
        for order in self:
            key = (order.company_id, order.partner_id)
            if key not in cache:
                cache[key] = (
                    self.env["account.fiscal.position"]
                    .sudo()
                    .with_company(order.company_id)
                    ._get_fiscal_position(order.partner_id)
                )
            order.fiscal_position_id = cache[key]

    @api.depends(
        "line_ids.price_subtotal",
        "line_ids.price_total",
        "line_ids.is_counted",
        "line_ids.tax_ids",
        "company_id",
        "currency_id",
    )
    def _compute_amounts(self):
        for order in self:
            totals = order._get_tax_totals(order._get_counted_lines())
            order.amount_untaxed = totals["base_amount_currency"]
            order.amount_tax = totals["tax_amount_currency"]
            order.amount_total = totals["total_amount_currency"]

    @api.depends("amount_total", "line_ids.tax_ids")
    @api.depends_context("lang")
    def _compute_tax_totals(self):
        for order in self:
            order.tax_totals = order._get_tax_totals(order._get_counted_lines())

    def _get_counted_lines(self):
        """Return the lines that make the totals: mandatory ones and accepted optional ones."""
        return self._keep_lines(lambda line: line.is_counted)

    def _keep_lines(self, is_kept):
        """Return some of the lines, of which what is read is read for all lines at once.

        What the core's ``filtered`` returns is read on its own, as if the rest were not there.

        :param is_kept: line → bool
        """
        lines = self.line_ids
        return lines.filtered(is_kept).with_prefetch(lines._prefetch_ids)

    def _get_tax_totals(self, lines):
        """Return Odoo's tax totals of some lines, in the currency of the order.

        Order, estimate, document and portal all come here, so that they agree to the cent.

        :param lines: ``care.order.line`` records of this order
        :rtype: dict
        """
        self.ensure_one()
        AccountTax = self.env["account.tax"]
        company = self.company_id or self.env.company
        # What costs nothing adds nothing, and a tax that nothing is due of is not worth a row.
        base_lines = [
            line._prepare_base_line_for_taxes_computation() for line in lines if line.price_unit
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        return AccountTax._get_tax_totals_summary(
            base_lines=base_lines,
            currency=self.currency_id or company.currency_id,
            company=company,
        )

    @api.depends("operation_ids.state", "operation_ids.operation_id")
    def _compute_is_diagnosed(self):
        for order in self:
            order.is_diagnosed = any(
                operation.code == "diagnosis" and operation.state == "done"
                for operation in order.operation_ids
            )

    @api.depends("state", "line_ids", "operation_ids", "hold_reason", "estimate_id")
    @api.depends_context("lang")
    def _compute_can(self):
        for order in self:
            blockers = order._get_blockers() if order.state in ("received", "approved") else []
            order.blockers = "\n".join(blockers)
            order.can_propose = order.state == "received" and not blockers
            order.can_start = (
                not blockers
                and (order.state == "approved")
                or (order.state == "received" and not blockers and not order._needs_approval())
            )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for order in self:
            order.access_url = f"/my/care/{order.id}"
        return result

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        orders = super().create(vals_list)
        orders._check_visit_unsigned()
        return orders

    def write(self, vals):
        self._check_system_fields(vals)
        self._check_records_stand(vals)
        if PRICING_FIELDS & vals.keys():
            self._check_lines_editable()
        if "creation_id" in vals:
            self._check_creation_can_change()
        result = super().write(vals)
        if PRICING_FIELDS & vals.keys():
            self.line_ids._price_at_once()
        if "creation_id" in vals:
            self.line_ids._check_refusals()
        if "intake_id" in vals:
            self._check_visit_unsigned()
        return result

    def _check_visit_unsigned(self):
        """Refuse what people add to a visit after its client has signed the receipt.

        :raise UserError: naming the visit and the creation
        """
        if self.env.su:
            return
        for order in self.filtered("intake_id"):
            visit = order.intake_id.sudo()
            if visit.signature and (visit.order_ids - order).filtered("date_received"):
                raise UserError(
                    self.env._(
                        "The client has signed the receipt of %(intake)s: take %(creation)s in on "
                        "a new visit.",
                        intake=visit.name,
                        creation=order.creation_id.display_name,
                    )
                )

    def _write_by_system(self, vals):
        """Write what only the actions may write; the callers have checked."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _get_system_fields(self):
        """Return the names of the fields that only actions and computes write. Hook."""
        return SYSTEM_FIELDS

    @api.model
    def _get_kept_fields(self):
        """Extend: neither steps nor the manager's words are given by default."""
        return (
            super()._get_kept_fields() | self._get_system_fields() | {"hold_reason", "is_released"}
        )

    def _check_system_fields(self, vals):
        """Refuse direct writes of what only the actions decide, and of others' words.

        :raise AccessError: when a user writes a system field, or releases without the right
        """
        if self.env.su:
            return
        forbidden = self._get_system_fields() & vals.keys() - {"name"}
        if vals.get("name", "/") != "/":
            forbidden.add("name")
        if "state" in vals and vals["state"] == "draft" and not self:
            forbidden.discard("state")
        if forbidden:
            raise AccessError(
                self.env._(
                    "%(fields)s follow the steps of the order: use its buttons instead.",
                    fields=", ".join(sorted(forbidden)),
                )
            )
        if (settled := COUNTER_FIELDS & vals.keys()) and not self.env.user.has_group(BOUTIQUE):
            raise AccessError(
                self.env._(
                    "%(fields)s: settled with the client at the counter, ask a boutique advisor.",
                    fields=", ".join(
                        sorted(self._fields[name]._description_string(self.env) for name in settled)
                    ),
                )
            )
        is_manager = self.env.user.has_group(MANAGER)
        if vals.get("is_released") and not is_manager:
            raise AccessError(
                self.env._("Only the care manager releases a creation before it is paid.")
            )
        if "hold_reason" in vals and not is_manager:
            if vals["hold_reason"] == "manager" or any(
                order.hold_reason == "manager" for order in self
            ):
                raise AccessError(
                    self.env._("This hold is the care manager's: ask the manager about it.")
                )

    def _check_records_stand(self, vals):
        """Refuse to rewrite what stands on record, and to put away what the house holds.

        The care manager puts the condition at intake right as long as the house holds the piece.

        :raise UserError: naming an order that a user would change afterwards
        """
        if self.env.su:
            return
        states = {name: WRITABLE_STATES[name] for name in WRITABLE_STATES.keys() & vals.keys()}
        if "condition_note" in states and self.env.user.has_group(MANAGER):
            states["condition_note"] = ("draft", *OPEN_STATES)
        for order in self:
            standing = sorted(name for name in states if order.state not in states[name])
            if standing:
                raise UserError(
                    self.env._(
                        "%(fields)s of %(order)s stands on record: it is not changed any more.",
                        fields=", ".join(
                            self._fields[name]._description_string(self.env) for name in standing
                        ),
                        order=order.name,
                    )
                )
            if not vals.get("active", True) and order.state in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "The house holds the creation of %(order)s: hand it over before you "
                        "archive the order.",
                        order=order.name,
                    )
                )

    def _check_creation_can_change(self):
        """Refuse to change the creation once the house holds it."""
        for order in self:
            if order.state != "draft":
                raise UserError(
                    self.env._(
                        "%(order)s holds its creation already: make another order instead.",
                        order=order.name,
                    )
                )

    def copy_data(self, default=None):
        """Extend the core method: a duplicate asks for what was asked, and is priced anew."""
        vals_list = super().copy_data(default)
        for order, vals in zip(self, vals_list, strict=True):
            if "line_ids" in vals and "line_ids" not in (default or {}):
                vals["line_ids"] = [
                    Command.create(line_vals)
                    for service in order._get_copied_services()
                    for line_vals in (service | service.part_line_ids).copy_data()
                ]
        return vals_list

    def copy(self, default=None):
        """Extend the core method: each part belongs to the copy of its own intervention."""
        copies = super().copy(default)
        for order, copied in zip(self, copies, strict=True):
            owners = {line.service_id: line for line in copied.line_ids}
            parts = order._get_copied_services().part_line_ids
            copied_parts = copied.line_ids.filtered(lambda line: line.line_type == "part")
            for part, copied_part in zip(parts, copied_parts.sorted("id"), strict=True):
                copied_part.service_line_id = owners[part.service_line_id.service_id]
        return copies

    def _get_copied_services(self):
        """Return the lines of the interventions that a duplicate asks for again."""
        self.ensure_one()
        return self.line_ids.filtered(
            lambda line: line.line_type == "service" and line.outcome != "not_needed"
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requests(self):
        for order in self:
            if order.state not in ("draft", "cancel"):
                raise UserError(
                    self.env._(
                        "%(order)s has been received and stays on record: archive it instead.",
                        order=order.name,
                    )
                )

    # ------------------------------------------------------------------
    # Transitions: checks shared by all actions
    # ------------------------------------------------------------------
    def _begin(self, action):
        """Check rights and state for a transition of ``TRANSITIONS`` and lock the orders.

        :param str action: a key of the table
        :raise AccessError: when the user may not edit the orders or lacks the role
        :raise UserError: naming each order that is in another state
        """
        self.check_access("write")
        transition = TRANSITIONS[action]
        user = self.env.user
        if not self.env.su and not any(user.has_group(group) for group in transition.groups):
            raise AccessError(
                self.env._(
                    "Your role does not take this step: ask %(who)s.",
                    who=self._get_role_names(transition.groups),
                )
            )
        self._lock_and_touch()
        self._check_state(transition)

    def _get_role_names(self, groups):
        """Return the roles of some groups as people say them."""
        names = {
            BOUTIQUE: self.env._("a boutique advisor"),
            WORKSHOP: self.env._("a jeweler"),
            MANAGER: self.env._("the care manager"),
        }
        return self.env._(" or ").join(names[group] for group in groups)

    def _check_state(self, transition):
        """Check that every order is where a transition starts.

        :raise UserError: naming each order and its state
        """
        wrong = self.filtered(lambda order: order.state not in transition.sources)
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            message = self.env._(
                "This step is for orders that are: %(expected)s. Leave out:",
                expected=", ".join(labels[state] for state in transition.sources),
            )
            groups = [
                f"{labels[state]}: {', '.join(orders.mapped('name'))}"
                for state, orders in wrong.grouped("state").items()
            ]
            raise UserError("\n".join([message, *groups]))

    def _lock_and_touch(self):
        """Lock the rows of the orders by updating them.

        At REPEATABLE READ a lock alone would let the second of two users go on with an old
        snapshot; since the row was updated, the second one fails to serialize and is retried.
        """
        if self.ids:
            self.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "UPDATE care_order SET write_date = %s WHERE id IN %s",
                    fields.Datetime.now(),
                    tuple(sorted(self.ids)),
                )
            )
            self.invalidate_recordset(["write_date"], flush=False)

    def _raise_refusals(self, refusals):
        """Raise one error that names each refused order of a batch, those alike together.

        :param dict refusals: ``{order: list of sentences}``
        :raise UserError: when there is a refusal
        """
        groups = defaultdict(list)
        for order, sentences in refusals.items():
            if sentences:
                groups["; ".join(sentences)].append(order.name)
        messages = []
        for reason, names in groups.items():
            if len(names) == 1:
                messages.append(f"{names[0]}: {reason}.")
            else:
                # Why comes first: nobody reads two hundred numbers to find out.
                messages += ["", f"{reason[:1].upper()}{reason[1:]}.", ", ".join(names)]
        refused = sum(map(len, groups.values()))
        if refused > 1:
            messages.insert(
                0,
                self.env._(
                    "Nothing has been done yet: %(refused)s of %(count)s orders cannot take this "
                    "step.",
                    refused=refused,
                    count=len(refusals),
                ),
            )
        if messages:
            raise UserError("\n".join(messages))

    def _check_lines_editable(self):
        """Refuse edits of what the client agreed to (care-rules.md, 2)."""
        for order in self:
            if order.state not in EDITABLE_STATES:
                raise UserError(
                    self.env._(
                        "The prices of %(order)s stand still now: revise the order to change it.",
                        order=order.name,
                    )
                )

    @contextmanager
    def _keeping_agreed_totals(self, may_change_lines):
        """Let lines change on orders past *received* only if the total stays as agreed.

        Care interventions that the single fee covers are added at the bench without a new
        estimate (care-rules.md, 6); anything that costs something needs a revision first.

        :param bool may_change_lines: whether such a change is at all possible
        """
        agreed = self.filtered(lambda order: order.state not in EDITABLE_STATES)
        if agreed and not may_change_lines:
            agreed._check_lines_editable()
        totals = {order: order.amount_total for order in agreed}
        worked = {order: order._get_worked_lines() for order in agreed}
        yield
        for order, total in totals.items():
            if order.currency_id.compare_amounts(order.amount_total, total):
                raise UserError(
                    self.env._(
                        "This would change the agreed total of %(order)s: revise the order, then "
                        "propose a new estimate.",
                        order=order.name,
                    )
                )
            added = order._get_worked_lines() - worked[order]
            if added:
                if order.state not in PLANNED_STATES:
                    order._check_lines_editable()
                order._tell_client_of_additions(added)

    def _tell_client_of_additions(self, added):
        """Tell the client what was added within the fee (care-rules.md, 6).

        :param added: the ``care.order.line`` records that are carried out now too
        """
        self.ensure_one()
        order = self.with_context(lang=self.partner_id.lang)
        order.sudo().message_post(
            body=order.env._(
                "Our jewelers add to the care of your creation: %(services)s. The care fee "
                "includes it; your total stays the same.",
                services=", ".join(added.mapped("name")),
            ),
            # The house speaks, not the jeweler who found it.
            author_id=order.company_id.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _after_line_change(self):
        """Follow a change of lines: bench route, records of care, outdated estimates."""
        orders = self.filtered(lambda order: order.state in PLANNED_STATES)
        if orders:
            orders.sudo()._record_care_interventions()
            orders.sudo()._plan_operations()
            orders.sudo()._void_outdated_estimates()

    # ------------------------------------------------------------------
    # Transitions: actions
    # ------------------------------------------------------------------
    def action_receive(self):
        """Take creations into the house's hands; makes the missing intakes.

        :raise UserError: naming each order that cannot be received, and why
        """
        self._begin("receive")
        self._check_can_receive()
        self.sudo()._action_receive()
        return True

    def _check_can_receive(self):
        """Check what a receipt needs (care-rules.md, 4 and design: states and actions)."""
        seen = self._get_holding_orders(self.creation_id)
        refusals = {}
        for order in self:
            creation = order.creation_id
            sentences = []
            if creation in seen:
                sentences.append(
                    self.env._(
                        "%(creation)s is in the house's hands already (%(other)s): hand it over "
                        "first",
                        creation=creation.display_name,
                        other=seen[creation].name,
                    )
                )
            seen[creation] = order
            if creation.state == "replaced":
                sentences.append(
                    self.env._(
                        "%(creation)s was replaced by its reproduction: choose that one",
                        creation=creation.display_name,
                    )
                )
            for line in order.line_ids:
                detail = line.requested_detail
                if detail and line.outcome == "todo" and not (line[detail] or "").strip():
                    sentences.append(
                        self.env._(
                            "%(service)s: ask the client for the %(detail)s",
                            service=line.service_id.name,
                            detail=line._fields[detail]._description_string(self.env).lower(),
                        )
                    )
            refusals[order] = sentences
        self._raise_refusals(refusals)

    @api.model
    def _get_holding_orders(self, creations):
        """Return the open order on which the house holds each creation, if it holds it.

        :param creations: ``care.creation`` records
        :return: ``{creation: order}`` as superuser, of any boutique and company
        :rtype: dict
        """
        orders = self.sudo().with_context(active_test=False)
        holding = {
            order.creation_id: order
            for order in orders.search(
                [("creation_id", "in", creations.ids), ("state", "in", OPEN_STATES)]
            )
        }
        for order in orders.search(
            [("reproduction_id", "in", creations.ids), ("state", "=", "ready")]
        ):
            holding[order.reproduction_id] = order
        return holding

    def _action_receive(self):
        """Settle the prices, plan the bench and record the custody of received creations."""
        self.line_ids._check_refusals()
        now = fields.Datetime.now()
        self._make_intakes()
        for order in self:
            vals = {"state": "received", "date_received": now}
            if not order.date_promised:
                vals["date_promised"] = order._get_promised_date(now)
            order._write_by_system(vals)
        self._settle_prices()
        self._plan_operations()
        self.env["care.custody.move"]._record(
            self, "receive", [(order.partner_id, order.location_id) for order in self]
        )
        self.env["care.order.message"]._queue(self, "received")

    def _make_intakes(self):
        """Make one intake per client and boutique for orders that have none."""
        groups = defaultdict(self.browse)
        for order in self.filtered(lambda order: not order.intake_id):
            groups[order.partner_id, order.location_id, order.company_id] |= order
        intakes = self.env["care.intake"].create(
            [
                {
                    "partner_id": partner.id,
                    "location_id": location.id,
                    "company_id": company.id,
                    "order_ids": [Command.set(orders.ids)],
                }
                for (partner, location, company), orders in groups.items()
            ]
        )
        return intakes

    def _get_promised_date(self, start, services=None):
        """Return the promised day: the longest lead time of the services, halved when urgent.

        :param datetime start: the moment of the receipt (UTC)
        :param services: some ``care.service`` records; by default all that the order asks for
        :return: a day in the time zone of the boutique
        :rtype: datetime.date
        """
        self.ensure_one()
        zone = self.location_id.partner_id.tz or self.company_id.partner_id.tz or self.env.user.tz
        today = pytz.utc.localize(start).astimezone(pytz.timezone(zone or "UTC")).date()
        services = self.line_ids.service_id if services is None else services
        days = max(services.mapped("lead_days"), default=0)
        if self.priority == "1":
            days = (days + 1) // 2
        return today + timedelta(days=days)

    def action_update_prices(self):
        """Price the orders anew at today's catalogue, pricelists and rates (care-rules.md, 2).

        :raise UserError: when an order's prices stand still
        """
        self.check_access("write")
        self._check_lines_editable()
        self.sudo()._settle_prices()
        self.sudo()._void_outdated_estimates()
        return True

    def _settle_prices(self):
        """Look prices up again, in one batch; what follows from them moves only where they do."""
        lines = self.line_ids
        before = lines._get_looked_up()
        for name in LOOKED_UP_FIELDS:
            self.env.add_to_compute(lines._fields[name], lines)
        after = lines._get_looked_up()
        moved = lines.filtered(lambda line: before[line] != after[line])
        moved.modified(LOOKED_UP_FIELDS)
        moved.flush_recordset()

    def _get_fiscal_price(self, product, price):
        """Return a sales price as the order's fiscal position makes it, as Odoo's sales do.

        :param product: the ``product.product`` that carries the taxes
        :param float price: the price in the currency of the order
        :rtype: float
        """
        position = self.fiscal_position_id._origin.sudo()
        if not position:
            return price
        company = self.company_id or self.env.company
        return product.sudo()._get_tax_included_unit_price_from_price(
            price,
            product.sudo().taxes_id._filter_taxes_by_company(company),
            fiscal_position=position,
        )

    def action_propose(self):
        """Make a frozen estimate of each order and send it to the client.

        Proposing again makes a new version and supersedes the previous one.

        :raise UserError: naming each order that cannot be proposed, and why
        """
        self._begin("propose")
        self._raise_refusals({order: order._get_blockers() for order in self})
        self.sudo()._action_propose()
        return True

    def _action_propose(self):
        self.estimate_ids._supersede()
        estimates = self.env["care.estimate"].create(
            [order._prepare_estimate_vals() for order in self]
        )
        for order, estimate in zip(self, estimates, strict=True):
            order._write_by_system({"state": "estimated", "estimate_id": estimate.id})
        versions = {estimate.order_id: estimate.version for estimate in estimates}
        self.env["care.order.message"]._queue(self, "estimate", versions)
        self._settle_follow_up()
        return estimates

    def _prepare_estimate_vals(self):
        """Return the values of the next frozen version of the order's estimate."""
        self.ensure_one()
        validity = self.company_id.care_estimate_validity_days
        return {
            "order_id": self.id,
            "version": max(self.estimate_ids.mapped("version"), default=0) + 1,
            "date_valid_until": self.sudo()._get_local_today() + timedelta(days=validity),
            **self.env["care.estimate"]._prepare_frozen_vals(self),
        }

    def action_approve(self, signed_by=None, signature=None, accepted_line_ids=None):
        """Record, in the boutique, that the client approves the current estimate.

        Gives the proof of an engraving and the consent to surrender an original too.

        :param str signed_by: who approved; the client by default
        :param str signature: an image in base64, when the client signed on the screen
        :param list accepted_line_ids: ids of the optional ``care.order.line`` that the client
            takes; by default those that are marked as accepted
        :raise UserError: when an estimate is no longer open, or something is missing
        """
        self._begin("approve")
        if signed_by:
            signed_by = self._clean_reason(
                signed_by, self.env._("Enter the name of who approves, then try again.")
            )
        if accepted_line_ids is not None:
            accepted_line_ids = self._clean_ids(
                accepted_line_ids,
                self.env._("Choose the optional services among the lines of the order."),
            )
            self.sudo()._accept_optional_lines(accepted_line_ids)
        self._raise_refusals({order: order._get_answer_blockers() for order in self})
        self.sudo()._action_approve(signed_by=signed_by, signature=signature)
        self.sudo()._write_by_system({"approved_by_id": self.env.uid})
        body = self.env._("Approval recorded in the boutique by %(user)s.", user=self.env.user.name)
        self.sudo()._message_log_batch(bodies=dict.fromkeys(self.ids, body))
        return True

    def _accept_optional_lines(self, line_ids):
        """Mark the optional lines that the client takes; the others are left."""
        for line in self.line_ids.filtered("is_optional"):
            line._write_by_system({"is_accepted": line.id in set(line_ids)})

    def _action_approve(self, signed_by=None, signature=None):
        """Accept the current estimates; the callers have checked rights and choices.

        :raise UserError: when an estimate is missing, expired, answered or superseded
        """
        missing = self.filtered(lambda order: not order.estimate_id)
        if missing:
            raise UserError(
                self.env._(
                    "%(orders)s: there is no estimate to answer, propose one first.",
                    orders=", ".join(missing.mapped("name")),
                )
            )
        self.estimate_id._check_open()
        surrenders = self.filtered(
            lambda order: order._get_worked_lines().service_id.filtered("retires_creation")
        )
        self.estimate_id._accept(signed_by, signature)
        self._write_by_system({"state": "approved"})
        for order in surrenders:
            order._write_by_system({"consented_by": order.estimate_id.signed_by})
        self._create_down_payments()
        versions = {order: order.estimate_id.version for order in self}
        self.env["care.order.message"]._queue(self, "approved", versions)

    def action_start(self):
        """Start the work: approved, or where nothing needs approval.

        :raise UserError: naming each order that cannot be started, and why
        """
        self._begin("start")
        refusals = {}
        for order in self:
            refusals[order] = order._get_blockers()
            if order.state == "received" and not refusals[order] and order._needs_approval():
                refusals[order] = [self.env._("the client approves an estimate first: propose it")]
        self._raise_refusals(refusals)
        orders = self.sudo()
        orders._write_by_system({"state": "in_progress"})
        orders._plan_operations()
        return True

    def action_revise(self):
        """Take orders back to the diagnosis, before or in the middle of the work."""
        self._begin("revise")
        orders = self.sudo()
        orders.estimate_ids.filtered(lambda estimate: estimate.state == "sent")._supersede()
        orders._write_by_system({"state": "received"})
        orders.operation_ids.filtered(lambda operation: operation.code == "diagnosis").write(
            {"state": "todo", "date_end": False}
        )
        return True

    def action_finish(self):
        """Finish the work: everything on the bench is done or skipped.

        Lines still to do become done, sizes are updated, reproductions take their originals'
        place, and the invoice is made when the company bills at this moment.

        :raise UserError: naming each order whose route is not over
        """
        self._begin("finish")
        refusals = {}
        for order in self:
            left = order.operation_ids.filtered(
                lambda operation: operation.state in ("todo", "in_progress")
            )
            refusals[order] = left and [
                self.env._(
                    "finish or skip first: %(operations)s",
                    operations=", ".join(left.mapped("name")),
                )
            ]
        self._raise_refusals(refusals)
        self.sudo()._action_finish()
        return True

    def _action_finish(self):
        fresh = self._get_worked_lines().filtered(lambda line: line.outcome == "todo")
        fresh._write_by_system({"outcome": "done"})
        left = self.line_ids.filtered(
            lambda line: line.is_optional and not line.is_accepted and line.outcome == "todo"
        )
        (left | left.part_line_ids)._write_by_system({"outcome": "declined"})
        fresh._update_measures()
        self._reproduce_creations(fresh)
        self._record_pairings(fresh)
        self._write_by_system({"state": "ready", "date_ready": fields.Datetime.now()})
        self.filtered(lambda order: order.company_id.care_invoice_trigger == "ready")._try_invoice()
        self.env["care.order.message"]._queue(self, "ready")
        self._settle_follow_up()

    def _reproduce_creations(self, lines):
        """Let the new creation take the original's place (care-rules.md, 7)."""
        orders = lines.filtered(lambda line: line.service_id.retires_creation).order_id
        orders = orders.filtered(lambda order: not order.reproduction_id)
        originals = list(orders.creation_id)
        places = [original.current_location_id for original in originals]
        reproductions = list(orders.creation_id._reproduce())
        for order, reproduction in zip(orders, reproductions, strict=True):
            order._write_by_system({"reproduction_id": reproduction.id})
        nobody = self.env["care.location"]
        Move = self.env["care.custody.move"]
        Move._record(orders, "retire", [(p, nobody) for p in places], creations=originals)
        Move._record(orders, "make", [(nobody, p) for p in places], creations=reproductions)

    def _record_pairings(self, lines):
        """Keep on record that a lost half was made again (care-rules.md, 7)."""
        pairing = self.env.ref("cartier_care.care_service_pairing", raise_if_not_found=False)
        for line in lines.filtered(lambda line: pairing and line.service_id == pairing):
            line.order_id.creation_id.message_post(
                body=self.env._(
                    "A lost part of this creation was made again on %(order)s; the lost one is "
                    "on record here.",
                    order=line.order_id.name,
                )
            )

    def action_rework(self, operation_ids=None):
        """Take ready orders back to the bench; what is invoiced is not invoiced again.

        :param list operation_ids: ids of the ``care.order.operation`` to do again; by default all
            that followed the diagnosis
        """
        self._begin("rework")
        orders = self.sudo()
        orders._write_by_system({"state": "in_progress", "date_ready": False})
        orders._reopen_operations(operation_ids)
        return True

    def _reopen_operations(self, operation_ids=None):
        """Open again the operations that failed, and what follows them (care-rules.md, 6).

        :param list operation_ids: ids of the ``care.order.operation`` that failed; by default all
        """
        done = self.operation_ids.filtered(
            lambda operation: operation.state == "done" and operation.code != "diagnosis"
        )
        reopened = done
        if operation_ids:
            chosen = self._clean_ids(
                operation_ids,
                self.env._("Choose what is to be done again among the steps of the bench route."),
            )
            failed = done.filtered(lambda operation: operation.id in set(chosen))
            reopened = failed | failed._get_consequences(done)
            reopened |= done.filtered("is_check")
        reopened.write({"state": "todo", "date_start": False, "date_end": False})

    def action_decline(self, reason):
        """Record that the client wants no work done: the creation goes back as it came.

        :param str reason: what the client said; required
        :raise UserError: without a reason, or when the work has started
        """
        reason = self._clean_reason(
            reason, self.env._("Write down why the client declines, then try again.")
        )
        self._begin("decline")
        self.sudo()._action_decline(reason)
        return True

    def _action_decline(self, reason):
        self.estimate_ids.filtered(
            lambda estimate: estimate.state in ("sent", "accepted")
        )._write_by_system({"state": "declined"})
        self._write_by_system({"state": "declined", "decline_reason": reason})
        # Going back unserviced costs nothing: what was billed before is given back.
        self._create_invoices()
        self.env["care.order.message"]._queue(self, "declined")
        self._settle_follow_up()
        self._schedule_once(
            _lt("Declined: the creation is to be handed back"),
            fields.Date.context_today(self),
        )

    def action_cancel(self):
        """Cancel requests whose creation the house does not hold."""
        held = self.filtered(lambda order: order.state in OPEN_STATES)
        if held:
            raise UserError(
                self.env._(
                    "The house holds the creation of %(orders)s: decline the order instead, so "
                    "that it is handed back.",
                    orders=", ".join(held.mapped("name")),
                )
            )
        self._begin("cancel")
        self.sudo()._write_by_system({"state": "cancel"})
        return True

    def action_hand_over(self):
        """Hand creations back: serviced, reproduced, or as they came.

        :raise UserError: naming each order that lacks a collector, a signature or a payment
        """
        self._begin("hand_over")
        refusals = {}
        for order in self:
            refusals[order] = order._get_hand_over_refusals()
        self._raise_refusals(refusals)
        self.sudo()._action_hand_over()
        return True

    def _action_hand_over(self):
        # What accounting gave back on purpose is billed again by hand alone.
        self.filtered(
            lambda order: not (order.billing_round and order._has_credit_note())
        )._create_invoices()
        now = fields.Datetime.now()
        groups = defaultdict(self.browse)
        for order in self:
            if order.state == "declined":
                disposition = "returned_unserviced"
            else:
                disposition = "reproduced" if order.reproduction_id else "serviced"
            groups[disposition] |= order
        for disposition, orders in groups.items():
            orders._write_by_system({"state": "done", "disposition": disposition, "date_done": now})
        self.env["care.custody.move"]._record(
            self,
            "hand_over",
            [(order.current_location_id, order.partner_id) for order in self],
        )
        for disposition, orders in groups.items():
            is_returned = disposition == "returned_unserviced"
            event = "returned" if is_returned else "handed_over"
            self.env["care.order.message"]._queue(orders, event)
        self._settle_follow_up()

    def _get_hand_over_refusals(self):
        """Return what is missing before the creation may go (care-rules.md, 9).

        :rtype: list[str]
        """
        self.ensure_one()
        refusals = self._get_hold_refusals()
        if self.return_method == "parcel":
            if not (self.intake_id.return_carrier and self.intake_id.return_tracking):
                refusals.append(self.env._("enter the carrier and its tracking number"))
        else:
            if not (self.collected_by or "").strip():
                refusals.append(self.env._("enter who collects the creation"))
            if not self.is_collector_verified:
                refusals.append(self.env._("check the identity of who collects it"))
            if self.collector_role == "other" and not self.has_owner_authorization:
                refusals.append(self.env._("see the client's authorization for somebody else"))
            if not self.collection_signature:
                refusals.append(self.env._("let the collector sign"))
        if self.state == "ready":
            refusals += self.sudo()._get_payment_refusals()
        return refusals

    def _get_payment_refusals(self):
        """Return why an unpaid creation may not go; none when it is released."""
        self.ensure_one()
        if self.is_released or not self.company_id.care_require_payment:
            return []
        if self.invoice_status == "to_invoice":
            return [self.env._("bill it now, then take the payment")]
        # Not by Odoo's payment state: a part payment may stand there as "in payment" already.
        unpaid = [
            f"{move.name} ({self._get_due_note(move, residual)})"
            for move, residual in self._get_invoices_to_pay()
        ]
        if unpaid:
            return [
                self.env._(
                    "take the payment of %(invoices)s first, or ask the manager to release it",
                    invoices=", ".join(unpaid),
                )
            ]
        drafts = self.invoice_ids.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "draft"
                and not move.currency_id.is_zero(move.amount_total)
            )
        )
        if drafts:
            return [
                self.env._(
                    "let accounting post the draft invoice and take its payment, or ask the "
                    "manager to release it"
                )
            ]
        return []

    def action_report_lost(self, reason):
        """Record that the house lost creations in its hands.

        :param str reason: what happened; required
        :raise UserError: without a reason
        """
        reason = self._clean_reason(reason, self.env._("Write down what happened, then try again."))
        self._begin("report_lost")
        orders = self.sudo()
        orders.estimate_ids.filtered(lambda estimate: estimate.state == "sent")._supersede()
        orders._write_by_system(
            {"state": "done", "disposition": "lost", "date_done": fields.Datetime.now()}
        )
        creations = orders.mapped(lambda order: order.reproduction_id or order.creation_id)
        creations.filtered(lambda creation: creation.state == "in_use").write(
            {"state": "lost", "loss_reason": reason}
        )
        self.env["care.custody.move"]._record(
            orders,
            "lost",
            [(order.current_location_id, self.env["care.location"]) for order in orders],
        )
        body = self.env._("Reported lost: %(reason)s", reason=reason)
        orders._message_log_batch(bodies=dict.fromkeys(orders.ids, body))
        return True

    # ------------------------------------------------------------------
    # The check that guards propose, approve and start
    # ------------------------------------------------------------------
    def _get_worked_lines(self):
        """Return the lines to be carried out: counted ones, with no verdict against them."""
        return self._keep_lines(lambda line: line.is_counted and line._is_worked())

    def _get_blockers(self):
        """Return why the order can be neither proposed, approved nor started.

        :return: sentences without the order's name; none when nothing is missing
        :rtype: list[str]
        """
        self.ensure_one()
        blockers = self._get_hold_refusals()
        if not self.sudo().is_diagnosed:
            blockers.append(self.env._("the diagnosis comes first: a jeweler finishes it"))
        open_lines = self.line_ids.filtered(lambda line: line._is_worked())
        # Once the client has answered, what they left out is no work.
        if not open_lines or (self.state == "approved" and not self._get_worked_lines()):
            blockers.append(
                self.env._("nothing is to be done: add a service, or decline the order")
            )
        # What each line looks at is fetched for all orders of the batch at once.
        for line in open_lines.with_prefetch(self.line_ids._prefetch_ids):
            blockers += line._get_blockers()
        return blockers

    def _get_answer_blockers(self):
        """Return why the estimate cannot be approved: a hold stops the work, not the answer.

        An order that waits for its client would wait for ever otherwise.

        :rtype: list[str]
        """
        holds = self._get_hold_refusals()
        return [blocker for blocker in self._get_blockers() if blocker not in holds]

    def _get_hold_refusals(self):
        """Return the hold that stops propose, start and hand-over."""
        self.ensure_one()
        hold = self.sudo().hold_reason
        if not hold:
            return []
        if hold == "manager" and not self.env.user.has_group(MANAGER):
            return [self.env._("it is held for the care manager: ask the manager about it")]
        labels = dict(self._fields["hold_reason"]._description_selection(self.env))
        return [self.env._("it is on hold (%(hold)s): clear the hold first", hold=labels[hold])]

    def _needs_approval(self):
        """Tell whether the client must approve before the work starts (care-rules.md, 9).

        Not when the accepted estimate still matches; else always for a proof, the surrender of an
        original and where nothing but options is left, and for any total above what the client
        signed for in advance.
        """
        self.ensure_one()
        order = self.sudo()
        if order.estimate_id.state == "accepted" and order.estimate_id._matches(order):
            return False
        worked = order._get_worked_lines()
        if not worked:
            # All there is to do is for the client to choose.
            return True
        if worked.service_id.filtered(lambda s: s.requires_proof or s.retires_creation):
            return True
        return (
            order.currency_id.compare_amounts(order.amount_total, order.pre_approved_amount or 0.0)
            > 0
        )

    def _void_outdated_estimates(self):
        """Supersede estimates that no longer say what the order says (care-rules.md, 9)."""
        for order in self.filtered(lambda order: order.state == "received"):
            estimate = order.estimate_id
            if estimate.state == "accepted" and not estimate._matches(order):
                estimate._supersede()

    # ------------------------------------------------------------------
    # The bench
    # ------------------------------------------------------------------
    def _is_in_boutique(self):
        """Tell whether boutique staff may do the work themselves (care-rules.md, 6)."""
        self.ensure_one()
        services = [line.service_id for line in self.sudo()._get_worked_lines()]
        return bool(services) and all(service.in_boutique for service in services)

    def _get_route(self, always):
        """Return the ``care.operation`` records of the order's merged route, in bench order.

        :param always: operations of every route, whatever the services
        """
        self.ensure_one()
        operations = self._get_worked_lines().service_id.operation_ids
        return (operations | always)._expand_route(self.creation_id)

    def _plan_operations(self):
        """Keep the planned operations in step with the lines; what was done stays."""
        vals_list = []
        obsolete = self.env["care.order.operation"]
        always = self.env["care.operation"].search([("code", "=", "diagnosis")])
        for order in self:
            route = order._get_route(always)
            planned = order.operation_ids
            obsolete |= planned.filtered(
                lambda operation, route=route: (
                    operation.state == "todo"
                    and not operation.done_count
                    and operation.operation_id not in route
                )
            )
            vals_list += [
                {"order_id": order.id, "operation_id": operation.id}
                for operation in route - planned.operation_id
            ]
        obsolete.unlink()
        self.env["care.order.operation"].create(vals_list)

    def _record_diagnosis(self):
        """Turn a finished diagnosis into verdicts (care-rules.md, 6).

        Without further word adjustments are feasible, unless beyond what the house promises, and
        the care interventions that the order does not carry have nothing to mend.
        """
        self.line_ids.filtered(
            lambda line: (
                line.category_id.needs_verdict
                and line.outcome == "todo"
                and not line.is_beyond_limit
            )
        )._write_by_system({"is_feasible": True})
        self._record_care_interventions()

    def _record_care_interventions(self):
        """Record every intervention of a single-fee category on diagnosed orders."""
        categories = self.line_ids.filtered(lambda line: line.service_id.single_fee).category_id
        if not categories:
            return
        services = self.env["care.service"].search([("category_id", "in", categories.ids)])
        vals_list = []
        for order in self.filtered("is_diagnosed"):
            carried = order.line_ids.service_id
            asked = order.line_ids.filtered(
                lambda line: line.service_id.single_fee and line.outcome != "not_needed"
            )
            for service in services - carried:
                if service.category_id in asked.category_id:
                    vals_list.append(
                        {
                            "order_id": order.id,
                            "service_id": service.id,
                            "outcome": "not_needed",
                            "sequence": 1000 + service.sequence,
                        }
                    )
        if vals_list:
            self.env["care.order.line"]._create_by_system(vals_list)
            # Priced at once: nothing is left to price by the time that the catalogue changes.
            self.env["care.order.line"].flush_model()

    def action_all_done(self):
        """Do every operation that is left but the diagnosis and the final check, in one gesture."""
        operations = self.operation_ids.filtered(
            lambda operation: (
                operation.state in ("todo", "in_progress")
                and operation.code != "diagnosis"
                and not operation.is_always_last
            )
        )
        if not operations:
            raise UserError(
                self.env._("Nothing is left to do but the diagnosis or the final check.")
            )
        return operations.action_done()

    def action_diagnose(self):
        """Finish the diagnosis of the orders."""
        operations = self.operation_ids.filtered(
            lambda operation: (
                operation.code == "diagnosis" and operation.state in ("todo", "in_progress")
            )
        )
        if not operations:
            raise UserError(self.env._("The diagnosis is done already, or the order not received."))
        return operations.action_done()

    def _get_serviced(self):
        """Return the services that were carried out on the orders."""
        return (
            self.line_ids.filtered(
                lambda line: line.line_type == "service" and line.outcome == "done"
            ).service_id
            or self.env["care.service"]
        )

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------
    def action_view_intake(self):
        """Open the intake of the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "care.intake",
            "res_id": self.intake_id.id,
            "view_mode": "form",
        }

    def action_view_creation_orders(self):
        """Open the earlier care of the order's creation."""
        return self.creation_id.action_view_orders()

    def action_preview(self):
        """Open the client's page of the order, with the token that its link carries."""
        self.ensure_one()
        self.check_access("write")
        return {"type": "ir.actions.act_url", "target": "self", "url": self.get_portal_url()}

    def _get_amount_text(self):
        """Return the total as the reader's locale writes it, with its currency."""
        self.ensure_one()
        return format_amount(self.env, self.amount_total, self.currency_id)
