# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from hypothesis import HealthCheck, given, settings, strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .common import CARE, FEE, PERSONALIZATION, CareCommon

#: What a bracelet with a silk cord may have, at a price that is known.
SERVICES = (*PERSONALIZATION, "bracelet_resizing", *CARE)

property_settings = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

subsets = st.lists(st.sampled_from(SERVICES), unique=True, min_size=1)
care_prices = st.fixed_dictionaries(
    {code: st.sampled_from([120.0, 150.0, 190.0, 220.0]) for code in CARE}
)


@tagged("post_install", "-at_install")
class TestPricingProperties(CareCommon):
    """Issue 3, tests: combinations of services, by properties."""

    def _bracelet(self, used=False):
        prior = self._service("bracelet_resizing").ids if used else []
        return self._creation("bracelet", prior_service_ids=[Command.set(prior)])

    def _optional(self, flags):
        return {"is_optional": flags[0], "is_accepted": flags[0] and flags[1]}

    @property_settings
    @given(data=st.data(), codes=subsets, used=st.booleans(), prices=care_prices)
    def test_prices_do_not_depend_on_the_order_of_edits(self, data, codes, used, prices):
        """Section 2.6: at once, one by one, shuffled, with detours: the same prices."""
        creation = self._bracelet(used)
        pricelist = self._pricelist(prices=self._service_prices(**prices))
        flags = {
            code: self._optional(data.draw(st.tuples(st.booleans(), st.booleans())))
            for code in codes
        }
        at_once = self._order(
            creation, *[(code, flags[code]) for code in codes], pricelist_id=pricelist.id
        )
        expected = self._prices(at_once), at_once.amount_total

        one_by_one = self._order(creation, pricelist_id=pricelist.id)
        for code in data.draw(st.permutations(codes)):
            self._add_line(one_by_one, code, **flags[code])
        self.assertEqual((self._prices(one_by_one), one_by_one.amount_total), expected)

        detour = self._order(creation, *data.draw(st.permutations(SERVICES)))
        detour.line_ids.filtered(lambda line: line.service_id.code not in codes).unlink()
        for code in data.draw(st.permutations(codes)):
            self._line(detour, code).write(flags[code])
        detour.pricelist_id = pricelist
        self._update_prices(detour)
        self.assertEqual((self._prices(detour), detour.amount_total), expected)

    @property_settings
    @given(data=st.data(), codes=subsets, used=st.booleans(), prices=care_prices)
    def test_the_care_fee_is_never_charged_twice(self, data, codes, used, prices):
        """Section 1: whatever is combined, at most one care line bears a price."""
        creation = self._bracelet(used)
        pricelist = self._pricelist(prices=self._service_prices(**prices))
        lines = [
            (code, self._optional(data.draw(st.tuples(st.booleans(), st.booleans()))))
            for code in codes
        ]
        order = self._order(creation, *lines, pricelist_id=pricelist.id)
        counted = order.line_ids.filtered(
            lambda line: line.service_id.code in CARE and (not line.is_optional or line.is_accepted)
        )
        charged = counted.filtered("price_unit")
        self.assertLessEqual(len(charged), 1)
        self.assertLessEqual(sum(counted.mapped("price_unit")), max(prices.values()))
        adjusted = order.line_ids.filtered(
            lambda line: (
                line.service_id.code == "bracelet_resizing"
                and (not line.is_optional or line.is_accepted)
            )
        )
        bearers = counted.filtered(
            lambda line: not (adjusted and line.service_id.code == "polishing")
        )
        self.assertEqual(len(charged), 1 if bearers else 0, "and exactly one where care is due")
        mandatory = bearers.filtered(lambda line: not line.is_optional) or bearers
        if mandatory:
            self.assertEqual(
                charged.price_unit,
                max(prices[line.service_id.code] for line in mandatory),
                "the dearest mandatory line bears it",
            )

    @property_settings
    @given(data=st.data(), codes=subsets, used=st.booleans())
    def test_the_sum_of_lines_is_the_total(self, data, codes, used):
        """Section 2, totals: mandatory lines, accepted optional ones and their parts."""
        order = self._order(
            self._bracelet(used),
            *[
                (code, self._optional(data.draw(st.tuples(st.booleans(), st.booleans()))))
                for code in codes
            ],
        )
        for code in set(codes) & {"component_replacement", "stone_pearl_replacement"}:
            quantity = data.draw(st.integers(min_value=1, max_value=5))
            self._add_part(
                order,
                code,
                data.draw(st.sampled_from([self.component, self.pearl])),
                quantity=float(quantity),
            )
        counted = order.line_ids.filtered(
            lambda line: (
                (line.service_line_id or line).is_optional is False
                or (line.service_line_id or line).is_accepted
            )
        )
        self.assertAlmostEqual(order.amount_total, sum(counted.mapped("price_total")), 2)
        self.assertAlmostEqual(
            order.amount_total,
            sum(line.price_unit * line.quantity for line in counted),
            2,
        )
        self.assertGreaterEqual(min(order.line_ids.mapped("price_unit")), 0.0)

    @property_settings
    @given(codes=subsets, used=st.booleans())
    def test_complimentary_is_never_invoiced(self, codes, used):
        """Sections 2.3 and 9: the invoice is the order's total, complimentary stays at 0."""
        order = self._order(self._bracelet(used), *codes)
        if "stone_pearl_replacement" in codes:
            self._add_part(order, "stone_pearl_replacement", self.pearl)
        self._to(order, "ready")
        invoices = self._invoices(order)
        self.assertEqual(bool(invoices), bool(order.amount_total))
        self.assertEqual(sum(invoices.mapped("amount_total")), order.amount_total)
        free = order.line_ids.filtered(
            lambda line: line.price_origin in ("complimentary", "first_complimentary", "included")
        )
        for line in free.sudo().invoice_line_ids:
            self.assertEqual((line.price_unit, line.price_total), (0.0, 0.0))
        care = set(codes) & set(CARE)
        if "bracelet_resizing" in codes:
            care -= {"polishing"}
        expected = FEE * bool(care) + FEE * ("bracelet_resizing" in codes and used)
        expected += 120.0 * ("stone_pearl_replacement" in codes)
        self.assertEqual(order.amount_total, expected)

    @property_settings
    @given(
        change=st.floats(min_value=-6.0, max_value=6.0, allow_nan=False).map(
            lambda value: round(value, 2)
        ),
        kind=st.sampled_from(
            [
                ("necklace", "necklace_resizing"),
                ("bracelet", "bracelet_resizing"),
                ("ring", "ring_resizing"),
            ]
        ),
    )
    def test_limits(self, change, kind):
        """Section 5: limits are inclusive on both sides, zero is refused."""
        creation_type, code = kind
        limit = {"necklace_resizing": 4.0}.get(code, 2.0)
        creation = self._creation(creation_type)
        saved = self._attempt(lambda: self._order(creation, (code, change)))
        within = abs(change) <= limit
        self.assertEqual(saved, bool(change) and (within or code == "ring_resizing"))
        if saved:
            order = self.env["care.order"].search([("creation_id", "=", creation.id)])
            expected = (0.0, "first_complimentary") if within else (FEE, "minimum")
            line = order.line_ids
            self.assertEqual((line.price_unit, line.price_origin), expected)
