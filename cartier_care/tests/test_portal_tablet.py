# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""In the boutique the advisor hands over a tablet with the client's own page (issue 6)."""

import base64

from odoo.tests import tagged

from .test_portal import CarePortalCase


@tagged("post_install", "-at_install")
class TestPortalTablet(CarePortalCase):
    def test_the_dialog_shows_the_way_to_the_page(self):
        """Issue 6: a code for another screen, and the page itself on this one."""
        dialogs = self.env["care.order.approve"].with_user(self.advisor)
        dialog = dialogs.with_context(active_model="care.order", active_id=self.order.id).create({})
        self.assertIn(b"<svg", base64.b64decode(dialog.page_code))
        self.assertIn(self.token, dialog.action_open_page()["url"])
        foreign = self.env["care.order.approve"].with_user(self.advisor_2)
        self.assertForbidden(
            lambda: foreign.onchange(
                {"order_id": self.order.id}, ["order_id"], {"order_id": {}, "page_code": {}}
            )
        )

    def test_the_client_answers_on_the_screen_of_the_house(self):
        """Issue 6: the client signs and speaks; who handed the screen over is on record."""
        self.authenticate("care_t_advisor", "care_t_advisor")
        page = self._page(token=self.token).text
        self.assertIn(f"&#34;defaultName&#34;: &#34;{self.client.name}&#34;", page)
        self.assertIn("redirect_url", self._answer())
        order = self.order.sudo()
        order.invalidate_recordset()
        self.assertEqual((order.state, order.estimate_id.signed_by), ("approved", "Ada Client"))
        self.assertEqual(order.approved_by_id, self.advisor)
        self.assertEqual(self._last_comment().author_id, self.client)
        notes = order.message_ids.filtered(lambda m: self.advisor.name in (m.body or ""))
        self.assertTrue(notes)
        # Nor does the client read it afterwards.
        self.authenticate("care_t_client", "care_t_client")
        self.assertFalse(set(notes.ids) & set(order._get_portal_messages()[order.id].ids))

    def test_staff_who_are_clients_speak_for_themselves(self):
        """Issue 6: an advisor's own creation is approved by the advisor."""
        ring = self._creation(partner_id=self.advisor.partner_id.id, measure=52)
        order = self._order(ring, "reshaping")
        self._receive(order)
        order.action_propose()
        order.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.authenticate("care_t_advisor", "care_t_advisor")
        self.token = order.sudo().access_token
        self.order = order
        self.assertIn("redirect_url", self._answer(order))
        order.invalidate_recordset()
        self.assertEqual(order.estimate_id.state, "accepted")
        self.assertFalse(order.sudo().approved_by_id)
