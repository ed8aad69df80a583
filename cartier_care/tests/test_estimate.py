# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import FEE, PIXEL, CareCommon


@tagged("post_install", "-at_install")
class TestEstimate(CareCommon):
    """Rules 1 and 9: an estimate is frozen, with the proof that the client approves."""

    def _engraved(self, state):
        order = self._order(self._creation(), "engraving")
        return self._to(order, state)

    def test_proof_is_frozen(self):
        """Rules 1, engraving: the client approves the text and the place, frozen as signed."""
        order = self._engraved("approved")
        line = order.estimate_id.line_ids.filtered("engraving_text")
        self.assertEqual((line.engraving_text, line.engraving_position), ("M & J", "Inside"))

    def test_proof_cannot_change_after_approval(self):
        """Rules 9: what is agreed changes by a revision alone, its place and color as well."""
        order = self._engraved("approved")
        for values in (
            {"engraving_text": "J & M"},
            {"engraving_position": "Outside"},
            {"engraving_language": "French"},
            {"cord_color": "Blue"},
        ):
            self.assertRefused(self._line(order, "engraving").write, values)

    def test_a_changed_proof_needs_a_new_approval(self):
        """Rules 9: after a revision the accepted estimate counts only for the same proof."""
        order = self._engraved("approved")
        order.action_revise()
        self._diagnose(order)
        self.assertFalse(order._needs_approval())
        self._line(order, "engraving").engraving_position = "Outside"
        self.assertTrue(order._needs_approval())
        self.assertEqual(order.estimate_id.state, "superseded")
        self.assertRefused(order.action_start)

    def test_a_part_is_an_option_with_its_intervention(self):
        """Rules 2 and 9: a part follows its intervention, in the estimate that is read too."""
        order = self._order(
            self._creation(), "reshaping", ("component_replacement", {"is_optional": True})
        )
        part = self._add_part(order, "component_replacement")
        self._receive(order)
        order.action_propose()
        frozen = order.estimate_id.line_ids.filtered(lambda line: line.order_line_id == part)
        self.assertTrue(frozen.is_optional)
        self._approve_with(order, "component_replacement")
        frozen = order.estimate_id.line_ids.filtered(lambda line: line.order_line_id == part)
        self.assertTrue(frozen.is_accepted)

    def test_choice_is_marked_until_the_answer(self):
        """Rules 9: the client takes or leaves what is optional with the answer, and not after."""
        order = self._order(self._creation(), "ring_resizing", ("reshaping", {"is_optional": True}))
        option = self._line(order, "reshaping").with_user(self.advisor)
        self._receive(order)
        order.action_propose()
        self.assertEqual((order.amount_total, order.estimate_id.amount_total), (0.0, 0.0))
        option.is_accepted = True
        order.with_user(self.advisor).action_approve()
        self.assertEqual((order.amount_total, order.estimate_id.amount_total), (FEE, FEE))
        self.assertIn("revise", self.assertRefused(option.write, {"is_accepted": False}))

    def test_signed_document_is_kept(self):
        """Design, care.estimate: the signed PDF as an attachment, made outside the signature."""
        order = self._engraved("estimated")
        order.action_approve(signed_by="Ada Client", signature=PIXEL)
        estimate = order.estimate_id.sudo()
        self.assertFalse(estimate.attachment_id)
        cron = self.env.ref("cartier_care.cron_care_estimate_freeze")
        with self.enter_registry_test_mode():
            cron.with_context(force_report_rendering=True).method_direct_trigger()
        attachment = estimate.attachment_id
        self.assertEqual((attachment.res_model, attachment.res_id), ("care.estimate", estimate.id))
        self.assertEqual(attachment.mimetype, "application/pdf")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(estimate.attachment_id, attachment, "made once")
