# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""By parcel the client confirms receipt and condition on the page (issues 4 and 6)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import SCRIPT, CarePortalCase


@tagged("post_install", "-at_install")
class TestPortalArrival(CarePortalCase):
    def setUp(self):
        super().setUp()
        self.order = self._sent_order()
        self.token = self.order.sudo()._portal_ensure_token()
        self.env.flush_all()

    def _sent_order(self, **values):
        order = self._order(self._creation(), "shining", **values)
        self._to(order, "ready")
        order.intake_id.write(
            {"return_method": "parcel", "return_carrier": "DHL", "return_tracking": "JD 77"}
        )
        order.action_hand_over()
        return order

    def _arrived(self, csrf=True, **values):
        data = {"access_token": self.token, **values}
        if csrf:
            data["csrf_token"] = self._csrf()
        return self.url_open(f"/my/care/{self.order.id}/arrived", data=data, allow_redirects=False)

    def _said(self):
        order = self.order.sudo()
        order.invalidate_recordset()
        return (order.arrival, order.arrival_note or "")

    def test_arrived_as_it_should(self):
        """Issue 4: one gesture, by the link and no login; said once."""
        self.assertIn("Has it arrived?", self._page(token=self.token).text)
        self.assertIn(
            "message=arrived", self._arrived(arrival="good", note="x").headers["Location"]
        )
        self.assertEqual(self._said(), ("good", ""))
        self.assertTrue(self.order.sudo().arrival_on)
        self.assertEqual(self._last_comment().author_id, self.client)
        self.assertFalse(self.order.sudo().activity_ids)
        page = self._page(token=self.token).text
        self.assertNotIn("Has it arrived?", page)
        self.assertIn("that it has arrived.", page)
        again = self._arrived(arrival="remark", note="No")
        self.assertIn("message=arrived_before", again.headers["Location"])
        self.assertEqual(self._said(), ("good", ""))

    def test_arrived_with_a_remark(self):
        """Issue 4: a remark about the condition is on record, and the advisor looks after it."""
        for values in ({"arrival": "remark"}, {"arrival": "remark", "note": "x" * 1001}):
            self.assertIn("arrival_note", self._arrived(**values).headers["Location"])
        self.assertEqual(self._said(), (False, ""))
        self._arrived(arrival="remark", note=f"A dent {SCRIPT}")
        self.assertEqual(self._said(), ("remark", f"A dent {SCRIPT}"))
        self.assertEqual(self.order.sudo().activity_ids.user_id, self.order.sudo().user_id)
        self.assertNotIn(SCRIPT, self._page(token=self.token).text)
        self.assertNotIn(SCRIPT, self._last_comment().body)

    def test_requests_that_change_nothing(self):
        """Safety: by POST, from our page, with the right link, and one of two words."""
        self.assertIn(self._page(token=self.token, suffix="/arrived").status_code, (404, 405))
        with mute_logger("odoo.http"):
            self.assertEqual(self._arrived(csrf=False, arrival="good").status_code, 400)
        self.assertEqual(self._arrived(access_token="x", arrival="good").status_code, 404)
        for arrival in (None, "", "lost", "done"):
            self._arrived(arrival=arrival)
        self.assertEqual(self._said(), (False, ""))
        with self.assertRaises(AccessError):
            self.order.with_user(self.manager).arrival = "good"

    def test_not_for_what_was_collected(self):
        """Issue 4: who collects a creation signs for it there."""
        collected = self._done(self._creation(), "shining")
        ready = self._to(self._order(self._creation(), "shining"), "ready")
        ready.intake_id.return_method = "parcel"
        for order in (collected, ready):
            self.assertFalse(order._can_confirm_arrival())
