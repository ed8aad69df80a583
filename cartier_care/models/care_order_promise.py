from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column, table_exists

from .care_order import PLANNED_STATES
from .care_order_follow_up import PROMISE_AT_RISK


class CareOrder(models.Model):
    """What becomes of a promised day once more is to be done than it was promised for.

    The client was told of the day, or somebody has typed it on purpose: it never moves by itself.
    The advisor is warned, and promises the later day, of which the client is told, in one gesture.
    """

    _inherit = "care.order"

    is_promise_at_risk = fields.Boolean(
        compute="_compute_is_promise_at_risk",
        groups="base.group_user",
        help="Services that came in later take longer than to the promised day.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("date_promised", "date_expected", "state")
    def _compute_is_promise_at_risk(self):
        for order in self:
            order.is_promise_at_risk = (
                order.state in PLANNED_STATES
                and bool(order.date_promised)
                and bool(order.date_expected)
                and order.date_expected > order.date_promised
            )

    def _get_expected_date(self, start):
        """Extend: after the receipt, what was added since and takes longer than what was there.

        What was there at the receipt is what the day was promised for, whatever the lead times
        say of it: a promise that somebody typed stands.
        """
        if self.state not in PLANNED_STATES:
            return super()._get_expected_date(start)
        first = self.line_ids.filtered(lambda line: not line.date_added).service_id
        longest = max(first.mapped("lead_days"), default=0)
        days = [
            self._get_promised_date(line.date_added, line.service_id)
            for line in self._get_worked_lines()
            if line.date_added and line.service_id.lead_days > longest
        ]
        return max(days, default=False)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_promise_anew(self):
        """Promise the day that the services need by their lead times, and tell the clients.

        :raise UserError: naming each order whose promised day its services do not exceed
        """
        self._begin("promise")
        self._raise_refusals(
            {
                order: not order.is_promise_at_risk
                and [self.env._("its services need no later day than the promised one")]
                for order in self
            }
        )
        for order in self.sudo():
            order.date_promised = order.date_expected
        # Each day is told once; by its number, which none of the daily job's can be.
        days = {order: order.date_promised.toordinal() for order in self.sudo()}
        self.env["care.order.message"]._queue(self.sudo(), "delayed", days)
        self._unschedule(PROMISE_AT_RISK)
        return True

    # ------------------------------------------------------------------
    # Follow-up
    # ------------------------------------------------------------------
    def _after_line_change(self):
        """Extend: more work may need a later day."""
        result = super()._after_line_change()
        self.sudo()._warn_of_promise()
        return result

    def _settle_follow_up(self):
        """Extend: a promise at risk is so whatever else has moved on."""
        result = super()._settle_follow_up()
        # Who is asked was told of it when it began.
        self.sudo().with_context(mail_activity_quick_update=True)._warn_of_promise()
        return result

    def _warn_of_promise(self):
        """Ask who looks after the orders to see to a promise that more work puts at risk."""
        at_risk = self.filtered("is_promise_at_risk")
        at_risk._schedule_once(PROMISE_AT_RISK, fields.Date.today())


class CareOrderLine(models.Model):
    """A service knows whether it came in with the creation, or when it was added."""

    _inherit = "care.order.line"

    date_added = fields.Datetime(
        compute="_compute_date_added",
        store=True,
        precompute=True,
        groups="base.group_user",
        help="When the service was added to an order whose creation the house had received.",
    )

    def _auto_init(self):
        """Extend the core method: what stands on orders already was not added just now."""
        cr = self.env.cr
        if table_exists(cr, self._table) and not column_exists(cr, self._table, "date_added"):
            create_column(cr, self._table, "date_added", "timestamp")
        return super()._auto_init()

    @api.depends("service_id")
    def _compute_date_added(self):
        now = fields.Datetime.now()
        for line in self:
            is_added = line.service_id and line.order_id.state in PLANNED_STATES
            line.date_added = is_added and now
