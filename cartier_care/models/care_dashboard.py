from collections import defaultdict
from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .care_order import MANAGER


class CareDashboard(models.AbstractModel):
    """The page that a care manager opens first thing: a few figures, each with its list behind it.

    Figures come from the same models and domains as the lists that they open, so that what one
    counts is what the other shows.
    """

    _name = "care.dashboard"
    _description = "Overview of Care"

    # ------------------------------------------------------------------
    # Public
    # ------------------------------------------------------------------
    @api.model
    @api.readonly
    def get_figures(self):
        """Return the figures of the user's companies: today, this month, and what is owed.

        :return: ``{today, currency_id, sections}``; a section is ``{key, title, figures}``, a
            figure ``{key, label, value, type, before, note, noun, action}``: ``type`` is
            ``count``, ``money``, ``days`` or ``share``, ``before`` the value of the month before,
            ``note`` of how many ``noun`` (``order`` or ``invoice``) it is the sum, ``action`` the
            window action that shows what is behind it
        :rtype: dict
        :raise AccessError: to anybody but care managers
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("The overview of the house is for the care manager."))
        return {
            "today": fields.Date.to_string(fields.Date.context_today(self)),
            "currency_id": self.env.company.currency_id.id,
            "sections": [
                self._get_section("today", self.env._("Today"), self._get_today_figures()),
                self._get_section("month", self.env._("This month"), self._get_month_figures()),
                self._get_section("owed", self.env._("To settle"), self._get_owed_figures()),
            ],
        }

    @api.model
    def _get_section(self, key, title, figures):
        """Return one line of the page."""
        return {"key": key, "title": title, "figures": figures}

    # ------------------------------------------------------------------
    # Today
    # ------------------------------------------------------------------
    @api.model
    def _get_today_figures(self):
        """Return what the house holds and what asks for somebody today."""
        return [
            {
                "key": key,
                "label": label,
                "value": self.env["care.order"].search_count(domain),
                "type": "count",
                "action": self._prepare_order_action(label, domain),
            }
            for key, label, domain in self._get_today_domains()
        ]

    @api.model
    def _get_today_domains(self):
        """Return key, label and domain of the figures of today."""
        start, end = self._get_bounds(fields.Date.context_today(self), timedelta(days=1))
        received = Domain("date_received", ">=", start) & Domain("date_received", "<", end)
        return [
            ("received", self.env._("Taken in"), received),
            ("ready", self.env._("Ready"), Domain("state", "=", "ready")),
            ("late", self.env._("Late"), Domain("is_late", "=", True)),
            ("approval", self.env._("Awaiting approval"), Domain("state", "=", "estimated")),
            (
                "hold",
                self.env._("On hold"),
                Domain("hold_reason", "!=", False) & Domain("state", "not in", ("done", "cancel")),
            ),
            ("unclaimed", self.env._("Unclaimed"), Domain("is_unclaimed", "=", True)),
        ]

    # ------------------------------------------------------------------
    # This month
    # ------------------------------------------------------------------
    @api.model
    def _get_month_figures(self):
        """Return what was earned, given and kept this month, next to the month before."""
        today = fields.Date.context_today(self)
        first = today.replace(day=1)
        this = self._get_month_values(first)
        before = self._get_month_values(first - relativedelta(months=1))
        revenue = self._get_month_domain("date", first)
        ready = self._get_month_domain("date_ready", first)
        return [
            {
                "key": key,
                "label": label,
                "value": this[key],
                "before": before[key],
                "type": type_,
                "action": self._prepare_report_action(xmlid, label, domain),
            }
            for key, label, type_, xmlid, domain in (
                (
                    "revenue",
                    self.env._("Revenue"),
                    "money",
                    "cartier_care.care_revenue_report_action",
                    revenue,
                ),
                (
                    "complimentary",
                    self.env._("Complimentary, at catalogue value"),
                    "money",
                    "cartier_care.care_revenue_report_action",
                    revenue & Domain("amount_complimentary", "!=", 0),
                ),
                (
                    "turnaround",
                    self.env._("Turnaround"),
                    "days",
                    "cartier_care.care_order_report_action",
                    ready,
                ),
                (
                    "on_time",
                    self.env._("On time"),
                    "share",
                    "cartier_care.care_order_report_action",
                    ready,
                ),
            )
        ]

    @api.model
    def _get_month_values(self, first):
        """Return the figures of a month.

        :param datetime.date first: its first day
        :rtype: dict
        """
        amounts = self.env["care.revenue.report"]._read_group(
            self._get_month_domain("date", first),
            ["currency_id"],
            ["amount_revenue:sum", "amount_complimentary:sum"],
        )
        [[turnaround, on_time]] = self.env["care.order.report"]._read_group(
            self._get_month_domain("date_ready", first),
            [],
            ["turnaround_days:avg", "on_time_share:avg"],
        )
        return {
            "revenue": self._convert((row[0], row[1]) for row in amounts),
            "complimentary": self._convert((row[0], row[2]) for row in amounts),
            "turnaround": turnaround or False,
            "on_time": False if on_time is None else on_time,
        }

    @api.model
    def _get_month_domain(self, field, first):
        """Return the domain of what is dated in a month, in the time zone of the user.

        :param str field: a moment of the report
        :param datetime.date first: the first day of the month
        :rtype: Domain
        """
        start, end = self._get_bounds(first, relativedelta(months=1))
        return Domain(field, ">=", start) & Domain(field, "<", end)

    # ------------------------------------------------------------------
    # To settle
    # ------------------------------------------------------------------
    @api.model
    def _get_owed_figures(self):
        """Return what is finished and not invoiced, and what is invoiced and not paid.

        Both are the month end's of today: there is one definition of what is owed. So what an
        invoice in draft bills is not invoiced, and no credit note makes less of what is unpaid.
        """
        found = defaultdict(list)
        for kind, currency, amount, count in self.env["care.closing.report"]._read_group(
            [("kind", "in", ("unbilled", "unpaid"))],
            ["kind", "currency_id"],
            ["amount:sum", "__count"],
        ):
            found[kind].append((currency, amount, count))
        not_invoiced, not_paid = self.env._("Finished and not invoiced"), self.env._("Unpaid")
        return [
            {
                "key": key,
                "label": label,
                "value": self._convert((row[0], row[1]) for row in found[kind]),
                "type": "money",
                "note": sum(row[2] for row in found[kind]),
                "noun": noun,
                "action": self._prepare_report_action(
                    "cartier_care.care_closing_report_action", label, Domain("kind", "=", kind)
                ),
            }
            for key, kind, label, noun in (
                ("to_invoice", "unbilled", not_invoiced, "order"),
                ("unpaid", "unpaid", not_paid, "invoice"),
            )
        ]

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    @api.model
    def _convert(self, amounts):
        """Return the sum of amounts in the currency of the user's company, at today's rates.

        :param amounts: pairs of a currency and an amount in it
        :rtype: float
        """
        company = self.env.company
        today = fields.Date.context_today(self)
        return company.currency_id.round(
            sum(
                currency._convert(amount, company.currency_id, company, today)
                for currency, amount in amounts
            )
        )

    @api.model
    def _get_bounds(self, day, length):
        """Return the moments in UTC between which a day of the user begins and a period ends.

        :param datetime.date day: the first day
        :param length: how long the period is
        :rtype: tuple[datetime.datetime]
        """
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        midnight = fields.Datetime.to_datetime(day)
        return tuple(
            zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)
            for moment in (midnight, midnight + length)
        )

    @api.model
    def _prepare_order_action(self, label, domain):
        """Return the window action of the orders behind a figure."""
        return {
            "type": "ir.actions.act_window",
            "name": label,
            "res_model": "care.order",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": self._serialize(domain),
            "context": {"create": False},
        }

    @api.model
    def _prepare_report_action(self, xmlid, label, domain):
        """Return the window action of the report behind a figure."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {
            "type": action["type"],
            "name": label,
            "res_model": action["res_model"],
            "views": action["views"],
            "domain": self._serialize(domain),
            "context": {},
        }

    @api.model
    def _serialize(self, domain):
        """Return a domain as the web client reads it."""
        return [
            (item[0], item[1], fields.Datetime.to_string(item[2]))
            if isinstance(item, (list, tuple)) and hasattr(item[2], "hour")
            else item
            for item in domain
        ]
