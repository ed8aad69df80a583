# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the tests of money share: taxes, an order that rounds badly, and what must agree."""

import itertools

from odoo.fields import Command

from .common import CARE, CareCommon


class MoneyCommon(CareCommon):
    """Taxes of the company of the tests, and the sums that agree to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_number = itertools.count(1)

    def _tax(self, amount, included=False, **values):
        return self.env["account.tax"].create(
            {
                "name": f"{amount}% of the tests, {next(self.tax_number)}",
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "price_include_override": "tax_included" if included else "tax_excluded",
                **values,
            }
        )

    def _set_taxes(self, taxes):
        self._services(*CARE, "ring_resizing", "shining", "restoration").product_id.taxes_id = taxes
        self.component.taxes_id = taxes
        self.pearl.taxes_id = taxes

    def _mixed_order(self, **values):
        """A charged adjustment, a fee, an estimate, odd parts: 4 prices that round badly."""
        creation = self._creation(
            prior_service_ids=[Command.link(self._service("ring_resizing").id)]
        )
        order = self._order(
            creation,
            "shining",
            "ring_resizing",
            "reshaping",
            "component_replacement",
            "restoration",
            **values,
        )
        self._line(order, "restoration").price_unit = 333.33
        self._add_part(order, "component_replacement", self.component, quantity=3.0)
        self._add_part(order, "component_replacement", self.pearl, quantity=7.0)
        return order

    def assertAgrees(self, order):
        """Order = estimate = invoice, untaxed, tax and total, to the cent."""
        self._receive(order)
        currency = order.currency_id
        totals = (order.amount_untaxed, order.amount_tax, order.amount_total)
        self.assertEqual(
            currency.compare_amounts(totals[2], totals[0] + totals[1]), 0, "untaxed + tax = total"
        )
        order.action_propose()
        self.assertEqual(order.estimate_id.amount_total, totals[2])
        order.action_approve()
        order.action_start()
        self._finish(order)
        invoice = self._invoices(order)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.currency_id, currency)
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax, invoice.amount_total), totals)
        self.assertEqual((order.amount_untaxed, order.amount_tax, order.amount_total), totals)
        return totals
