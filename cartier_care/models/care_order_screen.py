from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .care_order import BOUTIQUE, EDITABLE_STATES, WORKSHOP

#: Origins of a price of 0 that nobody would call complimentary.
UNGIVEN_ORIGINS = {"included", "not_feasible"}

#: Paths to records of one kind, which are named where the first fields of several are shown.
NAMED_TOGETHER = (
    ("location_id", "workshop_id", "current_location_id"),
    ("partner_id", "user_id.partner_id"),
    ("creation_id.product_id", "line_ids.product_id"),
)

#: How many of the other orders on an invoice are named.
SHARING_SHOWN = 3


class CareOrder(models.Model):
    """What the screens of an order show beside its own fields; nothing here decides anything.

    Buttons follow the ``can_x`` fields, so that a step is offered only to who may take it and
    when it would go through; the actions check again.
    """

    _inherit = "care.order"

    transfer_ids = fields.Many2many(
        "care.transfer",
        relation="care_order_care_transfer_rel",
        column1="care_order_id",
        column2="care_transfer_id",
        string="Transfers",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    transfer_count = fields.Integer(compute="_compute_transfer_count", groups="base.group_user")
    # Who may see an order may see its estimates, so that one number holds for everybody.
    estimate_count = fields.Integer(
        compute="_compute_estimate_count", store=True, aggregator=None, groups="base.group_user"
    )
    earlier_order_count = fields.Integer(
        compute="_compute_earlier_order_count", groups="base.group_user"
    )
    holder_id = fields.Many2one(
        "care.order",
        compute="_compute_holder",
        string="Held On",
        groups="base.group_user",
        help="The open order on which the house holds the creation of this request already.",
    )
    holder_note = fields.Char(compute="_compute_holder", groups="base.group_user")
    lineage_key = fields.Char(related="creation_id.lineage_key", groups="base.group_user")
    worked_service_ids = fields.Many2many(
        "care.service",
        compute="_compute_worked_service_ids",
        string="Services to Carry Out",
        groups="base.group_user",
    )
    creation_image = fields.Image(
        related="creation_id.image_256", string="Picture", groups="base.group_user"
    )
    current_location_id = fields.Many2one(
        "care.location",
        compute="_compute_current_location_id",
        search="_search_current_location_id",
        compute_sudo=True,
        string="Where It Is",
        groups="base.group_user",
    )
    is_late = fields.Boolean(
        compute="_compute_is_late",
        search="_search_is_late",
        groups="base.group_user",
        help="The promised day is past and the creation is not ready.",
    )
    is_unclaimed = fields.Boolean(
        compute="_compute_is_unclaimed",
        search="_search_is_unclaimed",
        groups="base.group_user",
        help="Ready for longer than the company's days until unclaimed.",
    )
    date_expected = fields.Date(
        string="By Our Lead Times",
        compute="_compute_date_expected",
        groups="base.group_user",
        help="The day that a receipt of today would promise; once received, the day that services "
        "need which were added since.",
    )
    authorized_collector = fields.Char(
        related="intake_id.authorized_collector", groups="base.group_user"
    )
    amount_due = fields.Monetary(
        string="Still to Pay",
        compute="_compute_amount_due",
        compute_sudo=True,
        groups="base.group_user",
    )
    payment_note = fields.Text(
        string="Still Open",
        compute="_compute_amount_due",
        compute_sudo=True,
        groups="base.group_user",
        help="Which invoices are to be paid and how much of each, with the other orders on it, "
        "since an invoice of several orders is paid as a whole; and what is to be given back.",
    )
    amount_label = fields.Char(
        compute="_compute_amount_label",
        groups="base.group_user",
    )
    # Stored, since lists add it up.
    amount_expected = fields.Monetary(
        string="Total to Bill",
        compute="_compute_amount_expected",
        store=True,
        groups="base.group_user",
        help="The total; nothing of what costs the client nothing since it was declined, cancelled "
        "or lost.",
    )
    amount_expected_label = fields.Char(
        compute="_compute_amount_expected_label",
        groups="base.group_user",
    )
    is_at_counter = fields.Boolean(
        compute="_compute_is_at_counter",
        groups="base.group_user",
        help="The user may edit what is settled with the client at the counter.",
    )
    needs_word = fields.Boolean(compute="_compute_needs_word", groups="base.group_user")
    has_options = fields.Boolean(
        compute="_compute_has_options",
        groups="base.group_user",
        help="Something waits for the client's choice: an estimate asks for it.",
    )
    has_manual_price = fields.Boolean(compute="_compute_has_manual_price", groups="base.group_user")
    has_alternative = fields.Boolean(compute="_compute_has_alternative", groups="base.group_user")
    can_work = fields.Boolean(compute="_compute_can_work", groups="base.group_user")
    can_all_done = fields.Boolean(compute="_compute_can_work", groups="base.group_user")
    can_check = fields.Boolean(compute="_compute_can_work", groups="base.group_user")
    can_finish = fields.Boolean(compute="_compute_can_work", groups="base.group_user")
    can_hand_over = fields.Boolean(compute="_compute_can_hand_over", groups="base.group_user")
    hand_over_refusals = fields.Text(compute="_compute_can_hand_over", groups="base.group_user")

    def read(self, fields=None, load="_classic_read"):
        """Extend the core method: what several fields name is fetched at once.

        The web client then asks for the names field by field, each with queries of its own for
        another place, person or article. It reads them past the access rights, as is done here.
        """
        result = super().read(fields, load)
        if load is None and fields:
            for paths in NAMED_TOGETHER:
                shown = [path for path in paths if path.split(".")[0] in fields]
                if len(shown) > 1:
                    named = map(self.sudo().mapped, shown)
                    next(named).union(*named).mapped("name")
        return result

    # ------------------------------------------------------------------
    # Computes and searches
    # ------------------------------------------------------------------
    @api.depends("transfer_ids")
    def _compute_transfer_count(self):
        for order in self:
            order.transfer_count = len(order.transfer_ids)

    @api.depends("estimate_ids")
    def _compute_estimate_count(self):
        for order in self:
            order.estimate_count = len(order.estimate_ids)

    @api.depends("creation_id.current_location_id", "reproduction_id.current_location_id")
    def _compute_current_location_id(self):
        """Tell where the creation is that goes home: once it is made, the reproduction."""
        # Lists have no use for all the columns that reading the first one would bring along.
        self.fetch(["creation_id", "reproduction_id"])
        held = self.grouped(
            lambda one: (one.reproduction_id or one.creation_id).current_location_id
        )
        for location, orders in held.items():
            orders.current_location_id = location

    @api.model
    def _search_current_location_id(self, operator, value):
        return Domain.OR(
            [
                Domain("reproduction_id", "!=", False)
                & Domain("reproduction_id.current_location_id", operator, value),
                Domain("reproduction_id", "=", False)
                & Domain("creation_id.current_location_id", operator, value),
            ]
        )

    @api.depends("line_ids.service_id", "line_ids.outcome", "line_ids.is_counted")
    def _compute_worked_service_ids(self):
        for order in self:
            order.worked_service_ids = order._get_worked_lines().service_id

    @api.depends("creation_id")
    def _compute_earlier_order_count(self):
        for order in self:
            own = 1 if order._origin else 0
            order.earlier_order_count = max(order.creation_id._origin.order_count - own, 0)

    @api.depends("creation_id", "state")
    @api.depends_context("uid", "lang")
    def _compute_holder(self):
        """Tell of requests whose creation is in our hands already, and what is to be done.

        They may wait as requests; receiving them is refused (care-rules.md, 4). An order that the
        reader may not open is named without a link.
        """
        requests = self.filtered(lambda order: order.state == "draft" and order.creation_id)
        holding = self._get_holding_orders(requests.creation_id._origin) if requests else {}
        readable = self.browse([order.id for order in holding.values()])._filtered_access("read")
        (self - requests).update({"holder_id": False, "holder_note": False})
        for request in requests:
            holder = holding.get(request.creation_id._origin, self.browse())
            request.holder_id = holder & readable
            if not holder:
                note = False
            elif holder.state in ("ready", "declined"):
                note = self.env._("Hand it over there first; another order begins then.")
            else:
                note = self.env._(
                    "Add further services there; another order begins once it is handed over."
                )
            if holder and not request.holder_id:
                note = f"{holder.name} · {note}"
            request.holder_note = note

    @api.depends("state", "date_promised")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for order in self:
            order.is_late = (
                bool(order.date_promised)
                and order.date_promised < today
                and order.state in ("received", "estimated", "approved", "in_progress")
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            ("date_promised", "<", fields.Date.context_today(self)),
            ("state", "in", ("received", "estimated", "approved", "in_progress")),
        ]

    @api.depends("state", "date_ready", "company_id")
    def _compute_is_unclaimed(self):
        now = fields.Datetime.now()
        for order in self:
            days = order.company_id.sudo().care_unclaimed_days
            order.is_unclaimed = (
                order.state == "ready"
                and bool(order.date_ready)
                and order.date_ready < now - timedelta(days=days)
            )

    @api.model
    def _search_is_unclaimed(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        return Domain("state", "=", "ready") & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("date_ready", "<", now - timedelta(days=company.care_unclaimed_days))
            for company in self.env.companies.sudo()
        )

    @api.depends(
        "line_ids.service_id",
        "line_ids.outcome",
        "line_ids.is_counted",
        "priority",
        "location_id",
        "company_id",
        "state",
    )
    def _compute_date_expected(self):
        now = fields.Datetime.now()
        for order in self:
            order.date_expected = order._get_expected_date(now)

    def _get_expected_date(self, start):
        """Return the day that a receipt would promise, if anything is asked for. Hook.

        :param datetime start: the moment of the receipt (UTC)
        """
        return bool(self.line_ids.service_id) and self._get_promised_date(start)

    @api.depends(
        "invoice_ids.amount_residual",
        "invoice_ids.payment_state",
        "invoice_ids.state",
        "down_payment_line_ids.parent_state",
    )
    @api.depends_context("lang")
    def _compute_amount_due(self):
        for order in self:
            due = order._get_invoices_to_pay()
            order.amount_due = sum(residual for _move, residual in due)
            notes = [
                f"{move.name}: {order._get_due_note(move, residual)}" for move, residual in due
            ]
            notes += order._get_advance_notes(due)
            notes += [
                self.env._(
                    "%(credit_note)s: %(amount)s to give back",
                    credit_note=move.name,
                    amount=move.currency_id.format(move.amount_residual),
                )
                for move in order._get_open_credit_notes()
            ]
            order.payment_note = "\n".join(notes)

    @api.depends("state", "amount_total", "line_ids.price_origin", "line_ids.is_counted")
    @api.depends_context("lang")
    def _compute_amount_label(self):
        origins = self._get_counted_origins()
        # Most need no word, and lists ask for many: all of them are told at once.
        self.amount_label = False
        for order in self:
            found = origins[order]
            if "to_estimate" in found and order.amount_total:
                amount = order._format_amount(order.amount_total)
                order.amount_label = self.env._("From %(amount)s", amount=amount)
            elif "to_estimate" in found:
                order.amount_label = self.env._("To estimate")
            elif found - UNGIVEN_ORIGINS and not order.amount_total:
                # What was found not feasible, or is part of something else, is no gift by itself.
                order.amount_label = self.env._("Complimentary")

    @api.depends("amount_total", "state", "disposition")
    def _compute_amount_expected(self):
        """Tell what an order is to bring: its total stays what was proposed, also once declined."""
        for order in self:
            order.amount_expected = 0.0 if order._is_void() else order.amount_total

    @api.depends("amount_label", "state", "disposition")
    @api.depends_context("lang")
    def _compute_amount_expected_label(self):
        self.amount_expected_label = False
        for order in self:
            if order._is_void():
                order.amount_expected_label = self.env._("Nothing to pay")
            elif order.amount_label:
                order.amount_expected_label = order.amount_label

    def _is_void(self):
        """Tell whether nobody pays for the order any more."""
        return self.state == "cancel" or self._is_given_back()

    def _get_counted_origins(self):
        """Return where the prices of the orders come from, where a total may need a word.

        A total that is proposed is firm. Lists ask this of a page of orders, whose lines they have
        no other use for.

        :return: order → values of ``price_origin`` of its counted lines
        :rtype: dict
        """
        origins = defaultdict(set)
        asked = self.filtered(
            lambda order: not order.amount_total or order.state in EDITABLE_STATES
        )
        saved = asked.filtered("id")
        for order in asked - saved:
            origins[order] = set(order.line_ids.filtered("is_counted").mapped("price_origin"))
        if saved:
            domain = [("order_id", "in", saved.ids), ("is_counted", "=", True)]
            groups = self.env["care.order.line"]._read_group(domain, ["order_id", "price_origin"])
            for order, origin in groups:
                origins[order].add(origin)
        return origins

    @api.depends_context("uid")
    def _compute_is_at_counter(self):
        self.is_at_counter = self.env.user.has_group(BOUTIQUE)

    @api.depends("line_ids.needs_word")
    def _compute_needs_word(self):
        """Tell whether a jeweler's word is asked for on some line."""
        for order in self:
            order.needs_word = any(order.line_ids.mapped("needs_word"))

    @api.depends("line_ids.outcome", "line_ids.is_counted", "estimate_id.state")
    def _compute_has_options(self):
        for order in self:
            options = any(line._is_worked() and not line.is_counted for line in order.line_ids)
            # What the client has left out already is asked for no more.
            order.has_options = options and order.estimate_id.state != "accepted"

    @api.depends("line_ids.is_price_manual")
    def _compute_has_manual_price(self):
        for order in self:
            order.has_manual_price = any(order.line_ids.mapped("is_price_manual"))

    @api.depends("line_ids.alternative_service_id")
    def _compute_has_alternative(self):
        """Tell whether a line offers its alternative: a list makes room for a column it shows."""
        for order in self:
            order.has_alternative = bool(order.line_ids.alternative_service_id)

    @api.depends("state", "operation_ids.state", "line_ids.outcome", "line_ids.is_counted")
    @api.depends_context("uid")
    def _compute_can_work(self):
        is_jeweler = self.env.user.has_group(WORKSHOP)
        is_advisor = self.env.user.has_group(BOUTIQUE)
        for order in self:
            left = [
                operation
                for operation in order.operation_ids
                if operation.state in ("todo", "in_progress")
            ]
            others = [
                operation
                for operation in left
                if operation.code != "diagnosis" and not operation.is_always_last
            ]
            may_work = is_jeweler or (is_advisor and order._is_in_boutique())
            order.can_work = may_work and order.state in ("received", "in_progress")
            order.can_all_done = may_work and order.state == "in_progress" and bool(others)
            order.can_check = (
                may_work and order.state == "in_progress" and bool(left) and not others
            )
            order.can_finish = order.state == "in_progress" and not left

    @api.depends(
        "state",
        "hold_reason",
        "collected_by",
        "is_collector_verified",
        "collector_role",
        "has_owner_authorization",
        "collection_signature",
        "is_released",
        "invoice_status",
        "amount_due",
        "intake_id.return_carrier",
        "intake_id.return_tracking",
    )
    @api.depends_context("lang")
    def _compute_can_hand_over(self):
        for order in self:
            refusals = []
            if order.state in ("ready", "declined"):
                refusals = order._get_hand_over_refusals()
            order.hand_over_refusals = "\n".join(refusals)
            order.can_hand_over = order.state in ("ready", "declined") and not refusals

    # ------------------------------------------------------------------
    # Pictures
    # ------------------------------------------------------------------
    def _get_placeholder_filename(self, field):
        if field == "creation_image":
            return "cartier_care/static/img/placeholder_creation.png"
        return super()._get_placeholder_filename(field)

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------
    def action_pass_final_check(self):
        """Pass the final check of the orders, in one gesture.

        :raise UserError: when something else is left to do first, or no final check is open
        """
        checks = self.operation_ids.filtered(
            lambda operation: (
                operation.is_always_last and operation.state in ("todo", "in_progress")
            )
        )
        without = self - checks.order_id
        if without:
            raise UserError(
                self.env._(
                    "No final check is open on: %(orders)s. Leave them out.",
                    orders=", ".join(without.mapped("name")),
                )
            )
        return checks.action_done()

    def action_make_transfer(self):
        """Put the orders on draft transfers: from the boutique to the workshop, and back.

        An order that is on a draft of its way already stays there: pressed twice, no creation
        travels on two manifests.

        :return: the action that opens the transfers
        :rtype: dict
        :raise UserError: naming each order whose creation the house does not hold in a place
        """
        self.check_access("read")
        routes = defaultdict(self.browse)
        drafts = self.env["care.transfer"]
        refusals = {}
        for order in self:
            here = order.current_location_id
            target = order.location_id if here == order.workshop_id else order.workshop_id
            is_nowhere = not here or here.location_type == "transit" or not target
            refusals[order] = is_nowhere and [
                self.env._("it is in none of our places: receive it, or choose its workshop")
            ]
            waiting = order.transfer_ids.filtered(
                lambda transfer, way=(here, target): (
                    transfer.state == "draft"
                    and (transfer.from_location_id, transfer.to_location_id) == way
                )
            )
            drafts |= waiting
            if not waiting:
                routes[here, target, order.company_id] |= order
        self._raise_refusals(refusals)
        transfers = drafts | self.env["care.transfer"].create(
            [
                {
                    "company_id": company.id,
                    "from_location_id": here.id,
                    "to_location_id": target.id,
                    "order_ids": [Command.set(orders.ids)],
                }
                for (here, target, company), orders in routes.items()
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_transfer_action")
        return self._open_related(action, transfers)

    def action_arrived(self):
        """Tick the creations off the transfer whose id is in the context, as they arrive."""
        return self._get_transfer_of_context().action_tick(self.ids)

    def action_not_arrived(self):
        """Take back ticks made by mistake on the transfer whose id is in the context."""
        return self._get_transfer_of_context().action_untick(self.ids)

    def _get_transfer_of_context(self):
        """Return the transfer on whose manifest a button was pressed."""
        return self.env["care.transfer"].browse(self.env.context.get("care_transfer_id"))

    def action_view_estimates(self):
        """Open the versions of the estimate."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_estimate_action")
        return self._open_related(action, self.estimate_ids)

    def action_view_transfers(self):
        """Open the transfers that carry the order's creation."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_transfer_action")
        return self._open_related(action, self.transfer_ids)

    def action_view_earlier_orders(self):
        """Open the other care orders of the creation's number."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_order_action")
        lineage = self.creation_id.lineage_key
        others = self.search([("creation_id.lineage_key", "=", lineage)]) - self
        action["domain"] = [("id", "in", others.ids)]
        action["context"] = {"create": False}
        if len(others) == 1:
            action.update(views=[(False, "form")], res_id=others.id)
        return action

    @api.model
    def _open_related(self, action, records):
        """Return an action on some records: their form when there is one.

        :param dict action: the values of a window action
        :param records: what to open
        :rtype: dict
        """
        action["domain"] = [("id", "in", records.ids)]
        action["context"] = {"create": False}
        if len(records) == 1:
            action.update(views=[(False, "form")], res_id=records.id)
        return action

    def _prepare_history_vals(self, is_visible):
        """Return what the page of a creation says of this order: what and when.

        :param bool is_visible: whether the reader may open the order
        :rtype: dict
        """
        self.ensure_one()
        done = self.line_ids.filtered(
            lambda line: line.line_type == "service" and line.outcome == "done"
        )
        outcome = False
        if self.disposition in ("returned_unserviced", "lost"):
            labels = dict(self._fields["disposition"]._description_selection(self.env))
            outcome = labels[self.disposition]
        return {
            "date": self.date_done,
            "services": ", ".join(done.service_id.mapped("name")),
            "outcome": outcome,
            "house": self.location_id.name or self.company_id.name,
            "name": self.name,
            "url": f"/odoo/care-orders/{self.id}" if is_visible else False,
        }

    # ------------------------------------------------------------------
    # Payment at the counter
    # ------------------------------------------------------------------
    def _get_invoices_to_pay(self):
        """Return the posted invoices of the order that still ask for money, and how much.

        A payment that waits for its bank statement leaves Odoo's residual untouched when its
        journal has no outstanding account; it is deducted here, so that nobody pays twice.

        :return: pairs of ``account.move`` and amount in its currency
        :rtype: list[tuple]
        """
        result = []
        for move in self.invoice_ids:
            if move.state != "posted" or move.move_type != "out_invoice":
                continue
            if move.payment_state in ("paid", "reversed"):
                continue
            residual = move.amount_residual - self._get_pending_amount(move)
            if move.currency_id.compare_amounts(residual, 0.0) > 0:
                result.append((move, residual))
        return result

    def _get_advance_notes(self, due):
        """Return what to say of a paid down payment that no posted invoice has deducted yet.

        The order reads *Paid* until it is billed, and this says of how much.

        :param list due: what is still to be paid, see :meth:`_get_invoices_to_pay`
        :rtype: list[str]
        """
        self.ensure_one()
        if not self.billing_round:
            return []
        lines = self.down_payment_line_ids.filtered(lambda line: line.parent_state == "posted")
        held = sum(
            -line.price_total if line.move_type == "out_refund" else line.price_total
            for line in lines
        )
        move = lines.move_id.filtered(lambda move: move.move_type == "out_invoice").sorted("id")[:1]
        is_due = move in self.env["account.move"].union(*(invoice for invoice, _rest in due))
        if is_due or self.currency_id.compare_amounts(held, 0.0) <= 0:
            return []
        return [
            self.env._(
                "%(invoice)s: %(amount)s paid in advance",
                invoice=move.name,
                amount=move.currency_id.format(held),
            )
        ]

    def _get_open_credit_notes(self):
        """Return the posted credit notes of the order that the house has not settled."""
        return self.invoice_ids.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and move.state == "posted"
                and not move.currency_id.is_zero(move.amount_residual)
            )
        )

    def _get_due_note(self, move, residual):
        """Return how much of an invoice is left to pay, and with whom the order shares it.

        The books know what was paid of an invoice and no order's share in it. So an order on an
        invoice of several is paid once all of it is, and until then people are told why.

        :param move: an invoice of the order
        :param float residual: what is left to pay of it
        :rtype: str
        """
        self.ensure_one()
        values = {
            "due": move.currency_id.format(residual),
            "total": move.currency_id.format(move.amount_total),
            "orders": self._get_sharing_names(move),
        }
        is_whole = not move.currency_id.compare_amounts(residual, move.amount_total)
        if values["orders"] and is_whole:
            return self.env._("%(due)s left, together with %(orders)s", **values)
        if values["orders"]:
            return self.env._("%(due)s of %(total)s left, together with %(orders)s", **values)
        if is_whole:
            return self.env._("%(due)s left", **values)
        return self.env._("%(due)s of %(total)s left", **values)

    def _get_sharing_names(self, move):
        """Return the numbers of the other orders on an invoice, the first of many.

        :rtype: str
        """
        names = (move.care_order_ids - self).sorted("id").mapped("name")
        if len(names) <= SHARING_SHOWN:
            return ", ".join(names)
        return self.env._(
            "%(orders)s and %(count)s more",
            orders=", ".join(names[:SHARING_SHOWN]),
            count=len(names) - SHARING_SHOWN,
        )

    @api.model
    def _get_pending_amount(self, move):
        """Return what payments without an entry of their own have paid of an invoice.

        A line of a bank statement that settled the invoice in one of these amounts is that very
        payment on the account, as Odoo takes it: the residual knows of it, and it counts once.

        :param move: a posted ``account.move``
        :return: the amount in the currency of the invoice
        :rtype: float
        """
        payments = move.matched_payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid") and not payment.move_id
        )
        if not payments:
            return 0.0
        arrived = move.line_ids.matched_credit_ids.filtered(
            lambda part: (
                part.credit_move_id.statement_line_id
                and any(
                    not payment.currency_id.compare_amounts(
                        payment.amount, part.debit_amount_currency
                    )
                    for payment in payments
                )
            )
        )
        paid = sum(
            payment.currency_id._convert(
                payment.amount, move.currency_id, move.company_id, payment.date
            )
            for payment in payments
        )
        return max(paid - sum(arrived.mapped("debit_amount_currency")), 0.0)
