# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import convert_file

from odoo.addons.cartier_care.tests.common import CareCommon


@tagged("post_install", "-at_install")
class TestExtension(CareCommon):
    """A house extends the catalogue without a change to ``cartier_care`` (design: hooks)."""

    def _get_line_vals(self, code, **details):
        service = self.env.ref(f"care_test_extension.care_service_{code}")
        return {"service_id": service.id, **details}

    def _make_order(self, creation, vals):
        return self.env["care.order"].create(
            {"creation_id": creation.id, "line_ids": [Command.create(vals)]}
        )

    def test_service_in_data_alone(self):
        """Design: a new service with its restriction comes in XML alone, priced by its policy."""
        pearl = self.env.ref("cartier_care.care_gem_pearl")
        creation = self._creation("necklace", gem_ids=[Command.set(pearl.ids)])
        order = self._make_order(creation, self._get_line_vals("pearl_restringing"))
        self.assertEqual(order.line_ids.price_unit, 80)
        self.assertEqual(order.line_ids.price_origin, "fee")
        order.action_receive()
        self.assertEqual(
            order.operation_ids.mapped("code"), ["diagnosis", "cleaning", "final_check"]
        )

    def test_restriction_in_data_alone(self):
        """Rules 5: the refusal names the service, the reason and the alternative, from data."""
        vals = self._get_line_vals("pearl_restringing")
        with self.assertRaises(ValidationError) as refusal:
            self._make_order(self._creation("necklace"), vals)
        for words in ("Pearl restringing", "creations with pearls", "Shining"):
            self.assertIn(words, str(refusal.exception))

    def test_offer_shows_the_new_service(self):
        """Design: the offer of a creation holds services that other addons bring."""
        creation = self._creation("necklace")
        offer = {entry["code"]: entry for entry in self.env["care.service"].get_offer(creation.id)}
        self.assertFalse(offer["pearl_restringing"]["eligible"])
        self.assertEqual(offer["pearl_restringing"]["alternative"], "shining")

    def test_policy_with_one_method(self):
        """Design: a policy is a selection value and one method, and follows the order's edits."""
        vals = self._get_line_vals("hand_engraving", engraving_text="To Ada")
        order = self._make_order(self._creation("ring"), vals)
        self.assertEqual(order.line_ids.price_unit, 60)
        order.line_ids.engraving_text = "Ada"
        self.assertEqual(order.line_ids.price_unit, 36)
        self.assertEqual(order.amount_untaxed, order.line_ids.price_subtotal)

    def test_restriction_dropped_by_data(self):
        """Rules 5: a house drops a restriction by archiving its record."""
        bracelet = self._creation("bracelet", collection_id=self.love.id)
        self.assertRefused(self._order, bracelet, ("bracelet_resizing", 1.0))
        convert_file(
            self.env,
            "care_test_extension",
            "tests/data/care_service_restriction_data.xml",
            {},
            mode="init",
        )
        order = self._order(bracelet, ("bracelet_resizing", 1.0))
        self.assertEqual(order.line_ids.price_origin, "first_complimentary")
