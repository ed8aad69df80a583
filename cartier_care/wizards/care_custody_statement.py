from odoo import api, fields, models
from odoo.tools import format_datetime


class CareCustodyStatement(models.TransientModel):
    """Choose the moment, and the places, of which the house's custody is looked at or printed."""

    _name = "care.custody.statement"
    _description = "Custody Statement"

    date = fields.Datetime(
        string="As Of",
        required=True,
        default=fields.Datetime.now,
        help="What was in the house's hands at this moment.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    location_ids = fields.Many2many(
        "care.location",
        string="Places",
        domain="[('company_id', '=', company_id)]",
        help="All places of the company when none is chosen.",
    )

    @api.depends("date")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "In our hands on %s", format_datetime(self.env, statement.date, dt_format="short")
            )

    def _get_domain(self):
        """Return the domain of what the statement is about."""
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id)]
        if self.location_ids:
            domain.append(("location_id", "in", self.location_ids.ids))
        return domain

    def _get_holdings(self):
        """Return what was in the house's hands at the moment, with the rights of the reader.

        :rtype: care.custody.holding
        """
        self.ensure_one()
        holdings = self.env["care.custody.holding"].with_context(care_custody_date=self.date)
        return holdings.search(self._get_domain())

    def action_open(self):
        """Open the creations that were in the house's hands at the moment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cartier_care.care_custody_holding_action"
        )
        action.update(
            name=self.display_name,
            display_name=self.display_name,
            domain=self._get_domain(),
            context={
                "search_default_group_place": 1,
                "care_custody_date": fields.Datetime.to_string(self.date),
            },
        )
        # Of its own kind: the address of the screen says nothing of the moment.
        action.pop("path", None)
        return action

    def action_print(self):
        """Print the statement."""
        self.ensure_one()
        return self.env.ref("cartier_care.action_report_care_custody").report_action(self)
