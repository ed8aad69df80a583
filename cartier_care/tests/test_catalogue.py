# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import ADJUSTMENTS, ALL_SERVICES, CARE, FEE, PERSONALIZATION, RESTORATION, CareCommon

#: code: (category, policy, base price, is minimum, limit, unit)
CATALOGUE = {
    "shining": ("personalization", "complimentary", 0.0, False, 0.0, False),
    "engraving": ("personalization", "complimentary", 0.0, False, 0.0, False),
    "cord_replacement": ("personalization", "complimentary", 0.0, False, 0.0, False),
    "necklace_resizing": ("adjustment", "first_complimentary", FEE, True, 4.0, "cm"),
    "bracelet_resizing": ("adjustment", "first_complimentary", FEE, True, 2.0, "cm"),
    "ring_resizing": ("adjustment", "first_complimentary", FEE, True, 2.0, "size"),
    "earring_clasp_adjustment": ("adjustment", "first_complimentary", FEE, True, 0.0, False),
    "component_replacement": ("care", "fee", FEE, False, 0.0, False),
    "reshaping": ("care", "fee", FEE, False, 0.0, False),
    "clasp_link_repair": ("care", "fee", FEE, False, 0.0, False),
    "polishing": ("care", "fee", FEE, False, 0.0, False),
    "stone_pearl_replacement": ("care", "fee", FEE, False, 0.0, False),
    "restoration": ("restoration", "on_request", 0.0, False, 0.0, False),
    "pairing": ("restoration", "on_request", 0.0, False, 0.0, False),
    "reproduction": ("restoration", "on_request", 0.0, False, 0.0, False),
}


@tagged("post_install", "-at_install")
class TestCatalogue(CareCommon):
    def test_rows(self):
        """Rules section 1, every row: category, policy, price and limit of the 15 services."""
        self.assertEqual(set(CATALOGUE), set(ALL_SERVICES))
        for code, (category, policy, price, minimum, limit, unit) in CATALOGUE.items():
            with self.subTest(service=code):
                service = self._service(code)
                self.assertEqual(service.code, code)
                self.assertEqual(service.category_id.code, category)
                self.assertEqual(service.price_policy, policy)
                self.assertEqual(service.base_price, price)
                self.assertEqual(service.adjustment_limit, limit)
                self.assertEqual(service.adjustment_unit or False, unit)
                if policy == "first_complimentary":
                    self.assertEqual(service.price_is_minimum, minimum, "'from' 190")

    def test_external_ids(self):
        """Design, the catalogue: external ids of the services and categories."""
        for code in ALL_SERVICES:
            self.assertEqual(self._service(code)._name, "care.service")
        for code in ("personalization", "adjustment", "care", "restoration"):
            category = self.env.ref(f"cartier_care.care_category_{code}")
            self.assertEqual((category._name, category.code), ("care.service.category", code))

    def test_there_are_15_services_in_4_categories(self):
        """Rules section 1: 4 categories, 15 services, and no other comes with the addon."""
        own = self.env["ir.model.data"].search(
            [("module", "=", "cartier_care"), ("model", "=", "care.service")]
        )
        self.assertEqual(len(own), 15)
        own = self.env["ir.model.data"].search(
            [("module", "=", "cartier_care"), ("model", "=", "care.service.category")]
        )
        self.assertEqual(len(own), 4)

    def test_prices_are_in_dollars(self):
        """Rules section 1: the catalogue's prices are in USD."""
        self.assertEqual(self._services(*ALL_SERVICES).currency_id, self.usd)

    def test_only_care_has_a_single_fee(self):
        """Rules section 1: the care category has a single fee, no other has."""
        for code in ("personalization", "adjustment", "care", "restoration"):
            category = self.env.ref(f"cartier_care.care_category_{code}")
            self.assertEqual(category.single_fee, code == "care", code)

    def test_adjustments_include_polishing(self):
        """Rules section 1: an adjustment includes polishing; nothing else includes anything."""
        for code in ALL_SERVICES:
            expected = self._service("polishing") if code in ADJUSTMENTS else []
            included = self._service(code).included_service_ids
            self.assertEqual(list(included), list(expected), code)

    def test_stones_need_a_part_and_a_repair_needs_none(self):
        """Rules section 1, last column: what each service needs by way of parts."""
        for code in ALL_SERVICES:
            self.assertEqual(
                bool(self._service(code).requires_part), code == "stone_pearl_replacement", code
            )

    def test_engraving_needs_a_proof(self):
        """Rules section 1: an engraving can't be undone, so the client approves its proof."""
        self.assertTrue(self._service("engraving").requires_proof)
        for code in ("shining", "cord_replacement", *ADJUSTMENTS, *CARE):
            self.assertFalse(self._service(code).requires_proof, code)

    def test_personalization_is_done_in_boutique(self):
        """Rules section 6: in-boutique services are the personalization category by default."""
        for code in ALL_SERVICES:
            self.assertEqual(bool(self._service(code).in_boutique), code in PERSONALIZATION, code)

    def test_each_service_has_a_product_of_its_own(self):
        """Design, the catalogue: a service product carries the income account and the taxes."""
        products = self._services(*ALL_SERVICES).product_id
        self.assertEqual(len(products), 15)
        self.assertEqual(set(products.mapped("type")), {"service"})

    def test_alternatives(self):
        """Rules section 5, last column: re-sizings propose reproduction, polishing shining."""
        for code in ("necklace_resizing", "bracelet_resizing", "ring_resizing"):
            alternatives = self._service(code).restriction_ids.alternative_service_id
            self.assertEqual(alternatives.mapped("code"), ["reproduction"], code)
        for code in RESTORATION:
            if code != "pairing":
                self.assertFalse(self._service(code).restriction_ids, f"{code} is never refused")

    def test_catalogue_survives_upgrades(self):
        """Design, the catalogue: the catalogue's data is noupdate; groups and rights are not."""
        data = self.env["ir.model.data"].search([("module", "=", "cartier_care")])
        for model in ("care.service", "care.service.category", "care.service.restriction"):
            records = data.filtered(lambda record, model=model: record.model == model)
            self.assertTrue(records, model)
            self.assertTrue(all(records.mapped("noupdate")), model)
        for model in ("res.groups", "ir.model.access", "ir.rule"):
            records = data.filtered(lambda record, model=model: record.model == model)
            self.assertTrue(records, model)
            self.assertFalse(any(records.mapped("noupdate")), model)

    def test_operations(self):
        """Design, the catalogue: the operations named there exist, in bench order."""
        codes = (
            "diagnosis",
            "rhodium_stripping",
            "polishing",
            "rhodium_bath",
            "final_check",
        )
        operations = self.env["care.operation"].search([("code", "in", codes)], order="sequence")
        self.assertEqual(operations.mapped("code"), list(codes))
        others = ("buffing", "cleaning", "technical_check", "aesthetic_check", "resizing")
        for code in (*others, "clasp_adjustment"):
            self.assertEqual(self.env["care.operation"].search_count([("code", "=", code)]), 1)

    def test_names_are_in_the_house_s_words(self):
        """Rules section 1: each service has a name and the codes are unique."""
        services = self._services(*ALL_SERVICES)
        self.assertTrue(all(services.mapped("name")))
        self.assertEqual(len(set(services.mapped("code"))), 15)

    def test_a_duplicate_is_a_service_to_edit(self):
        """Rules 5: a house adds a service; duplicating one is the quickest beginning."""
        service = self._service("ring_resizing")
        copies = service.copy() | service.copy()
        self.assertEqual(len(set(copies.mapped("code"))), 2)
        self.assertEqual(
            copies[0].restriction_ids.mapped("reason"), service.restriction_ids.mapped("reason")
        )
        self.assertEqual(copies.included_service_ids, self._service("polishing"))

    def test_what_rules_name_has_a_code_of_its_own_accord(self):
        """Rules 5: a collection entered by its name alone is the one that the rules speak of."""
        love = self.env["care.collection"].create({"name": "LOVE"})
        bracelet = self._creation("bracelet", collection_id=love.id)
        self._refusal_of(bracelet, "bracelet_resizing", adjustment=1.0)
        gem = self.env["care.gem"].create({"name": "Black opal"})
        self.assertEqual(gem.code, "black_opal")

    def test_a_generic_model_per_type(self):
        """Design: a generic product per type exists; a piece without a model is of that one."""
        for kind, _label in self.env["care.creation"]._fields["creation_type"].selection:
            model = self.env.ref(f"cartier_care.product_creation_generic_{kind}")
            self.assertTrue(model.is_creation)
            piece = self.env["care.creation"].create(
                {"serial_number": self._serial(), "creation_type": kind}
            )
            self.assertEqual((piece.product_id, piece.creation_type), (model, kind))
