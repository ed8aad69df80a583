# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import FEE
from .common_money import MoneyCommon


@tagged("post_install", "-at_install")
class TestMoney(MoneyCommon):
    """Rules sections 1 and 9: currencies, pricelists, taxes, fiscal positions."""

    # -- Taxes ----------------------------------------------------------------------------

    def test_tax_excluded(self):
        """Section 1: a catalogue price excludes taxes that the product excludes."""
        self._set_taxes(self._tax(10.0))
        order = self._order(self._creation(), "reshaping")
        self.assertEqual(
            (order.amount_untaxed, order.amount_tax, order.amount_total), (190.0, 19.0, 209.0)
        )
        line = self._line(order, "reshaping")
        self.assertEqual(
            (line.price_subtotal, line.price_tax, line.price_total), (190.0, 19.0, 209.0)
        )
        self.assertAgrees(order)

    def test_tax_included(self):
        """Section 1: it includes taxes only where the product's taxes are price-included."""
        self._set_taxes(self._tax(20.0, included=True))
        order = self._order(self._creation(), "reshaping")
        self.assertEqual(
            (order.amount_untaxed, order.amount_tax, order.amount_total), (158.33, 31.67, 190.0)
        )
        self.assertAgrees(order)

    def test_tax_matrix(self):
        """Section 9 and issue 5: taxes × rounding × currencies agree to the cent."""
        currencies = {
            "USD": self.usd,
            "JPY": self.setup_other_currency("JPY", rates=[("2020-01-01", 149.87)]),
            "KWD": self.setup_other_currency("KWD", rates=[("2020-01-01", 0.3071)]),
        }
        self.assertEqual([currency.decimal_places for currency in currencies.values()], [2, 0, 3])
        taxes = {
            "excluded": self._tax(8.875),
            "included": self._tax(20.0, included=True),
            "two": self._tax(5.5) | self._tax(7.25),
            "none": self.env["account.tax"],
        }
        for rounding in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = rounding
            for tax_name, tax in taxes.items():
                self._set_taxes(tax)
                for code, currency in currencies.items():
                    with self.subTest(rounding=rounding, tax=tax_name, currency=code):
                        order = self._mixed_order(pricelist_id=self._pricelist(currency).id)
                        self.assertEqual(order.currency_id, currency)
                        totals = self.assertAgrees(order)
                        self.assertGreater(totals[0], 0.0)
                        self.assertEqual(bool(totals[1]), bool(tax))

    def test_lines_add_up(self):
        """Rules 2, totals: the lines add up to the order, rounded per line."""
        self.company.tax_calculation_rounding_method = "round_per_line"
        self._set_taxes(self._tax(8.875))
        order = self._mixed_order()
        for total, part in (
            ("amount_untaxed", "price_subtotal"),
            ("amount_tax", "price_tax"),
            ("amount_total", "price_total"),
        ):
            self.assertAlmostEqual(order[total], sum(order.line_ids.mapped(part)), 2)

    def test_optional_lines_are_not_taxed(self):
        """Rules 2, totals: an optional line not accepted bears no tax in the total."""
        self._set_taxes(self._tax(10.0))
        order = self._order(
            self._creation(),
            "reshaping",
            ("ring_resizing", {"adjustment": 3.0, "is_optional": True, "is_accepted": False}),
        )
        self.assertEqual(order.amount_total, 209.0)
        self._line(order, "ring_resizing").is_accepted = True
        self.assertEqual(order.amount_total, 418.0)

    def test_taxes_of_the_order_s_company_alone(self):
        """Issue 5, taxes as Odoo's sales do it: another company's taxes are not ours."""
        other = self._create_house("Another house of the tests")
        foreign = (
            self.env["account.tax"]
            .with_company(other)
            .create(
                {
                    "name": "A foreign tax",
                    "amount": 50.0,
                    "type_tax_use": "sale",
                    "company_id": other.id,
                    "country_id": other.account_fiscal_country_id.id,
                }
            )
        )
        ours = self._tax(10.0)
        self._set_taxes(ours | foreign)
        order = self._order(self._creation(), "reshaping")
        self.assertEqual(self._line(order, "reshaping").tax_ids, ours)
        self.assertEqual(order.amount_total, 209.0)

    def test_fiscal_position(self):
        """Issue 5: fiscal positions, as Odoo's sales do it."""
        standard = self._tax(20.0)
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        reduced = self._tax(
            5.0,
            fiscal_position_ids=[Command.set(position.ids)],
            original_tax_ids=[Command.set(standard.ids)],
        )
        self._set_taxes(standard)
        self.client.with_company(self.company).property_account_position_id = position
        order = self._order(self._creation(), "reshaping")
        self.assertEqual(self._line(order, "reshaping").tax_ids, reduced)
        self.assertEqual((order.amount_tax, order.amount_total), (9.5, 199.5))
        self.assertAgrees(order)
        self.assertEqual(self._invoices(order).fiscal_position_id, position)

    def test_fiscal_position_from_included_to_excluded(self):
        """Issue 5: a price that includes a tax is freed of it where it isn't due."""
        standard = self._tax(20.0, included=True)
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self._tax(
            0.0,
            fiscal_position_ids=[Command.set(position.ids)],
            original_tax_ids=[Command.set(standard.ids)],
        )
        self._set_taxes(standard)
        self.client.with_company(self.company).property_account_position_id = position
        order = self._order(self._creation(), "reshaping")
        self.assertEqual(order.amount_tax, 0.0)
        self.assertAgrees(order)

    # -- Currencies and pricelists ------------------------------------------------------------

    def test_currency_of_the_order(self):
        """Design, `care.order`: the pricelist's currency, else the company's."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        order = self._order(self._creation(), "reshaping")
        self.assertEqual(order.currency_id, self.usd)
        order.pricelist_id = self._pricelist(euro)
        self.assertEqual(order.currency_id, euro)
        self.assertEqual(order.amount_total, 95.0)

    def test_conversion(self):
        """Section 1: other currencies come from pricelists, else from Odoo's rates."""
        for code, rate, price in (
            ("EUR", 0.9, 171.0),
            ("JPY", 149.87, 28475.0),
            ("KWD", 0.3071, 58.349),
        ):
            with self.subTest(currency=code):
                currency = self.setup_other_currency(code, rates=[("2020-01-01", rate)])
                order = self._order(
                    self._creation(), "reshaping", pricelist_id=self._pricelist(currency).id
                )
                self.assertPrice(self._line(order, "reshaping"), price, "fee")
                self.assertEqual(order.amount_total, price)

    def test_conversion_at_the_order_s_date(self):
        """Design, `_get_base_price`: conversion at the order's date."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5), ("2024-01-01", 0.8)])
        pricelist = self._pricelist(euro)
        for date, price in (("2023-06-01 12:00:00", 95.0), ("2024-06-01 12:00:00", 152.0)):
            order = self._order(
                self._creation(),
                "reshaping",
                pricelist_id=pricelist.id,
                date_order=fields.Datetime.to_datetime(date),
            )
            self.assertEqual(order.amount_total, price)

    def test_pricelist_rule(self):
        """Design, `_get_base_price`: the pricelist's rule on the service's product first."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        pricelist = self._pricelist(
            euro, prices=self._service_prices(reshaping=175.0, ring_resizing=185.0)
        )
        order = self._order(
            self._creation(), "reshaping", ("ring_resizing", 3.0), pricelist_id=pricelist.id
        )
        self.assertPrice(self._line(order, "reshaping"), 175.0, "fee")
        self.assertPrice(self._line(order, "ring_resizing"), 185.0, "minimum")
        self.assertEqual(order.amount_total, 360.0)

    def test_pricelist_discount_is_no_goodwill(self):
        """Section 3: a regional price is the catalogue's price there: anybody applies it."""
        pricelist = self._pricelist()
        pricelist.item_ids = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": self._service("reshaping").product_id.id,
                    "compute_price": "fixed",
                    "fixed_price": 150.0,
                }
            )
        ]
        order = self._order(
            self._creation(), "reshaping", user=self.advisor, pricelist_id=pricelist.id
        )
        self.assertPrice(self._line(order, "reshaping"), 150.0, "fee")

    def test_pricelist_does_not_charge_the_complimentary(self):
        """Section 2.3: nor can a pricelist charge what is complimentary."""
        pricelist = self._pricelist(prices=self._service_prices(shining=30.0, ring_resizing=40.0))
        order = self._order(self._creation(), "shining", "ring_resizing", pricelist_id=pricelist.id)
        self.assertPrice(self._line(order, "shining"), 0.0, "complimentary")
        self.assertPrice(self._line(order, "ring_resizing"), 0.0, "first_complimentary")

    def test_base_price_method(self):
        """Design: `_get_base_price(order)` gives the catalogue price in the order's currency."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        order = self._order(
            self._creation(),
            pricelist_id=self._pricelist(euro, prices=self._service_prices(polishing=80.0)).id,
        )
        self.assertEqual(self._service("reshaping")._get_base_price(order), 95.0)
        self.assertEqual(self._service("polishing")._get_base_price(order), 80.0)

    def test_minimum_in_another_currency(self):
        """Section 3: the minimum that staff may raise is the catalogue's in that currency."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        order = self._order(
            self._creation(), ("ring_resizing", 3.0), pricelist_id=self._pricelist(euro).id
        )
        line = self._line(order, "ring_resizing")
        self.assertForbidden(
            line.with_user(self.advisor).write, {"price_unit": 94.0, "price_reason": "Less"}
        )
        line.with_user(self.advisor).price_unit = 100.0
        self.assertPrice(line, 100.0, "manual")

    def test_part_in_another_currency(self):
        """Section 2.8: a part's sales price is converted as well."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        order = self._order(
            self._creation(), "component_replacement", pricelist_id=self._pricelist(euro).id
        )
        part = self._add_part(order, "component_replacement", quantity=2.0)
        self.assertPrice(part, 22.5, "part")
        self.assertEqual(order.amount_total, 95.0 + 45.0)

    def test_rate_changes_after_the_estimate(self):
        """Section 9: firm prices: a rate that changes after the estimate moves nothing."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        order = self._to(
            self._order(self._creation(), "reshaping", pricelist_id=self._pricelist(euro).id),
            "approved",
        )
        euro.rate_ids.rate = 0.9
        order.action_start()
        self._finish(order)
        invoice = self._invoices(order)
        self.assertEqual((order.amount_total, invoice.amount_total), (95.0, 95.0))
        self.assertEqual(invoice.currency_id, euro)

    def test_tax_of_the_catalogue_changes_later(self):
        """Section 2: a later change of the product's taxes touches no order by itself."""
        tax = self._tax(10.0)
        self._set_taxes(tax)
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        self._set_taxes(self._tax(30.0))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(order.amount_total, 209.0)
        order.action_start()
        self._finish(order)
        self.assertEqual(self._invoices(order).amount_total, 209.0)

    def test_house_with_another_currency(self):
        """Section 1: a house that keeps its books in euros converts the dollars."""
        euro = self._enable_currency("EUR")
        house = self._create_house("Maison en euros", currency_id=euro.id)
        self.env["res.currency.rate"].search([("company_id", "=", house.id)]).unlink()
        self.env["res.currency.rate"].create(
            {
                "name": "2020-01-01",
                "currency_id": self.usd.id,
                "company_id": house.id,
                "rate": 2.0,
            }
        )
        manager = self._create_user("care_t_euro", "group_care_manager", house)
        boutique = self._create_location("Paris", "boutique", manager, house)
        order = self._order(
            self._creation(),
            "reshaping",
            user=manager,
            company_id=house.id,
            location_id=boutique.id,
            workshop_id=False,
        )
        self.assertEqual(order.currency_id, euro)
        self.assertEqual(order.amount_total, FEE / 2)
