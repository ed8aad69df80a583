# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What clients ask for on their pages: catalogue, creations, requests, links."""

import base64
import io
import re

from PIL import Image

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .test_portal import SCRIPT, CarePortalCase, make_picture


@tagged("post_install", "-at_install")
class TestPortalRequest(CarePortalCase):
    def setUp(self):
        super().setUp()
        self.ring = self._creation(measure=52)
        self.paved = self._creation(is_paved=True)
        self.foreign = self._creation(partner_id=self.other_client.id)
        self.env.flush_all()
        self.authenticate("care_t_client", "care_t_client")

    def _send(self, creation=None, files=None, **form):
        page = self.url_open("/my/care")
        data = {
            "csrf_token": re.search(r'csrf_token: "([^"]+)"', page.text).group(1),
            "creation_id": (self.ring if creation is None else creation).id,
            "location_id": self.boutique.id,
            "return_method": "boutique",
            **form,
        }
        data = {key: value for key, value in data.items() if value is not None}
        return self.url_open("/my/care/new/send", data=data, files=files, allow_redirects=False)

    def _requests(self):
        return self.env["care.order"].search(
            [("intake_id.channel", "=", "portal"), ("partner_id", "=", self.client.id)]
        )

    def _photo(self, content=None, name="ring.png"):
        return ("photos", (name, content or base64.b64decode(make_picture()), "image/png"))

    def test_catalogue(self):
        page = self.url_open("/my/care/services")
        self.assertEqual(page.status_code, 200)
        for service in self.env["care.service"].search([]):
            self.assertIn(service.name, page.text)
        for word in ("Complimentary", "then from", "On estimate", "190"):
            self.assertIn(word, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")

    def test_public_catalogue(self):
        """Issue 6: public where the company allows it, without anything internal or private."""
        self.authenticate(None, None)
        # Without a website the visitor's company is that of the public user.
        company = self.env.ref("base.public_user").company_id
        company.care_public_catalogue = True
        self.env.flush_all()
        page = self.url_open("/my/care/services", allow_redirects=False)
        self.assertEqual(page.status_code, 200)
        for service in self.env["care.service"].search([]):
            self.assertIn(service.name, page.text)
        self.assertIn("Complimentary", page.text)
        self.assertIn("Diagnosis · Buffing", page.text)
        self.assertNotIn("noindex", page.headers.get("X-Robots-Tag", ""))
        self.assertNotIn(self.client.name, page.text)
        for path in ("/my/care", "/my/creations", "/my/care/new"):
            self.assertEqual(self.url_open(path, allow_redirects=False).status_code, 303)
        company.care_public_catalogue = False
        self.env.flush_all()
        answer = self.url_open("/my/care/services", allow_redirects=False)
        self.assertIn("redirect=%2Fmy%2Fcare%2Fservices", answer.headers["Location"])

    def test_pages_need_a_login(self):
        self.env["res.company"].search([]).care_public_catalogue = False
        self.env.flush_all()
        self.authenticate(None, None)
        for path in ("/my/care", "/my/care/services", "/my/creations", "/my/care/new"):
            answer = self.url_open(path, allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_creations(self):
        done = self._done(self._creation(), ("ring_resizing", 1.0))
        self.env.flush_all()
        page = self.url_open("/my/creations").text
        for creation in self.ring | self.paved | done.creation_id | self.order.creation_id:
            self.assertIn(creation.serial_number, page)
        self.assertNotIn(self.foreign.serial_number, page)
        passports = {
            passport["id"]: passport
            for passport in (self.ring | self.paved | done.creation_id)._get_portal_passports(
                self.client
            )
        }
        resizing = self._service("ring_resizing").name
        self.assertEqual(passports[self.ring.id]["complimentary"], [resizing])
        self.assertEqual(passports[self.paved.id]["complimentary"], [])
        self.assertEqual(passports[done.creation_id.id]["complimentary"], [])
        self.assertEqual(passports[done.creation_id.id]["history"][0]["services"], [resizing])
        for creation, status in ((self.ring, 200), (self.foreign, 404)):
            picture = self.url_open(f"/my/creations/{creation.id}/picture")
            self.assertEqual(picture.status_code, status)
        self.assertEqual(self.url_open("/my/creations/999999999999/picture").status_code, 404)

    def test_a_newcomer_finds_the_way(self):
        """Cards of care stand on the home page before there is anything to count."""
        self.env["care.order"].search([("partner_id", "=", self.other_client.id)]).unlink()
        self.authenticate("care_t_other_client", "care_t_other_client")
        cards = re.findall(
            r'class="o_portal_index_card ([^"]*)">\s*<a href="(/my/c[^"]*)"',
            self.url_open("/my").text,
        )
        shown = {path for classes, path in cards if "d-none" not in classes}
        self.assertEqual(shown, {"/my/care", "/my/creations", "/my/care/services"})

    def test_offer_of_a_paved_ring(self):
        page = self.url_open("/my/care/new", params={"creation_id": self.paved.id}).text
        self.assertNotIn('name="service_ring_resizing"', page)
        self.assertIn('name="service_reproduction"', page)
        self.assertRegex(page, r"We propose instead:\s*<strong>Reproduction")
        # What parts may come to is announced, as on the page of the services.
        form = re.sub(r"<[^>]+>|\s+", " ", page)
        self.assertRegex(form, r"Component repair or replacement .*? From \$.190\.00 .*? Reshaping")
        for creation_id in (self.foreign.id, "0", "-1", "x", "1e3", "é", "9" * 30, "١"):
            answer = self.url_open("/my/care/new", params={"creation_id": creation_id})
            self.assertEqual(answer.status_code, 404, creation_id)
            self.assertNotIn(self.foreign.serial_number, answer.text)

    def test_request(self):
        answer = self._send(
            service_ring_resizing="1",
            adjustment_ring_resizing="1,5",
            service_engraving="1",
            engraving_text_engraving="Ada",
            engraving_position_engraving="Inside",
            note=f"A scratch {SCRIPT}",
            files=[self._photo(), self._photo(name=f"{SCRIPT}.png")],
            # None of these is the client's to say.
            state="done",
            price_unit="0",
            partner_id=str(self.other_client.id),
            amount_total="0",
            is_released="1",
        )
        self.assertEqual(answer.status_code, 303)
        order = self._requests()
        self.assertEqual(answer.headers["Location"], f"/my/care/{order.id}?message=requested")
        self.assertEqual((order.state, order.partner_id), ("draft", self.client))
        self.assertEqual(order.location_id, self.boutique)
        self.assertEqual(order.user_id, self.order.user_id, "the client's last advisor")
        codes = set(order.line_ids.mapped("service_id.code"))
        self.assertEqual(codes, {"ring_resizing", "engraving"})
        self.assertEqual(self._line(order, "ring_resizing").adjustment, 1.5)
        self.assertEqual(self._line(order, "engraving").engraving_text, "Ada")
        self.assertEqual(order.amount_total, 0.0)
        self.assertFalse(order.is_released)
        self.assertEqual(len(order.photo_ids), 2)
        self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
        self.assertNotIn(SCRIPT, "".join(order.sudo().message_ids.mapped("body")))
        page = self._page(order)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(SCRIPT, page.text)
        self.assertIn("Withdraw", page.text)
        # Nothing was handed over yet: no receipt, and nothing is said to be received.
        self.assertIn("What you told us", page.text)
        self.assertNotIn("As we received it", page.text)
        self.assertNotIn("/document/receipt", page.text)
        receipt = self._page(order, suffix="/document/receipt")
        self.assertEqual(receipt.status_code, 303)
        # The advisor takes it from there.
        order.with_user(self.advisor).action_receive()
        self.assertEqual(order.state, "received")
        self.assertEqual(order.intake_id.channel, "portal")
        self.env.flush_all()
        page = self._page(order)
        self.assertIn("As we received it", page.text)
        self.assertIn("/document/receipt", page.text)

    def test_a_creation_is_asked_for_once(self):
        self._send(service_shining="1")
        answer = self._send(service_shining="1")
        self.assertEqual(answer.status_code, 422)
        self.assertIn(self._requests().name, answer.text)
        held = self._send(creation=self.order.creation_id, service_shining="1")
        self.assertEqual(held.status_code, 422)
        self.assertEqual(len(self._requests()), 1)

    def test_requests_that_are_refused(self):
        big = self._photo(b"\x89PNG\r\n\x1a\n" + b"0" * (10 * 1024 * 1024 + 1))
        svg = self._photo(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
        html = self._photo(b"<html><script>alert(1)</script></html>")
        wide = io.BytesIO()
        Image.new("1", (9000, 9000)).save(wide, "PNG")
        refused = [
            {},
            {"service_nonsense": "1"},
            {"service_shining": "1", "location_id": str(self.workshop.id)},
            {"service_shining": "1", "location_id": None},
            {"service_shining": "1", "location_id": "x"},
            {"service_shining": "1", "return_method": "teleport"},
            {"service_shining": "1", "note": "x" * 10000},
            {"service_ring_resizing": "1"},
            {"service_ring_resizing": "1", "adjustment_ring_resizing": "much"},
            {"service_ring_resizing": "1", "adjustment_ring_resizing": "nan"},
            {"service_ring_resizing": "1", "adjustment_ring_resizing": "1e99"},
            {"service_ring_resizing": "1", "adjustment_ring_resizing": "0"},
            {"service_necklace_resizing": "1", "adjustment_necklace_resizing": "2"},
            {"service_engraving": "1"},
            {"service_engraving": "1", "engraving_text_engraving": "x" * 21},
            {"service_engraving": "1", "engraving_text_engraving": "x" * 10000},
            {"service_shining": "1", "files": [big]},
            {"service_shining": "1", "files": [svg]},
            {"service_shining": "1", "files": [html]},
            {"service_shining": "1", "files": [self._photo(wide.getvalue())]},
            {"service_shining": "1", "files": [self._photo()] * 7},
        ]
        for form in refused:
            self.env["care.portal.attempt"].search([]).unlink()
            answer = self._send(**form)
            self.assertEqual(answer.status_code, 422, str(form)[:200])
            self.assertIn('role="alert"', answer.text)
            self.assertNotIn("Traceback", answer.text)
            self.assertFalse(self._requests(), str(form)[:200])
        for creation in (self.foreign, self.env["care.creation"].browse(10**8)):
            answer = self._send(creation=creation, service_shining="1")
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._send(service_shining="1", csrf_token=None).status_code, 400)
        self.assertIn(
            self.url_open("/my/care/new/send", allow_redirects=False).status_code, (404, 405)
        )
        self.assertFalse(self._requests())
        self.assertFalse(
            self.env["care.intake"].search([("channel", "=", "portal")])
            & (self.env["care.intake"].search([("partner_id", "=", self.client.id)]))
        )

    def test_requests_keep_a_pace(self):
        """Safety: pictures are drawn anew, refused ones too: ten a minute and client."""
        for _number in range(10):
            self.assertEqual(self._send(service_nonsense="1").status_code, 422)
        answer = self._send(service_shining="1", files=[self._photo()])
        self.assertEqual(answer.status_code, 429)
        self.assertFalse(self._requests())
        self.authenticate("care_t_other_client", "care_t_other_client")
        self.assertEqual(self._send(creation=self.foreign, service_shining="1").status_code, 303)

    def test_odd_texts_are_kept_as_text(self):
        self._send(
            service_engraving="1",
            engraving_text_engraving="爱\x00é❤",
            note="שלום \x00 مرحبا 🙂",
        )
        order = self._requests()
        self.assertEqual(self._line(order, "engraving").engraving_text, "爱é❤")
        self.assertEqual(self._page(order).status_code, 200)

    def test_photos_leave_their_secrets_behind(self):
        image = Image.new("RGB", (3000, 100), "white")
        exif = Image.Exif()
        exif[0x010E] = "Home of the client"
        stream = io.BytesIO()
        image.save(stream, "JPEG", exif=exif)
        self._send(service_shining="1", files=[self._photo(stream.getvalue())])
        photo = self._requests().photo_ids
        content = base64.b64decode(photo.image_1920)
        self.assertNotIn(b"Home of the client", content)
        self.assertEqual(content[:2], b"\xff\xd8")

    def test_withdrawal(self):
        self._send(service_shining="1")
        order = self._requests()
        page = self._page(order)
        csrf = re.search(r'csrf_token: "([^"]+)"', page.text).group(1)
        url = f"/my/care/{order.id}/withdraw"
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 405)
        self.assertEqual(self.url_open(url, data={"x": "1"}).status_code, 400)
        self.authenticate("care_t_other_client", "care_t_other_client")
        page = self.url_open("/my/care")
        other = re.search(r'csrf_token: "([^"]+)"', page.text).group(1)
        answer = self.url_open(url, data={"csrf_token": other}, allow_redirects=False)
        self.assertEqual((answer.status_code, order.state), (404, "draft"))
        self.authenticate("care_t_client", "care_t_client")
        csrf = re.search(r'csrf_token: "([^"]+)"', self._page(order).text).group(1)
        answer = self.url_open(url, data={"csrf_token": csrf}, allow_redirects=False)
        self.assertIn("message=withdrawn", answer.headers["Location"])
        self.assertEqual(order.state, "cancel")
        self.assertFalse(order.sudo().activity_ids)
        # What the house holds, or a boutique wrote down, is not withdrawn here.
        answer = self.url_open(
            f"/my/care/{self.order.id}/withdraw",
            data={"csrf_token": csrf},
            allow_redirects=False,
        )
        self.assertIn("message=late", answer.headers["Location"])
        self.assertEqual(self.order.state, "estimated")

    def test_a_new_link_ends_the_old_one(self):
        csrf = self._csrf(token="")
        url = f"/my/care/{self.order.id}/link"
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 405)
        self.assertEqual(self.url_open(url, data={"x": "1"}).status_code, 400)
        self.url_open(url, data={"csrf_token": csrf})
        self.order.invalidate_recordset()
        renewed = self.order.sudo().access_token
        self.assertNotEqual(renewed, self.token)
        self.authenticate(None, None)
        self.assertEqual(self._page(token=self.token).status_code, 404)
        self.assertEqual(self._page(token=renewed).status_code, 200)
        # A link shows the page; it does not make the reader its owner.
        csrf = self._csrf(token=renewed)
        answer = self.url_open(
            url, data={"csrf_token": csrf, "access_token": renewed}, allow_redirects=False
        )
        self.assertNotIn("message", answer.headers.get("Location", ""))
        self.order.invalidate_recordset()
        self.assertEqual(self.order.sudo().access_token, renewed)
        self._check_who_may_renew()

    def _check_who_may_renew(self):
        """Nobody but who may edit the order renews its link."""
        for user in (self.portal_client, self.portal_other, self.advisor_2):
            self.assertRefused(self.order.with_user(user).action_renew_link)
        self.order.with_user(self.advisor).action_renew_link()


@tagged("post_install", "-at_install")
class TestPortalMessages(CarePortalCase):
    """What clients write and send to their boutique."""

    def _post(self, body, **kwargs):
        return self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "care.order",
                "thread_id": self.order.id,
                "post_data": {
                    "body": body,
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
                "token": self.token,
                **kwargs,
            },
        )

    def _upload(self, name, content, token=None):
        answer = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self._csrf(),
                "thread_model": "care.order",
                "thread_id": str(self.order.id),
                "is_pending": "true",
                "token": token or self.token,
            },
            files={"ufile": (name, content, "image/png")},
        )
        return answer.json() if answer.status_code == 200 else {}

    def test_messages(self):
        self._page(token=self.token)
        self._post(f"When is it ready? \x00 🙂 {SCRIPT}")
        message = self._last_comment()
        self.assertEqual(message.author_id, self.client)
        self.assertNotIn("<script", message.body)
        with mute_logger("odoo.http"):
            for body in ("x" * 10000, ["x"], None):
                with self.assertRaises(JsonRpcException):
                    self._post(body)
            with self.assertRaises(JsonRpcException):
                self._post("x", token="wrong")
            with self.assertRaises(JsonRpcException):
                for _message in range(11):
                    self._post("Again")
        self.assertLessEqual(len(self.order.sudo().website_message_ids), 10)

    def test_what_is_said_among_staff_is_not_fetched(self):
        self.order.sudo().message_post(body="Said among us", subtype_xmlid="mail.mt_note")
        self.order.with_user(self.advisor).message_post(
            body="Good news", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env.flush_all()
        self._page(token=self.token)
        params = {"thread_model": "care.order", "thread_id": self.order.id}
        answer = str(
            self.make_jsonrpc_request("/mail/chatter_fetch", {**params, "token": self.token})
        )
        self.assertIn("Good news", answer)
        self.assertNotIn("Said among us", answer)
        self.assertNotIn(self.advisor.email or "no address", answer)

    @mute_logger("odoo.http")
    def test_uploads(self):
        picture = base64.b64decode(make_picture())
        self.assertIn("data", self._upload("ring.png", picture))
        self.assertIn("data", self._upload("letter.pdf", b"%PDF-1.4 x"))
        for name, content in (
            ("page.html", b"<html><script>alert(1)</script></html>"),
            ("page.png", b"<html><script>alert(1)</script></html>"),
            ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
            ("tool.exe", b"MZ" + b"0" * 100),
            ("large.png", picture + b"0" * (10 * 1024 * 1024)),
        ):
            self.assertIn("error", self._upload(name, content), name)
        self.assertNotIn("data", self._upload("ring.png", picture, token="wrong"))
