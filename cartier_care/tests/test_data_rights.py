# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Clients take their data along; the house erases photos, links and notes (issue 6)."""

import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_portal import CarePortalCase, make_picture


@tagged("post_install", "-at_install")
class TestDataRights(CarePortalCase):
    def setUp(self):
        super().setUp()
        self.finished = self._order(
            self._creation(),
            "reshaping",
            condition_note="A dent by the clasp",
            internal_note="<p>A secret of the house</p>",
        )
        self.env["care.order.photo"].create(
            [
                {
                    "order_id": self.finished.id,
                    "image_1920": make_picture("JPEG"),
                    "name": name,
                    "is_internal": is_internal,
                }
                for name, is_internal in (("Front", False), ("Tool marks", True))
            ]
        )
        self._to(self.finished, "done")
        self.finished.sudo()._portal_ensure_token()
        self.finished.sudo().message_post(
            body="Please mind the clasp",
            author_id=self.client.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.finished.sudo().message_post(
            body="The client is difficult", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.foreign = self._done(self._creation(partner_id=self.other_client.id), "shining")
        self.foreign.sudo().message_post(body="Somebody else's words", message_type="comment")
        self.claim = self.env["care.creation.claim"]._claim(
            self.client, "CLAIMED 1", self.boutique, "From my aunt", make_picture()
        )
        self.env.flush_all()

    # -- Taking along -----------------------------------------------------------------------

    def test_clients_take_their_own_data_along(self):
        """Issue 6: creations, orders, lines, estimates, messages they can see, documents."""
        self.authenticate("care_t_client", "care_t_client")
        answer = self.url_open("/my/care/data")
        self.assertEqual(answer.headers["Content-Type"], "application/json; charset=utf-8")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        data = json.loads(answer.text)
        self.assertEqual(data["client"]["name"], self.client.name)
        self.assertEqual(data["claims"][0]["number"], "CLAIMED 1")
        numbers = {creation["number"] for creation in data["creations"]}
        self.assertIn(self.finished.creation_id.serial_number, numbers)
        orders = {order["number"]: order for order in data["orders"]}
        self.assertEqual(set(orders), {self.order.name, self.finished.name})
        asked = {service["name"] for service in orders[self.order.name]["services"]}
        self.assertIn(self._service("ring_resizing").name, asked, "an open estimate has them too")
        order = orders[self.finished.name]
        self.assertEqual(order["total"], self.finished.amount_total)
        self.assertEqual(order["services"][0]["name"], self._service("reshaping").name)
        self.assertEqual(order["estimates"][0]["answer"], "accepted")
        self.assertEqual(order["invoices"][0]["number"], self.finished.sudo().invoice_ids.name)
        self.assertIn("Please mind the clasp", [text["text"] for text in order["messages"]])
        self.assertEqual([photo["caption"] for photo in order["photos"]], ["Front"])
        for address in order["documents"] + [order["photos"][0]["address"]]:
            self.assertTrue(address.startswith(f"/my/care/{self.finished.id}/"))

    def test_nothing_is_left_out(self):
        """Issue 6: what the client wrote, signed, paid and was told, and each creation's fate."""
        order = self.finished.sudo()
        picture = make_picture()
        design = self._line(self.order, "engraving")
        design.sudo()._write_by_system(
            {"engraving_text": "Toujours", "engraving_language": "fr", "engraving_image": picture}
        )
        order.intake_id.write(
            {"signed_by": "Ada Client", "signature": picture, "authorized_collector": "Bo Friend"}
        )
        order._write_by_system(
            {
                "arrival": "remark",
                "arrival_note": "The box was open",
                "pre_approved_amount": 500.0,
                "pre_approved_by": "Ada Client",
                "pre_approval_signature": picture,
            }
        )
        order.estimate_id.write({"signature": picture})
        original = self._creation(serial_number="ORIGINAL 1")
        original.sudo().write({"state": "replaced"})
        self.env.flush_all()
        self.authenticate("care_t_client", "care_t_client")
        text = self.url_open("/my/care/data").text
        data = json.loads(text)
        orders = {row["number"]: row for row in data["orders"]}
        row = orders[self.finished.name]
        invoice = row["invoices"][0]
        self.assertEqual(sum(payment["amount"] for payment in invoice["payments"]), 190.0)
        self.assertEqual(invoice["left_to_pay"], 0.0)
        self.assertEqual(row["estimates"][0]["services"][0]["amount"], 190.0)
        self.assertTrue(row["estimates"][0]["signature"])
        for key in ("signature", "signed_by"):
            self.assertTrue(row["visit"][key], key)
        self.assertEqual(row["visit"]["authorized_collector"], "Bo Friend")
        self.assertEqual(row["approved_in_advance_by"], "Ada Client")
        self.assertTrue(row["approved_in_advance_signature"])
        hand_over = row["hand_over"]
        self.assertEqual(hand_over["arrival_remark"], "The box was open")
        self.assertEqual(hand_over["collected_by"], "Ada Client")
        self.assertTrue(hand_over["signature"])
        self.assertEqual(row["services"][0]["amount"], 190.0)
        engraving = next(
            line["engraving"] for line in orders[self.order.name]["services"] if line["engraving"]
        )
        self.assertEqual((engraving["text"], engraving["language"]), ("Toujours", "fr"))
        for address in (engraving["design"], invoice["document"]):
            self.assertEqual(self.url_open(address).status_code, 200, address)
        self.assertTrue(data["claims"][0]["proof"])
        self.assertIn("ORIGINAL 1", [creation["number"] for creation in data["creations"]])
        # The signature of somebody else who collects is theirs.
        order._write_by_system({"collector_role": "other"})
        self.env.flush_all()
        row = next(
            row
            for row in json.loads(self.url_open("/my/care/data").text)["orders"]
            if row["number"] == self.finished.name
        )
        self.assertFalse(row["hand_over"]["signature"])

    def test_nothing_internal_and_nobody_elses(self):
        """Safety: no note, no cost, no token, no staff, no other client."""
        self.authenticate("care_t_client", "care_t_client")
        text = self.url_open("/my/care/data").text
        for secret in (
            "A secret of the house",
            "The client is difficult",
            "Tool marks",
            self.finished.sudo().access_token,
            self.foreign.name,
            self.foreign.creation_id.serial_number,
            self.other_client.name,
            self.jeweler.name,
        ):
            self.assertNotIn(secret, text)
        self.authenticate("care_t_other_client", "care_t_other_client")
        text = self.url_open("/my/care/data").text
        self.assertIn(self.foreign.name, text)
        self.assertNotIn(self.finished.name, text)
        self.authenticate(None, None)
        answer = self.url_open("/my/care/data", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

    # -- Erasing ----------------------------------------------------------------------------

    def test_held_creations_keep_their_data(self):
        """Issue 6: what the house holds is documented until it is handed over."""
        message = self.assertRefused(self.client.with_user(self.manager).action_erase_care_data)
        self.assertNotIn(self.finished.name, message)
        self.order.action_decline("Changed my mind")
        self.assertRefused(self.client.with_user(self.manager).action_erase_care_data)
        self.assertTrue(self.finished.photo_ids)

    def test_erased(self):
        """Issue 6: photos, tokens and notes are gone, invoices and estimates stay."""
        removal = self.env["care.order.removal"].create(
            {"order_id": self.order.id, "name": "Link", "note": "Scratch remark", "fate": "left"}
        )
        engraving = self._line(self.order, "engraving")
        self.assertTrue(engraving.engraving_text)
        self.order.action_decline("Changed my mind")
        self._hand_over(self.order)
        token = self.finished.sudo().access_token
        invoice = self.finished.sudo().invoice_ids
        estimate = self.finished.estimate_id
        total = self.finished.amount_total
        invoice._portal_ensure_token()
        photos = self.finished.photo_ids
        self.finished.sudo().message_post(
            body="See the picture", attachments=[("scratch.txt", b"x")], message_type="comment"
        )
        # Tasks, open and done, a file on its own and what was noted about the creation.
        for text in ("Scratch task", "Scratch task done"):
            task = self.finished.sudo().activity_schedule(
                "mail.mail_activity_data_todo", summary=text, note=text, user_id=self.manager.id
            )
        task.action_feedback("Scratch feedback")
        self.finished.creation_id.sudo().message_post(body="Scratch noted", message_type="comment")
        self.env["ir.attachment"].sudo().create(
            {
                "name": "scratch alone.txt",
                "raw": b"x",
                "res_model": "care.order",
                "res_id": self.finished.id,
            }
        )
        wizard = (
            self.env["care.erase"].with_user(self.manager).create({"partner_id": self.client.id})
        )
        self.assertEqual((wizard.order_count, wizard.photo_count), (2, 2))
        action = wizard.action_confirm()
        self.env.flush_all()
        self.env.invalidate_all()
        order = self.finished.sudo()
        self.assertFalse(photos.exists())
        for name in ("access_token", "condition_note", "internal_note"):
            self.assertFalse(order[name], name)
        texts = " ".join(order.message_ids.mapped("body"))
        for gone in ("Please mind the clasp", "difficult", "See the picture"):
            self.assertNotIn(gone, texts)
        texts += str(order.creation_id.message_ids.mapped("body"))
        self.assertNotIn("Scratch", texts)
        # Odoo tells whom a task is given to what it says, in a message that no record shows.
        told = self.env["mail.message"].sudo().search([("body", "ilike", "Scratch")])
        self.assertFalse(told)
        self.assertFalse(removal.note)
        # What was to be engraved, and neither was nor was signed for.
        self.assertFalse(engraving.engraving_text or engraving.engraving_position)
        self.assertFalse(any(self.order.estimate_ids.line_ids.mapped("engraving_text")))
        self.assertFalse(self.env["ir.attachment"].search([("name", "=like", "scratch%")]))
        tasks = self.env["mail.activity"].with_context(active_test=False)
        self.assertFalse(
            tasks.search([("res_model", "=", "care.order"), ("res_id", "=", order.id)])
        )
        self.assertFalse(self.claim.proof_image or self.claim.description)
        self.assertEqual(self._page(self.finished, token).status_code, 404)
        # What the law and the creation's next owner are owed.
        self.assertEqual((order.invoice_ids, order.amount_total), (invoice, total))
        self.assertEqual((invoice.state, estimate.state), ("posted", "accepted"))
        self.assertFalse(invoice.access_token, "no link leads to it any more")
        self.assertTrue(estimate.signed_by)
        self.assertEqual(self._line(order, "reshaping").outcome, "done")
        # Who and when, without the data.
        erasure = self.env["care.erasure"].browse(action["res_id"])
        self.assertEqual(erasure.user_id, self.manager)
        self.assertEqual((erasure.photo_count, erasure.order_count), (3, 2))
        self.assertNotIn(self.client.name, erasure.client)
        self.assertIn("Somebody else's", str(self.foreign.sudo().message_ids.mapped("body")))

    def test_only_the_manager_of_the_company(self):
        """Safety: no advisor, jeweler or client; another company's orders stay untouched."""
        company = self._create_house("Another house of rights")
        stranger = self._create_user("care_t_manager_of_rights", "group_care_manager", company)
        for user in (self.advisor, self.jeweler, self.portal_client):
            with self.assertRaises(AccessError):
                self.client.with_user(user).action_erase_care_data()
        self.client.with_user(stranger).action_erase_care_data()
        self.assertEqual(len(self.finished.photo_ids), 2)
        self.assertTrue(self.finished.condition_note)
        self.assertTrue(self.claim.description)
        erasure = self.env["care.erasure"].search([("user_id", "=", stranger.id)])
        self.assertEqual(erasure.order_count, 0)
        with self.assertRaises(AccessError):
            erasure.with_user(stranger).write({"client": "X"})
        with self.assertRaises(AccessError):
            erasure.with_user(stranger).unlink()
