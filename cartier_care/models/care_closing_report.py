from odoo import api, fields, models
from odoo.tools import SQL


class CareClosingReport(models.Model):
    """What accounting asks at the end of a month, as of any day.

    Everything comes from dated facts: when the work was ready, the accounting date of posted
    invoices, the dates of payments. As in Odoo's own reports these are the facts as they stand
    now: what was taken back since (work that was reworked, an invoice reset to draft) did not
    happen. The day is ``care_closing_date`` in the context, else today.
    """

    _name = "care.closing.report"
    _description = "Month End of Care"
    _inherit = ["care.analysis.mixin"]
    _auto = False
    _order = "kind desc, date, id"
    _rec_name = "order_id"
    _depends = {
        "account.move": [
            "amount_residual_signed",
            "date",
            "invoice_date_due",
            "move_type",
            "partner_id",
            "state",
        ],
        "account.move.line": [
            "account_type",
            "amount_currency",
            "balance",
            "care_down_payment_order_id",
            "date",
            "parent_state",
            "price_subtotal",
            "price_total",
            "price_unit",
            "quantity",
        ],
        "account.partial.reconcile": ["amount", "debit_amount_currency", "max_date"],
        "account.payment": [
            "amount",
            "amount_company_currency_signed",
            "date",
            "move_id",
            "state",
        ],
        "care.order": [
            "company_id",
            "currency_id",
            "date_done",
            "date_ready",
            "disposition",
            "invoice_status",
            "location_id",
            "partner_id",
            "state",
        ],
        "care.order.billing": ["move_id", "order_id"],
        "care.order.line": [
            "invoice_line_ids",
            "is_counted",
            "outcome",
            "price_subtotal",
            "price_unit",
            "quantity",
        ],
        "res.company": ["currency_id", "partner_id"],
        "res.partner": ["tz"],
    }

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    kind = fields.Selection(
        [
            ("unbilled", "Finished and not invoiced"),
            ("unpaid", "Unpaid"),
            ("credit", "Credit notes to settle"),
            ("down_payment", "Down payments held"),
        ],
        string="What",
        readonly=True,
    )
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    date = fields.Date(
        readonly=True, help="The day it was ready, or the accounting date of the invoice."
    )
    date_due = fields.Date(string="Due On", readonly=True)
    days = fields.Integer(
        aggregator="avg", readonly=True, help="From that day to the day asked for."
    )
    amount = fields.Monetary(
        readonly=True,
        help="In the company's currency: what is not invoiced without taxes, at the rate of the "
        "day asked for; the others with taxes, as the books have them.",
    )

    # ------------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------------
    @property
    def _table_query(self):
        day = self.env.context.get("care_closing_date")
        day = fields.Date.to_date(day) if day else fields.Date.context_today(self)
        return SQL(
            """
            WITH invoice AS (%(invoices)s)
            SELECT fact.id, fact.kind, fact.order_id, fact.move_id, fact.date, fact.date_due,
                   %(day)s::date - fact.date AS days, fact.amount,
                   fact.partner_id, o.location_id, o.company_id, company.currency_id
              FROM (%(unbilled)s UNION ALL %(unpaid)s UNION ALL %(held)s) fact
              JOIN care_order o ON o.id = fact.order_id
              JOIN res_company company ON company.id = o.company_id
            """,
            day=day,
            invoices=self._sql_invoices(day),
            unbilled=self._sql_unbilled(day),
            unpaid=self._sql_unpaid(),
            held=self._sql_down_payments(day),
        )

    @api.model
    def _sql_unbilled(self, day):
        """Return what was finished by a day and is on no invoice of that day, per order.

        Lines are compared as billing compares them, by price and quantity; a tax or a rounding
        makes no difference. An invoice in draft says nothing yet: it is named, to be posted.
        """
        return SQL(
            """
            SELECT o.id * 4 AS id, 'unbilled' AS kind, o.id AS order_id,
                   MIN(billed.draft_id) AS move_id,
                   %(ready_day)s AS date, NULL::date AS date_due, o.partner_id,
                   ROUND(
                       SUM(CASE WHEN due.is_due THEN l.price_subtotal ELSE 0 END
                           - COALESCE(billed.subtotal, 0)) * %(conversion)s,
                       own.decimal_places
                   ) AS amount
              FROM care_order o
              JOIN res_company company ON company.id = o.company_id
              JOIN res_currency own ON own.id = company.currency_id
              JOIN res_partner head ON head.id = company.partner_id
              JOIN care_order_line l ON l.order_id = o.id
              CROSS JOIN LATERAL (SELECT l.outcome = 'done' AND l.is_counted AS is_due) due
              LEFT JOIN LATERAL (
                  SELECT SUM(%(sign)s * item.quantity * item.price_unit)
                             FILTER (WHERE %(counts)s) AS price,
                         SUM(%(sign)s * item.price_subtotal) FILTER (WHERE %(counts)s) AS subtotal,
                         MIN(move.id) FILTER (WHERE move.state = 'draft') AS draft_id
                    FROM care_order_line_invoice_rel rel
                    JOIN account_move_line item ON item.id = rel.invoice_line_id
                    JOIN account_move move ON move.id = item.move_id
                   WHERE rel.order_line_id = l.id
              ) billed ON TRUE
             WHERE o.date_ready IS NOT NULL
               AND o.id IN (%(candidates)s)
               AND %(ready_day)s <= %(day)s
               AND o.disposition IS DISTINCT FROM 'returned_unserviced'
               AND NOT (o.disposition IS NOT DISTINCT FROM 'lost' AND %(done_day)s <= %(day)s)
               AND ABS(
                   CASE WHEN due.is_due THEN l.price_unit * l.quantity ELSE 0 END
                   - COALESCE(billed.price, 0)
               ) > 0.0001
             GROUP BY o.id, company.id, own.decimal_places, head.tz
            """,
            sign=self._sql_sign(),
            counts=SQL("item.parent_state = 'posted' AND item.date <= %s", day),
            candidates=self._sql_unbilled_candidates(day),
            day=day,
            ready_day=self._sql_local_date(SQL("o.date_ready"), SQL("head")),
            done_day=self._sql_local_date(SQL("o.date_done"), SQL("head")),
            conversion=self._sql_conversion(
                SQL("o.currency_id"), SQL("company"), SQL("%s::date", day)
            ),
        )

    @api.model
    def _sql_unbilled_candidates(self, day):
        """Return the orders that may have been unbilled on a day: all others are settled since.

        Those that are to invoice still, or lost, and those that a later or a draft invoice bills.
        """
        return SQL(
            """
            SELECT id FROM care_order
             WHERE invoice_status = 'to_invoice' OR disposition = 'lost'
             UNION
            SELECT l.order_id
              FROM account_move_line item
              JOIN care_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
              JOIN care_order_line l ON l.id = rel.order_line_id
             WHERE item.date > %s OR item.parent_state = 'draft'
            """,
            day,
        )

    @api.model
    def _sql_invoices(self, day):
        """Return the posted invoices and credit notes of a day, and what was unpaid then.

        A payment that waits for its bank statement without an entry of its own counts as well,
        as it does at the counter.
        """
        return SQL(
            """
            SELECT move.id, move.date, move.invoice_date_due, move.partner_id, care.order_id,
                   due.total,
                   CASE WHEN due.residual > 0
                        THEN GREATEST(due.residual - %(pending)s, 0)
                        ELSE due.residual END AS residual
              FROM account_move move
              CROSS JOIN LATERAL (
                  SELECT MIN(link.order_id) AS order_id FROM (%(orders)s) link
              ) care
              CROSS JOIN LATERAL (
                  SELECT SUM(item.balance) AS total,
                         SUM(item.balance - COALESCE(paid.amount, 0)) AS residual
                    FROM account_move_line item
                    LEFT JOIN LATERAL (
                        SELECT SUM(
                            CASE WHEN part.debit_move_id = item.id
                                 THEN part.amount ELSE -part.amount END
                        ) AS amount
                          FROM account_partial_reconcile part
                         WHERE (part.debit_move_id = item.id OR part.credit_move_id = item.id)
                           AND part.max_date <= %(day)s
                    ) paid ON TRUE
                   WHERE item.move_id = move.id AND item.display_type = 'payment_term'
              ) due
             WHERE move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND move.date <= %(day)s
               AND care.order_id IS NOT NULL
               AND move.id IN (%(candidates)s)
            """,
            day=day,
            orders=self.env["care.order"]._sql_billed_moves(move=SQL("move.id")),
            pending=self.env["care.order"]._sql_pending(SQL("move.id"), day),
            candidates=self._sql_invoice_candidates(day),
        )

    @api.model
    def _sql_invoice_candidates(self, day):
        """Return the invoices that may have been unpaid on a day, and those of down payments."""
        return SQL(
            """
            SELECT id FROM account_move WHERE amount_residual_signed != 0
             UNION
            SELECT item.move_id
              FROM account_partial_reconcile part
              JOIN account_move_line item
                ON item.id = part.debit_move_id OR item.id = part.credit_move_id
             WHERE part.max_date > %s
             UNION
            SELECT item.move_id
              FROM account_move_line item
             WHERE item.care_down_payment_order_id IS NOT NULL
            """,
            day,
        )

    @api.model
    def _sql_unpaid(self):
        """Return what clients owed on a day and, apart, what the house owed them, per invoice.

        One is no part of the other until accounting matches them: what clients owe is asked for
        whatever is to be given back elsewhere. Together they are what the books hold open.
        """
        return SQL(
            """
            SELECT invoice.id * 4 + 1,
                   CASE WHEN invoice.residual > 0 THEN 'unpaid' ELSE 'credit' END,
                   invoice.order_id, invoice.id,
                   invoice.date, invoice.invoice_date_due, invoice.partner_id, invoice.residual
              FROM invoice
             WHERE ABS(invoice.residual) > 0.0001
            """
        )

    @api.model
    def _sql_down_payments(self, day):
        """Return the down payments that were paid by a day and not deducted or given back then.

        What is open is counted in the currency of the invoice, so that a rate that moved between
        the down payment and its deduction leaves nothing behind.
        """
        return SQL(
            """
            SELECT o.id * 4 + 2, 'down_payment', o.id, held.move_id, held.date,
                   NULL::date, o.partner_id,
                   ROUND(LEAST(held.amount * held.rate, held.paid), own.decimal_places)
              FROM (
                  SELECT item.care_down_payment_order_id AS order_id,
                         MIN(item.move_id) FILTER (WHERE taken.is_taken) AS move_id,
                         MIN(item.date) FILTER (WHERE taken.is_taken) AS date,
                         SUM(%(sign)s * item.price_total) AS amount,
                         SUM(item.balance) FILTER (WHERE taken.is_taken)
                             / NULLIF(SUM(item.amount_currency) FILTER (WHERE taken.is_taken), 0)
                             AS rate,
                         (SELECT SUM(invoice.total - invoice.residual)
                            FROM invoice
                           WHERE invoice.id = ANY(
                               ARRAY_AGG(item.move_id) FILTER (WHERE taken.is_taken)
                           )) AS paid
                    FROM account_move_line item
                    JOIN account_move move ON move.id = item.move_id
                    CROSS JOIN LATERAL (
                        SELECT move.move_type = 'out_invoice' AND item.quantity > 0 AS is_taken
                    ) taken
                   WHERE item.care_down_payment_order_id IS NOT NULL
                     AND item.parent_state = 'posted'
                     AND item.date <= %(day)s
                   GROUP BY item.care_down_payment_order_id
              ) held
              JOIN care_order o ON o.id = held.order_id
              JOIN res_company company ON company.id = o.company_id
              JOIN res_currency own ON own.id = company.currency_id
             WHERE held.amount > 0.0001 AND held.paid > 0.0001
            """,
            sign=self._sql_sign(),
            day=day,
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_open_orders(self):
        """Open the care orders behind the figures.

        :return: an action; it opens the form when there is one order
        :rtype: dict
        """
        self.check_access("read")
        orders = self.order_id | self.sudo().move_id.care_order_ids
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_order_action")
        return self.env["care.order"]._open_related(action, orders)
