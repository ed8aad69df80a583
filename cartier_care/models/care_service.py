import math
from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, float_is_zero, formatLang
from odoo.tools.misc import get_lang

#: Why a creation cannot have a service: a sentence for the client, and the ``care.service``
#: proposed instead (an empty recordset when there is none).
CareRefusal = namedtuple("CareRefusal", ["reason", "alternative"])

ADJUSTMENT_DIGITS = 2

#: What an offer reads of every service: fetched with the search, in one query.
OFFER_FIELDS = [
    "code",
    "name",
    "sequence",
    "active",
    "category_id",
    "single_fee",
    "product_id",
    "price_policy",
    "base_price",
    "currency_id",
    "price_is_minimum",
    "adjustment_limit",
    "adjustment_unit",
    "is_limit_negotiable",
    "requires_proof",
    "impossible_alternative_id",
]


def format_number(env, value):
    """Return a number as the reader's locale writes it, without decimals that say nothing.

    :param odoo.api.Environment env: whose language it is
    :param float value: two decimals are enough for sizes, centimetres and percentages
    """
    text = formatLang(env, value, digits=2)
    mark = get_lang(env).decimal_point
    return text.rstrip("0").removesuffix(mark) if mark in text else text


class CareService(models.Model):
    """A service of the catalogue, its conditions and its price policy (care-rules.md, 1 to 5).

    This model is the one home of prices: ``_price_lines_<policy>`` prices every line of a policy,
    ``_get_base_price`` gives the catalogue price in the currency of an order, and
    ``_get_refusals`` says why a creation cannot have the service.
    """

    _name = "care.service"
    _description = "Care Service"
    _inherit = ["care.client.record.mixin", "care.staff.thread.mixin", "mail.thread"]
    _order = "category_sequence, category_id, sequence, code"

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    code = fields.Char(required=True, copy=False, index=True)
    name = fields.Char(required=True, translate=True, tracking=True)
    description = fields.Text(
        translate=True, help="What the service does for the creation, for the client to read."
    )
    conditions = fields.Text(translate=True, help="The limits of the service, for the client.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    category_id = fields.Many2one(
        "care.service.category", required=True, index=True, ondelete="restrict"
    )
    category_sequence = fields.Integer(
        related="category_id.sequence", store=True, string="Category Order"
    )
    # Stored, as the category's order above: forms of orders ask it of each of their services.
    single_fee = fields.Boolean(related="category_id.single_fee", store=True)
    product_id = fields.Many2one(
        "product.product",
        string="Invoiced As",
        required=True,
        ondelete="restrict",
        index=True,
        domain=[("type", "=", "service")],
        help="The service product that carries the income account, the taxes and the pricelist "
        "rules of this service.",
    )
    price_policy = fields.Selection(
        selection=[
            ("complimentary", "Complimentary"),
            ("first_complimentary", "First time complimentary"),
            ("fee", "Fee"),
            ("on_request", "On request"),
        ],
        required=True,
        default="fee",
        tracking=True,
    )
    base_price = fields.Monetary(
        string="Catalogue Price",
        tracking=True,
        help="Means what an Odoo sales price means: it includes taxes only where the taxes of the "
        "product are price-included.",
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    price_is_minimum = fields.Boolean(
        string="Starting Price", help="The price is a minimum, which the staff may raise."
    )
    adjustment_limit = fields.Float(
        digits=(6, ADJUSTMENT_DIGITS), help="The largest change in either direction, inclusive."
    )
    adjustment_unit = fields.Selection([("cm", "Centimeters"), ("size", "Sizes")])
    is_limit_negotiable = fields.Boolean(
        string="Beyond the Limit if Feasible",
        help="A change beyond the limit is saved and waits for a jeweler's word on its "
        "feasibility instead of being refused; it is never complimentary.",
    )
    included_service_ids = fields.Many2many(
        "care.service",
        relation="care_service_included_rel",
        column1="service_id",
        column2="included_id",
        string="Includes",
        help="Services that cost nothing on an order that also carries this one.",
    )
    requires_part = fields.Boolean(
        help="The order can be saved, but not proposed, before a part is added."
    )
    accepts_part = fields.Boolean(help="Parts added to an order belong to this service by default.")
    requires_proof = fields.Boolean(
        help="The client approves a proof first, since the work cannot be undone."
    )
    needs_wear_advice = fields.Boolean(
        string="Subject to Wear Advice",
        help="Past the company's number of polishings a jeweler must recommend it.",
    )
    retires_creation = fields.Boolean(
        string="Replaces the Creation",
        help="At the end a new creation with the same number goes home and the original is "
        "surrendered, with the client's signed consent.",
    )
    requested_detail = fields.Selection(
        selection=[("cord_color", "Color of the cord"), ("clasp_request", "Clasp wanted")],
        help="A wish of the client that must be known when the creation is received.",
    )
    superficial_alternative_id = fields.Many2one(
        "care.service",
        string="Alternative for Light Wear",
        help="Proposed when the wear advice is against this service.",
    )
    impossible_alternative_id = fields.Many2one(
        "care.service",
        string="Alternative when Impossible",
        help="Proposed when the service cannot be carried out on the creation.",
    )
    restriction_ids = fields.One2many(
        "care.service.restriction",
        "service_id",
        string="Restrictions",
        copy=True,
        groups="base.group_user",
    )
    operation_ids = fields.Many2many(
        "care.operation", string="Bench Operations", groups="base.group_user"
    )
    in_boutique = fields.Boolean(
        help="Can be carried out in a boutique by its own staff, without a transfer."
    )
    lead_days = fields.Integer(string="Lead Time (days)", default=7)

    # ------------------------------------------------------------------
    # Constraints and indexes
    # ------------------------------------------------------------------
    _code_unique = models.Constraint(
        "UNIQUE(code)", "Another service has this code already: choose a different one."
    )
    _base_price_positive = models.Constraint(
        "CHECK(base_price >= 0)", "A catalogue price cannot be negative: enter 0 or more."
    )
    _adjustment_limit_positive = models.Constraint(
        "CHECK(adjustment_limit >= 0)",
        "The limit of an adjustment is a distance: enter 0 or more.",
    )

    @api.constrains("price_policy")
    def _check_price_policy(self):
        for service in self:
            if not hasattr(self, f"_price_lines_{service.price_policy}"):
                raise ValidationError(
                    self.env._(
                        "The price policy “%(policy)s” has no pricing method: choose another one "
                        "for %(service)s.",
                        policy=service.price_policy,
                        service=service.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def copy_data(self, default=None):
        """Extend the core method: a duplicate is another service, with a name and code to edit."""
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for service, vals in zip(self, vals_list, strict=True):
            if "code" not in default:
                taken = self.with_context(active_test=False).search_count(
                    [("code", "=like", f"{service.code}\\_copy%")]
                )
                vals["code"] = f"{service.code}_copy{taken + 1 if taken else ''}"
            if "name" not in default:
                vals["name"] = self.env._("%(name)s (copy)", name=service.name)
        return vals_list

    # ------------------------------------------------------------------
    # Catalogue prices
    # ------------------------------------------------------------------
    def _get_base_price(self, order):
        """Return the catalogue price of one service in the currency of an order.

        The pricelist's rule on ``product_id`` wins, else the catalogue price is converted at the
        date of the order (care-rules.md, 1).

        :param order: one ``care.order``, saved or not
        :return: the unit price, unrounded to taxes, in ``order.currency_id``
        :rtype: float
        """
        self.ensure_one()
        return self._get_base_prices(order)[self.id]

    def _get_base_prices(self, order):
        """Return ``{service id: catalogue price}`` for an order, in one pass per pricelist.

        Override it to price a service differently; :meth:`_get_base_price` follows.

        :param order: one ``care.order``; its pricelist, currency, date, company and fiscal
            position are used
        :rtype: dict
        """
        currency = order.currency_id
        company = order.company_id or self.env.company
        date = order.date_order or fields.Datetime.now()
        ruled = self._get_ruled_prices(order, company, date)
        prices = {}
        for service in self:
            if service.id in ruled:
                price = ruled[service.id]
            else:
                price = service.currency_id._convert(
                    service.base_price, currency, company, date, round=False
                )
            product = service.product_id.with_company(company)
            prices[service.id] = order._get_fiscal_price(product, currency.round(price))
        return prices

    def _get_ruled_prices(self, order, company, date):
        """Return ``{service id: price}`` where a rule of the order's pricelist says a price.

        :param order: one ``care.order``
        :param company: its ``res.company``
        :param datetime date: the date of the rules and rates
        :rtype: dict
        """
        pricelist = order.pricelist_id._origin.sudo().with_company(company)
        ruled = {}
        remaining = self if pricelist else self.browse()
        while remaining:
            # Services may share a product; one pass prices one service of each product.
            services = {service.product_id.id: service.id for service in remaining}
            rules = pricelist.with_context(care_services=services)._compute_price_rule(
                remaining.product_id, 1.0, currency=order.currency_id, date=date
            )
            for product_id, service_id in services.items():
                price, rule_id = rules[product_id]
                if rule_id:
                    ruled[service_id] = price
            remaining -= self.browse(services.values())
        return ruled

    # ------------------------------------------------------------------
    # Price policies: one method per value of `price_policy`, found by name
    # ------------------------------------------------------------------
    @api.model
    def _price_lines_complimentary(self, lines):
        """Price lines that are complimentary every time (care-rules.md, 2.3).

        A pricing hook assigns ``price_unit`` (in the currency of the line) and ``price_origin``
        on each line, from the line's ``catalogue_price_unit`` and its neighbours.

        :param lines: ``care.order.line`` records of this policy, of any orders, saved or not
        """
        for line in lines:
            line.price_unit = 0.0
            line.price_origin = "complimentary"

    @api.model
    def _price_lines_first_complimentary(self, lines):
        """Price lines whose first time is complimentary (care-rules.md, 2.3 and 2.5).

        :param lines: see :meth:`_price_lines_complimentary`
        """
        for line in lines:
            if line.is_first_time and not line.is_beyond_limit:
                line.price_unit = 0.0
                line.price_origin = "first_complimentary"
            else:
                line.price_unit = line.catalogue_price_unit
                line.price_origin = "minimum"

    @api.model
    def _price_lines_fee(self, lines):
        """Price lines with a fee, which a single-fee category charges once (care-rules.md, 2.6).

        :param lines: see :meth:`_price_lines_complimentary`
        """
        for line in lines:
            line.price_unit = line.catalogue_price_unit
            line.price_origin = "fee"
        bearers = {}
        for line in lines.filtered(lambda line: line.service_id.single_fee):
            key = (line.order_id, line.service_id.category_id)
            if key not in bearers:
                bearers[key] = line._get_fee_sharers()._get_fee_bearer()
            if bearers[key] and line != bearers[key]:
                line.price_unit = 0.0
                line.price_origin = "included"

    @api.model
    def _price_lines_on_request(self, lines):
        """Leave lines on request without a price until one is written (care-rules.md, 2.7).

        :param lines: see :meth:`_price_lines_complimentary`
        """
        for line in lines:
            line.price_unit = 0.0
            line.price_origin = "to_estimate"

    # ------------------------------------------------------------------
    # Who may have a service
    # ------------------------------------------------------------------
    def _get_refusals(self, creation, values):
        """Return why a creation cannot have this service (care-rules.md, 5).

        Details are checked only when ``values`` holds them, so that an offer can be made before
        the client has said how much or what. Extend it for what a domain cannot say.

        :param creation: one ``care.creation``
        :param dict values: details as on ``care.order.line``: ``adjustment`` (in the unit of the
            service), ``engraving_text``, ``engraving_image``
        :return: the refusals, none when the creation can have the service
        :rtype: list[CareRefusal]
        """
        self.ensure_one()
        values = values or {}
        restrictions = self.env["care.service.restriction"]._get_active_by_service()
        return [
            CareRefusal(reason, self.browse(alternative_id or ()))
            for domain, reason, alternative_id in restrictions.get(self._origin.id, ())
            if creation.filtered_domain(domain)
        ] + [
            *self._get_adjustment_refusals(values),
            *self._get_engraving_refusals(creation, values),
        ]

    def _get_adjustment_refusals(self, values):
        """Return the refusals of a change of size; the limit is inclusive (care-rules.md, 5)."""
        if not self.adjustment_unit or "adjustment" not in values:
            return []
        adjustment = values["adjustment"] or 0.0
        if float_is_zero(adjustment, precision_digits=ADJUSTMENT_DIGITS):
            reason = self.env._("say by how much the size is to change, in more or in less")
            return [CareRefusal(reason, self.browse())]
        if self._is_beyond_limit(adjustment) and not self.is_limit_negotiable:
            reason = self.env._(
                "the change is limited to %(limit)s %(unit)s in either direction",
                limit=format_number(self.env, self.adjustment_limit),
                unit=self._get_adjustment_unit_label(),
            )
            return [CareRefusal(reason, self.impossible_alternative_id)]
        return []

    def _get_engraving_refusals(self, creation, values):
        """Return the refusals of an engraving: it needs something that fits (care-rules.md, 5)."""
        if not self.requires_proof or not {"engraving_text", "engraving_image"} & values.keys():
            return []
        text = (values.get("engraving_text") or "").strip()
        if not text and not values.get("engraving_image"):
            reason = self.env._("give the text or an image of the design to engrave")
            return [CareRefusal(reason, self.browse())]
        if len(text) > creation.engraving_capacity > 0:
            reason = self.env._(
                "the text has %(length)s characters and the creation has space for %(capacity)s",
                length=len(text),
                capacity=creation.engraving_capacity,
            )
            return [CareRefusal(reason, self.browse())]
        return []

    def _is_beyond_limit(self, adjustment):
        """Tell whether a change of size exceeds the limit of the service (care-rules.md, 1)."""
        self.ensure_one()
        return bool(self.adjustment_limit) and (
            float_compare(
                abs(adjustment), self.adjustment_limit, precision_digits=ADJUSTMENT_DIGITS
            )
            > 0
        )

    def _get_adjustment_unit_label(self):
        """Return the unit of the adjustment as people write it."""
        self.ensure_one()
        return self.env._("sizes") if self.adjustment_unit == "size" else self.env._("cm")

    def _format_refusals(self, refusals):
        """Return one sentence that names the service, the reasons and the alternative."""
        self.ensure_one()
        message = self.env._(
            "%(service)s is not possible for this creation: %(reasons)s.",
            service=self.name,
            reasons="; ".join(refusal.reason.rstrip(".") for refusal in refusals),
        )
        alternative = next((r.alternative for r in refusals if r.alternative), None)
        if alternative:
            message += " " + self.env._("We propose instead: %(name)s.", name=alternative.name)
        return message

    # ------------------------------------------------------------------
    # The offer
    # ------------------------------------------------------------------
    @api.model
    def get_offer(self, creation_id, values=None):
        """Tell which services a creation may have, and what each would cost today and why.

        :param int creation_id: a ``care.creation`` that the user may read
        :param dict values: optional details, checked when given: those of ``care.order.line``
            for all services, or ``{service code: details}``; ``partner_id`` and ``company_id``
            choose whose pricelist applies
        :return: one dict per service in the order of the catalogue: ``service_id``, ``code``,
            ``name``, ``category`` (code), ``eligible``, ``reasons`` (list of sentences),
            ``alternative`` (code or False), ``price`` (in the currency), ``currency_id``,
            ``price_origin``, ``price_is_minimum`` and ``price_explanation``
        :rtype: list[dict]
        :raise AccessError: when the user may not read the creation
        :raise UserError: for anything but a creation, or for details that are none
        """
        message = self.env._("Choose the creation whose offer you wish to see.")
        creation_ids = self._clean_ids(creation_id, message)
        if len(creation_ids) != 1:
            raise UserError(message)
        creation = self.env["care.creation"].browse(creation_ids)
        creation.check_access("read")
        creation = creation.sudo()
        values = self._clean_offer_values(values)
        services = self.sudo().search_fetch([], OFFER_FIELDS)
        lines = services._prepare_offer_lines(creation, values)
        return [
            service._prepare_offer_vals(creation, line, values)
            for service, line in zip(services, lines, strict=True)
        ]

    @api.model
    def _clean_offer_values(self, values):
        """Return the details of an offer, each of its kind.

        :param values: what came in, over RPC possibly anything
        :rtype: dict
        :raise UserError: naming what a detail has to be
        """
        if not values:
            return {}
        message = self.env._("Give the details of the services by their names.")
        if not isinstance(values, dict):
            raise UserError(message)
        for name in {"partner_id", "company_id"} & values.keys():
            self._clean_ids(values[name] or [], message)
        for details in [values, *(own for own in values.values() if isinstance(own, dict))]:
            change = details.get("adjustment") or 0.0
            if not isinstance(change, (int, float)) or not math.isfinite(change):
                raise UserError(
                    self.env._("A change of size is a number: enter it in cm or in sizes.")
                )
            if not isinstance(details.get("engraving_text") or "", str):
                raise UserError(self.env._("An engraving is a text: enter what to engrave."))
        return dict(values)

    def _prepare_offer_lines(self, creation, values):
        """Return one unsaved ``care.order.line`` per service, each alone on an unsaved order."""
        company = self.env.company
        partner = creation.partner_id
        # Reading one field of them together reads all of them in one query, not in three.
        (partner | company.partner_id | self.env.user.partner_id).sudo().mapped("lang")
        if not self.env.user.share:
            # Staff may look at the offer for another client, or in another of their companies.
            companies = self.env.companies.filtered(lambda c: c.id == values.get("company_id"))
            company = companies or company
            partner = self.env["res.partner"].browse(values.get("partner_id")) or partner
        template = self.env["care.order"].new(
            {"creation_id": creation.id, "partner_id": partner.id, "company_id": company.id}
        )
        order_vals = {
            "creation_id": creation.id,
            "partner_id": partner.id,
            "company_id": company.id,
            "pricelist_id": template.pricelist_id.id,
            "currency_id": template.currency_id.id,
            "fiscal_position_id": template.fiscal_position_id.id,
            "date_order": fields.Datetime.now(),
        }
        lines = self.env["care.order.line"]
        for service in self:
            order = self.env["care.order"].new(order_vals)
            lines |= self.env["care.order.line"].new(
                {
                    "order_id": order,
                    "line_type": "service",
                    "service_id": service.id,
                    "adjustment": service._get_offer_details(values).get("adjustment") or 0.0,
                }
            )
        return lines

    def _get_offer_details(self, values):
        """Return the details that concern this service among the values of an offer."""
        self.ensure_one()
        own = values.get(self.code)
        return {**values, **own} if isinstance(own, dict) else values

    def _prepare_offer_vals(self, creation, line, values):
        """Return the entry of one service in :meth:`get_offer`."""
        self.ensure_one()
        refusals = self._get_refusals(creation, self._get_offer_details(values))
        alternative = next((r.alternative for r in refusals if r.alternative), self.browse())
        return {
            "service_id": self.id,
            "code": self.code,
            "name": self.name,
            "category": self.category_id.code,
            "eligible": not refusals,
            "reasons": [refusal.reason for refusal in refusals],
            "alternative": alternative.code or False,
            "price": line.price_unit,
            "currency_id": line.currency_id.id,
            "price_origin": line.price_origin,
            "price_is_minimum": line._is_price_minimum(),
            "price_explanation": line.price_explanation,
        }
