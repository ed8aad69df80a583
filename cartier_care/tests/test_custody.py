# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 4, custody: what is in the house's hands, where, and what it is worth, at any moment."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CareCommon

START = datetime(2024, 3, 1, 9, 0)


@tagged("post_install", "-at_install")
class TestCustody(CareCommon):
    """The report of a moment is computed from custody moves alone."""

    def _dated_move(self, order, days, reason, target):
        """A custody move of the past, as the actions would have written it then."""
        place = target if target._name == "care.location" else self.env["care.location"]
        return (
            self.env["care.custody.move"]
            .sudo()
            .create(
                {
                    "order_id": order.id,
                    "creation_id": order.creation_id.id,
                    "company_id": order.company_id.id,
                    "date": START + timedelta(days=days),
                    "reason": reason,
                    "to_location_id": place.id,
                }
            )
        )

    def _on_day(self, days, user=None):
        holdings = self.env["care.custody.holding"].with_user(user or self.manager)
        holdings.env.flush_all()
        return holdings.with_context(care_custody_date=START + timedelta(days=days, hours=1))

    def _places(self, orders, days=None, user=None):
        """{order: place} of what was held."""
        holdings = self._on_day(days if days is not None else 10_000, user)
        return {
            holding.order_id: holding.location_id
            for holding in holdings.search([("order_id", "in", orders.ids)])
        }

    def test_as_of_any_date(self):
        """Custody: as of any date, by place, whatever has happened since."""
        order = self._order(self._creation(), "reshaping", declared_value=4000.0)
        nobody = self.env["care.location"]
        for days, reason, target in (
            (0, "receive", self.boutique),
            (2, "send", self.boutique_2),
            (4, "arrive", self.workshop),
            (9, "hand_over", nobody),
        ):
            self._dated_move(order, days, reason, target)
        for days, place in (
            (-1, None),
            (0, self.boutique),
            (1, self.boutique),
            (2, self.boutique_2),
            (8, self.workshop),
            (9, None),
            (50, None),
        ):
            with self.subTest(days=days):
                self.assertEqual(self._places(order, days).get(order), place)

    def test_written_by_the_actions(self):
        """Custody: from receipt to hand-over, by the way of a transfer, at its present place."""
        order = self._order(self._creation(), "reshaping", declared_value=4000.0)
        now = self.env["care.custody.holding"].with_user(self.manager)

        def place():
            self.env.flush_all()
            return now.search([("order_id", "=", order.id)]).location_id

        self.assertFalse(place())
        self._receive(order)
        self.assertEqual(place(), self.boutique)
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": self.boutique.id,
                "to_location_id": self.workshop.id,
                "order_ids": [fields.Command.link(order.id)],
            }
        )
        transfer.action_send()
        self.assertEqual(place().location_type, "transit")
        transfer.action_receive()
        self.assertEqual(place(), self.workshop)
        order.action_decline("Wants it back")
        self.assertEqual(place(), self.workshop, "declined: still in the house's hands")
        self._hand_over(order)
        self.assertFalse(place())

    def test_held_without_a_place(self):
        """Issue 4: in a house that has made no places yet nothing is lost from sight either."""
        order = self._order(self._creation(), "reshaping")
        order.location_id = order.workshop_id = False
        order.action_receive()
        holdings = self.env["care.custody.holding"]
        [held] = holdings.search([("order_id", "=", order.id)])
        self.assertFalse(held.location_id)
        order.action_decline("Changed their mind")
        order.write(self._hand_over_vals())
        order.action_hand_over()
        self.assertFalse(holdings.search([("order_id", "=", order.id)]))

    def test_lost_and_reproduced(self):
        """Custody: what is lost is in no hands; of a reproduced number the new piece is."""
        lost = self._to(self._order(self._creation(), "shining"), "received")
        lost.action_report_lost("Stolen from the safe")
        order = self._order(self._creation(), "reproduction")
        self._line(order, "reproduction").price_unit = 900.0
        self._to(order, "ready")
        self.env.flush_all()
        holdings = self.env["care.custody.holding"].search([("order_id", "in", (lost | order).ids)])
        self.assertEqual(holdings.creation_id, order.reproduction_id)

    def test_totals_in_the_company_s_currency(self):
        """Custody: declared values are added up in the company's currency, at the day's rate."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].search(
            [("currency_id", "in", (euro | self.usd).ids)]
        ).unlink()
        for day, rate in (("2024-01-01", 0.5), ("2024-03-05", 0.8)):
            self.env["res.currency.rate"].create(
                {"currency_id": euro.id, "name": day, "rate": rate, "company_id": self.company.id}
            )
        dollars = self._order(self._creation(), "reshaping", declared_value=1000.0)
        pricelist = self._pricelist(euro)
        euros = self._order(
            self._creation(), "reshaping", declared_value=800.0, pricelist_id=pricelist.id
        )
        self.assertEqual(euros.currency_id, euro)
        orders = dollars | euros
        for order in orders:
            self._dated_move(order, 0, "receive", self.boutique)
        for days, total in ((1, 1000 + 1600), (10, 1000 + 1000)):
            holdings = self._on_day(days)
            holdings.invalidate_model()
            groups = holdings._read_group(
                [("order_id", "in", orders.ids)],
                ["location_id"],
                ["company_value:sum", "creation_count:sum"],
            )
            self.assertEqual(groups, [(self.boutique, total, 2)])
            found = holdings.search([("order_id", "=", euros.id)])
            self.assertEqual((found.declared_value, found.currency_id), (800.0, euro))
            self.assertEqual(found.company_currency_id, self.usd)

    def test_by_role_boutique_and_company(self):
        """Roles: own boutiques, own workshops; the manager all of it; other companies nothing."""
        here = self._to(self._order(self._creation(), "shining"), "received")
        there = self._to(
            self._order(
                self._creation(),
                "shining",
                location_id=self.boutique_2.id,
                workshop_id=self.workshop_2.id,
            ),
            "received",
        )
        orders = here | there
        other = self._create_house("Another maison of the custody")
        stranger = self._create_user("care_t_custody_stranger", "group_care_manager", other)
        for user, expected in (
            (self.advisor, here),
            (self.advisor_2, there),
            (self.jeweler, here),
            (self.jeweler_2, there),
            (self.manager, orders),
            (stranger, self.env["care.order"]),
        ):
            with self.subTest(user=user.login):
                found = self._places(orders, user=user)
                self.assertEqual({order.id for order in found}, set(expected.ids))
        for user in (self.portal_client, self.accountant):
            with self.assertRaises(AccessError):
                self.env["care.custody.holding"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["care.custody.statement"].with_user(user).create({})

    def test_statement(self):
        """Custody: a moment and its places are chosen, shown and printed, by role."""
        here = self._to(self._order(self._creation(), "shining", declared_value=1500.0), "received")
        there = self._to(
            self._order(self._creation(), "shining", location_id=self.boutique_2.id), "received"
        )
        self.env.flush_all()
        statement = self.env["care.custody.statement"].with_user(self.advisor).create({})
        action = statement.action_open()
        holdings = (
            self.env[action["res_model"]]
            .with_user(self.advisor)
            .with_context(**action["context"])
            .search(action["domain"])
        )
        self.assertIn(here, holdings.order_id)
        self.assertNotIn(there.id, holdings.order_id.ids)
        self.assertEqual(
            holdings.filtered(lambda one: one.order_id == here).action_view_order()["res_id"],
            here.id,
        )
        html = self._print(statement)
        self.assertIn(here.name, html)
        self.assertIn("1,500.00", html)
        self.assertNotIn(there.name, html)
        statement.location_ids = self.workshop
        self.assertNotIn(here.name, self._print(statement))
        everything = self.env["care.custody.statement"].with_user(self.manager).create({})
        self.assertIn(there.name, self._print(everything))
        everything.date = START
        self.assertNotIn(there.name, self._print(everything))

    def _print(self, statement):
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(statement.env.user)
            ._render_qweb_html("cartier_care.report_care_custody", statement.ids)
        )
        return html.decode()

    def test_no_query_per_creation(self):
        """Batch SQL: as many queries for twenty creations as for two."""

        def queries(count):
            orders = self.env["care.order"]
            for _index in range(count):
                orders |= self._order(self._creation(), "shining", declared_value=10.0)
            orders.action_receive()
            self.env.flush_all()
            self.env.invalidate_all()
            holdings = self.env["care.custody.holding"].with_user(self.advisor)
            before = self.env.cr.sql_log_count
            found = holdings.web_search_read(
                [("order_id", "in", orders.ids)],
                {
                    "order_id": {"fields": {"display_name": {}}},
                    "creation_id": {"fields": {"display_name": {}}},
                    "partner_id": {"fields": {"display_name": {}}},
                    "location_id": {"fields": {"display_name": {}}},
                    "company_value": {},
                    "date": {},
                },
            )
            self.assertEqual(found["length"], count)
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertEqual(queries(2), queries(20))
