# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Shared base of the tests: a house of its own, its people, its pieces, and the path of an order.

Every name that the documents leave open is written once, here.
"""

import base64
import itertools
import uuid

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.tests.common import BaseCommon

#: A white pixel: the smallest signature and photo.
PIXEL = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5E"
        "rkJggg=="
    )
)

PERSONALIZATION = ("shining", "engraving", "cord_replacement")
ADJUSTMENTS = (
    "necklace_resizing",
    "bracelet_resizing",
    "ring_resizing",
    "earring_clasp_adjustment",
)
CARE = (
    "component_replacement",
    "reshaping",
    "clasp_link_repair",
    "polishing",
    "stone_pearl_replacement",
)
RESTORATION = ("restoration", "pairing", "reproduction")
ALL_SERVICES = PERSONALIZATION + ADJUSTMENTS + CARE + RESTORATION

FEE = 190.0

#: What each service asks for before it can be received, when a test says nothing of it.
LINE_DEFAULTS = {
    "engraving": {"engraving_text": "M & J", "engraving_position": "Inside"},
    "cord_replacement": {"cord_color": "Red"},
    "necklace_resizing": {"adjustment": 2.0},
    "bracelet_resizing": {"adjustment": 1.0},
    "ring_resizing": {"adjustment": 1.0},
    "earring_clasp_adjustment": {"clasp_request": "Screw back"},
}

#: The kind of piece that may have each adjustment.
KIND_OF_ADJUSTMENT = {
    "necklace_resizing": "necklace",
    "bracelet_resizing": "bracelet",
    "ring_resizing": "ring",
    "earring_clasp_adjustment": "earrings",
}

STATES = (
    "draft",
    "received",
    "estimated",
    "approved",
    "in_progress",
    "ready",
    "done",
    "declined",
    "cancel",
)

_numbers = itertools.count(1)


class CareCommon(BaseCommon):
    """A house with two boutiques and a workshop, in a company with a chart of accounts."""

    # ------------------------------------------------------------------
    # Data
    # ------------------------------------------------------------------

    @classmethod
    def setup_independent_company(cls, **kwargs):
        return cls._create_house("Maison of the tests", **kwargs)

    @classmethod
    def _create_house(cls, name, **kwargs):
        """A company with a chart of accounts, whatever else is in the database."""
        values = {
            "name": name,
            "currency_id": cls.env.ref("base.USD").id,
            "country_id": cls.env.ref("base.us").id,
            **kwargs,
        }
        company = cls.env["res.company"].create(values)
        cls.env.user.company_ids = [Command.link(company.id)]
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        company.currency_id = values["currency_id"]
        return company

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        cls.usd = env.ref("base.USD")
        # Nobody's prices but the catalogue's, until a test makes a pricelist.
        env["product.pricelist"].search([]).action_archive()
        cls._untax_catalogue()
        # Sentences are compared in English, also where the database speaks another language.
        env["res.lang"]._activate_lang("en_US")
        cls.client = cls._create_partner(
            name="Ada Client",
            email="ada.client@example.com",
            street="1 Rue Haute",
            lang="en_US",
        )
        cls.other_client = cls._create_partner(
            name="Bea Client",
            email="bea.client@example.com",
            street="2 Rue Basse",
            lang="en_US",
        )
        cls._create_people()
        cls.boutique = cls._create_location("Boutique One", "boutique", cls.advisor)
        cls.boutique_2 = cls._create_location("Boutique Two", "boutique", cls.advisor_2)
        cls.workshop = cls._create_location("Workshop One", "workshop", cls.jeweler)
        cls.workshop_2 = cls._create_location("Workshop Two", "workshop", cls.jeweler_2)
        cls.yellow_gold = env["care.metal"].create(
            {"name": "Yellow gold of the tests", "code": "t_yellow", "is_rhodium_finished": False}
        )
        cls.white_gold = env["care.metal"].create(
            {"name": "White gold of the tests", "code": "t_white", "is_rhodium_finished": True}
        )
        cls.platinum = env["care.metal"].create(
            {"name": "Platinum of the tests", "code": "t_platinum", "is_rhodium_finished": True}
        )
        cls.diamond = env["care.gem"].create(
            {"name": "Diamond of the tests", "code": "t_diamond", "allows_ultrasonic": True}
        )
        cls.emerald = env["care.gem"].create(
            {"name": "Emerald of the tests", "code": "t_emerald", "allows_ultrasonic": False}
        )
        cls.collection = env["care.collection"].create(
            {"name": "Collection of the tests", "code": "t_collection"}
        )
        cls.love = cls._get_collection("LOVE")
        cls.creation_product = env["product.product"].create(
            {"name": "Creation of the tests", "type": "consu", "list_price": 5000.0}
        )
        cls.creation_product.product_tmpl_id.is_creation = True
        cls.component, cls.pearl = env["product.product"].create(
            [
                {
                    "name": "Clasp component",
                    "type": "consu",
                    "list_price": 45.0,
                    "taxes_id": [Command.clear()],
                },
                {
                    "name": "Akoya pearl",
                    "type": "consu",
                    "list_price": 120.0,
                    "taxes_id": [Command.clear()],
                },
            ]
        )

    @classmethod
    def _create_people(cls):
        cls.advisor = cls._create_user("care_t_advisor", "group_care_boutique")
        cls.advisor_2 = cls._create_user("care_t_advisor_2", "group_care_boutique")
        cls.jeweler = cls._create_user("care_t_jeweler", "group_care_workshop")
        cls.jeweler_2 = cls._create_user("care_t_jeweler_2", "group_care_workshop")
        cls.manager = cls._create_user("care_t_manager", "group_care_manager")
        cls.accountant = new_test_user(
            cls.env,
            login="care_t_accountant",
            groups="base.group_user,account.group_account_invoice",
            company_id=cls.company.id,
        )
        cls.portal_client = new_test_user(
            cls.env,
            login="care_t_client",
            groups="base.group_portal",
            name=cls.client.name,
            email=cls.client.email,
            partner_id=cls.client.id,
            company_id=cls.company.id,
        )
        cls.portal_other = new_test_user(
            cls.env,
            login="care_t_other_client",
            groups="base.group_portal",
            name=cls.other_client.name,
            email=cls.other_client.email,
            partner_id=cls.other_client.id,
            company_id=cls.company.id,
        )

    @classmethod
    def _create_user(cls, login, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login=login,
            name=login.replace("care_t_", "").replace("_", " ").title(),
            groups=f"base.group_user,cartier_care.{group}",
            company_id=company.id,
        )

    @classmethod
    def _create_location(cls, name, location_type, users, company=None):
        company = company or cls.company
        return cls.env["care.location"].create(
            {
                "name": name,
                "location_type": location_type,
                "company_id": company.id,
                "user_ids": [Command.set(users.ids)],
            }
        )

    @classmethod
    def _get_collection(cls, name):
        """A collection of the catalogue's own data that a rule speaks of."""
        return cls.env["care.collection"].search([("name", "=ilike", name)], limit=1)

    @classmethod
    def _service(cls, code):
        return cls.env.ref(f"cartier_care.care_service_{code}")

    @classmethod
    def _services(cls, *codes):
        services = cls.env["care.service"]
        for code in codes:
            services |= cls._service(code)
        return services

    @classmethod
    def _untax_catalogue(cls):
        """No test but those of money looks at taxes: prices are then what one reads."""
        cls._services(*ALL_SERVICES).product_id.taxes_id = [Command.clear()]

    @classmethod
    def _serial(cls):
        return f"T{next(_numbers):05d}{uuid.uuid4().hex[:6].upper()}"

    @classmethod
    def _creation(cls, creation_type="ring", **values):
        """A piece that may have every service of its kind, unless `values` say otherwise."""
        defaults = {
            "product_id": cls.creation_product.id,
            "serial_number": cls._serial(),
            "partner_id": cls.client.id,
            "creation_type": creation_type,
            "collection_id": cls.collection.id,
            "metal_ids": [Command.set(cls.yellow_gold.ids)],
            "gem_ids": [Command.clear()],
            "is_paved": False,
            "is_bangle": False,
            "has_silk_cord": creation_type == "bracelet",
            "part_count": 2 if creation_type in ("earrings", "cufflinks") else 1,
            "is_resizable": True,
            "engraving_capacity": 20,
        }
        return cls.env["care.creation"].create({**defaults, **values})

    @classmethod
    def _pricelist(cls, currency=None, prices=None, **values):
        """A pricelist with fixed prices: {product: price}."""
        return cls.env["product.pricelist"].create(
            {
                "name": "Pricelist of the tests",
                "currency_id": (currency or cls.usd).id,
                "company_id": False,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": product.id,
                            "compute_price": "fixed",
                            "fixed_price": price,
                        }
                    )
                    for product, price in (prices or {}).items()
                ],
                **values,
            }
        )

    @classmethod
    def _service_prices(cls, **prices):
        """{code: price} → the {product: price} that a pricelist wants."""
        return {cls._service(code).product_id: price for code, price in prices.items()}

    # ------------------------------------------------------------------
    # Orders and lines
    # ------------------------------------------------------------------

    def _line_vals(self, code, **values):
        return {
            "service_id": self._service(code).id,
            **LINE_DEFAULTS.get(code, {}),
            **values,
        }

    def _order_vals(self, creation, *lines, **values):
        """Lines are codes, (code, adjustment) or (code, {values})."""
        commands = []
        for line in lines:
            code, details = (line, {}) if isinstance(line, str) else line
            if not isinstance(details, dict):
                details = {"adjustment": details}
            commands.append(Command.create(self._line_vals(code, **details)))
        return {
            "partner_id": creation.partner_id.id,
            "creation_id": creation.id,
            "location_id": self.boutique.id,
            "workshop_id": self.workshop.id,
            "line_ids": commands,
            **values,
        }

    def _order(self, creation, *lines, user=None, **values):
        """A draft order, made by the care manager unless another user is given."""
        orders = self.env["care.order"].with_user(user or self.manager)
        return orders.create(self._order_vals(creation, *lines, **values))

    def _line(self, order, code):
        """The line of an order for a service."""
        return order.line_ids.filtered(lambda line: line.service_id.code == code)

    def _parts(self, order):
        return order.line_ids.filtered(lambda line: line.line_type == "part")

    def _add_line(self, order, code, **values):
        order.write({"line_ids": [Command.create(self._line_vals(code, **values))]})
        return self._line(order, code)

    def _add_part(self, order, code, product=None, quantity=1.0, **values):
        """A part of an order's intervention."""
        before = order.line_ids
        order.write(
            {
                "line_ids": [
                    Command.create(
                        {
                            "line_type": "part",
                            "product_id": (product or self.component).id,
                            "service_line_id": self._line(order, code).id,
                            "quantity": quantity,
                            **values,
                        }
                    )
                ]
            }
        )
        return order.line_ids - before

    def _prices(self, order):
        """{code: (price, origin)} of the service lines."""
        return {
            line.service_id.code: (line.price_unit, line.price_origin)
            for line in order.line_ids
            if line.service_id
        }

    def _update_prices(self, order):
        """The button *Update prices*."""
        order.action_update_prices()

    # ------------------------------------------------------------------
    # The path of an order
    # ------------------------------------------------------------------

    def _operations(self, order, *codes):
        """The operations of an order in bench order, of the given codes only if any."""
        operations = order.operation_ids.sorted(lambda operation: (operation.sequence,))
        if codes:
            operations = operations.filtered(lambda operation: operation.operation_id.code in codes)
        return operations

    def _route(self, order):
        return [operation.operation_id.code for operation in self._operations(order)]

    def _open(self, operations):
        return operations.filtered(lambda operation: operation.state not in ("done", "skipped"))

    def _diagnose(self, order):
        self._open(self._operations(order, "diagnosis")).action_done()

    def _do_operations(self, order):
        """Everything that is left at the bench, the checks last."""
        for operation in self._open(self._operations(order)):
            operation.action_done()

    def _all_done(self, order):
        """The gesture *all done*, for everything but diagnosis and final check."""
        order.action_all_done()

    def _approve_with(self, order, *codes):
        """The client approves and takes the optional lines of these services, no other."""
        taken = order.line_ids.filtered(lambda line: line.service_id.code in codes)
        order.action_approve(accepted_line_ids=taken.ids)

    def _receive(self, order):
        order.action_receive()
        self._diagnose(order)
        return order

    def _needs_approval(self, order):
        return bool(order.amount_total) or bool(
            order.line_ids.filtered(lambda line: line.service_id.requires_proof)
        )

    def _approve(self, order):
        order.action_propose()
        order.action_approve()
        return order

    def _start(self, order):
        """From received: the client's approval where it is needed, then the start."""
        if self._needs_approval(order):
            self._approve(order)
        order.action_start()
        return order

    def _finish(self, order):
        self._do_operations(order)
        order.action_finish()
        return order

    def _hand_over_vals(self):
        return {
            "collected_by": "Ada Client",
            "is_collector_verified": True,
            "collection_signature": PIXEL,
        }

    def _hand_over(self, order):
        order.write(self._hand_over_vals())
        order.action_hand_over()
        return order

    def _invoices(self, order):
        return order.sudo().invoice_ids

    def _pay(self, order):
        """Register the payment of whatever an order's invoices still ask for."""
        for invoice in self._invoices(order).filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and not move.currency_id.is_zero(move.amount_residual)
            )
        ):
            self.env["account.payment.register"].with_company(invoice.company_id).with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({})._create_payments()
        order.invalidate_recordset()

    def _to(self, order, state):
        """Bring a draft order to a state by its shortest way."""
        if state == "draft":
            return order
        if state == "cancel":
            order.action_cancel()
            return order
        self._receive(order)
        if state == "received":
            return order
        if state == "declined":
            order.action_decline("The client changed their mind")
            return order
        if state == "estimated":
            order.action_propose()
            return order
        if state == "approved":
            return self._approve(order)
        self._start(order)
        if state == "in_progress":
            return order
        self._finish(order)
        if state == "ready":
            return order
        self._pay(order)
        return self._hand_over(order)

    def _done(self, creation, *lines, **values):
        """An order on a creation, all the way."""
        return self._to(self._order(creation, *lines, **values), "done")

    # ------------------------------------------------------------------
    # Names that the documents leave open
    # ------------------------------------------------------------------

    def _polishing_count(self, creation):
        return creation.polishing_count

    def _polishing_last_date(self, creation):
        return creation.polishing_date

    def _set_polishing_not_before(self, creation, date):
        creation.polishing_not_before = date

    def _estimate_lines(self, estimate):
        return estimate.line_ids

    def _care_record(self, order):
        """{code: outcome} of the care interventions that a diagnosis has recorded."""
        return {
            line.service_id.code: line.outcome
            for line in order.line_ids
            if line.service_id.category_id.code == "care"
        }

    # ------------------------------------------------------------------
    # Assertions
    # ------------------------------------------------------------------

    def assertPrice(self, line, price, origin):
        """A line's price, its origin, and a sentence that says why."""
        self.assertEqual(len(line), 1, "one line is expected")
        self.assertEqual(
            (line.price_unit, line.price_origin),
            (price, origin),
            f"price of {line.service_id.code or line.product_id.name}",
        )
        self.assertTrue((line.price_explanation or "").strip(), "a sentence says why")

    def assertRefused(self, action, *args, **kwargs):
        """The call raises a sentence for people, and nothing stays of what it wrote.

        A constraint of the database counts: over RPC its message is what people read.
        """
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                action(*args, **kwargs)
                self.env.flush_all()
        except (UserError, IntegrityError) as error:
            message = self._message_of(error)
        else:
            self.fail("nothing was refused")
        self.env.invalidate_all()
        self.assertTrue(message.strip())
        return message

    def _message_of(self, error):
        """The sentence that people read, as Odoo's RPC layer says it."""
        if not isinstance(error, IntegrityError):
            return str(error)
        model = next(
            (
                self.env[name]
                for name, model in self.registry.items()
                if model._table == error.diag.table_name
            ),
            self.env["base"],
        )
        message = model._sql_error_to_message(error)
        self.assertNotIn("violates", message, "a sentence of the addon, not of the database")
        return message

    def assertForbidden(self, action, *args, **kwargs):
        """The call is refused to this user, by the rights or by the action itself."""
        with self.assertRaises(UserError):
            action(*args, **kwargs)

    def _attempt(self, action, *args, **kwargs):
        """Run what may be refused or ignored; say whether it went through."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                action(*args, **kwargs)
                self.env.flush_all()
        except (UserError, IntegrityError):
            self.env.invalidate_all()
            return False
        return True

    def _refusal_of(self, creation, code, **values):
        """The message of a line that must not be saved."""
        lines_before = self.env["care.order.line"].search_count([])
        message = self.assertRefused(lambda: self._order(creation, (code, values)).env.flush_all())
        self.assertEqual(self.env["care.order.line"].search_count([]), lines_before)
        service = self._service(code)
        self.assertIn(service.name, message, "the refusal names the service")
        return message

    def _reasons_of(self, creation, code):
        """The reasons of the restrictions that refuse a creation, read from the data."""
        return [
            restriction.reason
            for restriction in self._service(code).restriction_ids
            if creation.filtered_domain(safe_eval(restriction.domain))
        ]
