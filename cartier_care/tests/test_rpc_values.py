# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import CareCommon

#: What a client of the interface may send by mistake.
NO_ID = ("x", 1.5, True, {}, ["x"], [None], [[1]])


@tagged("post_install", "-at_install")
class TestValuesOverRpc(CareCommon):
    """What comes in over RPC is of any kind: each wrong one is answered in a sentence."""

    def test_offer(self):
        """The offer asks for a creation, and for details of the right kinds."""
        get_offer = self.env["care.service"].with_user(self.advisor).get_offer
        creation = self._creation()
        for value in (*NO_ID, None, [], "\x00"):
            self.assertRefused(get_offer, value)
        for values in ("x", 5, ["x"], {"partner_id": "x"}, {"company_id": {"x": 1}}):
            self.assertRefused(get_offer, creation.id, values)
        for change in ("x", [1], {"cm": 1}, float("nan"), float("inf")):
            for values in ({"adjustment": change}, {"ring_resizing": {"adjustment": change}}):
                self.assertIn("number", self.assertRefused(get_offer, creation.id, values))
        self.assertIn("text", self.assertRefused(get_offer, creation.id, {"engraving_text": ["x"]}))
        for fine in ({"adjustment": None}, {"engraving_text": False}, {"no_such": object}, False):
            self.assertTrue(get_offer(creation.id, fine))

    def test_offer_to_a_client(self):
        """Clients ask over RPC as well."""
        get_offer = self.env["care.service"].with_user(self.portal_client).get_offer
        for value in (*NO_ID, None):
            self.assertRefused(get_offer, value)
        self.assertRefused(get_offer, self._creation().id, {"adjustment": "x"})

    def test_approval(self):
        """Who approves is a name, and what they take are lines."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        approve = order.with_user(self.advisor).action_approve
        for name in (["x"], {"name": "x"}, 5):
            self.assertIn("name", self.assertRefused(approve, name))
        for chosen in NO_ID:
            self.assertIn("optional", self.assertRefused(approve, accepted_line_ids=chosen))
        approve("Claire", accepted_line_ids=[])
        self.assertEqual(order.state, "approved")

    def test_rework(self):
        """What is done again are steps of the bench route."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        for chosen in NO_ID:
            if chosen:
                self.assertRefused(order.with_user(self.jeweler).action_rework, chosen)
        self.assertEqual(order.state, "ready")

    def test_transfer(self):
        """What is ticked off and received is chosen by ids."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        order.with_user(self.advisor).action_make_transfer()
        transfer = order.transfer_ids
        transfer.with_user(self.advisor).action_send()
        there = transfer.with_user(self.jeweler)
        for chosen in NO_ID:
            for action in (there.action_tick, there.action_untick, there.action_receive):
                self.assertIn("Choose what", self.assertRefused(action, chosen))
        there.action_receive(order.creation_id.ids)
        self.assertEqual(order.sudo().current_location_id, self.workshop)

    def test_pieces_of_a_client(self):
        """The pieces of nobody are none; of what is no client there are none to ask for."""
        get_own_pieces = self.env["care.intake"].with_user(self.advisor).get_own_pieces
        self.assertEqual(get_own_pieces(False), [])
        for value in NO_ID:
            if value:
                self.assertRefused(get_own_pieces, value)

    def test_no_claim(self):
        """A batch of none is answered, not stumbled over."""
        self.assertTrue(
            self.env["care.creation.claim"].with_user(self.manager).browse().action_confirm()
        )
