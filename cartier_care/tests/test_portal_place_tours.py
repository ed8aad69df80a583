# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Approving in advance and claiming a creation, in a browser on a phone (issue 6)."""

from odoo.tests import tagged

from .test_portal import CarePortalCase


@tagged("post_install", "-at_install")
class TestPortalPlaceTours(CarePortalCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_approve_in_advance_and_take_it_back(self):
        """Rules 9: by the link of the receipt, a typed name for a signature."""
        order = self._order(self._creation(), "reshaping")
        self._receive(order)
        token = order.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.start_tour(
            f"/my/care/{order.id}?access_token={token}",
            "care_portal_pre_approval",
            cookies={"frontend_lang": "en_US"},
        )
        order.invalidate_recordset()
        self.assertFalse(order.pre_approved_amount)
        said = " ".join(order.sudo().message_ids.mapped("body"))
        self.assertIn("250.00, taxes included", said)

    def test_claim_a_creation(self):
        """Issue 6: by its number, and withdrawn by the client."""
        self.start_tour(
            "/my/creations",
            "care_portal_claim",
            login="care_t_client",
            cookies={"frontend_lang": "en_US"},
        )
        claim = self.env["care.creation.claim"].search([("serial_number", "=", "XY 1847")])
        self.assertEqual((claim.state, claim.description), ("withdrawn", "From my aunt"))
