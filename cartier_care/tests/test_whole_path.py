# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The main job from end to end, in a browser, by the people who do it."""

import re
import subprocess
import tempfile

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FEE, CareCommon

#: The engraved numbers that the tours know: of the ring in care, and of one that stays at home.
NUMBER = "PATH-1902"
OTHER_NUMBER = "HOME-1847"


@tagged("post_install", "-at_install")
class TestWholePath(CareCommon, HttpCase):
    """Issue 2: advisor, jeweler and client bring a ring from the counter back to its owner.

    The rules behind it are those of care-rules.md: the first re-sizing within two sizes is
    complimentary (1 and 4), the care fee is borne once (2), the diagnosis comes first (6), the
    client signs what costs something, and a creation goes home paid (9).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tours read English, whatever is installed.
        cls.env["res.lang"]._activate_lang("en_US")
        (cls.advisor | cls.jeweler | cls.portal_client | cls.accountant).lang = "en_US"

    def setUp(self):
        super().setUp()
        self.env["care.portal.attempt"].search([]).unlink()
        self._creation(serial_number=OTHER_NUMBER)
        self.ring = self._creation(serial_number=NUMBER, measure=52.0)
        self.env.flush_all()

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _visit(self, tour, user, path="/odoo"):
        """Let a person do their part in the browser; what they did is then read afresh."""
        self.env.flush_all()
        self.start_tour(path, f"care_whole_path_{tour}", login=user and user.login)
        self.env.invalidate_all()

    def _document_text(self, report, records, user):
        """The text of a document drawn by the real engine, its spaces made one."""
        self.env.flush_all()
        content, kind = (
            self.env["ir.actions.report"]
            .with_user(user)
            .with_context(force_report_rendering=True, lang="en_US")
            ._render_qweb_pdf(report, records.ids)
        )
        self.assertEqual(kind, "pdf")
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(content)
            file.flush()
            text = subprocess.run(
                ["pdftotext", "-layout", file.name, "-"], capture_output=True, check=True
            ).stdout.decode()
        return re.sub(r"\s+", " ", text)

    def assertStates(self, order, *states):
        """An order's own state and, when given, that of its current estimate."""
        self.assertEqual((order.state, order.estimate_id.state)[: len(states)], states)

    def assertCustody(self, order, *reasons):
        """The changes of hands of an order, first to last."""
        moves = self.env["care.custody.move"].search([("order_id", "=", order.id)], order="id")
        self.assertEqual(tuple(moves.mapped("reason")), reasons)
        return moves

    # ------------------------------------------------------------------
    # The path
    # ------------------------------------------------------------------

    def test_ring_from_the_counter_back_to_its_owner(self):
        """The path of issue 2, *It is done when*: complimentary + 190, one invoice, handed over."""
        self._visit("intake", self.advisor)
        order = self.ring.order_ids
        self.assertEqual(len(order), 1)
        self.assertStates(order, "received")
        self.assertEqual(order.user_id, self.advisor)
        self.assertEqual((order.partner_id, order.location_id), (self.client, self.boutique))
        self.assertEqual(
            self._prices(order),
            {"ring_resizing": (0.0, "first_complimentary"), "reshaping": (FEE, "fee")},
        )
        self.assertEqual(self._line(order, "ring_resizing").adjustment, 1.0)
        self.assertEqual((order.amount_untaxed, order.amount_total), (FEE, FEE))
        self.assertTrue(order.intake_id)
        received = self.assertCustody(order, "receive")
        self.assertEqual(received.user_id, self.advisor)
        self.assertEqual(received.from_partner_id, self.client)
        self.assertEqual(received.to_location_id, self.boutique)
        self.assertRefused(order.with_user(self.jeweler).action_propose)

        self._visit("diagnosis", self.jeweler)
        self.assertTrue(order.is_diagnosed)
        self.assertStates(order, "received")
        self.assertTrue(self._line(order, "ring_resizing").is_feasible)
        self.assertEqual(self._operations(order, "diagnosis").user_id, self.jeweler)
        self.assertEqual(
            self._care_record(order),
            {
                "component_replacement": "not_needed",
                "reshaping": "todo",
                "clasp_link_repair": "not_needed",
                "polishing": "not_needed",
                "stone_pearl_replacement": "not_needed",
            },
        )

        self._visit("propose", self.advisor)
        self.assertStates(order, "estimated", "sent")
        self.assertEqual(order.estimate_id.amount_total, FEE)
        self.assertRefused(order.with_user(self.jeweler).action_start)

        self._visit("sign", None, order.sudo().get_portal_url())
        self.assertStates(order, "approved", "accepted")
        self.assertEqual(order.estimate_id.signed_by, "Ada Client")
        self.assertTrue(order.estimate_id.signature)
        self.assertFalse(self._invoices(order), "nothing is billed before the work is ready")

        self._visit("work", self.jeweler)
        self.assertStates(order, "ready")
        self.assertEqual(set(order.operation_ids.mapped("state")), {"done"})
        self.assertEqual(self._route(order)[0], "diagnosis")
        self.assertEqual(self._route(order)[-1], "final_check")
        self.assertEqual(self._line(order, "ring_resizing").outcome, "done")
        self.assertEqual(self._line(order, "reshaping").outcome, "done")
        self.assertEqual(self.ring.measure, 53.0, "one size more")
        self.assertIn(self._service("ring_resizing"), self.ring.used_service_ids)
        invoice = self._check_invoice(order)
        self._check_documents(order, invoice)

        self._visit("follow", self.portal_client, "/my/care")
        self.assertStates(order, "ready")
        self._check_client_reads(order, invoice)

        self._visit("hand_over", self.advisor)
        self.assertStates(order, "done")
        self.assertEqual(order.disposition, "serviced")
        self.assertEqual((order.collected_by, order.is_collector_verified), ("Ada Client", True))
        self.assertTrue(order.collection_signature)
        self.assertEqual(self._invoices(order), invoice, "handing over bills nothing again")
        self.assertFalse(order.amount_due)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        payments = self.env["account.payment"].search([("memo", "=", order.name)])
        self.assertEqual(payments.mapped("amount"), [FEE])
        handed = self.assertCustody(order, "receive", "hand_over")[-1]
        self.assertEqual(handed.user_id, self.advisor)
        self.assertEqual(handed.from_location_id, self.boutique)
        self.assertEqual(handed.to_partner_id, self.client)
        self.assertFalse(self.ring.current_location_id)

    def _check_invoice(self, order):
        """One posted invoice of 190 before taxes, with what was free at 0 (care-rules.md, 9)."""
        invoice = self._invoices(order)
        self.assertEqual(len(invoice), 1)
        self.assertEqual((invoice.state, invoice.move_type), ("posted", "out_invoice"))
        self.assertEqual(invoice.partner_id, self.client)
        self.assertEqual((invoice.amount_untaxed, invoice.amount_total), (FEE, FEE))
        worked = order.line_ids.filtered(lambda line: line.outcome == "done")
        billed = {
            line.care_line_ids.service_id.code: line.price_subtotal
            for line in invoice.invoice_line_ids
            if line.care_line_ids in worked
        }
        self.assertEqual(billed, {"ring_resizing": 0.0, "reshaping": FEE})
        return invoice

    def _check_documents(self, order, invoice):
        """Receipt and invoice name the creation and its engraved number."""
        for report, records, user in (
            ("cartier_care.action_report_care_receipt", order.intake_id, self.advisor),
            ("account.account_invoices", invoice, self.accountant),
        ):
            with self.subTest(report=report):
                text = self._document_text(report, records, user)
                self.assertIn(self.creation_product.name, text)
                self.assertIn(NUMBER, text)
                self.assertIn("190.00", text)

    def _check_client_reads(self, order, invoice):
        """The client's own links give the documents; a stranger's session gets none of them."""
        paths = [
            f"/my/care/{order.id}/document/receipt",
            f"/my/care/{order.id}/document/estimate",
            f"/my/care/{order.id}/invoice/{invoice.id}",
        ]
        for user, status in ((self.portal_client, 200), (self.portal_other, 404)):
            self.authenticate(user.login, user.login)
            for path in paths:
                with self.subTest(user=user.login, path=path):
                    answer = self.url_open(path, timeout=60)
                    self.assertEqual(answer.status_code, status)
                    self.assertEqual(NUMBER in answer.text, status == 200)

    # ------------------------------------------------------------------
    # What is not everybody's
    # ------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_screens_offer_a_role_its_own_steps(self):
        """The screens keep goodwill from advisors, and money and hand-over from jewelers."""
        order = self._order(self.ring, "ring_resizing", "reshaping", user=self.advisor)
        part = self._add_part(order, "reshaping")
        order.action_receive()
        self._visit("advisor_limits", self.advisor)
        self.assertPrice(self._line(order, "reshaping"), FEE, "fee")
        self.assertPrice(part, self.component.list_price, "part")
        self.assertFalse(any(order.line_ids.mapped("is_price_manual")))
        order = order.with_user(self.manager)
        self._diagnose(order)
        self._start(order)
        self._finish(order)
        self._visit("jeweler_limits", self.jeweler)
        self.assertStates(order, "ready")
