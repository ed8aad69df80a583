from odoo import fields, models
from odoo.tools import SQL


class CareAnalysisMixin(models.AbstractModel):
    """What the figures of the house share: where work was done, and amounts in one currency.

    An amount of an order is converted to the currency of its company, at the rate of the day that
    the figure is about, as accounting converts an invoice of that day.
    """

    _name = "care.analysis.mixin"
    _description = "Figures of Care"

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    order_id = fields.Many2one("care.order", string="Care Order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    location_id = fields.Many2one("care.location", string="Boutique", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    # ------------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------------
    def _sql_rate(self, currency, company, date):
        """Return the rate of a currency for a company on a day, as Odoo's rates answer it.

        :param SQL currency: the id of the currency
        :param SQL company: the alias of ``res_company``
        :param SQL date: the day
        :rtype: SQL
        """
        return SQL(
            """COALESCE(
                (SELECT rate FROM res_currency_rate r
                  WHERE r.currency_id = %(currency)s AND r.name <= %(date)s
                    AND (r.company_id IS NULL OR r.company_id = %(root)s)
                  ORDER BY r.company_id, r.name DESC LIMIT 1),
                (SELECT rate FROM res_currency_rate r
                  WHERE r.currency_id = %(currency)s
                    AND (r.company_id IS NULL OR r.company_id = %(root)s)
                  ORDER BY r.company_id, r.name LIMIT 1),
                1.0)""",
            currency=currency,
            date=date,
            root=SQL("split_part(%s.parent_path, '/', 1)::int", company),
        )

    def _sql_conversion(self, currency, company, date):
        """Return the factor that makes an amount one in the currency of a company.

        Rates are read only where the currencies differ.

        :param SQL currency: the id of the currency of the amount
        :param SQL company: the alias of ``res_company``
        :param SQL date: the day of the rate
        :rtype: SQL
        """
        own = SQL("%s.currency_id", company)
        return SQL(
            "(CASE WHEN %(currency)s = %(own)s THEN 1.0 ELSE %(to)s / NULLIF(%(from_)s, 0) END)",
            currency=currency,
            own=own,
            to=self._sql_rate(own, company, date),
            from_=self._sql_rate(currency, company, date),
        )

    def _sql_local_date(self, moment, *partners):
        """Return the day of a moment where it happened.

        :param SQL moment: a timestamp in UTC
        :param SQL partners: aliases of ``res_partner`` whose time zone counts, the nearest first
        :rtype: SQL
        """
        zones = SQL(", ").join(SQL("%s.tz", partner) for partner in partners)
        return SQL(
            "(%(moment)s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(%(zones)s, 'UTC'))::date",
            moment=moment,
            zones=zones,
        )

    def _sql_sign(self):
        """Return the sign of the lines of invoice ``move``: a credit note gives back."""
        return SQL("(CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END)")

    def _sql_is_finished(self):
        """Return the condition that the work of order ``o`` is finished, and went home so."""
        return SQL(
            "(o.state = 'ready'"
            " OR (o.state = 'done' AND o.disposition IN ('serviced', 'reproduced')))"
        )
