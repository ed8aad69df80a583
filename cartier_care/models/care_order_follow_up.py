from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from .care_order import PLANNED_STATES

_lt = LazyTranslate(__name__)

#: What is asked of who looks after an order that may be late.
PROMISE_AT_RISK = _lt("The promised day is at risk")
#: How many days before it expires an estimate is called to mind.
REMINDER_DAYS = 3
#: What the staff is asked to do; it is settled by itself when the order moves on.
ACTIVITY = "cartier_care.mail_activity_type_follow_up"


class CareOrder(models.Model):
    """What time alone brings about: reminders to clients, activities for the staff.

    Nothing is decided here: an unclaimed creation is never forfeited by itself (care-rules.md, 9).
    """

    _inherit = "care.order"

    @api.model
    def _cron_follow_up(self):
        """Call to mind estimates about to expire, late orders and unclaimed creations, daily."""
        self._remind_of_estimates()
        self._ask_for_estimates()
        self._follow_late_orders()
        self._follow_unclaimed_creations()

    @api.model
    def _remind_of_estimates(self):
        """Tell clients, once per version, that their estimate is about to expire."""
        # The job's own day may be the next one, or the one before, at the boutique.
        latest = fields.Date.today() + timedelta(days=REMINDER_DAYS + 1)
        sent = self.env["care.estimate"].search(
            [("state", "=", "sent"), ("date_valid_until", "<=", latest)]
        )
        versions = {
            estimate.order_id: estimate.version
            for estimate in sent
            if 0 <= estimate._get_days_left() <= REMINDER_DAYS
        }
        orders = self.browse([order.id for order in versions])
        self.env["care.order.message"]._queue(orders, "estimate_reminder", versions)

    @api.model
    def _ask_for_estimates(self):
        """Ask the advisor for estimates of creations that were examined and wait for one."""
        examined = self.search(
            [("state", "=", "received"), ("is_diagnosed", "=", True), ("hold_reason", "=", False)]
        )
        waiting = examined.filtered(
            lambda order: (
                order._needs_approval() or "to_estimate" in order.line_ids.mapped("price_origin")
            )
        )
        waiting._schedule_once(_lt("An estimate is to be made"), fields.Date.context_today(self))

    @api.model
    def _follow_late_orders(self):
        """Tell clients once that the promised day passed, and the advisor that it is near."""
        # The job's own day may be the next one, or the one before, at the boutique.
        latest = fields.Date.today() + timedelta(days=2)
        domain = [("state", "in", list(PLANNED_STATES)), ("date_promised", "<=", latest)]
        days = {
            order: order.date_promised - order._get_local_today() for order in self.search(domain)
        }
        late = self.browse([order.id for order, left in days.items() if left.days < 0])
        self.env["care.order.message"]._queue(late, "delayed")
        soon = self.browse([order.id for order, left in days.items() if left.days <= 1])
        soon._schedule_once(PROMISE_AT_RISK, fields.Date.today())

    def _get_local_today(self):
        """Return the day that it is at the order's boutique."""
        self.ensure_one()
        zone = self.location_id.partner_id.tz or self.company_id.partner_id.tz or "UTC"
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), fields.Datetime.now()
        ).date()

    @api.model
    def _follow_unclaimed_creations(self):
        """Write again to clients who leave a ready creation, each time the company's days pass."""
        now = fields.Datetime.now()
        due = defaultdict(dict)
        for order in self.search([("state", "=", "ready"), ("date_ready", "!=", False)]):
            days = order.company_id.care_unclaimed_days
            times = (now - order.date_ready).days // days if days > 0 else 0
            if times:
                due[times][order] = times
        for occurrences in due.values():
            orders = self.browse([order.id for order in occurrences])
            self.env["care.order.message"]._queue(orders, "unclaimed", occurrences)
            orders._schedule_once(_lt("The creation is not claimed"), now.date())

    def _schedule_once(self, summary, day=None, activity_type=ACTIVITY, note=""):
        """Schedule an activity for who looks after each order, unless the same one is open.

        It is in the language of who is asked, whoever or whatever asks.

        :param summary: what is to be looked at, to be translated: a ``LazyGettext``
        :param datetime.date day: until when, if not as the type says
        :param str activity_type: the external id of another type than the follow-up's
        :param str note: what else there is to say
        """
        for order in self:
            watcher = order._get_watcher()
            lang = watcher.lang or order.company_id.partner_id.lang
            asked = order.with_context(lang=lang) if lang else order
            text = asked.env._(summary)
            if text not in asked.activity_ids.mapped("summary"):
                asked.activity_schedule(
                    activity_type,
                    date_deadline=day,
                    summary=text,
                    note=note,
                    user_id=watcher.id,
                )

    def _unschedule(self, summary):
        """Take away one thing that the staff was asked to look at: it has been seen to.

        :param summary: as it was given to be scheduled
        """
        self.sudo().activity_ids.filtered(
            lambda activity: (
                activity.summary == activity.with_context(lang=activity.user_id.lang).env._(summary)
            )
        ).unlink()

    def _get_watcher(self):
        """Return who looks after the order: the advisor, else one of the boutique, else a manager.

        :return: one ``res.users``; the system's own where the company has nobody
        """
        self.ensure_one()
        order = self.sudo()
        return (
            order.user_id.filtered("active")
            or order.location_id.user_ids.filtered("active")[:1]
            or self._get_deciding_manager(order.company_id, order.location_id)
            or self.env.ref("base.user_root")
        )

    def _settle_follow_up(self):
        """Take away what the staff was asked to do about orders that have moved on since."""
        self.sudo().activity_unlink([ACTIVITY])
