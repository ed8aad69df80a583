# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was signed stays to be read, what was paid is said (issue 6)."""

import base64

from odoo.tests import tagged

from .test_portal import CarePortalCase


@tagged("post_install", "-at_install")
class TestPortalSigned(CarePortalCase):
    def _sign_and_revise(self):
        """The client signs, the document is frozen, then the work turns out dearer."""
        self._answer()
        self.order.invalidate_recordset()
        signed = self.order.estimate_id
        attachment = self.env["ir.attachment"].create(
            {
                "name": "signed.pdf",
                "raw": b"%PDF-1.4 as it was signed",
                "mimetype": "application/pdf",
                "res_model": "care.estimate",
                "res_id": signed.id,
            }
        )
        signed.sudo()._write_by_system({"attachment_id": attachment.id})
        self.order.action_revise()
        self._add_line(self.order, "restoration")
        self._line(self.order, "restoration").with_user(self.jeweler).price_unit = 500.0
        self.order.action_diagnose()
        self.order.action_propose()
        self.env.flush_all()
        return signed

    def test_signed_estimates_stay_downloadable(self):
        """Issue 6: the signed PDF is frozen and stays downloadable, after a newer one too."""
        signed = self._sign_and_revise()
        self.assertEqual(signed.state, "superseded")
        path = f"/estimate/{signed.id}"
        self.assertIn(path, self._page(token=self.token).text)
        answer = self._page(token=self.token, suffix=path)
        self.assertEqual(answer.content, b"%PDF-1.4 as it was signed")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        # Nobody else's, no other order's, and nothing that was not signed.
        self.assertEqual(self._page(token="x", suffix=path).status_code, 404)
        other = self._estimated_order()
        other_token = other.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.assertEqual(self._page(other, other_token, path).status_code, 404)
        current = f"/estimate/{self.order.estimate_id.id}"
        self.assertEqual(self._page(token=self.token, suffix=current).status_code, 404)

    def test_a_question_before_the_answer(self):
        """Issue 6: the client may ask a question instead of answering."""
        self.assertIn('href="#care_messages"', self._page(token=self.token).text)

    def test_a_paid_order_shows_it(self):
        """Issue 6: nothing is left to pay, and the page says so."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        order.sudo()._portal_ensure_token()
        self.env.flush_all()
        token = order.sudo().access_token
        self.assertNotIn("All is settled", self._page(order, token).text)
        self._pay(order)
        self.env.flush_all()
        self.assertIn("All is settled", self._page(order, token).text)
        free = self._to(self._order(self._creation(), "shining"), "ready")
        self.assertFalse(free._get_portal_settled_note(free._get_portal_invoices()))

    def test_a_parcel_goes_back_to_the_client(self):
        """Issue 6: by parcel, the request names where the creation goes back to."""
        location = self.boutique
        order = self.env["care.order"]._request_care(
            self._creation(),
            [{"service_id": self._service("shining").id}],
            location,
            "parcel",
            photos=[base64.b64encode(base64.b64decode(self.signature))],
        )
        self.assertEqual(order.intake_id.return_partner_id, self.client)

    def test_photos_of_before_and_after(self):
        """Issue 6: the condition as received, and apart from it what our care made of it."""
        Photo = self.env["care.order.photo"]
        values = {"order_id": self.order.id, "image_1920": self.signature}
        Photo.create([{**values, "name": "Scratched"}, {**values, "name": "New", "stage": "after"}])
        self.env.flush_all()
        page = self._page(token=self.token).text
        after = page[page.index('id="care_after"') : page.index('id="care_condition"')]
        self.assertIn("New", after)
        self.assertNotIn("Scratched", after)
