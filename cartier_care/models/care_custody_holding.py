from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class CareCustodyHolding(models.Model):
    """What is in the house's hands, and where: one row per creation, at any moment.

    A creation is where its last custody move before that moment brought it; what a house without
    places took in is nowhere, and held all the same. Nothing is stored but the moves, which nobody
    changes, so that a past day always reads the same. The moment is ``care_custody_date`` in the
    context; now by default.
    """

    _name = "care.custody.holding"
    _description = "Creation in the House's Hands"
    _auto = False
    _order = "location_id, date, id"
    _rec_name = "creation_id"
    _depends = {
        "care.custody.move": [
            "order_id",
            "creation_id",
            "company_id",
            "date",
            "reason",
            "user_id",
            "to_location_id",
            "transfer_id",
        ],
        "care.order": [
            "creation_id",
            "reproduction_id",
            "date_done",
            "partner_id",
            "location_id",
            "workshop_id",
            "currency_id",
            "declared_value",
        ],
        "care.location": ["location_type"],
        "res.company": ["currency_id"],
        "res.currency": ["rounding"],
    }

    creation_id = fields.Many2one("care.creation", readonly=True)
    order_id = fields.Many2one("care.order", string="Envelope", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    location_id = fields.Many2one("care.location", string="Place", readonly=True)
    location_type = fields.Selection(
        selection=lambda self: (
            self.env["care.location"]._fields["location_type"]._description_selection(self.env)
        ),
        string="Type of Place",
        readonly=True,
    )
    date = fields.Datetime(string="There Since", readonly=True)
    user_id = fields.Many2one("res.users", string="Brought By", readonly=True)
    transfer_id = fields.Many2one("care.transfer", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    boutique_id = fields.Many2one("care.location", readonly=True)
    workshop_id = fields.Many2one("care.location", readonly=True)
    creation_count = fields.Integer(string="Creations", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    declared_value = fields.Monetary(string="As Declared", readonly=True, aggregator=None)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    company_value = fields.Monetary(
        string="Declared Value",
        currency_field="company_currency_id",
        readonly=True,
        help="In the currency of the company, at the rate of the day that is looked at.",
    )

    @property
    def _table_query(self):
        moment = fields.Datetime.to_datetime(self.env.context.get("care_custody_date"))
        # Only what was not home by then is looked for, each piece by its own last move; a day
        # more than enough is looked at.
        if moment:
            is_held = SQL("date_done IS NULL OR date_done >= %s", moment - timedelta(days=1))
            until = SQL("AND date <= %s", moment)
        else:
            is_held, until = SQL("date_done IS NULL"), SQL()
        return SQL(
            """
                SELECT move.id,
                       move.creation_id,
                       move.order_id,
                       move.company_id,
                       move.to_location_id AS location_id,
                       place.location_type,
                       move.date,
                       move.user_id,
                       move.transfer_id,
                       care_order.partner_id,
                       care_order.location_id AS boutique_id,
                       care_order.workshop_id,
                       1 AS creation_count,
                       care_order.currency_id,
                       care_order.declared_value,
                       company.currency_id AS company_currency_id,
                       care_order.declared_value * COALESCE(rate.rate, 1) AS company_value
                  FROM (
                           SELECT creation_id AS id FROM care_order WHERE %s
                            UNION
                           SELECT reproduction_id FROM care_order WHERE %s
                       ) AS held
                  JOIN LATERAL (
                           SELECT *
                             FROM care_custody_move
                            WHERE creation_id = held.id
                              %s
                         ORDER BY date DESC, id DESC
                            LIMIT 1
                       ) AS move ON TRUE
             LEFT JOIN care_location AS place ON place.id = move.to_location_id
                  JOIN care_order ON care_order.id = move.order_id
                  JOIN res_company AS company ON company.id = move.company_id
             LEFT JOIN (VALUES %s) AS rate(company_id, currency_id, rate)
                    ON rate.company_id = move.company_id
                   AND rate.currency_id = care_order.currency_id
                 WHERE place.id IS NOT NULL OR move.reason IN ('receive', 'make')
            """,
            is_held,
            is_held,
            until,
            SQL(", ").join(self._get_rates(moment)),
        )

    @api.model
    def _get_rates(self, moment):
        """Return the rates into each company's currency on a day, as rows of SQL.

        :param datetime moment: when; today by default
        """
        day = (moment or fields.Datetime.now()).date()
        currencies = self.env["res.currency"].search([("active", "in", (True, False))])
        rows = []
        for company in self.env.companies.sudo():
            rates = currencies._get_rates(company, day)
            own = rates[company.currency_id.id]
            rows += [
                SQL("(%s, %s, %s::numeric)", company.id, currency, own / rate)
                for currency, rate in rates.items()
                if rate
            ]
        return rows

    def action_view_order(self):
        """Open the order whose envelope holds the creation."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_order_action")
        action.update(views=[(False, "form")], res_id=self.order_id.id, context={})
        return action
