from odoo import api, fields, models
from odoo.tools import SQL


class CareOrderReport(models.Model):
    """How the house keeps its word: one row per order that it received.

    Times and shares are of orders whose work is finished; those that are still in its hands count
    once they are.
    """

    _name = "care.order.report"
    _description = "Times and Promises of Care"
    _inherit = ["care.analysis.mixin"]
    _auto = False
    _order = "date_received desc, id desc"
    _rec_name = "order_id"
    _depends = {
        "care.creation": ["collection_id", "creation_type"],
        "care.estimate": ["create_date", "order_id", "signed_on"],
        "care.intake": ["channel"],
        "care.location": ["partner_id"],
        "care.order": [
            "amount_untaxed",
            "company_id",
            "creation_id",
            "currency_id",
            "date_promised",
            "date_ready",
            "date_received",
            "disposition",
            "intake_id",
            "location_id",
            "partner_id",
            "redo_of_id",
            "state",
            "user_id",
            "workshop_id",
        ],
        "care.order.operation": ["done_count", "fail_reason", "operation_id", "order_id"],
        "res.company": ["currency_id", "partner_id"],
        "res.partner": ["tz"],
    }

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    date_received = fields.Datetime(string="Received On", readonly=True)
    date_ready = fields.Datetime(string="Ready On", readonly=True)
    state = fields.Selection(
        selection=lambda self: (
            self.env["care.order"]._fields["state"]._description_selection(self.env)
        ),
        string="Status",
        readonly=True,
    )
    disposition = fields.Selection(
        selection=lambda self: (
            self.env["care.order"]._fields["disposition"]._description_selection(self.env)
        ),
        readonly=True,
    )
    channel = fields.Selection(
        selection=lambda self: (
            self.env["care.intake"]._fields["channel"]._description_selection(self.env)
        ),
        readonly=True,
    )
    collection_id = fields.Many2one("care.collection", readonly=True)
    creation_type = fields.Selection(
        selection=lambda self: (
            self.env["care.creation"]._fields["creation_type"]._description_selection(self.env)
        ),
        string="Kind of Creation",
        readonly=True,
    )
    workshop_id = fields.Many2one("care.location", readonly=True)
    user_id = fields.Many2one("res.users", string="Advisor", readonly=True)
    amount_untaxed = fields.Monetary(
        string="Order Value",
        readonly=True,
        help="Without taxes, in the company's currency. What was declined or lost is worth 0.",
    )
    turnaround_days = fields.Float(
        string="Turnaround (days)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="From the receipt until the creation is ready.",
    )
    approval_days = fields.Float(
        string="Waiting for Approval (days)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="From each estimate until the client approves it.",
    )
    on_time_share = fields.Float(
        string="On-Time Share",
        aggregator="avg",
        readonly=True,
        help="Of the finished orders, how many were ready by the promised day.",
    )
    right_first_share = fields.Float(
        string="Right the First Time",
        aggregator="avg",
        readonly=True,
        help="Of the finished orders, on how many nothing was done again: no check failed, no "
        "rework, no redo under warranty.",
    )
    declined_share = fields.Float(
        aggregator="avg",
        readonly=True,
        help="How many of the orders went back unserviced, or will.",
    )

    # ------------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------------
    @property
    def _table_query(self):
        return SQL("SELECT %s FROM %s WHERE %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self):
        """Return the columns of the report."""
        return SQL(
            """
            o.id,
            o.id AS order_id,
            o.partner_id,
            o.location_id,
            o.workshop_id,
            o.user_id,
            o.company_id,
            company.currency_id,
            o.date_received,
            o.date_ready,
            o.state,
            o.disposition,
            intake.channel,
            creation.collection_id,
            creation.creation_type,
            CASE WHEN o.state = 'declined' OR o.disposition IN ('returned_unserviced', 'lost')
                 THEN 0
                 ELSE ROUND(o.amount_untaxed * %(conversion)s, own.decimal_places)
                 END AS amount_untaxed,
            CASE WHEN %(finished)s
                 THEN EXTRACT(EPOCH FROM o.date_ready - o.date_received) / 86400
                 END AS turnaround_days,
            (SELECT SUM(EXTRACT(EPOCH FROM e.signed_on - e.create_date)) / 86400
               FROM care_estimate e
              WHERE e.order_id = o.id AND e.signed_on IS NOT NULL) AS approval_days,
            CASE WHEN %(finished)s AND o.date_promised IS NOT NULL
                 THEN (%(ready_day)s <= o.date_promised)::int END AS on_time_share,
            CASE WHEN %(finished)s THEN (
                NOT EXISTS (
                    SELECT FROM care_order_operation step
                      JOIN care_operation kind ON kind.id = step.operation_id
                     WHERE step.order_id = o.id
                       AND (step.fail_reason IS NOT NULL
                            OR (step.done_count > 1 AND kind.code != 'diagnosis'))
                ) AND NOT EXISTS (
                    SELECT FROM care_order redo
                     WHERE redo.redo_of_id = o.id AND redo.state NOT IN ('draft', 'cancel')
                )
            )::int END AS right_first_share,
            (o.state = 'declined' OR o.disposition IS NOT DISTINCT FROM 'returned_unserviced')::int
                AS declined_share
            """,
            conversion=self._sql_conversion(
                SQL("o.currency_id"),
                SQL("company"),
                SQL("COALESCE(o.date_ready, o.date_received)::date"),
            ),
            finished=self._sql_is_finished(),
            ready_day=self._sql_local_date(SQL("o.date_ready"), SQL("place"), SQL("head")),
        )

    @api.model
    def _from(self):
        """Return the tables of the report."""
        return SQL(
            """
            care_order o
            JOIN care_creation creation ON creation.id = o.creation_id
            JOIN res_company company ON company.id = o.company_id
            JOIN res_currency own ON own.id = company.currency_id
            JOIN res_partner head ON head.id = company.partner_id
            LEFT JOIN care_location location ON location.id = o.location_id
            LEFT JOIN res_partner place ON place.id = location.partner_id
            LEFT JOIN care_intake intake ON intake.id = o.intake_id
            """
        )

    @api.model
    def _where(self):
        """Return the condition of the report: requests and cancelled ones were never received."""
        return SQL("o.date_received IS NOT NULL AND o.state NOT IN ('draft', 'cancel')")
