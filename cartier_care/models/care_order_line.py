from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount

from .care_service import ADJUSTMENT_DIGITS, format_number

#: Origins that nobody may charge for (care-rules.md, 2.1 to 2.3 and 6).
FREE_ORIGINS = ("warranty", "included", "complimentary", "first_complimentary", "not_feasible")

#: Origins of what the house gives: what the catalogue asks for it is worth a figure.
GIVEN_ORIGINS = ("complimentary", "first_complimentary", "warranty", "goodwill")

#: Fields that only the pricing engine, the actions and the invoicing write.
SYSTEM_FIELDS = {
    "catalogue_price_unit",
    "catalogue_subtotal",
    "is_first_time",
    "is_under_warranty",
    "is_beyond_limit",
    "manual_price_unit",
    "price_origin",
    "price_subtotal",
    "price_tax",
    "price_total",
    "tax_ids",
    "uses_first_time",
    "invoice_line_ids",
    "lineage_key",
}

#: What the catalogue, the pricelists and the past say of a line, looked up when prices settle.
LOOKED_UP_FIELDS = ["catalogue_price_unit", "is_first_time", "is_under_warranty", "tax_ids"]

#: What a refusal depends on: changing one of these checks the line again.
DETAIL_FIELDS = {
    "service_id",
    "adjustment",
    "engraving_text",
    "engraving_image",
    "outcome",
}

#: What has a check of its own when it is written, and is no default therefore.
CHECKED_FIELDS = {"price_unit", "is_price_manual", "price_reason", "is_feasible", "outcome"}

#: What a jeweler's word is about: changing one of these takes it back.
CONFIRMED_FIELDS = {"service_id", "adjustment", "engraving_image"}

#: What is agreed with the client: frozen once it is proposed (care-rules.md, 2 and 9).
AGREED_FIELDS = {
    "order_id",
    "line_type",
    "service_id",
    "product_id",
    "service_line_id",
    "quantity",
    "price_unit",
    "is_price_manual",
    "price_reason",
    "adjustment",
    "is_optional",
    "engraving_text",
    "engraving_language",
    "engraving_position",
    "engraving_image",
    "clasp_request",
    "cord_color",
}


#: What makes a line the one that it is.
IDENTITY_FIELDS = {"order_id", "line_type", "service_id"}


class CareOrderLine(models.Model):
    """An intervention on a creation, or a part that one needs, and its price.

    Pricing has two steps. ``_compute_catalogue_price`` looks things up (catalogue, pricelist,
    rates, first times, warranty) and stands still once the order has left *received*.
    ``_compute_price`` only combines what is stored, by the precedence of care-rules.md, 2; it
    can therefore follow the client's choice of optional lines at any time without a look-up.
    """

    _name = "care.order.line"
    _description = "Care Order Line"
    _inherit = ["care.client.record.mixin", "analytic.mixin"]
    _order = "order_id, sequence, id"
    _check_company_auto = True

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    order_id = fields.Many2one(
        "care.order", required=True, ondelete="cascade", index=True, copy=False
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, index=True)
    state = fields.Selection(related="order_id.state")
    creation_id = fields.Many2one(related="order_id.creation_id")
    line_type = fields.Selection(
        [("service", "Intervention"), ("part", "Part")], required=True, default="service"
    )
    service_id = fields.Many2one(
        "care.service", string="Intervention", index=True, ondelete="restrict"
    )
    category_id = fields.Many2one(related="service_id.category_id", store=True)
    product_id = fields.Many2one(
        "product.product",
        string="Part",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="A component, stone or pearl that is added to the creation.",
    )
    service_line_id = fields.Many2one(
        "care.order.line",
        string="Belongs To",
        compute="_compute_service_line_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="cascade",
        copy=False,
        help="The intervention that needs the part.",
    )
    part_line_ids = fields.One2many("care.order.line", "service_line_id", string="Parts")
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        translate=False,
    )
    quantity = fields.Float(default=1.0, digits="Product Unit")

    # what the client asks for
    adjustment = fields.Float(
        string="Change",
        digits=(6, ADJUSTMENT_DIGITS),
        help="More or less, in the unit of the service: cm, or sizes of the house's scale.",
    )
    adjustment_unit = fields.Selection(related="service_id.adjustment_unit")
    requires_proof = fields.Boolean(related="service_id.requires_proof")
    requested_detail = fields.Selection(related="service_id.requested_detail")
    price_policy = fields.Selection(related="service_id.price_policy")
    is_beyond_limit = fields.Boolean(compute="_compute_is_beyond_limit", store=True)
    engraving_text = fields.Char(size=500)
    engraving_language = fields.Char()
    engraving_position = fields.Char()
    engraving_image = fields.Image(max_width=1920, max_height=1920)
    clasp_request = fields.Char(string="Clasp Wanted")
    cord_color = fields.Char(string="Color of the Cord")
    is_optional = fields.Boolean(string="Optional", help="The client takes it or leaves it.")
    is_recommended = fields.Boolean(help="Recommended by a jeweler after the diagnosis.")
    is_accepted = fields.Boolean(string="Accepted", copy=False)

    # what the bench says
    is_feasible = fields.Boolean(
        string="Confirmed by a Jeweler",
        copy=False,
        help="A jeweler's word: the change is feasible, the design can be engraved, or a "
        "polishing is recommended.",
    )
    outcome = fields.Selection(
        [
            ("todo", "To do"),
            ("done", "Carried out"),
            ("not_feasible", "Not feasible"),
            ("not_needed", "Nothing to mend"),
            ("declined", "Declined by the client"),
        ],
        default="todo",
        required=True,
        copy=False,
    )
    outcome_note = fields.Char(
        string="Remark", help="For the certificate, such as: metal too thin."
    )
    alternative_service_id = fields.Many2one(
        "care.service",
        string="Alternative",
        compute="_compute_alternative_service_id",
        help="Proposed when the service was found not feasible; added with one click.",
    )
    lineage_key = fields.Char(
        related="order_id.creation_id.lineage_key", store=True, groups="base.group_user"
    )
    uses_first_time = fields.Boolean(
        compute="_compute_uses_first_time", store=True, groups="base.group_user"
    )

    # prices
    catalogue_price_unit = fields.Float(
        string="Catalogue Price",
        compute="_compute_catalogue_price",
        store=True,
        min_display_digits="Product Price",
        groups="base.group_user",
    )
    is_first_time = fields.Boolean(
        compute="_compute_catalogue_price", store=True, groups="base.group_user"
    )
    is_under_warranty = fields.Boolean(
        compute="_compute_catalogue_price", store=True, groups="base.group_user"
    )
    price_unit = fields.Float(
        string="Price",
        compute="_compute_price",
        store=True,
        readonly=False,
        copy=False,
        min_display_digits="Product Price",
    )
    price_origin = fields.Selection(
        [
            ("complimentary", "Complimentary"),
            ("first_complimentary", "Complimentary the first time"),
            ("included", "Included"),
            ("fee", "Fee"),
            ("minimum", "Starting price"),
            ("to_estimate", "To be estimated"),
            ("estimate", "Estimate"),
            ("part", "Part"),
            ("manual", "Set by the staff"),
            ("goodwill", "Goodwill"),
            ("warranty", "Warranty"),
            ("not_feasible", "Not feasible"),
        ],
        compute="_compute_price",
        store=True,
    )
    is_price_manual = fields.Boolean(
        string="Manual Price",
        copy=False,
        help="Unmark it to give the price back to the catalogue.",
    )
    manual_price_unit = fields.Float(
        min_display_digits="Product Price", copy=False, groups="base.group_user"
    )
    price_reason = fields.Char(
        string="Reason of the Price",
        copy=False,
        groups="base.group_user",
        help="Why the price differs from the catalogue's. Clients never see it.",
    )
    price_explanation = fields.Char(compute="_compute_price_explanation")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        compute="_compute_tax_ids",
        store=True,
        check_company=True,
        copy=False,
        context={"active_test": False},
        groups="base.group_user",
    )
    price_subtotal = fields.Monetary(compute="_compute_amounts", store=True)
    price_tax = fields.Monetary(compute="_compute_amounts", store=True)
    price_total = fields.Monetary(compute="_compute_amounts", store=True)
    catalogue_subtotal = fields.Monetary(
        string="Catalogue Value",
        compute="_compute_catalogue_subtotal",
        store=True,
        groups="base.group_user",
        help="What the catalogue asks, without taxes, for what the house gives.",
    )
    analytic_distribution = fields.Json(copy=False, groups="cartier_care.group_care_manager")
    analytic_precision = fields.Integer(copy=False, groups="cartier_care.group_care_manager")
    distribution_analytic_account_ids = fields.Many2many(groups="cartier_care.group_care_manager")
    is_counted = fields.Boolean(
        compute="_compute_is_counted",
        store=True,
        help="Part of the totals: mandatory, or optional and accepted, and not set aside.",
    )
    invoice_line_ids = fields.Many2many(
        "account.move.line",
        relation="care_order_line_invoice_rel",
        column1="order_line_id",
        column2="invoice_line_id",
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    # ------------------------------------------------------------------
    # Constraints and indexes
    # ------------------------------------------------------------------
    _service_unique = models.UniqueIndex(
        "(order_id, service_id) WHERE line_type = 'service'",
        "The order carries this service already: change the line that is there.",
    )
    _type_matches = models.Constraint(
        "CHECK((line_type = 'service' AND service_id IS NOT NULL) OR "
        "(line_type = 'part' AND product_id IS NOT NULL))",
        "Choose a service for an intervention, or a product for a part.",
    )
    _price_positive = models.Constraint(
        "CHECK(price_unit >= 0 AND COALESCE(manual_price_unit, 0) >= 0)",
        "No price is negative: enter 0 or more.",
    )
    _service_quantity = models.Constraint(
        "CHECK(line_type != 'service' OR quantity = 1)",
        "An intervention is carried out once: set the quantity on its parts.",
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A quantity must be more than 0: remove the line instead."
    )
    _first_time_idx = models.Index("(lineage_key, service_id) WHERE uses_first_time IS TRUE")

    @api.constrains("service_line_id", "order_id")
    def _check_service_line(self):
        for line in self:
            owner = line.service_line_id
            if owner and (owner.order_id != line.order_id or owner.line_type != "service"):
                raise ValidationError(
                    self.env._(
                        "%(part)s belongs to an intervention of its own order: choose one there.",
                        part=line.name,
                    )
                )

    @api.constrains("line_type", "service_line_id")
    def _check_part_has_service(self):
        for line in self:
            if line.line_type == "part" and not line.service_line_id:
                raise ValidationError(
                    self.env._(
                        "%(part)s is a part: add the intervention that needs it first.",
                        part=line.name,
                    )
                )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("line_type", "order_id.line_ids.service_id", "order_id.line_ids.line_type")
    def _compute_service_line_id(self):
        for line in self:
            if line.line_type != "part":
                line.service_line_id = False
            elif not line.service_line_id or line.service_line_id.order_id != line.order_id:
                line.service_line_id = line._get_default_service_line()

    def _get_default_service_line(self):
        """Return the intervention that a part belongs to when nobody said which."""
        self.ensure_one()
        siblings = self.order_id.line_ids.filtered(
            lambda line: line.line_type == "service" and line.service_id
        )
        return siblings.sorted(
            lambda line: (
                not line.service_id.requires_part,
                not line.service_id.accepts_part,
                line.service_id.sequence,
            )
        )[:1]

    @api.depends("service_id", "product_id", "order_id.partner_id")
    def _compute_name(self):
        for line in self:
            lang = line.order_id.partner_id.lang
            item = line.service_id if line.line_type == "service" else line.product_id
            line.name = item.with_context(lang=lang).name if lang else item.name

    @api.depends("outcome", "service_id", "order_id.line_ids.service_id")
    def _compute_alternative_service_id(self):
        for line in self:
            alternative = line.service_id.impossible_alternative_id
            is_open = line.outcome == "not_feasible"
            proposed = alternative in line.order_id.line_ids.service_id
            line.alternative_service_id = alternative if is_open and not proposed else False

    @api.depends("adjustment", "service_id")
    def _compute_is_beyond_limit(self):
        for line in self:
            service = line.service_id
            line.is_beyond_limit = bool(service.adjustment_unit) and service._is_beyond_limit(
                line.adjustment
            )

    @api.depends(
        "outcome",
        "is_beyond_limit",
        "price_origin",
        "service_id",
        "order_id.state",
        "order_id.disposition",
    )
    def _compute_uses_first_time(self):
        """Tell whether the line used up a first time (care-rules.md, 4)."""
        for line in self:
            order = line.order_id
            line.uses_first_time = (
                line.line_type == "service"
                and line.outcome == "done"
                and line.service_id.price_policy == "first_complimentary"
                and not line.is_beyond_limit
                and line.price_origin != "warranty"
                and (
                    order.state == "ready"
                    or (order.state == "done" and order.disposition in ("serviced", "reproduced"))
                )
            )

    @api.depends(
        "is_optional",
        "is_accepted",
        "outcome",
        "service_line_id.is_optional",
        "service_line_id.is_accepted",
        "service_line_id.outcome",
    )
    def _compute_is_counted(self):
        """A part follows its intervention; what is set aside counts for nothing."""
        for line in self:
            lines = line | line.service_line_id
            line.is_counted = all(
                (not item.is_optional or item.is_accepted)
                and item.outcome not in ("not_needed", "declined")
                for item in lines
            )

    @api.depends(
        "line_type",
        "service_id",
        "product_id",
        "quantity",
        "order_id.creation_id",
        "order_id.pricelist_id",
        "order_id.currency_id",
        "order_id.company_id",
        "order_id.fiscal_position_id",
        "order_id.redo_of_id",
    )
    def _compute_catalogue_price(self):
        """Look up catalogue prices, first times and warranty, in batch.

        Its triggers can be edited in *draft* and *received* only, so that prices stand still
        afterwards; receiving and *Update prices* ask for it anew (care-rules.md, 2).
        """
        services = self.filtered(lambda line: line.line_type == "service")
        used = services.creation_id._get_used_first_times()
        for line in services:
            creation = line.creation_id.sudo()
            line.is_first_time = (
                line.service_id.price_policy == "first_complimentary"
                and bool(creation)
                and line.service_id._origin.id not in used.get(creation.lineage_key, ())
            )
            line.is_under_warranty = (
                line.service_id._origin in line.order_id.sudo().redo_of_id._get_serviced()
            )
        for line in self - services:
            line.is_first_time = False
            line.is_under_warranty = False
        self._look_up_catalogue_prices()

    def _get_looked_up(self):
        """Return ``{line: values of LOOKED_UP_FIELDS}``, to see what settling the prices moves."""
        return {line: [line[name] for name in LOOKED_UP_FIELDS] for line in self}

    def _price_at_once(self):
        """Price lines as the catalogue is when they are edited, not when they are next read.

        A later change of the catalogue touches no order by itself (care-rules.md, 2), also within
        one transaction.
        """
        self._get_looked_up()
        self.mapped("price_unit")

    def _look_up_catalogue_prices(self):
        """Set ``catalogue_price_unit`` in the currency of each order, one look-up per group."""
        groups = defaultdict(lambda: self.browse())
        for line in self:
            order = line.order_id
            key = (
                order.pricelist_id._origin.id,
                order.currency_id.id,
                order.company_id.id,
                order.fiscal_position_id._origin.id,
                order.date_order,
            )
            groups[key] |= line
        for lines in groups.values():
            order = lines[:1].order_id
            prices = lines.service_id._origin._get_base_prices(order)
            parts = lines._get_part_prices(order)
            for line in lines:
                if line.line_type == "part":
                    line.catalogue_price_unit = parts.get((line.product_id.id, line.quantity), 0.0)
                else:
                    line.catalogue_price_unit = prices.get(line.service_id._origin.id, 0.0)

    def _get_part_prices(self, order):
        """Return ``{(product id, quantity): unit price}`` of parts, through the pricelist.

        The price is that of Odoo's sales, in the currency of ``order`` (care-rules.md, 2.8).
        """
        company = order.company_id or self.env.company
        pricelist = order.pricelist_id._origin.sudo().with_company(company)
        prices = {}
        by_quantity = defaultdict(lambda: self.env["product.product"])
        for line in self.filtered(lambda line: line.line_type == "part"):
            by_quantity[line.quantity] |= line.product_id._origin
        for quantity, products in by_quantity.items():
            products = products.sudo().with_company(company)
            found = pricelist._get_products_price(
                products, quantity, currency=order.currency_id, date=order.date_order or None
            )
            for product in products:
                prices[product.id, quantity] = order._get_fiscal_price(
                    product, order.currency_id.round(found[product.id])
                )
        return prices

    # The details are here for the policies of extensions: one may price by what is engraved.
    @api.depends(
        "adjustment",
        "engraving_text",
        "quantity",
        "catalogue_price_unit",
        "is_first_time",
        "is_under_warranty",
        "is_beyond_limit",
        "is_price_manual",
        "manual_price_unit",
        "outcome",
        "is_counted",
        "service_line_id.outcome",
        "service_line_id.is_under_warranty",
        "order_id.line_ids.service_id",
        "order_id.line_ids.catalogue_price_unit",
        "order_id.line_ids.is_under_warranty",
        "order_id.line_ids.is_price_manual",
        "order_id.line_ids.manual_price_unit",
        "order_id.line_ids.outcome",
        "order_id.line_ids.is_counted",
    )
    def _compute_price(self):
        """Price lines by the precedence of care-rules.md, 2: the first match wins."""
        by_policy = defaultdict(lambda: self.env["care.order.line"])
        for line in self:
            origin = line._get_precedent_origin()
            if origin:
                line.price_unit = 0.0
                line.price_origin = origin
            elif line.line_type == "part":
                line.price_unit = line.catalogue_price_unit
                line.price_origin = "part"
            else:
                by_policy[line.service_id.price_policy] |= line
        for policy, lines in by_policy.items():
            if policy:
                getattr(self.env["care.service"], f"_price_lines_{policy}")(lines)
        for line in self.filtered("is_price_manual"):
            line._apply_manual_price()

    def _get_precedent_origin(self):
        """Return the origin that comes before any policy, or False (care-rules.md, 2.1 and 2.2)."""
        self.ensure_one()
        lines = self | self.service_line_id
        if any(line.outcome == "not_feasible" for line in lines):
            return "not_feasible"
        if any(line.outcome in ("not_needed", "declined") for line in lines):
            return "included"
        if self.line_type == "part":
            covered = self.service_line_id.is_under_warranty and not self.is_price_manual
            return "warranty" if covered else False
        if self.is_under_warranty:
            return "warranty"
        return "included" if self._get_including_line() else False

    def _get_including_line(self):
        """Return the line whose service includes this one's (care-rules.md, 2.2)."""
        self.ensure_one()
        return self.order_id.line_ids.filtered(
            lambda line: (
                line != self
                and line.is_counted
                and line.outcome != "not_feasible"
                and self.service_id._origin in line.service_id._origin.included_service_ids
            )
        )[:1]

    def _get_fee_sharers(self):
        """Return the lines of the order that share the fee of this line's category."""
        self.ensure_one()
        return (self.order_id.line_ids | self).filtered(
            lambda line: (
                line.line_type == "service"
                and line.price_policy == "fee"
                and line.service_id.category_id == self.service_id.category_id
                and not line._get_precedent_origin()
            )
        )

    def _get_fee_bearer(self):
        """Return the line that bears the fee of a single-fee category (care-rules.md, 2.6).

        A line with a manual price (the dearest), else the dearest mandatory line, else the
        dearest accepted optional one; equals by sequence of the service, then code. An optional
        line that nobody has taken yet bears nothing.
        """
        counted = self.filtered("is_counted")
        return counted.sorted(
            lambda line: (
                not line.is_price_manual,
                line.is_optional and not line.is_price_manual,
                -(line.manual_price_unit if line.is_price_manual else line.catalogue_price_unit),
                line.service_id.sequence,
                line.service_id.code or "",
            )
        )[:1]

    def _apply_manual_price(self):
        """Apply the price that the staff wrote, where one may be (care-rules.md, 2.4)."""
        self.ensure_one()
        if self.price_origin in FREE_ORIGINS:
            return
        comparison = self.currency_id.compare_amounts(
            self.manual_price_unit, self.catalogue_price_unit
        )
        self.price_unit = self.manual_price_unit
        if self.price_policy == "on_request" and self.line_type == "service":
            self.price_origin = "estimate"
        elif comparison:
            self.price_origin = "manual" if comparison > 0 else "goodwill"

    @api.depends(
        "line_type",
        "service_id",
        "product_id",
        "order_id.fiscal_position_id",
        "order_id.company_id",
    )
    def _compute_tax_ids(self):
        mapped_taxes = {}
        lines_by_taxes = defaultdict(self.browse)
        for line in self:
            company = line.order_id.company_id or self.env.company
            item = line.service_id if line.line_type == "service" else line
            product = item.product_id._origin.sudo()
            position = line.order_id.fiscal_position_id
            key = (product.id, company.id, position._origin.id)
            if key not in mapped_taxes:
                taxes = product.taxes_id._filter_taxes_by_company(company)
                mapped_taxes[key] = position.map_tax(taxes)
            lines_by_taxes[mapped_taxes[key]] |= line
        # One assignment per set of taxes: a relation is written at once for all its lines.
        for taxes, lines in lines_by_taxes.items():
            lines.tax_ids = taxes

    def _get_charged_taxes(self):
        """Return the taxes that apply: on what costs nothing, a fixed tax would cost something."""
        self.ensure_one()
        taxes = self.tax_ids.sudo()
        return taxes if self.price_unit else taxes.filtered(lambda tax: tax.amount_type != "fixed")

    @api.depends("price_unit", "quantity", "tax_ids", "currency_id", "order_id.partner_id")
    def _compute_amounts(self):
        AccountTax = self.env["account.tax"]
        charged = self.filtered("price_unit")
        for line in self - charged:
            line.price_subtotal = line.price_tax = line.price_total = 0.0
        for line in charged:
            company = line.order_id.company_id or self.env.company
            base_line = line._prepare_base_line_for_taxes_computation()
            AccountTax._add_tax_details_in_base_line(base_line, company)
            AccountTax._round_base_lines_tax_details([base_line], company)
            details = base_line["tax_details"]
            line.price_subtotal = details["total_excluded_currency"]
            line.price_total = details["total_included_currency"]
            line.price_tax = line.price_total - line.price_subtotal

    @api.depends("catalogue_price_unit", "price_origin", "quantity", "tax_ids", "currency_id")
    def _compute_catalogue_subtotal(self):
        AccountTax = self.env["account.tax"]
        for line in self:
            price = line.catalogue_price_unit if line.price_origin in GIVEN_ORIGINS else 0.0
            line.catalogue_subtotal = price * line.quantity
            if price and any(line.tax_ids.sudo().mapped("price_include")):
                base_line = line._prepare_base_line_for_taxes_computation(
                    price_unit=price, tax_ids=line.tax_ids.sudo()
                )
                AccountTax._add_tax_details_in_base_line(
                    base_line, line.order_id.company_id or self.env.company
                )
                line.catalogue_subtotal = base_line["tax_details"]["raw_total_excluded_currency"]

    def _prepare_base_line_for_taxes_computation(self, **kwargs):
        """Return the line as a base line of Odoo's tax engine."""
        self.ensure_one()
        item = self.service_id if self.line_type == "service" else self
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            self,
            **{
                "product_id": item.product_id.sudo(),
                "tax_ids": self._get_charged_taxes(),
                "quantity": self.quantity,
                "partner_id": self.order_id.partner_id,
                "currency_id": self.order_id.currency_id or self.env.company.currency_id,
                # Totals know nothing of it, and not everybody who sees them may.
                "analytic_distribution": None,
                **kwargs,
            },
        )

    @api.depends(
        "price_origin", "service_id", "price_unit", "order_id.redo_of_id", "outcome", "is_optional"
    )
    @api.depends_context("lang")
    def _compute_price_explanation(self):
        for line in self:
            line.price_explanation = line._get_price_explanation()

    def _get_price_explanation(self):
        """Return, in the reader's language, why the line costs what it costs (care-rules.md, 2)."""
        self.ensure_one()
        service = self.service_id
        if self.price_origin == "included":
            return self._get_inclusion_explanation()
        if self.price_origin == "minimum":
            price = format_amount(self.env, self.catalogue_price_unit, self.currency_id)
            if self.is_beyond_limit:
                return self.env._(
                    "A change of more than %(limit)s sizes starts at %(price)s.",
                    limit=format_number(self.env, service.adjustment_limit),
                    price=price,
                )
            return self.env._(
                "Complimentary once; this creation has had it, and further times start at "
                "%(price)s.",
                price=price,
            )
        if self.price_origin == "warranty":
            return self.env._(
                "Under the warranty of our work: done again after %(order)s.",
                order=self.sudo().order_id.redo_of_id.name,
            )
        if self.price_origin == "fee":
            if service.single_fee:
                return self.env._("One fee covers every care intervention of this order.")
            return self.env._("The price of the catalogue.")
        return {
            "complimentary": self.env._("Complimentary, every time."),
            "first_complimentary": self.env._("Complimentary, the first time for this creation."),
            "to_estimate": self.env._(
                "Estimated by our jewelers once they have seen the creation."
            ),
            "estimate": self.env._("Estimated by our jewelers for this creation."),
            "part": self.env._("Comes in addition to the intervention."),
            "manual": self.env._("Set for what this creation needs."),
            "goodwill": self.env._("A courtesy of the house."),
            "not_feasible": self.env._("Found not feasible by our jewelers: nothing is charged."),
        }.get(self.price_origin, "")

    def _get_inclusion_explanation(self):
        """Return why an included line costs nothing."""
        if self.outcome == "not_needed":
            return self.env._("Examined: nothing to mend.")
        if self.outcome == "declined":
            return self.env._("Left out at your wish.")
        including = self._get_including_line()
        if including:
            return self.env._("Included in: %(service)s.", service=including.service_id.name)
        return self.env._("Included in the care fee.")

    def _is_price_minimum(self):
        """Tell whether the price is announced with *from*: a minimum or a fee plus parts."""
        self.ensure_one()
        return self.price_origin == "minimum" or (
            self.price_origin == "fee" and self.service_id.price_is_minimum
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        self._check_system_fields({key for vals in vals_list for key in vals})
        self._check_access_of_details(vals_list)
        recorded = self._get_recorded_lines(vals_list)
        fresh = [
            dict(vals)
            for vals in vals_list
            if (vals.get("order_id"), vals.get("service_id")) not in recorded
        ]
        typed = [self._pop_typed_price(vals) for vals in fresh]
        orders = self.env["care.order"].browse(
            {vals["order_id"] for vals in fresh if vals.get("order_id")}
        )
        with orders._keeping_agreed_totals(may_change_lines=self._is_care_only(fresh)):
            created = super().create(fresh)
            created._set_typed_prices(typed)
        created._price_at_once()
        created._check_refusals()
        created._give_own_verdict()
        orders._after_line_change()
        return self._merge_recorded_lines(vals_list, created, recorded)

    @api.model
    def _is_care_only(self, vals_list):
        """Tell whether new lines are all care that the single fee covers (care-rules.md, 6)."""
        services = self.env["care.service"].browse(
            {vals["service_id"] for vals in vals_list if vals.get("service_id")}
        )
        return all(vals.get("service_id") for vals in vals_list) and all(
            service.single_fee for service in services
        )

    @api.model
    def _merge_recorded_lines(self, vals_list, created, recorded):
        """Return one line per entry of ``vals_list``: a new one, or the record it takes over."""
        lines = self.browse()
        created = iter(created)
        for vals in vals_list:
            line = recorded.get((vals.get("order_id"), vals.get("service_id")))
            if line:
                # The diagnosis recorded that there was nothing to mend: now there is.
                asked = {key: vals[key] for key in vals if key not in IDENTITY_FIELDS}
                line.write({"sequence": 10, **asked, "outcome": "todo"})
            lines |= line or next(created)
        return lines

    def write(self, vals):
        self._check_system_fields(set(vals))
        vals = dict(vals)
        typed = self._pop_typed_price(vals)
        if vals.keys() & {"service_id", "product_id"}:
            # A price was written for what the line was: it does not follow to something else.
            typed = typed or {"is_price_manual": False}
        self._check_access_of_details([vals])
        if CONFIRMED_FIELDS & vals.keys() and "is_feasible" not in vals:
            # The jeweler's word was for what was asked then.
            vals["is_feasible"] = False
        changes_prices = bool(AGREED_FIELDS & (vals.keys() | typed.keys()))
        # Until the estimate is answered the client may take and leave what is optional.
        is_answer = vals.keys() == {"is_accepted"} and not typed
        orders = self.order_id.filtered(lambda o: not (is_answer and o.state == "estimated"))
        with orders._keeping_agreed_totals(may_change_lines=not changes_prices):
            result = super().write(vals)
            if typed:
                self._set_typed_prices([typed] * len(self))
            elif "price_reason" in vals:
                self.filtered(lambda line: line.price_origin == "goodwill")._check_manual_prices()
        if changes_prices:
            self._price_at_once()
        if DETAIL_FIELDS & vals.keys():
            self._check_refusals()
            self._give_own_verdict()
        if (AGREED_FIELDS | {"outcome", "is_accepted", "is_feasible"}) & (
            vals.keys() | typed.keys()
        ):
            self.order_id._after_line_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self.order_id._check_lines_editable()
        if self.filtered(lambda line: line.sudo().invoice_line_ids):
            raise UserError(
                self.env._("What is invoiced cannot be removed: decline it on the order instead.")
            )

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders.exists()._after_line_change()
        return result

    def _write_by_system(self, vals):
        """Write what the actions decide; the callers have checked rights and state."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _create_by_system(self, vals_list):
        """Create lines that record a verdict rather than ask for work."""
        return super().create(vals_list)  # pylint: disable=super-method-mismatch

    @api.model
    def _get_kept_fields(self):
        """Extend: neither prices nor the jeweler's words are given by default."""
        return super()._get_kept_fields() | SYSTEM_FIELDS | CHECKED_FIELDS

    def _check_system_fields(self, names):
        """Refuse direct writes of what only the engine and the actions decide.

        :raise AccessError: when a user, rather than the system, writes such a field
        """
        if not self.env.su and (forbidden := SYSTEM_FIELDS & names):
            raise AccessError(
                self.env._(
                    "%(fields)s cannot be written: prices follow the catalogue, write the price "
                    "itself to set one by hand.",
                    fields=", ".join(sorted(forbidden)),
                )
            )

    def _check_access_of_details(self, vals_list):
        """Refuse the jeweler's word to anybody but jewelers and managers (care-rules.md, 5).

        That something was carried out is said by finishing the work, and by nothing else.

        :raise AccessError: when the role may not say so
        """
        if self.env.su:
            return
        if any(vals.get("outcome") == "done" for vals in vals_list):
            raise AccessError(
                self.env._("Services are carried out by finishing the order: use its button.")
            )
        says = any(
            vals.get("is_feasible") or vals.get("outcome") in ("not_feasible", "not_needed")
            for vals in vals_list
        )
        is_jeweler = self.env.user.has_group("cartier_care.group_care_workshop")
        if says and not is_jeweler:
            raise AccessError(
                self.env._(
                    "Only a jeweler or the care manager says what is feasible: ask the workshop "
                    "for its word."
                )
            )

    @api.model
    def _pop_typed_price(self, vals):
        """Take a price typed by somebody out of ``vals`` and return it as a decision.

        :return: empty when nothing was said; else ``is_price_manual`` (None when it depends on
            whether the price differs) and, where one was typed, ``price_unit``
        :rtype: dict
        """
        typed = {}
        if "is_price_manual" in vals:
            typed["is_price_manual"] = bool(vals.pop("is_price_manual"))
        if "price_unit" in vals:
            price = vals.pop("price_unit")
            if typed.get("is_price_manual") is not False:
                typed.setdefault("is_price_manual", None)
                typed["price_unit"] = price or 0.0
        return typed

    def _set_typed_prices(self, typed_list):
        """Set, check and record the prices that somebody typed (care-rules.md, 3)."""
        changed = self.browse()
        for line, typed in zip(self, typed_list, strict=True):
            if not typed:
                continue
            is_manual = typed["is_price_manual"]
            if is_manual is False:
                if line.is_price_manual:
                    line._write_by_system({"is_price_manual": False, "manual_price_unit": 0.0})
                continue
            price = typed.get("price_unit", line.price_unit)
            if is_manual is None and not line._is_price_typed_over(price):
                continue
            line._check_price_can_be_written(price)
            line._write_by_system({"is_price_manual": True, "manual_price_unit": price})
            changed |= line
        changed._check_manual_prices()
        changed._log_goodwill()

    def _is_price_typed_over(self, price):
        """Tell whether a typed price differs from the one that the line has.

        Writing a price on a line on request is an estimate, even at 0 (care-rules.md, 3).
        """
        self.ensure_one()
        if self.price_origin in ("to_estimate", "estimate"):
            return True
        return bool(self.currency_id.compare_amounts(price, self.price_unit))

    def _check_price_can_be_written(self, price):
        """Refuse to charge for what is free, and negative prices (care-rules.md, 2.3 and 3)."""
        self.ensure_one()
        currency = self.currency_id
        if currency.compare_amounts(price, 0.0) < 0:
            raise ValidationError(self.env._("No price is negative: enter 0 or more."))
        shares_fee = (
            self.price_origin == "included"
            and self.service_id.single_fee
            and not self._get_including_line()
            and self.outcome in ("todo", "done")
        )
        is_manager = self.env.su or self.env.user.has_group("cartier_care.group_care_manager")
        is_manager_part = (
            self.line_type == "part" and self.price_origin == "warranty" and is_manager
        )
        if (
            self.price_origin in FREE_ORIGINS
            and not shares_fee
            and not is_manager_part
            and not currency.is_zero(price)
        ):
            raise UserError(
                self.env._(
                    "%(name)s cannot be charged. %(why)s",
                    name=self.name,
                    why=self._get_price_explanation(),
                )
            )

    def _check_manual_prices(self):
        """Check who may write which price (care-rules.md, 3).

        :raise AccessError: when the price is above or below what the role may set
        :raise UserError: when a goodwill price has no reason
        """
        user = self.env.user
        is_manager = self.env.su or user.has_group("cartier_care.group_care_manager")
        is_jeweler = self.env.su or user.has_group("cartier_care.group_care_workshop")
        for line in self:
            comparison = line.currency_id.compare_amounts(
                line.manual_price_unit, line.catalogue_price_unit
            )
            if line.price_origin in FREE_ORIGINS:
                continue
            if line.line_type == "service" and line.price_policy == "on_request":
                if not is_jeweler:
                    raise AccessError(
                        self.env._(
                            "%(name)s is estimated by a jeweler or the care manager: ask the "
                            "workshop for an estimate.",
                            name=line.name,
                        )
                    )
            elif comparison > 0 and line.line_type == "service" and not line._can_be_raised():
                raise UserError(
                    self.env._(
                        "%(name)s has a firm price of %(price)s, which nobody raises: set it to "
                        "that or give it back to the catalogue.",
                        name=line.name,
                        price=format_amount(self.env, line.catalogue_price_unit, line.currency_id),
                    )
                )
            elif comparison < 0:
                if not is_manager:
                    raise AccessError(
                        self.env._(
                            "A price below the catalogue's %(price)s for %(name)s is the care "
                            "manager's to give: ask the manager.",
                            name=line.name,
                            price=format_amount(
                                self.env, line.catalogue_price_unit, line.currency_id
                            ),
                        )
                    )
                if not (line.price_reason or "").strip():
                    raise UserError(
                        self.env._(
                            "Type the reason of the goodwill price of %(name)s, then save again.",
                            name=line.name,
                        )
                    )

    def _can_be_raised(self):
        """Tell whether the catalogue price is a minimum that the staff may raise."""
        self.ensure_one()
        return self.service_id.price_is_minimum and self.price_policy != "fee"

    def _log_goodwill(self):
        """Keep each goodwill price and its reason on record, where clients never see them."""
        for line in self.filtered(lambda line: line.price_origin == "goodwill"):
            line.order_id.sudo()._message_log(
                body=self.env._(
                    "Goodwill by %(user)s on %(name)s: %(price)s instead of %(catalogue)s. "
                    "Reason: %(reason)s",
                    user=self.env.user.name,
                    name=line.name,
                    price=format_amount(self.env, line.price_unit, line.currency_id),
                    catalogue=format_amount(self.env, line.catalogue_price_unit, line.currency_id),
                    reason=line.price_reason,
                )
            )

    # ------------------------------------------------------------------
    # Refusals and blockers
    # ------------------------------------------------------------------
    @api.model
    def _get_recorded_lines(self, vals_list):
        """Return the records of "nothing to mend" that services now asked for take over.

        :return: ``{(order id, service id): line}``
        :rtype: dict
        :raise ValidationError: when an order asks for the same service twice (care-rules.md, 4)
        """
        wanted = Counter(
            (vals["order_id"], vals["service_id"])
            for vals in vals_list
            if vals.get("order_id") and vals.get("service_id")
        )
        recorded = {}
        twice = self.env["care.service"].browse(
            {service_id for (_order_id, service_id), count in wanted.items() if count > 1}
        )
        for line in self.search(
            [
                ("order_id", "in", [order_id for order_id, _service_id in wanted]),
                ("service_id", "in", [service_id for _order_id, service_id in wanted]),
                ("line_type", "=", "service"),
            ]
        ):
            key = (line.order_id.id, line.service_id.id)
            if key not in wanted:
                continue
            if line.outcome == "not_needed":
                recorded[key] = line
            else:
                twice |= line.service_id
        if twice:
            raise ValidationError(
                self.env._(
                    "The order carries %(services)s already: change the line that is there.",
                    services=", ".join(twice.mapped("name")),
                )
            )
        return recorded

    def _check_refusals(self):
        """Refuse lines that their creation may not have (care-rules.md, 5).

        :raise ValidationError: naming the service, the reason and the alternative
        """
        for line in self:
            if line.line_type != "service" or line.outcome in ("not_needed", "declined"):
                continue
            refusals = line.service_id._get_refusals(line.creation_id, line._get_details())
            if refusals and line.outcome != "not_feasible":
                raise ValidationError(line.service_id._format_refusals(refusals))

    def _get_details(self):
        """Return what the client asked for, as ``care.service._get_refusals`` reads it."""
        self.ensure_one()
        return {
            "adjustment": self.adjustment,
            "engraving_text": self.engraving_text,
            "engraving_image": self.engraving_image,
        }

    def _give_own_verdict(self):
        """Take as feasible what a jeweler adds after the diagnosis, within the limits."""
        if self.env.su or self.env.user.has_group("cartier_care.group_care_workshop"):
            self.filtered(
                lambda line: (
                    line.category_id.needs_verdict
                    and not line.is_beyond_limit
                    and line.order_id.is_diagnosed
                )
            )._write_by_system({"is_feasible": True})

    def _update_measures(self):
        """Carry finished changes of size over to the creations (design: care.creation)."""
        for line in self.filtered(lambda line: line.adjustment_unit and line.adjustment):
            creation = line.order_id.creation_id
            if creation.measure:
                creation.sudo().measure += line.adjustment

    def _is_worked(self):
        """Tell whether the line is work that is to be done or was done."""
        self.ensure_one()
        return self.outcome in ("todo", "done")

    def _needs_jeweler_word(self):
        """Return what a jeweler has to confirm on the line, or an empty text.

        :rtype: str
        """
        self.ensure_one()
        if self.is_feasible or self.line_type != "service" or not self._is_worked():
            return ""
        if self.is_beyond_limit:
            return self.env._("a jeweler must confirm that the change of size is feasible")
        if self.requires_proof and self.sudo().engraving_image:
            return self.env._("a jeweler must confirm that the design can be engraved")
        if self.category_id.needs_verdict and self.order_id.sudo().is_diagnosed:
            return self.env._("a jeweler must say whether it is feasible")
        if self.service_id.needs_wear_advice:
            advice = self.creation_id._get_polishing_advice(self.order_id.company_id)
            if advice:
                alternative = self.service_id.superficial_alternative_id
                if alternative:
                    return self.env._(
                        "%(advice)s: a jeweler must recommend it, or propose %(alternative)s "
                        "when the wear is superficial",
                        advice=advice,
                        alternative=alternative.name,
                    )
                return self.env._("%(advice)s: a jeweler must recommend it", advice=advice)
        return ""

    def _get_blockers(self):
        """Return why the line keeps its order from being proposed, approved or started.

        :return: sentences without the name of the order; none when nothing is missing
        :rtype: list[str]
        """
        self.ensure_one()
        if self.line_type != "service" or not self._is_worked():
            return []
        blockers = []
        # The line itself is named in the language of the client, not of who reads this.
        name = self.service_id.name
        if self.price_origin == "to_estimate":
            blockers.append(
                self.env._("%(name)s has no estimate yet: enter its price", name=name)
                if self.can_price
                else self.env._("%(name)s has no estimate yet: a jeweler gives it", name=name)
            )
        if self.service_id.requires_part and not self.part_line_ids:
            blockers.append(self.env._("%(name)s needs a part: add the stone or pearl", name=name))
        if word := self._needs_jeweler_word():
            blockers.append(self.env._("%(name)s: %(word)s", name=name, word=word))
        return blockers

    # ------------------------------------------------------------------
    # Alternatives
    # ------------------------------------------------------------------
    def action_add_alternative(self):
        """Add the alternative of lines found not feasible as an optional line.

        It is proposed and needs the client's approval (care-rules.md, 5).

        :raise UserError: when a line has no alternative
        """
        self.check_access("write")
        vals_list = []
        for line in self:
            alternative = line.alternative_service_id
            if not alternative:
                raise UserError(self.env._("There is no alternative to %(name)s.", name=line.name))
            vals_list.append(
                {
                    "order_id": line.order_id.id,
                    "service_id": alternative.id,
                    "is_optional": True,
                    "is_recommended": True,
                }
            )
        return self.create(vals_list)

    # ------------------------------------------------------------------
    # Invoicing
    # ------------------------------------------------------------------
    def _prepare_invoice_line(self, **optional_values):
        """Return the values of the invoice line of this line (as Odoo's sales do).

        :param dict optional_values: values that win over the prepared ones
        :rtype: dict
        """
        self.ensure_one()
        item = self.service_id if self.line_type == "service" else self
        values = {
            "display_type": "product",
            "name": self._get_invoice_line_name(),
            "product_id": item.product_id.id,
            "product_uom_id": item.product_id.uom_id.id,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
            "tax_ids": [fields.Command.set(self._get_charged_taxes().ids)],
            "care_line_ids": [fields.Command.link(self.id)],
        }
        if self.analytic_distribution:
            # Else accounting's own models of distribution find one for the invoice line.
            values["analytic_distribution"] = self.analytic_distribution
        return {**values, **optional_values}

    def _get_invoice_line_name(self):
        """Return the text of the invoice line: what was done and why it costs that."""
        self.ensure_one()
        return f"{self.name}\n{self._get_price_explanation()}"

    def _prepare_difference_line(self, amount, **optional_values):
        """Return the values of an invoice line for what a revision changed.

        :param float amount: what is left to bill, negative when it is given back, in the
            currency of the order
        :param dict optional_values: values that win over the prepared ones
        :rtype: dict
        """
        self.ensure_one()
        label = self.env._("%(name)s (revised)", name=self._get_invoice_line_name())
        taxes = self.tax_ids.sudo()
        fixed = taxes.filtered(lambda tax: tax.amount_type == "fixed")
        units = self._get_units_left(amount, fixed)
        if not units:
            # A tax per unit was billed with the unit: a change of the price bears no other one.
            taxes -= fixed
            units = -1.0 if amount < 0 else 1.0
        values = {
            "name": label,
            "quantity": units,
            "price_unit": amount / units,
            "tax_ids": [fields.Command.set(taxes.ids)],
        }
        return self._prepare_invoice_line(**{**values, **optional_values})

    def _get_units_left(self, amount, fixed_taxes):
        """Return how many units are left to bill that bear a fixed tax, negative to give back.

        :param float amount: what is left to bill of the line
        :param fixed_taxes: the ``account.tax`` records of the line that are due per unit
        :rtype: float
        """
        self.ensure_one()
        if not fixed_taxes:
            return 0.0
        _quantity, billed = self._get_billed()[self]
        units = self.quantity if not self.currency_id.is_zero(billed + amount) else 0.0
        for item in self.sudo().invoice_line_ids:
            if item.parent_state != "cancel" and item.tax_ids & fixed_taxes:
                units -= item.quantity * (-1 if item.move_type == "out_refund" else 1)
        return units

    def _get_billed(self):
        """Return what was billed of each line, credit notes deducted and cancelled ones apart.

        :return: ``{line: (quantity, amount)}``, the amount in the currency of the order
        :rtype: dict
        """
        billed = {}
        for line in self:
            quantity = amount = 0.0
            for invoice_line in line.sudo().invoice_line_ids:
                if invoice_line.parent_state == "cancel":
                    continue
                sign = -1 if invoice_line.move_type == "out_refund" else 1
                quantity += sign * invoice_line.quantity
                amount += sign * invoice_line.quantity * invoice_line.price_unit
            billed[line] = (quantity, amount)
        return billed
