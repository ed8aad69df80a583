# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import csv

from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_open

FOLDER = "cartier_care/demo/import"

#: The sample files in the order in which a house loads them, and the models they are for.
SAMPLES = (
    ("1_care_collection.csv", "care.collection"),
    ("2_care_gem.csv", "care.gem"),
    ("3_product_service.csv", "product.template"),
    ("4_care_service_category.csv", "care.service.category"),
    ("5_care_service.csv", "care.service"),
    ("6_product_creation.csv", "product.template"),
    ("7_res_partner.csv", "res.partner"),
    ("8_care_creation.csv", "care.creation"),
    ("9_care_creation_attributes.csv", "care.creation"),
)


@tagged("post_install", "-at_install")
class TestImportSamples(TransactionCase):
    """Issue 3, import: the sample files that we hand out do what their README says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "sample_manager",
            groups="cartier_care.group_care_manager,base.group_partner_manager",
        )

    def _load(self, file_name, model):
        with file_open(f"{FOLDER}/{file_name}", "r") as file:
            header, *rows = csv.reader(file)
        result = self.env[model].with_user(self.manager).load(header, rows)
        self.assertFalse(result["messages"], file_name)
        self.assertEqual(len(result["ids"]), sum(bool(row[0]) for row in rows), file_name)
        return self.env[model].browse(result["ids"])

    def _load_all(self):
        return {file_name: self._load(file_name, model) for file_name, model in SAMPLES}

    def _get_models(self):
        return {model for _file_name, model in SAMPLES} | {"care.service.restriction"}

    def test_samples_load_twice(self):
        """Loaded again, every file updates the records that it made."""
        first = self._load_all()
        counts = {model: self.env[model].search_count([]) for model in self._get_models()}
        self.assertEqual(self._load_all(), first)
        self.assertEqual(
            counts, {model: self.env[model].search_count([]) for model in self._get_models()}
        )

    def test_samples_mean_what_they_say(self):
        """Attributes come from the model, the piece's own win, earlier use counts."""
        self._load_all()
        necklace, bangle, clips = (
            self.env.ref(f"care_import.piece_{number}") for number in (2, 4, 5)
        )
        self.assertEqual(necklace.creation_type, "necklace")
        self.assertEqual(len(necklace.metal_ids), 2)
        resizing = self.env.ref("cartier_care.care_service_necklace_resizing")
        self.assertIn(resizing.id, necklace._get_used_first_times()[necklace.lineage_key])
        self.assertTrue(bangle.is_bangle)
        self.assertFalse(bangle.is_resizable)
        self.assertEqual(bangle.engraving_capacity, 12)
        self.assertEqual(bangle.metal_ids.code, "white_gold")
        self.assertEqual((clips.is_provisional, clips.polishing_count), (True, 4))
        self.assertFalse(clips.allows_ultrasonic)
        strap = self.env.ref("care_import.service_strap_fitting")
        self.assertTrue(strap._get_refusals(bangle, {}))
        certificate = self.env.ref("care_import.service_authentication")
        self.assertEqual(len(certificate.restriction_ids), 2)
        refusal = certificate._get_refusals(clips, {})[0]
        self.assertEqual(refusal.alternative, self.env.ref("cartier_care.care_service_restoration"))
