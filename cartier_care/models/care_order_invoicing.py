import logging
from collections import defaultdict

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, clean_context
from odoo.tools.translate import LazyTranslate

from .care_service import format_number

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

#: How many orders the nightly billing handles between two commits.
CRON_BATCH = 50
#: How often it begins a batch anew that met somebody else's work.
CRON_ATTEMPTS = 3


#: What an order may have that cannot be billed: people are told, and the others go on.
UNBILLABLE = (
    UserError,
    IntegrityError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)

#: By which ways an order has an invoice.
INVOICE_PATHS = (
    "line_ids.invoice_line_ids.move_id",
    "billing_ids.move_id",
    "down_payment_line_ids.move_id",
)

#: States in which nothing is due yet; a down payment may have been billed all the same.
UNBILLED_STATES = ("draft", "received", "estimated", "approved", "in_progress", "cancel")


def search_linked(model, comodel, paths, operator, value):
    """Find records by what they are linked to on paths that a field reads with rights of its own.

    What is asked about the linked records themselves is asked with the rights of whoever asks.

    :param model: the model that is searched, as its reader
    :param str comodel: the name of the linked model
    :param tuple paths: the paths of fields to it
    :param str operator: see the search methods of fields of Odoo
    :param value: the same
    :return: the domain, or ``NotImplemented``
    """
    is_none_asked = False
    if operator == "any":
        value = model.env[comodel]._search(value)
    elif operator == "in":
        is_none_asked = False in value
        value = [id_ for id_ in value if id_]
    else:
        return NotImplemented
    found = Domain.OR(Domain(path, "in", value) for path in paths)
    if is_none_asked:
        found |= ~Domain.OR(Domain(path, "!=", False) for path in paths)
    return Domain("id", "in", model.sudo().with_context(active_test=False)._search(found))


class CareOrder(models.Model):
    """What an order invoices, when and how often (care-rules.md, 9).

    An order owes what was carried out and counted; it bills the difference between that and what
    its invoices say already. So a first invoice, a revision, a credit note by accounting and a
    declined order all go the same way.
    """

    _inherit = "care.order"

    billing_ids = fields.One2many(
        "care.order.billing", "order_id", groups="cartier_care.group_care_boutique"
    )
    billing_round = fields.Integer(readonly=True, copy=False, groups="base.group_user")
    down_payment_line_ids = fields.One2many(
        "account.move.line",
        "care_down_payment_order_id",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    invoice_ids = fields.Many2many(
        "account.move",
        compute="_compute_invoice_ids",
        search="_search_invoice_ids",
        string="Invoices",
        compute_sudo=True,
    )
    invoice_count = fields.Integer(compute="_compute_invoice_ids", compute_sudo=True)
    invoice_status = fields.Selection(
        [("no", "Nothing to invoice"), ("to_invoice", "To invoice"), ("invoiced", "Invoiced")],
        compute="_compute_invoice_status",
        store=True,
        index=True,
    )
    payment_state = fields.Selection(
        [
            ("no", "Nothing to pay"),
            ("unpaid", "Unpaid"),
            ("partial", "Partly paid"),
            ("paid", "Paid"),
        ],
        string="Payment",
        compute="_compute_payment_state",
        search="_search_payment_state",
        compute_sudo=True,
        groups="base.group_user",
        help="What the posted invoices of the order say, payments on their way to the bank "
        "included.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends(*INVOICE_PATHS)
    def _compute_invoice_ids(self):
        for order in self:
            # Whatever bills an order counts it in the same breath.
            billed = order.filtered("billing_round")
            order.invoice_ids = (
                billed.line_ids.invoice_line_ids.move_id
                | billed.billing_ids.move_id
                | billed.down_payment_line_ids.move_id
            ).sorted("id")
            order.invoice_count = len(order.invoice_ids)

    @api.model
    def _search_invoice_ids(self, operator, value):
        """Find orders by their invoices."""
        return search_linked(self, "account.move", INVOICE_PATHS, operator, value)

    @api.depends(
        "state",
        "disposition",
        "amount_total",
        "line_ids.is_counted",
        "line_ids.outcome",
        "line_ids.quantity",
        "line_ids.price_unit",
        "line_ids.invoice_line_ids.parent_state",
        "line_ids.invoice_line_ids.quantity",
        "line_ids.invoice_line_ids.price_unit",
        "down_payment_line_ids.parent_state",
        "down_payment_line_ids.quantity",
        "down_payment_line_ids.price_unit",
    )
    def _compute_invoice_status(self):
        for order in self:
            if order.state in UNBILLED_STATES and not order.billing_round:
                order.invoice_status = "no"
            elif order._get_unbilled() or order._keeps_down_payment():
                order.invoice_status = "to_invoice"
            elif order.line_ids.invoice_line_ids.filtered(
                lambda line: line.parent_state != "cancel"
            ):
                order.invoice_status = "invoiced"
            else:
                order.invoice_status = "no"

    @api.depends(
        "invoice_ids.state",
        "invoice_ids.amount_residual",
        "invoice_ids.amount_total",
        "invoice_ids.payment_state",
        "invoice_ids.matched_payment_ids.state",
    )
    def _compute_payment_state(self):
        states = {}
        # Only what was billed has invoices, see above.
        if orders := self._origin.filtered("billing_round"):
            query = orders._sql_payment_states(self._sql_billed_moves(orders=orders))
            states = dict(self.env.execute_query(query))
        for state, found in self.grouped(lambda one: states.get(one._origin.id, "no")).items():
            found.payment_state = state

    @api.model
    def _search_payment_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = set(value) & {"unpaid", "partial", "paid"}
        found = SQL(
            "(SELECT order_id FROM (%s) payment WHERE state IN %s)",
            # Which of the two it is takes all invoices of an order, that one of them does not.
            self._sql_payment_states(only_owed=states == {"unpaid", "partial"}),
            tuple(states) or ("",),
        )
        domain = Domain("id", "in", found)
        if {"no", False} & set(value):
            billed = SQL(
                "(SELECT order_id FROM (%s) payment WHERE state != 'no')",
                self._sql_payment_states(),
            )
            domain |= Domain("id", "not in", billed)
        return domain

    @api.model
    def _sql_payment_states(self, pairs=None, only_owed=False):
        """Return a query of ``order_id`` and ``state`` of orders that have posted invoices.

        :param SQL pairs: a query of the orders and invoices to look at; all by default
        :param bool only_owed: leave out invoices that nobody owes anything for
        :rtype: SQL
        """
        owed = self._sql_owed(only_owed)
        return SQL(
            """
            SELECT pair.order_id,
                   CASE WHEN SUM(owed.due) <= 0.0001 AND SUM(owed.total) <= 0.0001 THEN 'no'
                        WHEN SUM(owed.due) <= 0.0001 THEN 'paid'
                        WHEN SUM(owed.due) < SUM(owed.total) - 0.0001 THEN 'partial'
                        ELSE 'unpaid' END AS state
              FROM %s
             GROUP BY pair.order_id
            """,
            SQL("(%s) pair JOIN (%s) owed ON owed.id = pair.move_id", pairs, owed)
            if pairs
            else SQL(
                "(%s) owed CROSS JOIN LATERAL (%s) pair",
                owed,
                self._sql_billed_moves(move=SQL("owed.id")),
            ),
        )

    @api.model
    def _sql_owed(self, only_owed=False):
        """Return a query of posted invoices and what is due of each, in the company's currency.

        Payments that wait for their bank statement count, as at the counter.

        :param bool only_owed: leave out invoices that nobody owes anything for, and credit notes
        :rtype: SQL
        """
        for name in (
            "account.move",
            "account.payment",
            "account.move.line",
            "account.partial.reconcile",
        ):
            self.env[name].flush_model()
        self.env["care.order.billing"].flush_model()
        self.env["care.order.line"].flush_model(["invoice_line_ids", "order_id"])
        return SQL(
            """
            SELECT move.id, move.company_id, move.amount_total_signed AS total, rest.due
              FROM account_move move
              CROSS JOIN LATERAL (
                  SELECT CASE
                      WHEN move.payment_state IN ('paid', 'reversed')
                        OR move.move_type = 'out_refund' THEN 0
                      ELSE GREATEST(move.amount_residual_signed - %(pending)s, 0)
                  END AS due
              ) rest
             WHERE move.state = 'posted'
               AND move.move_type IN %(types)s
               AND move.amount_total != 0
               AND %(condition)s
            """,
            pending=self._sql_pending(SQL("move.id")),
            types=("out_invoice",) if only_owed else ("out_invoice", "out_refund"),
            condition=SQL("move.payment_state NOT IN ('paid', 'reversed') AND rest.due > 0.0001")
            if only_owed
            else SQL("TRUE"),
        )

    @api.model
    def _sql_pending(self, move, day=None):
        """Return an expression of ``_get_pending_amount``, in the company's currency.

        :param SQL move: the id of the invoice
        :param datetime.date day: count payments and bank statements until this day only
        :rtype: SQL
        """
        until_paid = SQL("AND payment.date <= %s", day) if day else SQL()
        until_matched = SQL("AND part.max_date <= %s", day) if day else SQL()
        return SQL(
            """
            COALESCE((
                SELECT GREATEST(pending.amount - COALESCE((
                           SELECT SUM(part.amount)
                             FROM account_move_line item
                             JOIN account_partial_reconcile part ON part.debit_move_id = item.id
                             JOIN account_move_line other ON other.id = part.credit_move_id
                            WHERE item.move_id = %(move)s
                              AND other.statement_line_id IS NOT NULL
                              AND part.debit_amount_currency = ANY(pending.amounts)
                              %(until_matched)s
                       ), 0), 0)
                  FROM (
                      SELECT SUM(payment.amount_company_currency_signed) AS amount,
                             ARRAY_AGG(payment.amount) AS amounts
                        FROM account_move__account_payment pair
                        JOIN account_payment payment ON payment.id = pair.payment_id
                       WHERE pair.invoice_id = %(move)s
                         AND payment.move_id IS NULL
                         AND payment.state IN ('in_process', 'paid')
                         %(until_paid)s
                  ) pending
            ), 0)
            """,
            move=move,
            until_paid=until_paid,
            until_matched=until_matched,
        )

    @api.model
    def _sql_billed_moves(self, orders=None, move=None):
        """Return a query of pairs ``order_id``, ``move_id``: who is billed by which invoice.

        :param care.order orders: whose invoices; or
        :param SQL move: the id of the invoice whose orders
        :rtype: SQL
        """
        sources = (
            (
                SQL("care_order_billing billing"),
                SQL("billing.order_id"),
                SQL("billing.move_id"),
            ),
            (
                SQL(
                    "account_move_line item "
                    "JOIN care_order_line_invoice_rel rel ON rel.invoice_line_id = item.id "
                    "JOIN care_order_line line ON line.id = rel.order_line_id"
                ),
                SQL("line.order_id"),
                SQL("item.move_id"),
            ),
            (
                SQL("account_move_line item"),
                SQL("item.care_down_payment_order_id"),
                SQL("item.move_id"),
            ),
        )
        return SQL(" UNION ").join(
            SQL(
                "SELECT %(order)s AS order_id, %(move)s AS move_id FROM %(table)s "
                "WHERE %(order)s IS NOT NULL AND %(wanted)s",
                order=order,
                move=billed_move,
                table=table,
                wanted=SQL("%s = %s", billed_move, move)
                if move
                else SQL("%s IN %s", order, orders._ids),
            )
            for table, order, billed_move in sources
        )

    # ------------------------------------------------------------------
    # What is left to bill
    # ------------------------------------------------------------------
    def _get_unbilled(self):
        """Return what is left to bill of each line, or to give back.

        :return: ``{line: amount}`` in the currency of the order; None as an amount stands for a
            line that no invoice shows yet. Empty when nothing is left that costs anything.
        :rtype: dict
        """
        self.ensure_one()
        is_finished = self.state == "ready" or (
            self.state == "done" and self.disposition in ("serviced", "reproduced")
        )
        if not (is_finished or self._is_given_back()):
            return {}
        unbilled = {}
        for line, (quantity, amount) in self.line_ids._get_billed().items():
            is_due = is_finished and line.is_counted and line.outcome == "done"
            if is_due and not quantity and not amount:
                unbilled[line] = None
                continue
            due = line.price_unit * line.quantity if is_due else 0.0
            if self.currency_id.compare_amounts(due, amount):
                unbilled[line] = due - amount
        costs = any(
            amount is not None or not self.currency_id.is_zero(line.price_total)
            for line, amount in unbilled.items()
        )
        return unbilled if costs else {}

    def _is_given_back(self):
        """Tell whether the order costs nothing, whatever was billed of it before."""
        self.ensure_one()
        return self.state == "declined" or self.disposition in ("returned_unserviced", "lost")

    def _keeps_down_payment(self):
        """Tell whether a down payment is still to be given back, such as after a loss."""
        self.ensure_one()
        return self._is_given_back() and bool(self._get_open_down_payments()[0])

    def _get_open_down_payments(self):
        """Return what later invoices have neither deducted nor given back of down payments.

        :return: the invoice lines that took them, and how much of them is open: 1 for all of it
        :rtype: tuple
        """
        self.ensure_one()
        lines = self.down_payment_line_ids.filtered(lambda line: line.parent_state != "cancel")
        taken, settled, held = lines.browse(), lines.browse(), 0.0
        for line in lines.sorted(lambda line: (line.move_id.id, line.id)):
            amount = line.quantity * line.price_unit
            if line.move_type == "out_refund":
                amount = -amount
            held += amount
            if self.currency_id.compare_amounts(held, 0.0) <= 0:
                # What was taken until here is settled: a later one stands for itself.
                settled, taken = taken or settled, lines.browse()
            elif amount > 0 and line.move_type == "out_invoice":
                taken |= line
            elif amount > 0:
                # A credit note of the invoice that deducted it.
                taken = taken or settled
        total = sum(line.quantity * line.price_unit for line in taken)
        if self.currency_id.compare_amounts(held, 0.0) <= 0 or not taken:
            return lines.browse(), 0.0
        whole = not self.currency_id.compare_amounts(held, total)
        return taken, 1.0 if whole else held / total

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_invoice(self, grouped=False):
        """Make what is left to invoice, post it when the company says so, and open it.

        :param grouped: one invoice per client, currency and company instead of one per order;
            ``"intake"`` for one per visit as well
        :return: the action that opens the invoices
        :rtype: dict
        :raise UserError: when the work is not ready
        """
        self._begin("invoice")
        self.sudo()._create_invoices(grouped=grouped)
        return self.action_view_invoice()

    def action_invoice_grouped(self):
        """Invoice the orders with one invoice per client, currency and company.

        :return: the action that opens the invoices
        :rtype: dict
        """
        return self.action_invoice(grouped=True)

    def action_view_invoice(self):
        """Open the invoices of the orders.

        :return: an action; it opens the form when there is one invoice
        :rtype: dict
        """
        self.check_access("read")
        invoices = self.sudo().invoice_ids
        action = self.env["ir.actions.actions"]._for_xml_id("account.action_move_out_invoice_type")
        if len(invoices) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = invoices.id
        else:
            action["domain"] = [("id", "in", invoices.ids)]
        action["context"] = {"default_move_type": "out_invoice"}
        return action

    # ------------------------------------------------------------------
    # Billing
    # ------------------------------------------------------------------
    def _try_invoice(self):
        """Bill what is left, without letting accounting stop the bench, whatever goes wrong there.

        What a credit note reopened is billed by hand alone: somebody gave it back on purpose.
        """
        orders = self.filtered(
            lambda order: (
                order.invoice_status == "to_invoice"
                and not (order.billing_round and order._has_credit_note())
            )
        )
        if not orders:
            return
        try:
            with self.env.cr.savepoint():
                orders._create_invoices()
        except UNBILLABLE as error:
            orders._flag_invoice_error(error)

    def _has_credit_note(self):
        """Tell whether accounting gave something of the order back."""
        self.ensure_one()
        return any(
            move.move_type == "out_refund" and move.state == "posted"
            for move in self.sudo().invoice_ids
        )

    def _flag_invoice_error(self, error):
        """Ask somebody to look at orders whose invoice could not be made, once each."""
        if not isinstance(error, UserError):
            _logger.error("Care orders %s cannot be billed", self.ids, exc_info=error)
        self._schedule_once(
            _lt("The invoice could not be made"),
            activity_type="mail.mail_activity_data_warning",
            note=str(error),
        )

    def _create_invoices(self, grouped=False):
        """Bill each order for what is left, privately with rights of its own.

        The billing round of each order, unique in the database, is the backstop against billing
        twice; updating the order's row makes the second of two users start over.

        :param grouped: True for one invoice per client, currency and company; ``"intake"`` for
            one per visit as well
        :return: the invoices and credit notes
        :rtype: account.move
        """
        # Invoicing belongs to the house, not to the user who happened to press the button.
        orders = self.with_user(SUPERUSER_ID).sudo()
        prepared = []
        for order in orders:
            order = order.with_company(order.company_id)
            order = order.with_context(lang=order._get_invoice_partner().lang or self.env.lang)
            vals = order._prepare_invoice()
            if vals["invoice_line_ids"]:
                prepared.append((order, vals))
        return self._create_billed_moves(prepared, grouped)

    @api.model
    def _create_billed_moves(self, prepared, grouped=False):
        """Create and post the moves of some orders, and record their rounds.

        :param list prepared: pairs of one order and the values of its invoice
        :param grouped: see :meth:`_create_invoices`
        :rtype: account.move
        """
        # Who hands over or finishes has no accounting rights, and gives invoices no defaults.
        moves = self.env["account.move"].with_user(SUPERUSER_ID).sudo()
        moves = moves.with_context(clean_context(self.env.context))
        if not prepared:
            return moves
        orders = self.browse([order.id for order, _vals in prepared]).sudo()
        orders._lock_and_touch()
        batches = defaultdict(list)
        for order, vals in prepared:
            key = order._get_invoice_group(vals, grouped) if grouped else order.id
            batches[key].append((order, vals))
        by_company = defaultdict(list)
        for batch in batches.values():
            by_company[batch[0][0].company_id].append(batch)
        for company, company_batches in by_company.items():
            created = (
                moves.with_company(company)
                .with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
                .create([self._merge_invoice_vals(batch) for batch in company_batches])
            )
            self.env["care.order.billing"].sudo().create(
                [
                    {"order_id": order.id, "round": order.billing_round + 1, "move_id": move.id}
                    for batch, move in zip(company_batches, created, strict=True)
                    for order, _vals in batch
                ]
            )
            for batch in company_batches:
                for order, _vals in batch:
                    order._write_by_system({"billing_round": order.billing_round + 1})
            if company.care_auto_post_invoice:
                invoices = created.filtered(lambda move: move.move_type == "out_invoice")
                invoices.action_post()
                if any(invoices.mapped("sending_data")):
                    self.env.ref("account.ir_cron_account_move_send").sudo()._trigger()
            moves |= created
        return moves

    def _get_invoice_group(self, vals, grouped):
        """Return what invoices of several orders must share to be one invoice.

        :param dict vals: the values of the order's own invoice
        :param grouped: see :meth:`_create_invoices`
        :rtype: tuple
        """
        self.ensure_one()
        visit = self.intake_id.id if grouped == "intake" else False
        return (visit,) + tuple(
            vals[name]
            for name in (
                "move_type",
                "partner_id",
                "currency_id",
                "company_id",
                "fiscal_position_id",
                "invoice_payment_term_id",
            )
        )

    @api.model
    def _merge_invoice_vals(self, batch):
        """Return the values of one invoice for the orders of a batch, a section for each."""
        merged = dict(batch[0][1])
        names = [vals["ref"] for _order, vals in batch]
        lines = [command for _order, vals in batch for command in vals["invoice_line_ids"]]
        for sequence, (_code, _id, line_vals) in enumerate(lines):
            line_vals["sequence"] = sequence
        merged.update(
            ref=", ".join(names),
            invoice_origin=", ".join(names),
            invoice_line_ids=lines,
            sending_data=self._prepare_sending_data(batch),
        )
        return merged

    @api.model
    def _prepare_sending_data(self, batch):
        """Return what lets Odoo's own job send an invoice: no mail goes out within a step.

        :param list batch: the orders of the invoice and their values
        :return: False when the client is not to have it by email, or nothing is posted yet
        """
        order, vals = batch[0]
        company = order.company_id
        is_posted = company.care_auto_post_invoice and vals["move_type"] == "out_invoice"
        wants = company.care_send_invoice and order._get_invoice_partner().email
        if not (is_posted and wants) or any(order.is_discreet for order, _vals in batch):
            return False
        # The house writes, not whoever happened to finish the work.
        return {"author_user_id": self.env.uid, "author_partner_id": company.partner_id.id}

    def _get_invoice_partner(self):
        """Return who receives the invoices of the order, as Odoo's sales do."""
        self.ensure_one()
        return self.partner_id.browse(self.partner_id.address_get(["invoice"])["invoice"])

    def _prepare_invoice(self):
        """Return the values of the order's next invoice, or of the credit note it drafts.

        :return: values of ``account.move``; ``invoice_line_ids`` is empty when nothing is left
        :rtype: dict
        """
        self.ensure_one()
        lines = self._prepare_invoice_lines()
        total = sum(vals["quantity"] * vals["price_unit"] for vals in lines)
        move_type = "out_invoice"
        if self.currency_id.compare_amounts(total, 0.0) < 0:
            move_type = "out_refund"
            for vals in lines:
                vals["quantity"] = -vals["quantity"]
        if lines:
            creation = self.reproduction_id or self.creation_id
            section = f"{self.name} · {creation.display_name}"
            lines.insert(0, {"display_type": "line_section", "name": section})
        partner = self._get_invoice_partner()
        terms = self.partner_id.with_company(self.company_id).property_payment_term_id
        return {
            "move_type": move_type,
            "partner_id": partner.id,
            "partner_shipping_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "invoice_payment_term_id": terms.id,
            "invoice_origin": self.name,
            "ref": self.name,
            "invoice_user_id": self.user_id.id,
            "invoice_line_ids": [
                Command.create({**vals, "sequence": sequence})
                for sequence, vals in enumerate(lines)
            ],
        }

    def _prepare_invoice_lines(self):
        """Return the values of the invoice lines for what is left, in the order of the work."""
        self.ensure_one()
        unbilled = self._get_unbilled()
        ordered = sorted(
            unbilled,
            key=lambda line: (
                line.service_line_id.sequence or line.sequence,
                line.service_line_id.id or line.id,
                line.line_type != "service",
                line.id,
            ),
        )
        lines = []
        for line in ordered:
            if unbilled[line] is None:
                lines.append(line._prepare_invoice_line())
            else:
                lines.append(line._prepare_difference_line(unbilled[line]))
        if self.state in ("ready", "declined", "done"):
            taken, share = self._get_open_down_payments()
            lines += [self._prepare_deduction_line(line, share) for line in taken]
        return lines

    # ------------------------------------------------------------------
    # Down payments
    # ------------------------------------------------------------------
    def _create_down_payments(self):
        """Bill the company's percentage of approved estimates, once per order.

        An order that was billed, and revised since, owes a difference and no down payment.

        :return: the invoices
        :rtype: account.move
        """
        orders = self.with_user(SUPERUSER_ID).sudo()
        prepared = []
        for order in orders.filtered(
            lambda order: (
                order.company_id.care_down_payment_percent
                and not order.currency_id.is_zero(order.amount_total)
                and not order._get_open_down_payments()[0]
                and not any(amount for _quantity, amount in order.line_ids._get_billed().values())
            )
        ):
            order = order.with_company(order.company_id)
            order = order.with_context(lang=order._get_invoice_partner().lang or self.env.lang)
            vals = order._prepare_invoice()
            vals["invoice_line_ids"] = [
                Command.create({**line_vals, "sequence": sequence})
                for sequence, line_vals in enumerate(order._prepare_down_payment_lines())
            ]
            prepared.append((order, vals))
        return self._create_billed_moves(prepared)

    def _prepare_down_payment_lines(self):
        """Return invoice lines for the down payment, split by taxes as Odoo's sales do."""
        self.ensure_one()
        AccountTax = self.env["account.tax"]
        company = self.company_id
        counted = self._get_counted_lines()
        base_lines = [
            line._prepare_base_line_for_taxes_computation(
                analytic_distribution=line.analytic_distribution
            )
            for line in counted
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        percent = company.care_down_payment_percent
        down_payment_lines = AccountTax._prepare_down_payment_lines(
            base_lines=base_lines,
            company=company,
            amount_type="percent",
            amount=percent,
            computation_key=f"care_down_payment,{self.id}",
        )
        name = self.env._(
            "Down payment of %(percent)s %% on %(estimate)s",
            percent=format_number(self.env, percent),
            estimate=self.estimate_id.name,
        )
        account = counted.service_id.product_id[:1]._get_product_accounts()["income"]
        return [
            {
                "name": name,
                "quantity": 1.0,
                "price_unit": base_line["price_unit"],
                "tax_ids": [Command.set(base_line["tax_ids"].ids)],
                "account_id": (base_line["account_id"] or account).id,
                "extra_tax_data": AccountTax._export_base_line_extra_tax_data(base_line),
                "care_down_payment_order_id": self.id,
                **self._prepare_analytic_vals(base_line["analytic_distribution"]),
            }
            for base_line in down_payment_lines
        ]

    @api.model
    def _prepare_analytic_vals(self, distribution):
        """Return the distribution of an invoice line; accounting's own models find it else."""
        return {"analytic_distribution": distribution} if distribution else {}

    def _prepare_deduction_line(self, invoice_line, share=1.0):
        """Return the invoice line that deducts one of a down payment, or gives it back.

        :param invoice_line: the line that took it
        :param float share: how much of it is left, after what accounting gave back itself
        :rtype: dict
        """
        extra_tax_data = False
        if share == 1.0:
            extra_tax_data = self.env["account.tax"]._reverse_quantity_base_line_extra_tax_data(
                invoice_line.extra_tax_data
            )
        values = {"down_payment": invoice_line.name, "invoice": invoice_line.move_id.name}
        return {
            "name": self.env._("Given back: %(down_payment)s (%(invoice)s)", **values)
            if self._is_given_back()
            else self.env._("Deduction: %(down_payment)s (%(invoice)s)", **values),
            "quantity": -invoice_line.quantity,
            "price_unit": invoice_line.price_unit * share,
            "tax_ids": [Command.set(invoice_line.tax_ids.ids)],
            "account_id": invoice_line.account_id.id,
            "extra_tax_data": extra_tax_data,
            "care_down_payment_order_id": self.id,
            **self._prepare_analytic_vals(invoice_line.analytic_distribution),
        }

    # ------------------------------------------------------------------
    # What the triggers left behind
    # ------------------------------------------------------------------
    @api.model
    def _get_cron_invoice_domain(self):
        """Return the domain of finished orders that their company's trigger left unbilled.

        Orders that were billed before are left to people: a credit note reopens them on purpose.
        """
        return [
            ("invoice_status", "=", "to_invoice"),
            ("billing_round", "=", 0),
            "|",
            "&",
            ("state", "=", "ready"),
            ("company_id.care_invoice_trigger", "=", "ready"),
            "&",
            ("state", "=", "done"),
            ("company_id.care_invoice_trigger", "!=", "manual"),
        ]

    @api.model
    def _cron_invoice(self):
        """Bill what the triggers left behind, in committed batches.

        Each batch is looked up after the commit of the one before, so that it holds what is left
        by then: a killed job is simply run again, and users may bill beside it.
        """
        domain = self._get_cron_invoice_domain()
        last_id = 0
        while True:
            batch = self.search([*domain, ("id", ">", last_id)], order="id", limit=CRON_BATCH)
            if not batch:
                return
            last_id = batch.ids[-1]
            self._invoice_batch(batch.ids)
            left = self.search_count([*domain, ("id", ">", last_id)])
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left):
                return

    @api.model
    def _invoice_batch(self, order_ids):
        """Bill one batch of the job; what meets somebody else's work begins anew, as requests do.

        :param list order_ids: ids of orders that were left unbilled
        """
        for attempt in range(1, CRON_ATTEMPTS + 1):
            try:
                # Read anew: the transaction that found them may be over.
                due = [("id", "in", order_ids), *self._get_cron_invoice_domain()]
                self.search(due, order="id").try_lock_for_update()._invoice_or_flag()
                self.env.flush_all()
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                _logger.info("Billing met somebody else's work (%s of %s)", attempt, CRON_ATTEMPTS)

    def _invoice_or_flag(self):
        """Bill the orders together, else one by one: a bad one is flagged and stops no other."""
        try:
            with self.env.cr.savepoint():
                self._create_invoices()
        except UNBILLABLE:
            for order in self:
                order._try_invoice()
