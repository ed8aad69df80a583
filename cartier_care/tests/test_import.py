# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import FEE, CareCommon


@tagged("post_install", "-at_install")
class TestImport(CareCommon):
    """Issue 3: Odoo's own import, external ids included."""

    def _load(self, model, fields, rows, user=None):
        result = self.env[model].with_user(user or self.manager).load(fields, rows)
        self.assertFalse(
            [message for message in result["messages"] if message["type"] == "error"],
        )
        self.assertTrue(result["ids"])
        return self.env[model].browse(result["ids"])

    def _attributes(self):
        self._load(
            "care.metal",
            ["id", "name", "code", "is_rhodium_finished"],
            [["care_test.metal", "Rose gold, imported", "care_test_rose", "0"]],
        )
        self._load(
            "care.gem",
            ["id", "name", "code", "allows_ultrasonic"],
            [["care_test.gem", "Opal, imported", "care_test_opal", "0"]],
        )
        self._load(
            "care.collection",
            ["id", "name", "code"],
            [["care_test.collection", "Imported", "care_test"]],
        )

    def test_products(self):
        """Issue 3: products with creation attributes import."""
        self._attributes()
        template = self._load(
            "product.template",
            [
                "id",
                "name",
                "is_creation",
                "creation_type",
                "collection_id/id",
                "metal_ids/id",
                "gem_ids/id",
                "is_paved",
                "engraving_capacity",
                "part_count",
            ],
            [
                [
                    "care_test.template",
                    "Imported ring",
                    "1",
                    "ring",
                    "care_test.collection",
                    "care_test.metal",
                    "care_test.gem",
                    "0",
                    "12",
                    "1",
                ]
            ],
            user=self.env.user,
        )
        self.assertTrue(template.is_creation)
        self.assertEqual(template.creation_type, "ring")
        self.assertEqual(template.metal_ids.name, "Rose gold, imported")
        self.assertEqual(template.engraving_capacity, 12)
        self.assertFalse(template.allows_ultrasonic, "computed from the gems")

    def test_creations(self):
        """Issue 3: creations with earlier use import, and are priced accordingly."""
        self._attributes()
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": "care_test.product", "record": self.creation_product},
                {"xml_id": "care_test.owner", "record": self.client},
            ]
        )
        serials = [self._serial(), self._serial()]
        header = [
            "id",
            "product_id/id",
            "serial_number",
            "partner_id/id",
            "creation_type",
            "metal_ids/id",
            "measure",
            "purchase_date",
            "prior_service_ids/id",
        ]
        rows = [
            [
                "care_test.ring_1",
                "care_test.product",
                serials[0],
                "care_test.owner",
                "ring",
                "care_test.metal",
                "52",
                "2015-05-01",
                "cartier_care.care_service_ring_resizing",
            ],
            [
                "care_test.ring_2",
                "care_test.product",
                serials[1],
                "care_test.owner",
                "ring",
                "care_test.metal",
                "54",
                "2016-06-01",
                "",
            ],
        ]
        creations = self._load("care.creation", header, rows)
        self.assertEqual(creations.mapped("serial_number"), serials)
        used, fresh = creations
        self.assertEqual((used.measure, fresh.measure), (52.0, 54.0))
        order = self._order(used, "ring_resizing")
        self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")
        order = self._order(fresh, "ring_resizing")
        self.assertPrice(self._line(order, "ring_resizing"), 0.0, "first_complimentary")
        rows[1][6] = "55"
        again = self._load("care.creation", header, rows)
        self.assertEqual(again, creations, "a second import updates, by external id")
        self.assertEqual(fresh.measure, 55.0)

    def test_creations_by_name(self):
        """Issue 3: people's files name things by name too."""
        creation = self._load(
            "care.creation",
            ["product_id", "serial_number", "partner_id", "creation_type", "metal_ids"],
            [
                [
                    self.creation_product.name,
                    self._serial(),
                    self.client.name,
                    "necklace",
                    f"{self.white_gold.name},{self.yellow_gold.name}",
                ]
            ],
        )
        self.assertEqual(creation.metal_ids, self.white_gold | self.yellow_gold)
        self.assertEqual(creation.creation_type, "necklace")

    def test_a_number_that_lives_is_refused(self):
        """Section 7: an import is refused like typing is, with a message for its row."""
        creation = self._creation()
        result = (
            self.env["care.creation"]
            .with_user(self.manager)
            .load(
                ["product_id", "serial_number", "partner_id", "creation_type"],
                [
                    [
                        self.creation_product.name,
                        creation.serial_number.lower(),
                        self.client.name,
                        "ring",
                    ]
                ],
            )
        )
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])

    def test_catalogue(self):
        """Issue 3: a catalogue imports: categories, services, restrictions by external id."""
        self._load(
            "care.service.category",
            ["id", "name", "code", "single_fee"],
            [["care_test.category", "Watch care", "care_test_watch", "1"]],
        )
        self._load(
            "product.product",
            ["id", "name", "type"],
            [
                ["care_test.service_product", "Watch overhaul", "service"],
                ["care_test.service_product_2", "Watch strap", "service"],
            ],
            user=self.env.user,
        )
        services = self._load(
            "care.service",
            [
                "id",
                "name",
                "code",
                "category_id/id",
                "product_id/id",
                "price_policy",
                "base_price",
                "currency_id",
                "operation_ids/id",
            ],
            [
                [
                    "care_test.overhaul",
                    "Overhaul",
                    "care_test_overhaul",
                    "care_test.category",
                    "care_test.service_product",
                    "fee",
                    "400",
                    "USD",
                    self.env["care.operation"]
                    .search([("code", "=", "cleaning")])
                    .get_external_id()
                    .popitem()[1],
                ],
                [
                    "care_test.strap",
                    "Strap",
                    "care_test_strap",
                    "care_test.category",
                    "care_test.service_product_2",
                    "fee",
                    "150",
                    "USD",
                    "",
                ],
            ],
        )
        self._load(
            "care.service.restriction",
            ["id", "service_id/id", "domain", "reason", "alternative_service_id/id"],
            [
                [
                    "care_test.restriction",
                    "care_test.strap",
                    "[('creation_type', '!=', 'other')]",
                    "Only watches have a strap",
                    "care_test.overhaul",
                ]
            ],
        )
        services.product_id.taxes_id = False
        order = (
            self.env["care.order"]
            .with_user(self.manager)
            .create(
                {
                    "partner_id": self.client.id,
                    "creation_id": self._creation("other").id,
                    "line_ids": [(0, 0, {"service_id": service.id}) for service in services],
                }
            )
        )
        self.assertEqual(order.amount_total, 400.0, "one fee, the dearest bears it")
        message = self.assertRefused(
            self.env["care.order"].with_user(self.manager).create,
            {
                "partner_id": self.client.id,
                "creation_id": self._creation("ring").id,
                "line_ids": [(0, 0, {"service_id": services[1].id})],
            },
        )
        self.assertIn("Only watches have a strap", message)

    def test_orders(self):
        """Issue 3: through import the prices are those of the form."""
        creation = self._creation()
        order = self._load(
            "care.order",
            ["creation_id/.id", "partner_id/.id", "line_ids/service_id/id", "line_ids/adjustment"],
            [
                [
                    str(creation.id),
                    str(self.client.id),
                    "cartier_care.care_service_ring_resizing",
                    "1",
                ],
                ["", "", "cartier_care.care_service_polishing", ""],
                ["", "", "cartier_care.care_service_reshaping", ""],
            ],
        )
        self.assertEqual(
            self._prices(order),
            {
                "ring_resizing": (0.0, "first_complimentary"),
                "polishing": (0.0, "included"),
                "reshaping": (FEE, "fee"),
            },
        )

    def test_export_and_import_back(self):
        """Issue 3: what is exported is imported back unchanged."""
        creation = self._creation("necklace", is_paved=True, measure=45.0)
        header = [
            "id",
            "product_id/id",
            "serial_number",
            "partner_id/id",
            "creation_type",
            "is_paved",
            "measure",
        ]
        exported = creation.export_data(header)["datas"]
        again = self._load(
            "care.creation", header, [[str(value) for value in row] for row in exported]
        )
        self.assertEqual(again, creation)
        self.assertEqual((creation.is_paved, creation.measure), (True, 45.0))
