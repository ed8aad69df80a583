# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 5, accounting reports: each figure against one's own computation from dated facts."""

from datetime import UTC, date, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import FEE, CareCommon


@tagged("post_install", "-at_install")
class TestFigures(CareCommon):
    """Revenue, times and promises, and the end of the month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = [("company_id", "=", cls.company.id)]

    def _revenue(self, groupby=(), *aggregates, user=None, domain=()):
        self.env.flush_all()
        rows = (
            self.env["care.revenue.report"]
            .with_user(user or self.manager)
            ._read_group([*self.own, *domain], list(groupby), list(aggregates))
        )
        return rows if groupby else rows[0]

    def _times(self, *aggregates, domain=()):
        self.env.flush_all()
        return (
            self.env["care.order.report"]
            .with_user(self.manager)
            ._read_group([*self.own, *domain], [], list(aggregates))[0]
        )

    def _closing(self, day):
        """{kind: (amount, count)} as of a day."""
        self.env.flush_all()
        report = self.env["care.closing.report"].with_user(self.manager)
        return {
            kind: (amount, count)
            for kind, amount, count in report.with_context(
                care_closing_date=fields.Date.to_string(day)
            )._read_group(self.own, ["kind"], ["amount:sum", "__count"])
        }

    def _today(self):
        """A day by which all of today is over: where its users are it may be tomorrow already."""
        return fields.Date.today() + timedelta(days=1)

    def _date(self, order, **dates):
        """Let the steps of an order have happened on other days."""
        order.sudo()._write_by_system(dates)

    # -- Revenue ---------------------------------------------------------------------------

    def test_revenue_is_what_was_carried_out(self):
        """Issue 5: declined orders and work that is not finished are no revenue."""
        for state in ("draft", "received", "estimated", "in_progress", "declined", "cancel"):
            self._to(self._order(self._creation(), "reshaping"), state)
        returned = self._to(self._order(self._creation(), "reshaping"), "declined")
        self._hand_over(returned)
        lost = self._to(self._order(self._creation(), "reshaping"), "ready")
        lost.action_report_lost("Fell into the Seine")
        self.assertEqual(tuple(self._revenue((), "__count")), (0,))
        self._to(self._order(self._creation(), "reshaping"), "ready")
        self._done(self._creation(), "reshaping")
        self.assertEqual(
            tuple(self._revenue((), "amount_revenue:sum", "amount_invoiced:sum")),
            (2 * FEE, 2 * FEE),
        )

    def test_rework_takes_the_revenue_back_until_it_is_ready_again(self):
        """Issue 5: what is at the bench again is not finished."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        order.action_rework()
        self.assertEqual(tuple(self._revenue((), "__count")), (0,))
        self._finish(order)
        self.assertEqual(tuple(self._revenue((), "amount_revenue:sum")), (FEE,))

    def test_revenue_by_dimension(self):
        """Issue 5: by service, category, boutique, collection and month; parts with their work."""
        order = self._order(self._creation(), "component_replacement", "shining")
        self._add_part(order, "component_replacement", quantity=2.0)
        self._to(order, "ready")
        love = self._to(
            self._order(
                self._creation(collection_id=self.love.id),
                "reshaping",
                location_id=self.boutique_2.id,
            ),
            "ready",
        )
        self._date(love, date_ready=datetime(2025, 3, 10, 12))
        for groupby, expected in (
            (
                "service_id",
                {
                    self._service("component_replacement"): FEE + 90.0,
                    self._service("shining"): 0.0,
                    self._service("reshaping"): FEE,
                },
            ),
            (
                "category_id",
                {
                    self.env.ref("cartier_care.care_category_care"): 2 * FEE + 90.0,
                    self.env.ref("cartier_care.care_category_personalization"): 0.0,
                },
            ),
            ("location_id", {self.boutique: FEE + 90.0, self.boutique_2: FEE}),
            ("collection_id", {self.collection: FEE + 90.0, self.love: FEE}),
            ("line_type", {"service": 2 * FEE, "part": 90.0}),
        ):
            with self.subTest(groupby=groupby):
                self.assertEqual(dict(self._revenue([groupby], "amount_revenue:sum")), expected)
        march = [("date", ">=", "2025-03-01"), ("date", "<", "2025-04-01")]
        self.assertEqual(tuple(self._revenue((), "amount_revenue:sum", domain=march)), (FEE,))

    def test_revenue_is_without_taxes(self):
        """Issue 5: revenue is what the books have as such: taxes are not ours."""
        tax = self.env["account.tax"].create(
            {
                "name": "20% included of the tests",
                "amount": 20.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
            }
        )
        self._services("reshaping", "ring_resizing").product_id.taxes_id = tax
        self._to(self._order(self._creation(), "reshaping", "ring_resizing"), "ready")
        revenue, invoiced, given = self._revenue(
            (), "amount_revenue:sum", "amount_invoiced:sum", "amount_complimentary:sum"
        )
        self.assertEqual((revenue, invoiced), (158.33, 158.33))
        self.assertEqual(given, 158.33, "the catalogue's value without its taxes, alike")

    def test_revenue_in_the_company_s_currency(self):
        """Issue 5: as the books have it once invoiced, until then at the rate of the ready day."""
        self.company.care_invoice_trigger = "manual"
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5), ("2025-01-01", 0.8)])
        orders = self.env["care.order"]
        for day, revenue in ((datetime(2024, 6, 1, 12), 190.0), (datetime(2025, 6, 1, 12), 118.75)):
            order = self._to(
                self._order(
                    self._creation(),
                    "reshaping",
                    pricelist_id=self._pricelist(euro, self._service_prices(reshaping=95.0)).id,
                ),
                "ready",
            )
            self._date(order, date_ready=day)
            orders |= order
            with self.subTest(day=day):
                self.assertEqual(
                    tuple(
                        self._revenue(
                            (), "amount_revenue:sum", domain=[("order_id", "=", order.id)]
                        )
                    ),
                    (revenue,),
                )
        orders.action_invoice()
        # Invoices are of today, at the newest rate.
        for figure in ("amount_invoiced:sum", "amount_revenue:sum"):
            self.assertEqual(tuple(self._revenue((), figure)), (2 * 118.75,))

    def test_revenue_agrees_with_the_books_to_the_cent(self):
        """Issue 5: what roundings of the whole leave is where accounting has it."""
        self.company.tax_calculation_rounding_method = "round_globally"
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.8791)])
        tax = self.env["account.tax"].create(
            {
                "name": "8.1% included of the tests",
                "amount": 8.1,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
            }
        )
        self._services("component_replacement").product_id.taxes_id = tax
        (self.component | self.pearl).taxes_id = tax
        for values in ({}, {"pricelist_id": self._pricelist(euro).id}):
            order = self._order(self._creation(), "component_replacement", **values)
            for quantity in (1.0, 3.0, 7.0, 11.0):
                self._add_part(order, "component_replacement", self.pearl, quantity=quantity)
                self._add_part(order, "component_replacement", quantity=quantity)
            self._to(order, "ready")
            with self.subTest(currency=order.currency_id.name):
                invoice = self._invoices(order)
                self.env.flush_all()
                [revenue] = self._revenue(
                    (), "amount_revenue:sum", domain=[("order_id", "=", order.id)]
                )
                self.assertEqual(round(revenue, 2), invoice.amount_untaxed_signed)

    def test_complimentary_at_catalogue_value(self):
        """Issue 5: complimentary services at their catalogue value, goodwill and warranty apart."""
        creation = self._creation()
        origin = self._done(creation, "ring_resizing")
        redo = self._order(creation, "ring_resizing", redo_of_id=origin.id)
        self._to(redo, "ready")
        goodwill = self._order(self._creation(), "reshaping")
        self._line(goodwill, "reshaping").write({"price_unit": 100.0, "price_reason": "Sorry"})
        self._to(goodwill, "ready")
        self._to(self._order(self._creation(), "ring_resizing", "polishing"), "ready")
        complimentary, given, revenue = self._revenue(
            (), "amount_complimentary:sum", "amount_given:sum", "amount_revenue:sum"
        )
        self.assertEqual(complimentary, 2 * 190.0, "what it includes is no gift of its own")
        self.assertEqual(given, 190.0 + 90.0)
        self.assertEqual(revenue, 100.0)

    def test_first_time_share(self):
        """Issue 5: of the services that are complimentary once, how many were it."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        self._done(creation, "ring_resizing")
        self._done(self._creation(), "ring_resizing", "shining", "reshaping")
        [share] = self._revenue((), "first_time_share:avg")
        self.assertAlmostEqual(share, 2 / 3)

    # -- Times and promises ------------------------------------------------------------------

    def test_turnaround_and_promises(self):
        """Issue 5: turnaround from receipt to ready, and the on-time share, per order."""
        base = datetime(2026, 3, 2, 10)
        for days, promised in ((4, date(2026, 3, 6)), (10, date(2026, 3, 11))):
            # Several lines do not make an order count more.
            order = self._to(self._order(self._creation(), "reshaping", "shining"), "ready")
            self._date(
                order,
                date_received=base,
                date_ready=base + timedelta(days=days),
                date_promised=promised,
            )
        self._to(self._order(self._creation(), "reshaping"), "in_progress")
        turnaround, on_time, count = self._times(
            "turnaround_days:avg", "on_time_share:avg", "__count"
        )
        self.assertEqual((round(turnaround, 6), on_time, count), (7.0, 0.5, 3))

    def test_the_promised_day_is_the_boutique_s(self):
        """Design: a promised date is in the boutique's time zone, to its last minute."""
        place = self._create_partner(name="Tokyo", tz="Asia/Tokyo")
        self.boutique.partner_id = place
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        for moment, share in (
            (datetime(2026, 3, 6, 14, 59), 1.0),
            (datetime(2026, 3, 6, 15, 1), 0.0),
        ):
            self._date(order, date_ready=moment, date_promised=date(2026, 3, 6))
            self.assertEqual(tuple(self._times("on_time_share:avg")), (share,))

    def test_waiting_for_approval(self):
        """Issue 5: from each estimate until the client approves it, revisions included."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        first = order.estimate_id
        order.action_revise()
        self._diagnose(order)
        self._approve(order)
        self.env.flush_all()
        for estimate, days in ((first, 2), (order.estimate_id, 3)):
            self.env.cr.execute(
                "UPDATE care_estimate SET create_date = signed_on - %s * interval '1 day'"
                " WHERE id = %s",
                (days, estimate.id),
            )
        self.env.invalidate_all()
        self._to(self._order(self._creation(), "reshaping"), "estimated")
        self.assertAlmostEqual(self._times("approval_days:avg")[0], 5.0)

    def test_right_the_first_time(self):
        """Issue 5: rework, a failed check and a redo each count as done again."""
        creation = self._creation()
        redone = self._done(creation, "reshaping")
        self._to(self._order(creation, "reshaping", redo_of_id=redone.id), "received")
        reworked = self._to(self._order(self._creation(), "reshaping"), "ready")
        reworked.action_rework()
        self._finish(reworked)
        self._done(self._creation(), "reshaping")
        revised = self._to(self._order(self._creation(), "reshaping"), "approved")
        revised.action_revise()
        self._diagnose(revised)
        self._start(revised)
        self._finish(revised)
        self.assertAlmostEqual(self._times("right_first_share:avg")[0], 2 / 4)

    def test_declined_orders_are_worth_nothing(self):
        """Issue 5: what was declined keeps its amounts, but no report counts them."""
        declined = self._to(self._order(self._creation(), "reshaping"), "declined")
        self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertEqual(declined.amount_total, FEE)
        self.assertEqual(tuple(self._times("amount_untaxed:sum", "declined_share:avg")), (FEE, 0.5))

    # -- As of any day -----------------------------------------------------------------------

    def _invoice_on(self, order, day):
        """Let the invoices of an order be of another day."""
        for invoice in self._invoices(order):
            was_posted = invoice.state == "posted"
            if was_posted:
                invoice.button_draft()
            invoice.write({"invoice_date": day, "invoice_date_due": day})
            if was_posted:
                invoice.action_post()

    def _pay_on(self, order, day, amount=None):
        """Let the client pay on another day, with an entry in the books."""
        for invoice in self._invoices(order).filtered(lambda move: move.amount_residual):
            values = {"payment_date": day}
            if amount:
                values["amount"] = amount
            self.env["account.payment.register"].with_company(self.company).with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create(values)._create_payments()

    def test_month_end_from_dated_facts(self):
        """Issue 5, as of any date: finished and not invoiced, then unpaid, then settled."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._date(order, date_ready=datetime(2026, 1, 20, 12))
        self._invoice_on(order, "2026-02-05")
        self._pay_on(order, "2026-03-10", 100.0)
        self._pay_on(order, "2026-04-10")
        for day, expected in (
            (date(2026, 1, 19), {}),
            (date(2026, 1, 31), {"unbilled": (FEE, 1)}),
            (date(2026, 2, 4), {"unbilled": (FEE, 1)}),
            (date(2026, 2, 28), {"unpaid": (FEE, 1)}),
            (date(2026, 3, 31), {"unpaid": (90.0, 1)}),
            (date(2026, 4, 30), {}),
        ):
            with self.subTest(day=day):
                self.assertEqual(self._closing(day), expected)

    def test_draft_invoice_is_no_invoice(self):
        """Issue 5: a draft says nothing; with taxes or without, untaxed is what is left."""
        self.company.care_auto_post_invoice = False
        tax = self.env["account.tax"].create(
            {"name": "10% of the tests", "amount": 10.0, "type_tax_use": "sale"}
        )
        self._service("reshaping").product_id.taxes_id = tax
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        today = self._today()
        self.assertEqual(self._closing(today), {"unbilled": (FEE, 1)})
        self._invoices(order).action_post()
        self.assertEqual(self._closing(today), {"unpaid": (209.0, 1)})

    def test_cents_leave_nothing_behind(self):
        """Issue 5: roundings of the invoice are nothing that is left to invoice."""
        tax = self.env["account.tax"].create(
            {
                "name": "20% included of the closing",
                "amount": 20.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
            }
        )
        self.company.tax_calculation_rounding_method = "round_globally"
        self._services("reshaping", "component_replacement").product_id.taxes_id = tax
        self.component.taxes_id = tax
        order = self._order(self._creation(), "reshaping", "component_replacement")
        self._add_part(order, "component_replacement", quantity=7.0)
        self._to(order, "ready")
        self.assertEqual(list(self._closing(self._today())), ["unpaid"])

    def test_credit_note_opens_it_again(self):
        """Issue 5: what accounting gave back is left to invoice from that day on."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._date(order, date_ready=datetime(2026, 1, 10, 12))
        self._invoice_on(order, "2026-01-10")
        invoice = self._invoices(order)
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-02-10"})
        )
        reversal.reverse_moves()
        credit = reversal.new_move_ids
        credit.invoice_date = "2026-02-10"
        credit.action_post()
        self.assertEqual(self._closing(date(2026, 1, 31)), {"unpaid": (FEE, 1)})
        self.assertEqual(self._closing(date(2026, 2, 28)), {"unbilled": (FEE, 1)})

    def test_down_payments_held(self):
        """Issue 5: down payments are held once paid, until they are deducted or given back."""
        self.company.care_down_payment_percent = 30.0
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 1000.0
        self._to(order, "approved")
        self._invoice_on(order, "2026-01-05")
        self._pay_on(order, "2026-01-20")
        order.action_start()
        down = self._invoices(order)
        self._finish(order)
        self._date(order, date_ready=datetime(2026, 2, 10, 12))
        final = self._invoices(order) - down
        final.button_draft()
        final.write({"invoice_date": "2026-03-05", "invoice_date_due": "2026-03-05"})
        final.action_post()
        for day, expected in (
            (date(2026, 1, 10), {"unpaid": (300.0, 1)}),
            (date(2026, 1, 31), {"down_payment": (300.0, 1)}),
            (date(2026, 2, 28), {"down_payment": (300.0, 1), "unbilled": (1000.0, 1)}),
            (date(2026, 3, 31), {"unpaid": (700.0, 1)}),
        ):
            with self.subTest(day=day):
                self.assertEqual(self._closing(day), expected)

    def test_down_payment_of_a_declined_order(self):
        """Section 9: it is held until its credit note is posted, then owed to the client."""
        self.company.care_down_payment_percent = 30.0
        order = self._order(self._creation(), "restoration")
        self._line(order, "restoration").price_unit = 1000.0
        self._to(order, "approved")
        self._pay(order)
        order.action_decline("Too dear after all")
        today = self._today()
        self.assertEqual(self._closing(today), {"down_payment": (300.0, 1)})
        self._invoices(order).filtered(lambda move: move.state == "draft").action_post()
        self.assertEqual(self._closing(today), {"credit": (-300.0, 1)})

    def test_closing_in_another_currency(self):
        """Issue 5: unbilled at the rate of the day asked for, invoices as the books have them."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5), ("2026-02-01", 0.8)])
        pricelist = self._pricelist(euro, self._service_prices(reshaping=100.0))
        order = self._to(
            self._order(self._creation(), "reshaping", pricelist_id=pricelist.id), "ready"
        )
        self._date(order, date_ready=datetime(2026, 1, 20, 12))
        self._invoice_on(order, "2026-02-20")
        self.assertEqual(self._closing(date(2026, 1, 31)), {"unbilled": (200.0, 1)})
        self.assertEqual(self._closing(date(2026, 2, 10)), {"unbilled": (125.0, 1)})
        self.assertEqual(self._closing(date(2026, 2, 28)), {"unpaid": (125.0, 1)})

    def test_lost_after_it_was_finished(self):
        """Issue 5: what the house lost is nobody's to invoice, from that day on."""
        self.company.care_invoice_trigger = "manual"
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._date(order, date_ready=datetime(2026, 1, 20, 12))
        order.action_report_lost("Fell into the Seine")
        self._date(order, date_done=datetime(2026, 2, 20, 12))
        self.assertEqual(self._closing(date(2026, 1, 31)), {"unbilled": (FEE, 1)})
        self.assertEqual(self._closing(date(2026, 2, 28)), {})

    def test_closing_dialog_opens_what_it_says(self):
        """Issue 5: totals, the list behind them as of that day, and the orders behind the list."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._date(order, date_ready=datetime(2026, 1, 20, 12))
        self._invoice_on(order, "2026-02-05")
        closing = (
            self.env["care.closing"]
            .with_user(self.manager)
            .create({"date": "2026-01-31", "company_id": self.company.id})
        )
        self.assertEqual((closing.amount_unbilled, closing.count_unbilled), (FEE, 1))
        self.assertEqual((closing.amount_unpaid, closing.count_unpaid), (0.0, 0))
        closing.date = "2026-02-28"
        self.assertEqual((closing.amount_unbilled, closing.amount_unpaid), (0.0, FEE))
        action = closing.with_context(care_closing_kind="unpaid").action_open()
        rows = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .search(action["domain"])
        )
        self.assertEqual((rows.order_id, rows.amount), (order, FEE))
        self.assertEqual(rows.move_id, self._invoices(order))
        self.assertEqual(rows.action_open_orders()["res_id"], order.id)
        self.manager.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        export = rows.export_data(["kind", "order_id/name", "amount"])
        self.assertEqual(export["datas"], [["Unpaid", order.name, FEE]])

    # -- Rights --------------------------------------------------------------------------------

    def test_figures_are_the_manager_s(self):
        """Roles: figures are for managers; advisors, jewelers and clients have none."""
        for model in ("care.revenue.report", "care.order.report", "care.closing.report"):
            self.assertTrue(self.env[model].with_user(self.manager).has_access("read"))
            for user in (self.advisor, self.jeweler, self.portal_client):
                with self.subTest(model=model, user=user.login), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search_count([])
        for user in (self.advisor, self.jeweler, self.portal_client, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["care.dashboard"].with_user(user).get_figures()

    def test_accountants_read_what_is_theirs(self):
        """Roles: who reads Odoo's accounting reports reads revenue and month end, no orders."""
        reader = new_test_user(
            self.env,
            login="care_t_reader",
            groups="base.group_user,account.group_account_readonly",
            company_id=self.company.id,
        )
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.env.flush_all()
        self.assertEqual(self._revenue((), "amount_revenue:sum", user=reader)[0], FEE)
        rows = self.env["care.closing.report"].with_user(reader).search(self.own)
        read = rows.web_read({"order_id": {"fields": {"display_name": {}}}, "amount": {}})
        self.assertEqual(read[0]["order_id"]["display_name"], order.display_name)
        closing = self.env["care.closing"].with_user(reader).create({})
        self.assertTrue(closing.action_open())
        with self.assertRaises(AccessError):
            self.env["care.order.report"].with_user(reader).search_count([])
        with self.assertRaises(AccessError):
            rows.order_id.read(["name"])
        menus = self.env["ir.ui.menu"]
        for name in ("care_revenue_report_menu_accounting", "care_closing_menu_accounting"):
            menu = self.env.ref(f"cartier_care.{name}").id
            self.assertIn(menu, menus.with_user(reader)._visible_menu_ids(), name)
            for user in (self.advisor, self.jeweler):
                self.assertNotIn(menu, menus.with_user(user)._visible_menu_ids(), name)

    def test_companies_keep_their_figures(self):
        """Roles: companies are kept apart, in every figure."""
        other = self._create_house("Another house of the figures")
        stranger = self._create_user("care_t_stranger", "group_care_manager", other)
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.env.flush_all()
        for model in ("care.revenue.report", "care.order.report", "care.closing.report"):
            reports = self.env[model].with_user(stranger)
            self.assertFalse(reports.search([("order_id", "=", order.id)]), model)
        figures = self.env["care.dashboard"].with_user(stranger).get_figures()
        values = [
            figure["value"] for section in figures["sections"] for figure in section["figures"]
        ]
        self.assertFalse([value for value in values if value])


@tagged("post_install", "-at_install")
class TestDashboard(CareCommon, HttpCase):
    """The page that a manager opens first thing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.tz = "Europe/Paris"

    def _figures(self):
        self.env.flush_all()
        figures = (
            self.env["care.dashboard"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=self.company.ids)
            .get_figures()
        )
        return {
            figure["key"]: figure
            for section in figures["sections"]
            for figure in section["figures"]
        }

    def _make_day(self):
        """Orders that each figure counts, and others that none does."""
        now = fields.Datetime.now()
        orders = {}
        orders["late"] = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        orders["late"].date_promised = fields.Date.today() - timedelta(days=3)
        orders["approval"] = self._to(self._order(self._creation(), "reshaping"), "estimated")
        orders["hold"] = self._to(self._order(self._creation(), "reshaping"), "received")
        orders["hold"].hold_reason = "part"
        orders["paid"] = self._done(self._creation(), "ring_resizing", "reshaping")
        orders["unclaimed"] = self._to(self._order(self._creation(), "reshaping"), "ready")
        orders["unclaimed"].sudo().date_ready = now - timedelta(days=45)
        self.company.care_invoice_trigger = "manual"
        orders["to_invoice"] = self._to(self._order(self._creation(), "reshaping"), "ready")
        before = now - timedelta(days=2)
        for key in ("late", "approval", "paid"):
            orders[key].sudo()._write_by_system({"date_received": before})
        self._to(self._order(self._creation(), "reshaping"), "draft")
        return orders

    def test_figures_against_own_computation(self):
        """Issue 5: every figure is what one counts oneself, and its list shows just that."""
        orders = self._make_day()
        figures = self._figures()
        expected = {
            "received": orders["hold"] | orders["unclaimed"] | orders["to_invoice"],
            "ready": orders["unclaimed"] | orders["to_invoice"],
            "late": orders["late"],
            "approval": orders["approval"],
            "hold": orders["hold"],
            "unclaimed": orders["unclaimed"],
            "to_invoice": orders["to_invoice"],
            "unpaid": orders["unclaimed"],
        }
        for key, behind in expected.items():
            with self.subTest(figure=key):
                action = figures[key]["action"]
                found = self.env[action["res_model"]].with_user(self.manager)
                found = found.with_context(allowed_company_ids=self.company.ids)
                found = found.search(action["domain"])
                if found._name != "care.order":
                    found = found.order_id
                self.assertEqual(found, behind.sorted())
                if figures[key]["type"] == "count":
                    self.assertEqual(figures[key]["value"], len(behind))
                else:
                    self.assertEqual((figures[key]["value"], figures[key]["note"]), (FEE, 1))
        self.assertEqual(figures["revenue"]["value"], 2 * FEE, "what got ready this month")
        self.assertEqual(figures["complimentary"]["value"], 190.0)
        self.assertEqual(figures["on_time"]["value"], 1.0)
        month = fields.Datetime.now().replace(day=1)
        self.assertAlmostEqual(
            figures["turnaround"]["value"],
            sum(
                (order.date_ready - order.date_received).total_seconds() / 86400
                for order in (orders["paid"], orders["to_invoice"])
            )
            / 2,
            4,
        )
        self.assertLess(orders["unclaimed"].date_ready, month, "counted in a month before")

    def test_drafts_are_not_invoiced(self):
        """Issue 5: what a draft bills is still to be invoiced, here as at month end, and named."""
        self.company.care_auto_post_invoice = False
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        draft = self._invoices(order)
        figure = self._figures()["to_invoice"]
        self.assertEqual((figure["value"], figure["note"]), (FEE, 1))
        row = self.env[figure["action"]["res_model"]].search(figure["action"]["domain"])
        row = row.filtered(lambda row: row.order_id == order)
        self.assertEqual((row.move_id, row.amount), (draft, FEE))
        draft.action_post()
        figure = self._figures()["to_invoice"]
        self.assertEqual((figure["value"], figure["note"]), (0.0, 0))

    def test_today_is_the_reader_s(self):
        """Issue 5: a day begins at the manager's own midnight."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        midnight = fields.Datetime.context_timestamp(
            self.manager.with_user(self.manager), fields.Datetime.now()
        ).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight.astimezone(UTC).replace(tzinfo=None)
        for moment, count in ((start, 1), (start - timedelta(seconds=1), 0)):
            order.sudo()._write_by_system({"date_received": moment})
            self.assertEqual(self._figures()["received"]["value"], count)

    def test_unpaid_in_another_currency_and_part(self):
        """Issue 5: unpaid is what the books say in the company's currency, payments deducted."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        pricelist = self._pricelist(euro, self._service_prices(reshaping=100.0))
        order = self._to(
            self._order(self._creation(), "reshaping", pricelist_id=pricelist.id), "ready"
        )
        self.assertEqual(self._figures()["unpaid"]["value"], 200.0)
        self.env["care.payment.register"].with_user(self.advisor).create(
            {"order_id": order.id, "amount": 40.0}
        ).action_confirm()
        self.assertEqual(self._figures()["unpaid"]["value"], 120.0)

    def test_unpaid_is_the_month_end_s(self):
        """Issue 5: one definition of what clients owe, whatever the house owes some of them."""
        self.company.care_down_payment_percent = 30.0
        unpaid, declined = (
            self._order(self._creation(), "reshaping"),
            self._order(self._creation(), "reshaping"),
        )
        self._to(declined, "approved")
        self._pay(declined)
        declined.action_decline("Too dear after all")
        self.company.care_down_payment_percent = 0.0
        self._to(unpaid, "ready")
        together = self._grouped_and_partly_paid()
        self._invoices(declined).filtered(lambda move: move.state == "draft").action_post()
        figures = self._figures()
        closing = (
            self.env["care.closing"]
            .with_user(self.manager)
            .create({"date": fields.Date.today(), "company_id": self.company.id})
        )
        self.assertEqual((closing.amount_unpaid, closing.count_unpaid), (FEE + 280.0, 2))
        self.assertEqual((closing.amount_credit, closing.count_credit), (-57.0, 1))
        for key, kind in (("unpaid", "unpaid"), ("to_invoice", "unbilled")):
            self.assertEqual(
                (figures[key]["value"], figures[key]["note"]),
                (closing[f"amount_{kind}"], closing[f"count_{kind}"]),
            )
        action = figures["unpaid"]["action"]
        rows = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        rows = rows.filtered(lambda row: row.company_id == self.company)
        self.assertEqual(sum(rows.mapped("amount")), figures["unpaid"]["value"])
        owing = self.env["care.order"].search(
            [
                ("payment_state", "in", ("unpaid", "partial")),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertEqual(owing, (unpaid | together).sorted())
        self.assertEqual(rows.sudo().move_id.care_order_ids, owing.sorted("id"))

    def _grouped_and_partly_paid(self):
        """Two orders on one invoice, of which a part is paid."""
        self.company.care_invoice_trigger = "manual"
        orders = self._to(self._order(self._creation(), "reshaping"), "ready")
        orders |= self._to(self._order(self._creation(), "reshaping"), "ready")
        orders.action_invoice_grouped()
        self.env["care.payment.register"].create(
            {"order_id": orders[0].id, "amount": 100.0}
        ).action_confirm()
        return orders

    def test_one_call_of_few_queries(self):
        """Issue 5, speed: the page asks the same few questions, whatever there is to count."""
        self._make_day()
        dashboard = self.env["care.dashboard"].with_user(self.manager)
        dashboard.get_figures()
        self.env.flush_all()
        count = self.env.cr.sql_log_count
        dashboard.get_figures()
        few = self.env.cr.sql_log_count - count
        for _index in range(3):
            self._to(self._order(self._creation(), "reshaping"), "ready")
        self.env.flush_all()
        dashboard.get_figures()
        self.env.flush_all()
        count = self.env.cr.sql_log_count
        dashboard.get_figures()
        self.assertEqual(self.env.cr.sql_log_count - count, few)
        self.assertLessEqual(few, 30)

    def test_manager_opens_the_page_first(self):
        """Issue 5: it is the first thing of the app for managers, and nobody else's."""
        menu = self.env.ref("cartier_care.care_dashboard_menu")
        root = self.env.ref("cartier_care.care_menu_root")
        first = self.env["ir.ui.menu"].with_user(self.manager).search([("parent_id", "=", root.id)])
        self.assertEqual(first[0], menu)
        for user in (self.advisor, self.jeweler):
            self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(user)._visible_menu_ids())

    def test_tour(self):
        """Issue 5: the page opens, and each click goes to the list behind the number."""
        self._make_day()
        self.start_tour("/odoo/care-overview", "care_dashboard", login=self.manager.login)
