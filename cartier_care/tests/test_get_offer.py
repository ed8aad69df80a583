# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ADJUSTMENTS, ALL_SERVICES, CARE, FEE, CareCommon

KEYS = {
    "service_id",
    "code",
    "name",
    "category",
    "eligible",
    "reasons",
    "alternative",
    "price",
    "currency_id",
    "price_origin",
    "price_is_minimum",
}


@tagged("post_install", "-at_install")
class TestGetOffer(CareCommon):
    """Design, the catalogue: `care.service.get_offer`."""

    def _offer(self, creation, values=None, user=None):
        services = self.env["care.service"].with_user(user or self.advisor)
        offer = services.get_offer(creation.id, values)
        return {row["code"]: row for row in offer}

    def test_shape(self):
        """`get_offer` → a list of 15 rows with the keys of the contract, plain values."""
        rows = self.env["care.service"].with_user(self.advisor).get_offer(self._creation().id)
        self.assertIsInstance(rows, list)
        own = [row for row in rows if row["code"] in ALL_SERVICES]
        self.assertEqual(len(own), 15)
        for row in own:
            self.assertLessEqual(KEYS, set(row), row["code"])
            service = self._service(row["code"])
            self.assertEqual(row["service_id"], service.id)
            self.assertEqual(row["name"], service.name)
            self.assertEqual(row["currency_id"], self.usd.id)
            self.assertIsInstance(row["eligible"], bool)
            self.assertIsInstance(row["reasons"], list)
            self.assertTrue(all(isinstance(reason, str) for reason in row["reasons"]))
            if not row["eligible"]:
                self.assertTrue(row["reasons"], row["code"])

    def test_ring(self):
        """A plain ring: what it may have, what each costs today and why."""
        offer = self._offer(self._creation())
        for code, origin in (
            ("shining", "complimentary"),
            ("engraving", "complimentary"),
            ("ring_resizing", "first_complimentary"),
        ):
            self.assertTrue(offer[code]["eligible"], code)
            self.assertEqual((offer[code]["price"], offer[code]["price_origin"]), (0.0, origin))
        for code in CARE:
            self.assertTrue(offer[code]["eligible"], code)
            self.assertEqual((offer[code]["price"], offer[code]["price_origin"]), (FEE, "fee"))
        for code in ("restoration", "reproduction"):
            self.assertTrue(offer[code]["eligible"], code)
            self.assertEqual(offer[code]["price_origin"], "to_estimate")
        for code in (
            "necklace_resizing",
            "bracelet_resizing",
            "earring_clasp_adjustment",
            "cord_replacement",
            "pairing",
        ):
            self.assertFalse(offer[code]["eligible"], code)

    def test_second_time(self):
        """The second time: 190 as a minimum."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        row = self._offer(creation)["ring_resizing"]
        self.assertEqual(
            (row["price"], row["price_origin"], row["price_is_minimum"]), (FEE, "minimum", True)
        )
        self.assertFalse(self._offer(creation)["reshaping"]["price_is_minimum"])

    def test_alternative(self):
        """`alternative` is a code or false."""
        for kind, code in (
            ("ring", "ring_resizing"),
            ("necklace", "necklace_resizing"),
            ("bracelet", "bracelet_resizing"),
        ):
            row = self._offer(self._creation(kind, is_paved=True))[code]
            self.assertFalse(row["eligible"])
            self.assertEqual(row["alternative"], "reproduction")
        self.assertFalse(self._offer(self._creation())["shining"]["alternative"])
        self.assertFalse(self._offer(self._creation())["ring_resizing"]["alternative"])

    def test_details_are_checked_only_when_given(self):
        """Details such as the change in cm are checked only when given in `values`."""
        creation = self._creation("necklace")
        self.assertTrue(self._offer(creation)["necklace_resizing"]["eligible"])
        for change, eligible in ((4.0, True), (-4.0, True), (4.01, False), (-4.01, False)):
            row = self._offer(creation, {"adjustment": change})["necklace_resizing"]
            self.assertEqual(row["eligible"], eligible, change)
        self.assertTrue(self._offer(creation)["engraving"]["eligible"], "no text asked for yet")

    def test_details_move_the_price(self):
        """A ring beyond 2 sizes is offered from 190."""
        creation = self._creation()
        for change, price in ((2.0, 0.0), (3.0, FEE), (-3.0, FEE)):
            row = self._offer(creation, {"adjustment": change})["ring_resizing"]
            self.assertTrue(row["eligible"])
            self.assertEqual(row["price"], price)

    def test_engraving_text(self):
        """An engraving's text is checked when given."""
        creation = self._creation(engraving_capacity=3)
        for text, eligible in (("ABC", True), ("ABCD", False)):
            row = self._offer(creation, {"engraving_text": text})["engraving"]
            self.assertEqual(row["eligible"], eligible)

    def test_all_reasons(self):
        """Every reason is said, not only the first one."""
        row = self._offer(self._creation("bracelet", is_paved=True, is_bangle=True))[
            "bracelet_resizing"
        ]
        self.assertGreaterEqual(len(row["reasons"]), 2)
        self.assertEqual(len(set(row["reasons"])), len(row["reasons"]))

    def test_reasons_agree_with_the_refusals(self):
        """What the offer says and what saving a line says is the same."""
        kinds = ("ring", "necklace", "bracelet", "earrings", "other")
        for kind in kinds:
            creation = self._creation(kind, is_paved=True)
            offer = self._offer(creation)
            for code in (*ADJUSTMENTS, "cord_replacement", "pairing", "shining"):
                saved = self._attempt(lambda c=creation, s=code: self._order(c, s))
                self.assertEqual(saved, offer[code]["eligible"], f"{code} for {kind}")

    def test_prices_agree_with_the_order(self):
        """What the offer says and what an order of that service alone costs is the same."""
        creation = self._creation("bracelet")
        self._done(creation, "bracelet_resizing")
        offer = self._offer(creation)
        for code, row in offer.items():
            if row["eligible"] and code in ALL_SERVICES:
                line = self._line(self._order(creation, code), code)
                self.assertEqual(
                    (line.price_unit, line.price_origin), (row["price"], row["price_origin"]), code
                )

    def test_archived_service_is_not_offered(self):
        """Issue 3: an archived service isn't offered."""
        self._service("reshaping").active = False
        self.assertNotIn("reshaping", self._offer(self._creation()))

    def test_nothing_is_written(self):
        """The offer is a question: it makes no order and no line."""
        creation = self._creation()
        counts = [self.env[model].search_count([]) for model in ("care.order", "care.order.line")]
        self._offer(creation, {"adjustment": 1.0})
        self.assertEqual(
            counts,
            [self.env[model].search_count([]) for model in ("care.order", "care.order.line")],
        )

    def test_access_is_checked(self):
        """Access checked: a client gets the offer of their own creations only."""
        creation = self._creation()
        self.assertTrue(self._offer(creation, user=self.portal_client)["shining"]["eligible"])
        with self.assertRaises(AccessError):
            self._offer(creation, user=self.portal_other)

    def test_missing_creation(self):
        """A creation that doesn't exist is an error for people, not a crash."""
        creation = self._creation()
        missing = creation.id
        creation.unlink()
        services = self.env["care.service"].with_user(self.advisor)
        with self.assertRaises(UserError):
            services.get_offer(missing)

    def test_get_refusals(self):
        """`_get_refusals(creation, values)`: why a creation can't have a service, or empty."""
        service = self._service("ring_resizing")
        self.assertFalse(service._get_refusals(self._creation(), {}))
        self.assertFalse(service._get_refusals(self._creation(), {"adjustment": 1.0}))
        self.assertTrue(service._get_refusals(self._creation("necklace"), {}))
        self.assertTrue(service._get_refusals(self._creation(), {"adjustment": 0.0}))

    def _check_queries(self):
        creation = self._creation(
            gem_ids=[Command.set(self.diamond.ids)], metal_ids=[Command.set(self.white_gold.ids)]
        )
        services = self.env["care.service"].with_user(self.advisor)
        services.get_offer(creation.id)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(15):
            services.get_offer(creation.id)

    def test_queries(self):
        """Issue 3: `get_offer` takes at most 15 queries warm."""
        self._check_queries()

    def test_queries_with_pricelists(self):
        """Issue 3: one pass prices all services, whatever the number of rules."""
        self.env.ref("base.group_user").implied_ids += self.env.ref(
            "product.group_product_pricelist"
        )
        pricelist = self._pricelist(prices=self._service_prices(reshaping=150.0))
        self.client.with_company(self.company).specific_property_product_pricelist = pricelist
        one = self._count_queries()
        pricelist.item_ids = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": self._service(code).product_id.id,
                    "compute_price": "percentage",
                    "percent_price": 10.0,
                }
            )
            for code in ALL_SERVICES
            if code != "reshaping"
        ]
        self.assertLessEqual(self._count_queries(), one)

    def _count_queries(self):
        """How many queries an offer takes once the caches of the registry are warm."""
        services = self.env["care.service"].with_user(self.advisor)
        creation = self._creation()
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            services.get_offer(creation.id)
            count = self.env.cr.sql_log_count - before
        return count

    def test_offer_follows_the_pricelist(self):
        """Section 1: the offer is at the client's pricelist, as their order would be."""
        self.env.ref("base.group_user").implied_ids += self.env.ref(
            "product.group_product_pricelist"
        )
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        self._pricelist(euro, prices=self._service_prices(reshaping=150.0))
        row = self._offer(self._creation())["reshaping"]
        self.assertEqual((row["price"], row["currency_id"]), (150.0, euro.id))
        row = self._offer(self._creation())["polishing"]
        self.assertEqual((row["price"], row["currency_id"]), (95.0, euro.id))
