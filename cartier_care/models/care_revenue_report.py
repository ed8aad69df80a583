from odoo import api, fields, models
from odoo.tools import SQL


class CareRevenueReport(models.Model):
    """What the house earned and gave: one row per intervention or part that was carried out.

    Only finished orders count: what was declined, is not feasible or is still at the bench earns
    nothing. A part counts for the intervention that needed it.
    """

    _name = "care.revenue.report"
    _description = "Revenue of Care"
    _inherit = ["care.analysis.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = {
        "account.move": ["move_type"],
        "account.move.line": ["balance", "parent_state", "price_unit", "quantity"],
        "care.creation": ["collection_id", "creation_type"],
        "care.order": [
            "company_id",
            "creation_id",
            "currency_id",
            "date_ready",
            "disposition",
            "invoice_status",
            "location_id",
            "partner_id",
            "state",
            "user_id",
            "workshop_id",
        ],
        "care.order.line": [
            "catalogue_subtotal",
            "category_id",
            "invoice_line_ids",
            "is_counted",
            "line_type",
            "outcome",
            "price_origin",
            "price_subtotal",
            "price_unit",
            "product_id",
            "quantity",
            "service_id",
            "service_line_id",
        ],
        "res.company": ["currency_id"],
    }

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    date = fields.Datetime(string="Ready On", readonly=True)
    creation_id = fields.Many2one("care.creation", readonly=True)
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
    service_id = fields.Many2one("care.service", string="Intervention", readonly=True)
    category_id = fields.Many2one("care.service.category", readonly=True)
    product_id = fields.Many2one("product.product", string="Part", readonly=True)
    line_type = fields.Selection(
        [("service", "Intervention"), ("part", "Part")], string="Kind", readonly=True
    )
    price_origin = fields.Selection(
        selection=lambda self: (
            self.env["care.order.line"]._fields["price_origin"]._description_selection(self.env)
        ),
        string="Origin of the Price",
        readonly=True,
    )
    invoice_status = fields.Selection(
        [("no", "Nothing to invoice"), ("to_invoice", "To invoice"), ("invoiced", "Invoiced")],
        readonly=True,
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount_revenue = fields.Monetary(
        string="Revenue",
        readonly=True,
        help="Without taxes, in the company's currency: as the posted invoice has it in the books, "
        "until then at the rate of the day it was ready.",
    )
    amount_invoiced = fields.Monetary(
        string="Invoiced",
        readonly=True,
        help="Without taxes, as posted invoices and credit notes have it in the books.",
    )
    amount_complimentary = fields.Monetary(
        string="Complimentary, at Catalogue Value",
        readonly=True,
        help="What the catalogue asks, without taxes, for what was complimentary.",
    )
    amount_given = fields.Monetary(
        string="Goodwill and Warranty",
        readonly=True,
        help="What the catalogue asks more, without taxes, than was charged out of goodwill or "
        "under the warranty of the work.",
    )
    first_time_share = fields.Float(
        string="First-Time Share",
        aggregator="avg",
        readonly=True,
        help="Of the services that are complimentary once, how many were it.",
    )

    # ------------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------------
    @property
    def _table_query(self):
        return SQL("SELECT %s FROM %s WHERE %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self):
        """Return the columns of the report.

        Each is an expression of its own, so that the database leaves out those that a question
        does not ask for.
        """
        return SQL(
            """
            l.id,
            l.order_id,
            o.partner_id,
            o.location_id,
            o.workshop_id,
            o.user_id,
            o.company_id,
            company.currency_id,
            o.date_ready AS date,
            o.invoice_status,
            o.creation_id,
            creation.collection_id,
            creation.creation_type,
            COALESCE(l.service_id, owner.service_id) AS service_id,
            COALESCE(l.category_id, owner.category_id) AS category_id,
            CASE WHEN l.line_type = 'part' THEN l.product_id END AS product_id,
            l.line_type,
            l.price_origin,
            l.quantity,
            %(revenue)s AS amount_revenue,
            (SELECT COALESCE(-SUM(item.balance), 0)
               FROM care_order_line_invoice_rel rel
               JOIN account_move_line item ON item.id = rel.invoice_line_id
              WHERE rel.order_line_id = l.id AND item.parent_state = 'posted') AS amount_invoiced,
            CASE WHEN l.price_origin IN ('complimentary', 'first_complimentary')
                 THEN %(catalogue)s ELSE 0 END AS amount_complimentary,
            CASE WHEN l.price_origin IN ('goodwill', 'warranty')
                 THEN %(given)s ELSE 0 END AS amount_given,
            CASE WHEN service.price_policy = 'first_complimentary'
                  AND l.price_origin NOT IN ('included', 'warranty')
                 THEN (l.price_origin = 'first_complimentary')::int END AS first_time_share
            """,
            revenue=self._sql_revenue(),
            catalogue=self._sql_amount(SQL("l.catalogue_subtotal")),
            given=self._sql_amount(SQL("(l.catalogue_subtotal - l.price_subtotal)")),
        )

    @api.model
    def _sql_revenue(self):
        """Return the revenue of a line: what the books have once all of it is invoiced.

        Invoices have a day and a rate of their own, and Odoo spreads over their lines the cents
        that taxes or currencies rounded on the whole leave.

        :rtype: SQL
        """
        return SQL(
            """COALESCE((
                SELECT -SUM(item.balance)
                  FROM care_order_line_invoice_rel rel
                  JOIN account_move_line item ON item.id = rel.invoice_line_id
                  JOIN account_move move ON move.id = item.move_id
                 WHERE rel.order_line_id = l.id AND item.parent_state = 'posted'
                HAVING ABS(
                           SUM(%(sign)s * item.quantity * item.price_unit)
                           - l.quantity * l.price_unit
                       ) <= 0.0001
            ), %(converted)s)""",
            sign=self._sql_sign(),
            converted=self._sql_amount(SQL("l.price_subtotal")),
        )

    @api.model
    def _sql_amount(self, amount):
        """Return an amount of a line in the currency of the company, rounded to it.

        :param SQL amount: an amount in the currency of the order
        :rtype: SQL
        """
        conversion = self._sql_conversion(
            SQL("o.currency_id"), SQL("company"), SQL("o.date_ready::date")
        )
        return SQL("ROUND(%s * %s, own.decimal_places)", amount, conversion)

    @api.model
    def _from(self):
        """Return the tables of the report."""
        return SQL(
            """
            care_order_line l
            JOIN care_order o ON o.id = l.order_id
            JOIN care_creation creation ON creation.id = o.creation_id
            JOIN res_company company ON company.id = o.company_id
            JOIN res_currency own ON own.id = company.currency_id
            LEFT JOIN care_service service ON service.id = l.service_id
            LEFT JOIN care_order_line owner ON owner.id = l.service_line_id
            """
        )

    @api.model
    def _where(self):
        """Return the condition of the report: what was carried out on finished orders."""
        return SQL("%s AND l.outcome = 'done' AND l.is_counted", self._sql_is_finished())
