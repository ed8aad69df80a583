# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import TransactionCase, loaded_demo_data, tagged

from .common import ALL_SERVICES, STATES

KINDS = {"ring", "necklace", "bracelet", "earrings", "brooch", "cufflinks", "other"}


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """Issue 2: demo data that tells a story."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.has_demo = loaded_demo_data(cls.env)

    def _own(self, model):
        """The demo records of the addon: those with an external id of its own."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "cartier_care"), ("model", "=", model)]
        )
        return self.env[model].with_context(active_test=False).browse(data.mapped("res_id"))

    def test_demo_is_there_or_not(self):
        """Issue 2: without demo data there is none of it in the house's books."""
        self.assertEqual(bool(self._own("care.creation")), self.has_demo)
        self.assertEqual(bool(self._own("care.location").filtered("user_ids")), self.has_demo)

    def test_house(self):
        """Issue 2: a house with two boutiques and a workshop."""
        types = self._own("care.location").mapped("location_type")
        if self.has_demo:
            self.assertGreaterEqual(types.count("boutique"), 2)
            self.assertGreaterEqual(types.count("workshop"), 1)

    def test_ways_to_pay(self):
        """Issue 5: card, cash and transfer at the counter."""
        if self.has_demo:
            offered = self.env["care.payment.register"].with_company(
                self.env.ref("base.main_company")
            )
            names = [name for _id, name in offered._selection_journal()]
            self.assertLessEqual({"Cash", "Card"}, set(names))
            self.assertGreaterEqual(len(names), 3)

    def test_creations(self):
        """Issue 2: at least 14 creations that cover every kind, metal, paving and so on."""
        creations = self._own("care.creation")
        if self.has_demo:
            self.assertGreaterEqual(len(creations), 14)
            self.assertLessEqual(KINDS - {"other"}, set(creations.mapped("creation_type")))
            metals = self._own("care.metal")
            self.assertTrue(metals)
            self.assertEqual(creations.metal_ids & metals, metals, "every metal")
            self.assertTrue(any(creations.mapped("is_paved")))
            self.assertTrue(any(creations.mapped("is_bangle")))
            self.assertTrue(any(creations.mapped("has_silk_cord")))
            self.assertIn(2, creations.mapped("part_count"))
            self.assertTrue(creations.gem_ids.filtered(lambda gem: not gem.allows_ultrasonic))
            love = creations.filtered(lambda piece: piece.collection_id.name == "LOVE")
            self.assertLessEqual({"ring", "bracelet"}, set(love.mapped("creation_type")))

    def test_orders_in_every_state(self):
        """Issue 2: orders in every state."""
        if self.has_demo:
            orders = self.env["care.order"].search([])
            self.assertEqual(set(orders.mapped("state")), set(STATES))

    def test_demo_orders_are_consistent(self):
        """Issue 2: real orders, priced, billed and paid like any other."""
        for order in self.env["care.order"].search([("state", "in", ("ready", "done"))]):
            if order.disposition in ("serviced", "reproduced") or order.state == "ready":
                invoices = order.invoice_ids.filtered(lambda move: move.state == "posted")
                self.assertEqual(
                    sum(invoices.mapped("amount_total_in_currency_signed")),
                    order.amount_total,
                    order.name,
                )

    def test_logins(self):
        """Design, roles: demo logins with their groups, password = login."""
        for login, group in (
            ("advisor", "cartier_care.group_care_boutique"),
            ("jeweler", "cartier_care.group_care_workshop"),
            ("care_manager", "cartier_care.group_care_manager"),
            ("client", "base.group_portal"),
        ):
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertEqual(len(user), int(self.has_demo), login)
            if user:
                self.assertTrue(user.has_group(group), login)
        if self.has_demo:
            advisor = self.env["res.users"].search([("login", "=", "advisor")])
            self.assertFalse(advisor.has_group("cartier_care.group_care_manager"))
            self.assertTrue(self.env["care.location"].search([("user_ids", "in", advisor.ids)]))

    def test_catalogue_is_there_without_demo(self):
        """Design, the catalogue: the 15 services are data, not demo data."""
        for code in ALL_SERVICES:
            self.assertTrue(self.env.ref(f"cartier_care.care_service_{code}").active)

    def test_demo_actors(self):
        """The steps are taken by those who may take them, in their own places."""
        if not self.has_demo:
            return
        orders = self._own("care.order")
        jeweler = self.env.ref("cartier_care.user_jeweler")
        diagnosed = orders.filtered("is_diagnosed").operation_ids.filtered(
            lambda operation: operation.code == "diagnosis"
        )
        self.assertIn(jeweler, diagnosed.user_id)
        self.assertNotIn(self.env.ref("base.user_root"), diagnosed.user_id)
        for login, place in (
            ("user_advisor", "care_location_boutique_new_york"),
            ("user_advisor_2", "care_location_boutique_beverly_hills"),
        ):
            seen = (
                self.env["care.order"].with_user(self.env.ref(f"cartier_care.{login}")).search([])
            )
            self.assertTrue(seen)
            self.assertEqual(seen.location_id, self.env.ref(f"cartier_care.{place}"))

    def test_demo_unfinished_business(self):
        """Something to do for everybody: to sign, to pay, to estimate, to confirm, to wait for."""
        if not self.has_demo:
            return
        client = self.env["res.users"].search([("login", "=", "client")]).partner_id
        orders = self._own("care.order")
        to_sign = orders.filtered(
            lambda order: order.state == "estimated" and order.partner_id == client
        )
        self.assertTrue(to_sign.estimate_id._is_open())
        self.assertTrue(to_sign.line_ids.filtered(lambda line: line.is_optional))
        to_pay = orders.filtered(lambda order: order.state == "ready").invoice_ids.filtered(
            lambda move: move.partner_id == client and move.payment_state == "not_paid"
        )
        self.assertTrue(to_pay)
        self.assertIn("to_estimate", orders.line_ids.mapped("price_origin"))
        self.assertTrue(orders.filtered("hold_reason"))
        self.assertTrue(
            orders.line_ids.filtered(lambda line: line.is_beyond_limit and not line.is_feasible)
        )
        self.assertIn("sent", self._own("care.transfer").mapped("state"))

    def test_demo_past(self):
        """What is over: complimentary, paid, returned, reproduced with lineage, under warranty."""
        if not self.has_demo:
            return
        orders = self._own("care.order")
        self.assertLessEqual(
            {"serviced", "returned_unserviced", "reproduced"}, set(orders.mapped("disposition"))
        )
        origins = set(orders.line_ids.mapped("price_origin"))
        self.assertLessEqual(
            {
                "complimentary",
                "first_complimentary",
                "included",
                "fee",
                "manual",
                "goodwill",
                "estimate",
                "part",
                "warranty",
            },
            origins,
        )
        reproduced = orders.filtered("reproduction_id")
        self.assertEqual(reproduced.creation_id.state, "replaced")
        self.assertEqual(reproduced.reproduction_id.original_id, reproduced.creation_id)
        self.assertEqual(
            reproduced.reproduction_id.serial_number, reproduced.creation_id.serial_number
        )
        paid = orders.filtered(lambda order: order.state == "done").invoice_ids
        self.assertTrue(paid)
        self.assertLessEqual(set(paid.mapped("payment_state")), {"paid", "in_payment"})

    def test_demo_dates_are_in_order(self):
        """The story is told in order: asked, received, ready, handed over; not in the future."""
        now = fields.Datetime.now()
        for order in self._own("care.order"):
            dates = [
                order.date_order,
                order.date_received,
                *order.operation_ids.sorted(
                    lambda operation: (operation.is_always_last, operation.sequence)
                ).mapped("date_end"),
                order.date_ready,
                order.date_done,
            ]
            dates = [date for date in dates if date]
            self.assertEqual(dates, sorted(dates), order.name)
            self.assertLessEqual(dates[-1], now, order.name)
            moves = self.env["care.custody.move"].search([("order_id", "=", order.id)])
            self.assertEqual(
                moves.sorted("id").mapped("date"), sorted(moves.mapped("date")), order.name
            )

    def test_demo_books_follow_the_story(self):
        """Issue 5: the books of past months hold what was invoiced and paid then."""
        orders = self._own("care.order").filtered("invoice_ids")
        self.assertEqual(bool(orders), self.has_demo)
        for order in orders:
            ready = order.date_ready.date()
            for move in order.invoice_ids:
                self.assertEqual(move.invoice_date, ready, order.name)
                self.assertEqual(move.date, ready, order.name)
                self.assertEqual(move.invoice_date_due, ready, order.name)
                terms = move.line_ids.filtered(lambda item: item.display_type == "payment_term")
                self.assertEqual(set(terms.mapped("date_maturity")), {ready}, order.name)
                self.assertTrue(move._sequence_matches_date(), move.name)
                for payment in move.matched_payment_ids:
                    self.assertLessEqual(ready, payment.date, order.name)
                    self.assertLessEqual(payment.date, order.date_done.date(), order.name)
            report = self.env["care.closing.report"]
            for day in (ready, fields.Date.today()):
                late = report.with_context(care_closing_date=day).search(
                    [("kind", "=", "unbilled"), ("order_id", "in", orders.ids)]
                )
                self.assertFalse(late, f"{day}: {late.order_id.mapped('name')}")
        numbers = orders.invoice_ids.sorted(lambda move: (move.invoice_date, move.id))
        self.assertEqual(numbers.ids, sorted(numbers.ids), "numbers go with the days")

    def test_demo_sends_nothing(self):
        """The clients are invented: no mail and no invoice to them waits in a queue."""
        orders = self._own("care.order")
        clients = orders.partner_id
        self.assertFalse(orders.invoice_ids.filtered("sending_data"))
        self.assertFalse(
            self.env["mail.mail"].search(
                [("recipient_ids", "in", clients.ids), ("state", "=", "outgoing")]
            )
        )
