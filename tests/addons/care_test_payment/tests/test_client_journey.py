# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A client's whole way in a browser, on a phone and on a desk (issue 6, *Tests*)."""

from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.cartier_care.report.care_report import CareReport
from odoo.addons.cartier_care.tests.test_portal import CarePortalCase, make_picture
from odoo.addons.cartier_care.tests.test_portal_accessibility import (
    DESK,
    PHONE,
    RUN_AXE,
    AccessibilityCase,
)

PAY = "button[name='o_payment_submit_button']"
PAID = "div[name=invoice_paid_badge], .o_account_payment_tx_status"

ENGLISH = {"frontend_lang": "en_US"}


class PaymentProvider:
    """Odoo's provider for demonstrations, of the house of the tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo = cls.env.ref("payment.payment_provider_demo")
        journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        demo.payment_method_ids.active = True
        cls.provider = demo.copy(
            {
                "company_id": cls.company.id,
                "state": "test",
                "is_published": True,
                "payment_method_ids": [Command.set(demo.payment_method_ids.ids)],
            }
        )
        cls.provider.journal_id = journal


class ClientJourney(PaymentProvider):
    """What a client does from the receipt to the certificate, whatever the screen."""

    def _code_of_the_receipt(self, order):
        """The address in the code that the receipt shows for an order, as a phone opens it."""
        printed = []
        draw = CareReport._get_barcode

        def remember(report, symbology, value):
            printed.append((symbology, value))
            return draw(report, symbology, value)

        with patch.object(CareReport, "_get_barcode", remember):
            self.env["ir.actions.report"].with_user(self.advisor)._render_qweb_html(
                "cartier_care.action_report_care_receipt", order.intake_id.ids
            )
        codes = [value for symbology, value in printed if symbology == "QR"]
        self.assertEqual(len(codes), 1)
        address = urlsplit(codes[0])
        return f"{address.path}?{address.query}"

    def _tour(self, path, name, login=None):
        self.env.flush_all()
        self.start_tour(path, name, login=login, cookies=ENGLISH, timeout=120)
        self.env.invalidate_all()

    def test_from_the_receipt_to_the_certificate(self):
        """Code → one option left → signature → paid with the provider → certificate."""
        order = self._order(
            self._creation(measure=52),
            "reshaping",
            ("clasp_link_repair", {"is_optional": True}),
            ("engraving", {"is_optional": True}),
        )
        self._receive(order)
        order.action_propose()
        path = self._code_of_the_receipt(order)

        self._tour(path, "care_journey_sign")
        self.assertEqual(order.state, "approved")
        self.assertEqual(order.estimate_id.signed_by, "Ada Client")
        self.assertTrue(self._line(order, "clasp_link_repair").is_accepted)
        self.assertFalse(self._line(order, "engraving").is_accepted)

        order.action_start()
        self._finish(order)
        invoice = self._invoices(order)
        self.assertEqual((invoice.state, invoice.amount_residual), ("posted", 190.0))
        order.write(self._hand_over_vals())
        self.assertRefused(order.with_user(self.advisor).action_hand_over)

        self._tour(path, "care_journey_pay")
        transaction = invoice.transaction_ids
        self.assertEqual((transaction.state, transaction.amount), ("done", 190.0))
        self.assertEqual(transaction.provider_id, self.provider)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertFalse(order.amount_due)

        order.with_user(self.advisor).action_hand_over()
        self._tour(path, "care_journey_certificate")
        self.assertEqual((order.state, order.disposition), ("done", "serviced"))
        token = order.sudo().access_token
        certificate = self._page(order, token, "/document/certificate")
        self.assertEqual(certificate.headers["Content-Type"], "application/pdf")
        self.assertIn(order.creation_id.serial_number, certificate.text)

    def test_the_proof_of_an_engraving_is_approved(self):
        order = self._order(self._creation(), ("engraving", {"engraving_image": make_picture()}))
        order.action_receive()
        self._line(order, "engraving").with_user(self.jeweler).is_feasible = True
        self._diagnose(order)
        order.action_propose()
        self._tour(self._code_of_the_receipt(order), "care_journey_proof")
        self.assertEqual(order.state, "approved")
        self.assertTrue(order.estimate_id.signature)
        self.assertEqual(order.estimate_id.signed_by, "Ada Client")

    def test_a_paved_ring_is_reproduced(self):
        """Re-sizing is explained as not possible; the reproduction proposed is asked for."""
        self.order.creation_id.partner_id = self.other_client
        ring = self._creation(is_paved=True)
        self._tour("/my/care/new", "care_journey_paved_ring", "care_t_client")
        order = ring.order_ids
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.line_ids.service_id.code, "reproduction")
        self.assertEqual(order.intake_id.channel, "portal")


@tagged("post_install", "-at_install")
class TestClientJourneyOnPhone(ClientJourney, CarePortalCase):
    browser_size = "360x740"
    touch_enabled = True


@tagged("post_install", "-at_install")
class TestClientJourneyOnDesk(ClientJourney, CarePortalCase):
    browser_size = "1366x768"


@tagged("post_install", "-at_install")
class TestClientJourneyByKeyboard(PaymentProvider, AccessibilityCase):
    """Issue 6, *Access*: the same way by keyboard alone, Odoo's page to pay included."""

    def test_from_the_link_to_the_certificate(self):
        order = self._estimated_order(
            "reshaping",
            ("clasp_link_repair", {"is_optional": True}),
            ("engraving", {"is_optional": True}),
        )
        link = self._link(order)
        self.env.flush_all()

        def sign(page):
            page.go(link)
            self._walk(page, ".o_care_option")
            page.press("Space")
            self._sign_by_keyboard(page)

        def pay(page):
            page.go(link)
            self._walk(page, "button.o_care_main_action")
            page.press("Enter")
            page.wait("Boolean(document.querySelector('#invoice_html'))")
            page.wait()
            self._walk(page, "[data-bs-target='#pay_with']")
            page.press("Enter")
            page.wait("Boolean(document.querySelector('#pay_with.show'))")
            page.wait()
            found = []
            page.run(self.axe)
            for width in (DESK, PHONE):
                page.resize(width)
                found += [f"{width}: {problem}" for problem in page.run(RUN_AXE)]
            self.assertFalse(found, "\n\n".join(["", *found]))
            self._walk(page, "#customer_input")
            page.type("4242")
            places = self._walk(page, PAY)
            for place in places:
                self.assertTrue(place["isShown"], f"the focus cannot be seen: {place}")
            page.press("Enter")
            page.wait(f"Boolean(document.querySelector({PAID!r}))")

        def collect(page):
            page.go(link)
            self._walk(page, "a[href*='/document/certificate']")

        self.drive(link, sign)
        self.env.invalidate_all()
        self.assertEqual(order.state, "approved")
        self.assertFalse(self._line(order, "engraving").is_accepted)
        order.action_start()
        self._finish(order)
        self.env.flush_all()
        self.drive(link, pay)
        self.env.invalidate_all()
        self.assertFalse(order.amount_due)
        order.write(self._hand_over_vals())
        order.with_user(self.advisor).action_hand_over()
        self.env.flush_all()
        self.drive(link, collect)
        self.assertEqual(order.state, "done")
