from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: The figures of a closing, by kind of the report.
KINDS = ("unbilled", "unpaid", "credit", "down_payment")


class CareClosing(models.TransientModel):
    """What is finished and not invoiced, unpaid, or held as a down payment, as of any day."""

    _name = "care.closing"
    _description = "Month End of Care"

    date = fields.Date(
        string="As Of", required=True, default=lambda self: self._get_last_month_end()
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_unbilled = fields.Monetary(
        string="Finished and not invoiced", compute="_compute_amounts"
    )
    amount_unpaid = fields.Monetary(string="Unpaid", compute="_compute_amounts")
    amount_credit = fields.Monetary(string="Credit notes to settle", compute="_compute_amounts")
    amount_down_payment = fields.Monetary(string="Down payments held", compute="_compute_amounts")
    count_unbilled = fields.Integer(compute="_compute_amounts")
    count_unpaid = fields.Integer(compute="_compute_amounts")
    count_credit = fields.Integer(compute="_compute_amounts")
    count_down_payment = fields.Integer(compute="_compute_amounts")

    # ------------------------------------------------------------------
    # Defaults and computes
    # ------------------------------------------------------------------
    @api.model
    def _get_last_month_end(self):
        """Return the last day of the month before this one."""
        return fields.Date.context_today(self).replace(day=1) - timedelta(days=1)

    @api.depends("date", "company_id")
    def _compute_amounts(self):
        for closing in self:
            found = {
                kind: (amount, count)
                for kind, amount, count in closing._get_report()._read_group(
                    closing._get_domain(), ["kind"], ["amount:sum", "__count"]
                )
            }
            for kind in KINDS:
                amount, count = found.get(kind, (0.0, 0)) if closing.date else (0.0, 0)
                closing[f"amount_{kind}"] = amount
                closing[f"count_{kind}"] = count

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_open(self):
        """Open the list behind the figures, one group for each.

        :return: an action
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cartier_care.care_closing_report_action"
        )
        action["display_name"] = self.env._(
            "Month End as of %(date)s",
            date=self.env["ir.qweb.field.date"].value_to_html(self.date, {}),
        )
        action["domain"] = list(self._get_domain(self.env.context.get("care_closing_kind")))
        action["context"] = {"care_closing_date": fields.Date.to_string(self.date)}
        return action

    def _get_report(self):
        """Return the report as of the day of the closing."""
        self.ensure_one()
        return self.env["care.closing.report"].with_context(
            care_closing_date=fields.Date.to_string(self.date)
        )

    def _get_domain(self, kind=None):
        """Return the domain of what the closing is about.

        :param str kind: one figure only
        :rtype: Domain
        """
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id)
        if kind in KINDS:
            domain &= Domain("kind", "=", kind)
        return domain
