# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The client's pages in a browser, on a phone and on a desk."""

from odoo.tests import tagged

from .test_portal import CarePortalCase


class PortalTours:
    """What a client does, whatever the screen."""

    def test_sign_with_one_option_left(self):
        order = self._order(
            self._creation(measure=52),
            "ring_resizing",
            "reshaping",
            ("component_replacement", {"is_optional": True}),
            ("engraving", {"is_optional": True}),
        )
        self._add_part(order, "component_replacement", price_unit=45.0)
        self._receive(order)
        order.action_propose()
        token = order.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.start_tour(
            f"/my/care/{order.id}?access_token={token}",
            "care_portal_estimate",
            cookies={"frontend_lang": "en_US"},
        )
        order.invalidate_recordset()
        self.assertEqual(order.state, "approved")
        self.assertEqual(order.estimate_id.signed_by, "Ada Client")
        self.assertTrue(order.estimate_id.signature)
        self.assertEqual((order.amount_total, order.estimate_id.amount_total), (235.0, 235.0))
        self.assertTrue(self._line(order, "component_replacement").is_accepted)
        self.assertFalse(self._line(order, "engraving").is_accepted)

    def test_decline_when_signed_in(self):
        self.start_tour(
            f"/my/care/{self.order.id}",
            "care_portal_decline",
            login="care_t_client",
            cookies={"frontend_lang": "en_US"},
        )
        self.order.invalidate_recordset()
        self.assertEqual(self.order.state, "declined")
        self.assertEqual(self.order.decline_reason, "I prefer to keep its marks")

    def test_request_for_a_paved_ring(self):
        ring = self._creation(is_paved=True)
        self.env.flush_all()
        self.start_tour(
            f"/my/care/new?creation_id={ring.id}",
            "care_portal_request",
            login="care_t_client",
            cookies={"frontend_lang": "en_US"},
        )
        order = ring.order_ids
        self.assertEqual(order.line_ids.engraving_text, "A & M")
        self.assertEqual(order.state, "cancel")


@tagged("post_install", "-at_install")
class TestPortalOnPhone(PortalTours, CarePortalCase):
    browser_size = "375x667"
    touch_enabled = True


@tagged("post_install", "-at_install")
class TestPortalOnDesk(PortalTours, CarePortalCase):
    browser_size = "1366x768"
