# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A number reported lost or registered to somebody else is held, discreetly (issue 4)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestVigilance(CareCommon):
    """The counter receives, the manager decides, nobody else reads why."""

    def _brought_by_another(self):
        """A ring of one client, brought by another one."""
        ring = self._creation(partner_id=self.other_client.id)
        order = self._order(ring, "reshaping", user=self.advisor, partner_id=self.client.id)
        order.action_receive()
        return order.with_user(self.manager)

    def test_registered_to_somebody_else(self):
        """It is received as any other, and held for the manager, who alone reads why."""
        order = self._brought_by_another()
        self.assertEqual(order.state, "received")
        self.assertEqual(order.hold_reason, "manager")
        self.assertIn(self.other_client.name, order.with_user(self.manager).finding)
        with self.assertRaises(AccessError):
            order.with_user(self.advisor).read(["finding"])
        self.assertForbidden(order.with_user(self.manager).write, {"finding": "Nothing"})

    def test_reported_lost(self):
        """A number that was reported lost is held, with what was reported."""
        ring = self._creation()
        ring.with_user(self.advisor).action_report_lost("Stolen in Lyon")
        order = self._order(ring, "reshaping", user=self.advisor)
        order.action_receive()
        self.assertEqual(order.hold_reason, "manager")
        self.assertIn("Stolen in Lyon", order.with_user(self.manager).finding)

    def test_the_manager_is_asked(self):
        """A care manager gets an activity whose words give nothing away; deciding ends it."""
        order = self._brought_by_another()
        activity = order.sudo().activity_ids
        self.assertEqual(len(activity), 1)
        self.assertTrue(activity.user_id.has_group("cartier_care.group_care_manager"))
        self.assertNotIn(self.other_client.name, f"{activity.summary}{activity.note}")
        self.assertForbidden(order.with_user(self.advisor).write, {"hold_reason": False})
        self.assertEqual(order.sudo().activity_ids, activity)
        order.with_user(self.manager).hold_reason = False
        self.assertFalse(order.sudo().activity_ids)
        self._diagnose(order)
        order.with_user(self.advisor).action_propose()

    def test_it_stops_what_follows(self):
        """Until the manager decides nothing is proposed or handed back."""
        order = self._brought_by_another()
        self._diagnose(order)
        message = self.assertRefused(order.with_user(self.advisor).action_propose)
        self.assertNotIn(self.other_client.name, message)
        order.with_user(self.advisor).action_decline("They changed their mind")
        order.with_user(self.advisor).write(self._hand_over_vals())
        self.assertRefused(order.with_user(self.advisor).action_hand_over)

    def test_nothing_is_said(self):
        """Neither the counter nor the client's page names the owner or the hold."""
        order = self._brought_by_another()
        said = [
            str(order.sudo().message_ids.mapped("body")),
            order.with_user(self.advisor).blockers,
            str(order.with_user(self.portal_client).sudo()._get_portal_values()),
        ]
        for text in said:
            self.assertNotIn(self.other_client.name, text)
        self.assertNotIn("eld for", said[2])
        for name in ("finding", "hold_reason"):
            with self.assertRaises(AccessError):
                order.with_user(self.portal_client).read([name])

    def test_the_owner_s_family_of_contacts(self):
        """The owner, or a contact of theirs, is not somebody else; nor is an unknown owner."""
        contact = self.env["res.partner"].create({"name": "At Home", "parent_id": self.client.id})
        for owner in (self.client, contact, self.env["res.partner"]):
            ring = self._creation(partner_id=owner.id)
            order = self._order(ring, "shining", user=self.advisor, partner_id=self.client.id)
            order.action_receive()
            self.assertFalse(order.hold_reason)
            self.assertFalse(order.with_user(self.manager).finding)
            self.assertFalse(order.sudo().activity_ids)

    def test_many_at_once(self):
        """Two hundred receipts ask the manager without a query for each lawful one."""
        orders = self.env["care.order"]
        for _each in range(3):
            orders |= self._order(self._creation(), "shining", user=self.advisor)
        ring = self._creation(partner_id=self.other_client.id)
        suspect = self._order(ring, "shining", user=self.advisor, partner_id=self.client.id)
        (orders | suspect).action_receive()
        self.assertFalse(any(orders.mapped("hold_reason")))
        self.assertEqual(suspect.hold_reason, "manager")
