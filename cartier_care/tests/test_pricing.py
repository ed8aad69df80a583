# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import ADJUSTMENTS, CARE, FEE, KIND_OF_ADJUSTMENT, PIXEL, CareCommon


@tagged("post_install", "-at_install")
class TestPrecedence(CareCommon):
    """Rules section 2: the price of a line, first match wins."""

    # -- 1. Redo under the house's warranty -------------------------------

    def test_redo_is_free(self):
        """Section 2.1: a redo of what was carried out is at 0, `warranty`."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        redo = self._order(creation, "reshaping", redo_of_id=first.id)
        self.assertPrice(self._line(redo, "reshaping"), 0.0, "warranty")
        self.assertEqual(redo.amount_total, 0.0)

    def test_redo_comes_before_everything(self):
        """Section 2.1: warranty wins over included, complimentary, minimum and fee."""
        creation = self._creation()
        first = self._done(creation, "ring_resizing", "shining", "clasp_link_repair")
        redo = self._order(
            creation, "ring_resizing", "shining", "clasp_link_repair", redo_of_id=first.id
        )
        for code in ("ring_resizing", "shining", "clasp_link_repair"):
            self.assertPrice(self._line(redo, code), 0.0, "warranty")

    def test_redo_covers_only_what_was_carried_out_there(self):
        """Section 2.1: only services carried out on the order that is redone."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        redo = self._order(creation, "reshaping", "clasp_link_repair", redo_of_id=first.id)
        self.assertPrice(self._line(redo, "reshaping"), 0.0, "warranty")
        self.assertPrice(self._line(redo, "clasp_link_repair"), FEE, "fee")

    def test_redo_of_something_not_feasible(self):
        """Section 2.1: what was found not feasible there was not carried out."""
        creation = self._creation()
        first = self._order(creation, "ring_resizing", "reshaping")
        first.action_receive()
        self._line(first, "ring_resizing").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(first)
        self._start(first)
        self._finish(first)
        self._pay(first)
        self._hand_over(first)
        redo = self._order(creation, "ring_resizing", redo_of_id=first.id)
        self.assertPrice(self._line(redo, "ring_resizing"), 0.0, "first_complimentary")

    def test_redo_parts(self):
        """Section 2.1: parts are free too, unless the manager says otherwise."""
        creation = self._creation()
        first = self._order(creation, "component_replacement")
        self._add_part(first, "component_replacement")
        self._to(first, "done")
        redo = self._order(creation, "component_replacement", redo_of_id=first.id)
        part = self._add_part(redo, "component_replacement")
        self.assertPrice(part, 0.0, "warranty")
        self.assertEqual(redo.amount_total, 0.0)
        part.with_user(self.manager).price_unit = 45.0
        self.assertEqual(part.price_unit, 45.0)
        self.assertEqual(redo.amount_total, 45.0)

    def test_redo_part_is_charged_by_the_manager_alone(self):
        """Section 2.1: nobody but the manager charges a part of a redo."""
        creation = self._creation()
        first = self._done(creation, "component_replacement")
        redo = self._order(creation, "component_replacement", redo_of_id=first.id)
        part = self._add_part(redo, "component_replacement")
        for user in (self.advisor, self.jeweler):
            self._attempt(part.with_user(user).write, {"price_unit": 45.0})
            self.assertPrice(part, 0.0, "warranty")

    def _redo_gives_nothing(self, creation, first, **values):
        """Such a redo is refused, or gives no warranty price."""
        orders = self.env["care.order"]
        before = orders.search([])
        self._attempt(lambda: self._order(creation, "reshaping", redo_of_id=first.id, **values))
        for order in orders.search([]) - before:
            self.assertPrice(self._line(order, "reshaping"), FEE, "fee")

    def test_redo_within_the_warranty_months(self):
        """Section 2.1: within the company's warranty months, both sides of the day."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        self.company.care_warranty_months = 6
        limit = fields.Datetime.now() - relativedelta(months=6)
        first.sudo().write({"date_done": limit + relativedelta(days=1)})
        redo = self._order(creation, "reshaping", redo_of_id=first.id)
        self.assertPrice(self._line(redo, "reshaping"), 0.0, "warranty")
        redo.action_cancel()
        first.sudo().write(
            {
                "date_done": limit - relativedelta(days=1),
                "date_ready": limit - relativedelta(days=1),
            }
        )
        self._redo_gives_nothing(creation, first)

    def test_redo_is_not_backdated(self):
        """Section 2.1: a date typed on the redo doesn't bring the warranty back."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        long_ago = fields.Datetime.now() - relativedelta(months=14)
        first.sudo().write({"date_done": long_ago, "date_ready": long_ago})
        self._redo_gives_nothing(creation, first, date_order=long_ago)

    def test_redo_without_warranty(self):
        """Section 2.1: a company with no months of warranty redoes nothing for free."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        first.sudo().write(
            {
                "date_done": fields.Datetime.now() - relativedelta(days=2),
                "date_ready": fields.Datetime.now() - relativedelta(days=2),
            }
        )
        self.company.care_warranty_months = 0
        self._redo_gives_nothing(creation, first)

    def test_redo_of_a_redo(self):
        """Sections 2.1 and 4: work redone restarts no warranty: the first order's counts."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        redo = self._done(creation, "reshaping", redo_of_id=first.id)
        long_ago = fields.Datetime.now() - relativedelta(months=14)
        first.sudo().write({"date_done": long_ago, "date_ready": long_ago})
        self._redo_gives_nothing(creation, redo)

    def test_redo_of_another_number(self):
        """Section 2.1: the order that is redone is of the same engraved number."""
        first = self._done(self._creation(), "reshaping")
        self._redo_gives_nothing(self._creation(), first)

    def test_redo_of_unfinished_work(self):
        """Section 2.1: what was never carried out can't be redone."""
        creation = self._creation()
        first = self._to(self._order(creation, "reshaping"), "cancel")
        self._redo_gives_nothing(creation, first)

    # -- 2. Included ------------------------------------------------------

    def test_adjustment_includes_polishing(self):
        """Section 2.2: polishing on an order that carries an adjustment is included at 0."""
        for code in ADJUSTMENTS:
            with self.subTest(adjustment=code):
                order = self._order(self._creation(KIND_OF_ADJUSTMENT[code]), code, "polishing")
                self.assertPrice(self._line(order, "polishing"), 0.0, "included")
                self.assertEqual(order.amount_total, 0.0)

    def test_included_polishing_does_not_bear_the_fee(self):
        """Section 2.2 before 2.6: an included polishing leaves the fee to the others."""
        order = self._order(self._creation(), "polishing", "ring_resizing", "reshaping")
        self.assertPrice(self._line(order, "polishing"), 0.0, "included")
        self.assertPrice(self._line(order, "reshaping"), FEE, "fee")
        self.assertEqual(order.amount_total, FEE)

    def test_polishing_beside_a_charged_adjustment(self):
        """Section 2.2: an adjustment that is charged includes polishing as well."""
        order = self._order(self._creation(), "polishing", ("ring_resizing", 3.0))
        self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")
        self.assertPrice(self._line(order, "polishing"), 0.0, "included")

    def test_included_wins_over_a_manual_price(self):
        """Section 2.2 before 2.4: an included polishing takes no manual price."""
        order = self._order(self._creation(), "polishing", "ring_resizing")
        self._attempt(
            self._line(order, "polishing").write,
            {"price_unit": 50.0, "price_reason": "A kind of mistake"},
        )
        self.assertPrice(self._line(order, "polishing"), 0.0, "included")
        self.assertEqual(order.amount_total, 0.0)

    def test_polishing_alone_again(self):
        """Section 2.2: polishing costs its fee again when the adjustment goes."""
        order = self._order(self._creation(), "polishing", "ring_resizing")
        self._line(order, "ring_resizing").unlink()
        self.assertPrice(self._line(order, "polishing"), FEE, "fee")

    def test_optional_adjustment_includes_once_accepted(self):
        """Section 9 with 2.2: the client's choice of optional lines moves inclusions."""
        order = self._order(self._creation(), "polishing", ("ring_resizing", {"is_optional": True}))
        self._line(order, "ring_resizing").is_accepted = False
        self.assertPrice(self._line(order, "polishing"), FEE, "fee")
        self._line(order, "ring_resizing").is_accepted = True
        self.assertPrice(self._line(order, "polishing"), 0.0, "included")

    # -- 3. Complimentary ---------------------------------------------------

    def test_complimentary(self):
        """Section 2.3: shining, engraving and cord replacement cost 0, every time."""
        for _time in range(2):
            creation = self._creation("bracelet")
            order = self._done(creation, "shining", "engraving", "cord_replacement")
            for code in ("shining", "engraving", "cord_replacement"):
                self.assertPrice(self._line(order, code), 0.0, "complimentary")
            self.assertEqual(order.amount_total, 0.0)

    def test_first_complimentary(self):
        """Section 2.3: each adjustment is complimentary the first time, within the limit."""
        for code in ADJUSTMENTS:
            with self.subTest(service=code):
                order = self._order(self._creation(KIND_OF_ADJUSTMENT[code]), code)
                self.assertPrice(self._line(order, code), 0.0, "first_complimentary")

    def test_first_complimentary_at_the_limit(self):
        """Section 2.3: the limit is within the limit."""
        for code, change in (
            ("necklace_resizing", 4.0),
            ("bracelet_resizing", -2.0),
            ("ring_resizing", 2.0),
            ("ring_resizing", -2.0),
        ):
            order = self._order(self._creation(KIND_OF_ADJUSTMENT[code]), (code, change))
            self.assertPrice(self._line(order, code), 0.0, "first_complimentary")

    def test_complimentary_can_not_be_charged(self):
        """Section 2.3: a complimentary price can't be charged by anyone, on write."""
        order = self._order(self._creation(), "shining", "ring_resizing")
        for user in (self.advisor, self.jeweler, self.manager):
            for code, origin in (
                ("shining", "complimentary"),
                ("ring_resizing", "first_complimentary"),
            ):
                with self.subTest(user=user.login, service=code):
                    line = self._line(order, code)
                    self._attempt(
                        line.with_user(user).write,
                        {"price_unit": 50.0, "price_reason": "Because"},
                    )
                    self.assertPrice(line, 0.0, origin)
                    self.assertEqual(order.amount_total, 0.0)

    def test_complimentary_can_not_be_charged_at_creation(self):
        """Section 2.3: nor in the create of the order."""
        for user in (self.advisor, self.manager):
            creation = self._creation()
            self._attempt(
                lambda creation=creation, user=user: self._order(
                    creation,
                    ("shining", {"price_unit": 50.0, "price_reason": "Because"}),
                    ("ring_resizing", {"price_unit": 50.0, "price_reason": "Because"}),
                    user=user,
                )
            )
            for order in self.env["care.order"].search([("creation_id", "=", creation.id)]):
                self.assertEqual(order.amount_total, 0.0)
                self.assertEqual(set(order.line_ids.mapped("price_unit")), {0.0})

    def test_complimentary_flag_can_not_charge_either(self):
        """Section 2.3: `is_price_manual` is no back door."""
        order = self._order(self._creation(), "shining")
        line = self._line(order, "shining")
        self._attempt(line.write, {"is_price_manual": True, "price_unit": 80.0})
        self._update_prices(order)
        self.assertPrice(line, 0.0, "complimentary")

    # -- 5. Minimum ---------------------------------------------------------

    def test_minimum_the_second_time(self):
        """Section 2.5: the second time costs the catalogue price as a minimum."""
        for code in ADJUSTMENTS:
            with self.subTest(service=code):
                creation = self._creation(KIND_OF_ADJUSTMENT[code])
                self._done(creation, code)
                order = self._order(creation, code)
                self.assertPrice(self._line(order, code), FEE, "minimum")

    def test_minimum_beyond_two_sizes(self):
        """Sections 2.5 and 5: beyond 2 sizes is never complimentary, confirmed or not."""
        for change in (3.0, -3.0, 2.01):
            order = self._order(self._creation(), ("ring_resizing", change))
            self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")
            order.action_receive()
            self._line(order, "ring_resizing").with_user(self.jeweler).is_feasible = True
            self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")

    def test_adjustments_are_charged_beside_the_care_fee(self):
        """Sections 1 and 2.6: the single fee is of care; an adjustment bears its own."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        order = self._order(creation, "ring_resizing", "reshaping", "clasp_link_repair")
        self.assertEqual(order.amount_total, 2 * FEE)

    # -- 6. The single fee ----------------------------------------------------

    def test_single_fee(self):
        """Sections 1 and 2.6: however many care interventions, 190 together."""
        for count in range(1, len(CARE) + 1):
            order = self._order(self._creation(), *CARE[:count])
            self.assertEqual(order.amount_total, FEE)
            origins = sorted(order.line_ids.mapped("price_origin"))
            self.assertEqual(origins, ["fee"] + ["included"] * (count - 1))

    def test_fee_bearer_by_sequence(self):
        """Section 2.6: among equals, the service's sequence, then its code, decides."""
        services = self._services("reshaping", "clasp_link_repair", "polishing")
        services.sequence = 50
        self._service("polishing").sequence = 10
        for codes in (
            ("reshaping", "clasp_link_repair", "polishing"),
            ("polishing", "clasp_link_repair", "reshaping"),
        ):
            order = self._order(self._creation(), *codes)
            self.assertPrice(self._line(order, "polishing"), FEE, "fee")
        self._service("polishing").sequence = 50
        for codes in (
            ("reshaping", "clasp_link_repair", "polishing"),
            ("polishing", "clasp_link_repair", "reshaping"),
        ):
            order = self._order(self._creation(), *codes)
            self.assertPrice(self._line(order, "clasp_link_repair"), FEE, "fee")

    def test_fee_bearer_is_the_dearest(self):
        """Section 2.6: the dearest mandatory line bears the fee."""
        pricelist = self._pricelist(
            prices=self._service_prices(reshaping=150.0, clasp_link_repair=220.0, polishing=190.0)
        )
        order = self._order(
            self._creation(),
            "reshaping",
            "clasp_link_repair",
            "polishing",
            pricelist_id=pricelist.id,
        )
        self.assertPrice(self._line(order, "clasp_link_repair"), 220.0, "fee")
        self.assertPrice(self._line(order, "reshaping"), 0.0, "included")
        self.assertPrice(self._line(order, "polishing"), 0.0, "included")
        self.assertEqual(order.amount_total, 220.0)

    def test_fee_bearer_mandatory_before_optional(self):
        """Section 2.6: a mandatory line before a dearer optional one, accepted or not."""
        pricelist = self._pricelist(
            prices=self._service_prices(reshaping=150.0, clasp_link_repair=220.0)
        )
        order = self._order(
            self._creation(),
            "reshaping",
            ("clasp_link_repair", {"is_optional": True}),
            pricelist_id=pricelist.id,
        )
        for accepted in (False, True):
            self._line(order, "clasp_link_repair").is_accepted = accepted
            self.assertPrice(self._line(order, "reshaping"), 150.0, "fee")
            self.assertPrice(self._line(order, "clasp_link_repair"), 0.0, "included")
            self.assertEqual(order.amount_total, 150.0)

    def test_fee_bearer_among_optional(self):
        """Section 2.6: with no mandatory line, the dearest accepted optional one bears it."""
        pricelist = self._pricelist(
            prices=self._service_prices(reshaping=150.0, clasp_link_repair=220.0)
        )
        order = self._order(
            self._creation(),
            ("reshaping", {"is_optional": True, "is_accepted": True}),
            ("clasp_link_repair", {"is_optional": True, "is_accepted": False}),
            pricelist_id=pricelist.id,
        )
        self.assertPrice(self._line(order, "reshaping"), 150.0, "fee")
        self.assertEqual(order.amount_total, 150.0)
        self._line(order, "clasp_link_repair").is_accepted = True
        self.assertPrice(self._line(order, "clasp_link_repair"), 220.0, "fee")
        self.assertPrice(self._line(order, "reshaping"), 0.0, "included")
        self.assertEqual(order.amount_total, 220.0)

    def test_fee_passes_on_when_its_bearer_goes(self):
        """Section 2.6: when the bearer is deleted, another line bears the fee."""
        order = self._order(self._creation(), *CARE)
        for _count in range(len(CARE) - 1):
            bearer = order.line_ids.filtered(lambda line: line.price_origin == "fee")
            self.assertEqual(len(bearer), 1)
            bearer.unlink()
            self.assertEqual(order.amount_total, FEE)

    def test_fee_bearer_not_feasible(self):
        """Sections 2.6 and 6: a bearer found not feasible passes the fee on."""
        order = self._order(self._creation(), "reshaping", "clasp_link_repair")
        order.action_receive()
        bearer = order.line_ids.filtered(lambda line: line.price_origin == "fee")
        other = order.line_ids - bearer
        bearer.with_user(self.jeweler).outcome = "not_feasible"
        self.assertPrice(bearer, 0.0, "not_feasible")
        self.assertPrice(other, FEE, "fee")

    def test_other_categories_have_no_single_fee(self):
        """Section 2.6: in any other category each line bears its own fee."""
        for single_fee, total in ((False, 170.0), (True, 100.0)):
            category = self.env["care.service.category"].create(
                {
                    "name": "Watches",
                    "code": f"watches_{single_fee}".lower(),
                    "single_fee": single_fee,
                }
            )
            services = self._new_services(category, (100.0, 70.0))
            order = self._order(self._creation())
            order.write(
                {"line_ids": [Command.create({"service_id": service.id}) for service in services]}
            )
            self.assertEqual(order.amount_total, total)

    def test_single_fees_of_two_categories_add_up(self):
        """Section 2.6: a single fee is the category's own."""
        category = self.env["care.service.category"].create(
            {"name": "Watches", "code": "watches", "single_fee": True}
        )
        services = self._new_services(category, (100.0, 70.0))
        order = self._order(self._creation(), "reshaping", "polishing")
        order.write(
            {"line_ids": [Command.create({"service_id": service.id}) for service in services]}
        )
        self.assertEqual(order.amount_total, FEE + 100.0)

    def _new_services(self, category, prices):
        services = self.env["care.service"]
        for index, price in enumerate(prices):
            product = self.env["product.product"].create(
                {
                    "name": f"Service {index}",
                    "type": "service",
                    "list_price": price,
                    "taxes_id": [Command.clear()],
                }
            )
            services |= services.create(
                {
                    "name": f"Service {index}",
                    "code": f"{category.code}_{index}",
                    "category_id": category.id,
                    "product_id": product.id,
                    "price_policy": "fee",
                    "base_price": price,
                    "currency_id": self.usd.id,
                }
            )
        return services

    # -- 7. On request --------------------------------------------------------

    def test_on_request_without_estimate(self):
        """Section 2.7: no price, `to_estimate`; neither proposed, approved nor started."""
        for code, kind in (
            ("restoration", "ring"),
            ("pairing", "earrings"),
            ("reproduction", "ring"),
        ):
            with self.subTest(service=code):
                order = self._receive(self._order(self._creation(kind), code))
                self.assertPrice(self._line(order, code), 0.0, "to_estimate")
                for action in (order.action_propose, order.action_approve, order.action_start):
                    self.assertRefused(action)
                self.assertEqual(order.state, "received")

    def test_on_request_beside_other_lines(self):
        """Section 2.7: one line to estimate holds the whole order back."""
        order = self._receive(self._order(self._creation(), "reshaping", "restoration"))
        self.assertRefused(order.action_propose)
        self._line(order, "restoration").with_user(self.jeweler).price_unit = 900.0
        order.action_propose()
        self.assertEqual(order.amount_total, FEE + 900.0)

    # -- 8. Parts ---------------------------------------------------------------

    def test_part(self):
        """Section 2.8: a part costs its sales price × quantity."""
        order = self._order(self._creation(), "component_replacement")
        part = self._add_part(order, "component_replacement", quantity=3.0)
        self.assertPrice(part, 45.0, "part")
        self.assertEqual(part.price_subtotal, 135.0)
        self.assertEqual(order.amount_total, FEE + 135.0)

    def test_part_through_the_pricelist(self):
        """Section 2.8: through the pricelist."""
        pricelist = self._pricelist(prices={self.component: 30.0})
        order = self._order(self._creation(), "component_replacement", pricelist_id=pricelist.id)
        part = self._add_part(order, "component_replacement", quantity=2.0)
        self.assertPrice(part, 30.0, "part")
        self.assertEqual(order.amount_total, FEE + 60.0)

    def test_part_by_quantity(self):
        """Section 2.8: the pricelist's price for that quantity."""
        pricelist = self._pricelist(prices={self.component: 30.0})
        pricelist.item_ids.min_quantity = 5
        order = self._order(self._creation(), "component_replacement", pricelist_id=pricelist.id)
        part = self._add_part(order, "component_replacement", quantity=4.0)
        self.assertPrice(part, 45.0, "part")
        part.quantity = 5.0
        self.assertPrice(part, 30.0, "part")

    def test_parts_come_on_top_always(self):
        """Section 1: parts come on top of the one fee, always."""
        order = self._order(
            self._creation(), "component_replacement", "stone_pearl_replacement", "reshaping"
        )
        self._add_part(order, "component_replacement", self.component)
        self._add_part(order, "stone_pearl_replacement", self.pearl, quantity=2.0)
        self.assertEqual(order.amount_total, FEE + 45.0 + 240.0)

    def test_part_follows_its_intervention(self):
        """Section 2, totals: a part follows its intervention."""
        order = self._order(
            self._creation(),
            "shining",
            ("component_replacement", {"is_optional": True, "is_accepted": False}),
        )
        part = self._add_part(order, "component_replacement")
        self.assertEqual(order.amount_total, 0.0)
        self._line(order, "component_replacement").is_accepted = True
        self.assertEqual(order.amount_total, FEE + 45.0)
        self._line(order, "component_replacement").unlink()
        self.assertFalse(part.exists())
        self.assertEqual(order.amount_total, 0.0)

    # -- Totals and explanations ------------------------------------------------

    def test_totals(self):
        """Section 2, totals: mandatory lines plus accepted optional ones."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        order = self._order(
            creation,
            ("ring_resizing", {"is_optional": True, "is_accepted": False}),
            "reshaping",
        )
        self.assertEqual(order.amount_total, FEE)
        self._line(order, "ring_resizing").is_accepted = True
        self.assertEqual(order.amount_total, 2 * FEE)

    def test_every_line_explains_itself(self):
        """Section 2: every line carries a sentence that says why it costs what it costs."""
        creation = self._creation("earrings")
        self._done(creation, "earring_clasp_adjustment")
        order = self._order(
            creation,
            "shining",
            "earring_clasp_adjustment",
            "polishing",
            "reshaping",
            "clasp_link_repair",
            "component_replacement",
            "restoration",
        )
        self._add_part(order, "component_replacement")
        explanations = {line.price_origin: line.price_explanation for line in order.line_ids}
        self.assertEqual(
            set(explanations),
            {"complimentary", "minimum", "included", "fee", "to_estimate", "part"},
        )
        self.assertTrue(all(explanations.values()))
        self.assertEqual(len(set(explanations.values())), len(explanations), "each its own reason")

    def test_explanation_in_the_reader_s_language(self):
        """Section 2: the sentence is in the reader's language, made when it is read."""
        line = self._line(self._order(self._creation(), "shining"), "shining")
        field = line._fields["price_explanation"]
        self.assertFalse(field.store, "a stored sentence would have one language")


@tagged("post_install", "-at_install")
class TestManualPrices(CareCommon):
    """Rules section 3: manual prices by role."""

    def _second_time(self, *codes):
        creation = self._creation()
        self._done(creation, "ring_resizing")
        return self._order(creation, "ring_resizing", *codes)

    def test_staff_raise_a_minimum(self):
        """Section 3: 'from' prices are a minimum: staff may raise them; `manual`."""
        for user in (self.advisor, self.jeweler, self.manager):
            with self.subTest(user=user.login):
                order = self._second_time()
                if user == self.jeweler:
                    order.action_receive()
                line = self._line(order, "ring_resizing")
                line.with_user(user).price_unit = 250.0
                self.assertPrice(line, 250.0, "manual")
                self.assertTrue(line.is_price_manual)
                self.assertEqual(order.amount_total, 250.0)

    def test_nobody_raises_the_care_fee(self):
        """Section 3: the care fee is a promise: nobody raises it."""
        for user in (self.advisor, self.jeweler, self.manager):
            for code in CARE:
                order = self._order(self._creation(), code)
                line = self._line(order, code)
                for values in (
                    {"price_unit": 190.01, "price_reason": "Hard work"},
                    {"price_unit": 500.0, "price_reason": "Hard work"},
                ):
                    self._attempt(line.with_user(user).write, values)
                    self.assertPrice(line, FEE, "fee")
                    self.assertEqual(order.amount_total, FEE)

    def test_nobody_raises_an_included_line(self):
        """Section 3: nor by way of a line that the fee includes."""
        order = self._order(self._creation(), "reshaping", "clasp_link_repair")
        for line in order.line_ids:
            self._attempt(line.write, {"price_unit": 191.0, "price_reason": "Hard work"})
            self.assertLessEqual(order.amount_total, FEE)

    def test_goodwill_is_the_manager_s(self):
        """Section 3: a price below the catalogue's is the care manager's alone; `goodwill`."""
        for code, price in (("reshaping", 100.0), ("ring_resizing", 0.0)):
            order = self._second_time("reshaping")
            order.action_receive()
            line = self._line(order, code)
            for user in (self.advisor, self.jeweler):
                self.assertForbidden(
                    line.with_user(user).write,
                    {"price_unit": price, "price_reason": "A regular client"},
                )
            line.with_user(self.manager).write(
                {"price_unit": price, "price_reason": "A regular client"}
            )
            self.assertPrice(line, price, "goodwill")
            self.assertEqual(line.price_reason, "A regular client")

    def test_goodwill_needs_a_reason(self):
        """Section 3: with a typed reason."""
        order = self._order(self._creation(), "reshaping")
        line = self._line(order, "reshaping")
        self.assertRefused(line.write, {"price_unit": 100.0})
        self.assertRefused(line.write, {"price_unit": 100.0, "price_reason": "  "})
        self.assertPrice(line, FEE, "fee")

    def test_goodwill_reason_stays(self):
        """Section 3: the reason stays on record: it can't be taken away from a goodwill."""
        order = self._order(self._creation(), "reshaping")
        line = self._line(order, "reshaping")
        line.write({"price_unit": 100.0, "price_reason": "A regular client"})
        self._attempt(line.write, {"price_reason": False})
        self.assertEqual(line.price_reason, "A regular client")

    def test_goodwill_at_creation(self):
        """Section 3: nor does an advisor give goodwill when creating the line."""
        creation = self._creation()
        values = ("reshaping", {"price_unit": 100.0, "price_reason": "A regular client"})
        self.assertForbidden(lambda: self._order(creation, values, user=self.advisor))
        order = self._order(creation, values, user=self.manager)
        self.assertPrice(self._line(order, "reshaping"), 100.0, "goodwill")

    def test_goodwill_on_a_part(self):
        """Section 3: a part below its pricelist price too."""
        order = self._order(self._creation(), "component_replacement")
        part = self._add_part(order, "component_replacement")
        for user in (self.advisor, self.jeweler):
            self.assertForbidden(
                part.with_user(user).write, {"price_unit": 44.99, "price_reason": "Small"}
            )
        self.assertRefused(part.write, {"price_unit": 40.0})
        part.write({"price_unit": 40.0, "price_reason": "A scratched one"})
        self.assertPrice(part, 40.0, "goodwill")
        self.assertEqual(order.amount_total, FEE + 40.0)

    def test_taxes_are_no_back_door(self):
        """Section 3: an advisor lowers no total by taking the taxes off a line."""
        tax = self.env["account.tax"].create(
            {
                "name": "10% of the tests",
                "amount": 10.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        self._service("reshaping").product_id.taxes_id = tax
        order = self._order(self._creation(), "reshaping", user=self.advisor)
        self.assertEqual(order.amount_total, 209.0)
        self._attempt(order.line_ids.write, {"tax_ids": [Command.clear()]})
        self.assertEqual(order.amount_total, 209.0)

    def test_a_bearer_with_goodwill(self):
        """Sections 2.4 and 2.6: a manual price makes its line the bearer; others included."""
        for code in CARE[1:4]:
            order = self._order(self._creation(), "component_replacement", *CARE[1:4])
            self._line(order, code).write({"price_unit": 120.0, "price_reason": "A gesture"})
            self.assertPrice(self._line(order, code), 120.0, "goodwill")
            others = order.line_ids - self._line(order, code)
            self.assertEqual(set(others.mapped("price_origin")), {"included"})
            self.assertEqual(order.amount_total, 120.0)

    def test_the_dearest_of_several_manual_prices(self):
        """Section 2.6: of several lines with a manual price the dearest bears the fee."""
        order = self._order(self._creation(), "reshaping", "clasp_link_repair")
        self._line(order, "reshaping").write({"price_unit": 100.0, "price_reason": "A gesture"})
        self._line(order, "clasp_link_repair").write(
            {"price_unit": 120.0, "price_reason": "A gesture"}
        )
        self.assertPrice(self._line(order, "clasp_link_repair"), 120.0, "goodwill")
        self.assertPrice(self._line(order, "reshaping"), 0.0, "included")
        self.assertEqual(order.amount_total, 120.0)

    def test_estimates_of_on_request_lines(self):
        """Section 3: on-request lines take any price ≥ 0 from a jeweler or the manager."""
        for user in (self.jeweler, self.manager):
            for price in (0.0, 1.0, 12345.67):
                order = self._order(self._creation(), "restoration")
                order.action_receive()
                line = self._line(order, "restoration")
                line.with_user(user).price_unit = price
                self.assertPrice(line, price, "estimate")

    def test_an_estimate_of_zero_counts(self):
        """Section 3: writing one is an estimate even at 0: the order may go on."""
        order = self._receive(self._order(self._creation(), "restoration"))
        self.assertRefused(order.action_propose)
        self._line(order, "restoration").with_user(self.jeweler).price_unit = 0.0
        order.action_start()
        self.assertEqual(order.state, "in_progress")

    def test_advisors_do_not_estimate(self):
        """Section 3: an advisor writes no estimate."""
        order = self._receive(self._order(self._creation(), "restoration"))
        line = self._line(order, "restoration")
        self.assertForbidden(line.with_user(self.advisor).write, {"price_unit": 500.0})
        self.assertPrice(line, 0.0, "to_estimate")

    def test_manual_price_survives(self):
        """Section 3: a manual price survives every recomputation until it is given back."""
        order = self._second_time()
        line = self._line(order, "ring_resizing")
        line.price_unit = 250.0
        self._add_line(order, "reshaping")
        self._update_prices(order)
        line.adjustment = 2.0
        order.pricelist_id = self._pricelist(prices=self._service_prices(ring_resizing=200.0))
        order.action_receive()
        self.assertPrice(line, 250.0, "manual")
        line.is_price_manual = False
        self.assertPrice(line, 200.0, "minimum")
        self.assertFalse(line.is_price_manual)

    def test_writing_the_same_price_is_not_manual(self):
        """Design, lines: manual is a price that differs from the computed one."""
        order = self._second_time("reshaping")
        for code, origin in (("ring_resizing", "minimum"), ("reshaping", "fee")):
            line = self._line(order, code)
            line.price_unit = FEE
            self.assertFalse(line.is_price_manual)
            self.assertPrice(line, FEE, origin)

    def test_an_advisor_resets_a_manual_price(self):
        """Section 3: given back to the catalogue, the price is the catalogue's."""
        order = self._second_time()
        line = self._line(order, "ring_resizing")
        line.with_user(self.advisor).price_unit = 300.0
        line.with_user(self.advisor).is_price_manual = False
        self.assertPrice(line, FEE, "minimum")

    def test_an_estimate_given_back(self):
        """Section 3: an estimate given back is to be made again."""
        order = self._order(self._creation(), "restoration")
        line = self._line(order, "restoration")
        line.price_unit = 700.0
        line.is_price_manual = False
        self.assertPrice(line, 0.0, "to_estimate")

    def test_no_negative_price(self):
        """Section 3: no price is negative."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        order = self._order(
            creation, "shining", "ring_resizing", "component_replacement", "restoration"
        )
        self._add_part(order, "component_replacement")
        for line in order.line_ids:
            before = line.price_unit, line.price_origin
            self._attempt(line.write, {"price_unit": -1.0, "price_reason": "Take it"})
            self.assertEqual((line.price_unit, line.price_origin), before)

    def test_no_negative_quantity(self):
        """Section 3: nor does a quantity make a total negative."""
        order = self._order(self._creation(), "component_replacement")
        part = self._add_part(order, "component_replacement")
        for quantity in (-1.0, -100.0):
            self.assertRefused(part.write, {"quantity": quantity})
        self.assertEqual(order.amount_total, FEE + 45.0)

    def test_service_quantity_is_one(self):
        """Section 1: a service's price is the price of the service, not of several."""
        order = self._order(self._creation(), "reshaping")
        self._attempt(self._line(order, "reshaping").write, {"quantity": 3.0})
        self.assertEqual(order.amount_total, FEE)

    def test_manual_price_of_the_first_time(self):
        """Section 2.3 before 2.4: a manual price gives way to the first time."""
        order = self._order(self._creation(), ("ring_resizing", 3.0))
        line = self._line(order, "ring_resizing")
        line.price_unit = 250.0
        self.assertPrice(line, 250.0, "manual")
        line.adjustment = 2.0
        self.assertPrice(line, 0.0, "first_complimentary")


@tagged("post_install", "-at_install")
class TestPricesStandStill(CareCommon):
    """Rules section 2, totals: when prices move and when they do not."""

    def _raise_the_catalogue(self, price=210.0):
        self._services(*CARE).base_price = price
        self._services(*CARE).product_id.list_price = price

    def test_catalogue_touches_no_order_by_itself(self):
        """Section 2: a later change of the catalogue touches no order by itself."""
        states = ("draft", "received", "estimated", "approved", "in_progress", "ready", "done")
        orders = {
            state: self._to(self._order(self._creation(), "reshaping"), state) for state in states
        }
        self._raise_the_catalogue()
        self.env.flush_all()
        self.env.invalidate_all()
        for state, order in orders.items():
            self.assertEqual(order.state, state)
            self.assertPrice(self._line(order, "reshaping"), FEE, "fee")
            self.assertEqual(order.amount_total, FEE, state)

    def test_prices_are_those_of_the_edit(self):
        """Section 2: nor within one transaction, before anybody has read the price."""
        creation = self._creation()
        order = self._order(creation, "reshaping", "ring_resizing")
        self._raise_the_catalogue()
        creation.prior_service_ids = self._service("ring_resizing")
        self.assertPrice(self._line(order, "reshaping"), FEE, "fee")
        self.assertPrice(self._line(order, "ring_resizing"), 0.0, "first_complimentary")
        self._update_prices(order)
        self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")

    def test_pricelist_and_rate_touch_no_order(self):
        """Section 2: nor does a pricelist or a rate."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        pricelist = self._pricelist(currency, prices=self._service_prices(reshaping=150.0))
        order = self._order(
            self._creation(), "reshaping", ("ring_resizing", 3.0), pricelist_id=pricelist.id
        )
        self.assertEqual(order.amount_total, 150.0 + 95.0)
        pricelist.item_ids.fixed_price = 160.0
        currency.rate_ids.rate = 0.8
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(order.amount_total, 150.0 + 95.0)

    def test_update_prices(self):
        """Section 2: *Update prices* works while draft or received."""
        for state in ("draft", "received"):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            self._raise_the_catalogue(210.0)
            self._update_prices(order)
            self.assertPrice(self._line(order, "reshaping"), 210.0, "fee")
            self._raise_the_catalogue(FEE)

    def test_update_prices_later(self):
        """Section 2: and not after."""
        for state in ("estimated", "approved", "in_progress", "ready", "done"):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            self._raise_the_catalogue(210.0)
            self.assertRefused(self._update_prices, order)
            self.assertEqual(order.amount_total, FEE)
            self._raise_the_catalogue(FEE)

    def test_update_prices_in_batch(self):
        """Design, contract: actions take recordsets of any size."""
        orders = self.env["care.order"].with_user(self.manager)
        for _index in range(3):
            orders |= self._order(self._creation(), "reshaping")
        self._raise_the_catalogue(210.0)
        self._update_prices(orders)
        self.assertEqual(orders.mapped("amount_total"), [210.0] * 3)

    def test_receiving_settles_prices_anew(self):
        """Section 2: receiving an order settles its prices anew."""
        order = self._order(self._creation(), "reshaping")
        self._raise_the_catalogue()
        order.action_receive()
        self.assertPrice(self._line(order, "reshaping"), 210.0, "fee")

    def test_receiving_after_another_order_used_the_first_time(self):
        """Sections 2 and 4: a draft's first time may be gone at the receipt."""
        creation = self._creation()
        late = self._order(creation, "ring_resizing")
        self.assertPrice(self._line(late, "ring_resizing"), 0.0, "first_complimentary")
        self._done(creation, "ring_resizing")
        self.assertPrice(self._line(late, "ring_resizing"), 0.0, "first_complimentary")
        late.action_receive()
        self.assertPrice(self._line(late, "ring_resizing"), FEE, "minimum")

    def test_lines_can_not_be_repriced_after_received(self):
        """Section 2: prices move only while the order is draft or received."""
        for state in ("estimated", "approved", "in_progress", "ready", "done"):
            with self.subTest(state=state):
                order = self._to(
                    self._order(
                        self._creation(),
                        ("ring_resizing", {"adjustment": 3.0, "is_feasible": True}),
                    ),
                    state,
                )
                self.assertForbidden(
                    self._line(order, "ring_resizing").write, {"price_unit": 300.0}
                )
                self.assertEqual(order.amount_total, FEE)

    def test_lines_go_with_a_later_order_s_state(self):
        """Section 2: a line that carries a price isn't deleted from an answered order."""
        for state in ("estimated", "approved", "ready", "done"):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            self.assertForbidden(self._line(order, "reshaping").unlink)
            self.assertEqual(order.amount_total, FEE)

    def test_prices_in_one_write_or_many(self):
        """Section 2.6: one write or many, the prices are the same."""
        creation = self._creation("bracelet")
        codes = ("polishing", "bracelet_resizing", "reshaping", "shining", "clasp_link_repair")
        at_once = self._order(creation, *codes)
        one_by_one = self._order(creation)
        for code in reversed(codes):
            self._add_line(one_by_one, code)
        self.assertEqual(self._prices(at_once), self._prices(one_by_one))

    def test_prices_through_write_commands(self):
        """Section 2.6: adding and deleting in one write prices the outcome."""
        order = self._order(self._creation(), "reshaping", "ring_resizing")
        order.write(
            {
                "line_ids": [
                    Command.delete(self._line(order, "reshaping").id),
                    Command.delete(self._line(order, "ring_resizing").id),
                    Command.create(self._line_vals("polishing")),
                    Command.create(self._line_vals("shining")),
                ]
            }
        )
        self.assertEqual(
            self._prices(order), {"polishing": (FEE, "fee"), "shining": (0.0, "complimentary")}
        )

    def test_orders_priced_in_batch(self):
        """Design, contract: many orders created in one call are priced as one by one."""
        creations = [self._creation() for _index in range(3)]
        self._done(creations[1], "ring_resizing")
        values = [
            self._order_vals(creation, "ring_resizing", "polishing", "reshaping")
            for creation in creations
        ]
        orders = self.env["care.order"].with_user(self.manager).create(values)
        self.assertEqual(orders.mapped("amount_total"), [FEE, 2 * FEE, FEE])

    def test_image_is_no_price(self):
        """Section 2.3: an engraving by image is complimentary as well."""
        order = self._order(
            self._creation(), ("engraving", {"engraving_text": False, "engraving_image": PIXEL})
        )
        self.assertPrice(self._line(order, "engraving"), 0.0, "complimentary")
