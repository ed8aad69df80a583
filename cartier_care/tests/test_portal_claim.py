# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Claiming a creation by its number (issue 6): what the client sees, and what the house decides."""

import base64
import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import SCRIPT, CarePortalCase, make_picture


@tagged("post_install", "-at_install")
class TestPortalClaim(CarePortalCase):
    def setUp(self):
        super().setUp()
        self.free = self._creation(partner_id=False)
        self.foreign = self._creation(partner_id=self.other_client.id)
        self.lost = self._creation(partner_id=False)
        self.lost.with_user(self.manager).action_report_lost("The police called")
        self.env.flush_all()
        self.authenticate("care_t_client", "care_t_client")

    def _send(self, number, files=None, **form):
        self.env["care.portal.attempt"].search([]).unlink()
        return self._send_again(number, files, **form)

    def _send_again(self, number, files=None, **form):
        page = self.url_open("/my/creations/claim")
        data = {
            "csrf_token": re.search(r'csrf_token: "([^"]+)"', page.text).group(1),
            "serial_number": number,
            "location_id": self.boutique.id,
            "description": "A gift of my mother",
            **form,
        }
        data = {key: value for key, value in data.items() if value is not None}
        return self.url_open(
            "/my/creations/claim/send", data=data, files=files, allow_redirects=False
        )

    def _claims(self):
        return self.env["care.creation.claim"].search([("partner_id", "=", self.client.id)])

    def _claim(self, creation, number=None):
        return self.env["care.creation.claim"]._claim(
            self.client, number or creation.serial_number, self.boutique
        )

    def _withdraw(self, claim):
        page = self.url_open("/my/creations/claim")
        token = re.search(r'csrf_token: "([^"]+)"', page.text).group(1)
        return self.url_open(
            f"/my/creations/claim/{claim if isinstance(claim, int) else claim.id}/withdraw",
            data={"csrf_token": token},
            allow_redirects=False,
        )

    # -- The page ---------------------------------------------------------------------------

    def test_the_answer_tells_nothing_of_the_number(self):
        """Issue 6: the same answer, and the same work for it, whatever the number is."""
        own = self._creation()
        self.env.flush_all()
        answers = set()
        queries = set()
        self._send("WARMUP 1")
        numbers = ["NOBODYS 404"]
        numbers += (own | self.free | self.foreign | self.lost).mapped("serial_number")
        for number in numbers:
            before = self.env.cr.sql_log_count
            answer = self._send(number)
            queries.add(self.env.cr.sql_log_count - before)
            answers.add((answer.status_code, answer.headers["Location"], answer.text))
        self.assertEqual(len(answers), 1)
        self.assertEqual(len(queries), 1, "the number is looked up by nobody")
        page = self.url_open("/my/creations").text
        self.assertEqual(page.count("We are checking"), len(numbers) + 1)
        self.assertEqual(self.foreign.partner_id, self.other_client)
        self.assertFalse(self.free.partner_id)

    def test_what_arrives_at_the_boutique(self):
        """Issue 6: a record of its own, with the proof, and an activity for the boutique."""
        photo = ("proof", ("p.png", base64.b64decode(make_picture()), "image/png"))
        answer = self._send(self.free.serial_number.lower(), [photo], state="confirmed")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(answer.headers["Location"], "/my/creations?message=claimed")
        claim = self._claims()
        self.assertEqual((claim.state, claim.location_id), ("pending", self.boutique))
        self.assertEqual(claim.description, "A gift of my mother")
        self.assertTrue(claim.proof_image)
        self.assertEqual(claim.creation_id, self.free)
        self.assertEqual(claim.activity_ids.user_id, self.advisor)

    def test_refused_forms(self):
        """Safety: numbers, boutiques and pictures that are none; nothing is kept."""
        svg = ("proof", ("p.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"))
        good = ("proof", ("p.png", base64.b64decode(make_picture()), "image/png"))
        for number, values in (
            ("", {}),
            ("---", {}),
            ("x" * 41, {}),
            ("T1", {"location_id": str(self.workshop.id)}),
            ("T1", {"location_id": None}),
            ("T1", {"description": "x" * 10000}),
            ("T1", {"files": [svg]}),
            ("T1", {"files": [good, good]}),
        ):
            answer = self._send(number, **values)
            self.assertEqual(answer.status_code, 422, (number, values))
            self.assertIn('role="alert"', answer.text)
        with mute_logger("odoo.http"):
            self.assertEqual(self._send("T1", csrf_token=None).status_code, 400)
        self.assertFalse(self._claims())

    def test_numbers_are_not_tried_out(self):
        """Safety: ten claims a minute and client, and ten that await an answer."""
        self.env["care.portal.attempt"].search([]).unlink()
        for number in range(10):
            self.assertEqual(self._send_again(f"TRY {number}").status_code, 303)
        self.assertEqual(self._send_again("TRY 10").status_code, 429)
        self.assertEqual(self._page(token=self.token).status_code, 200, "right links still lead")
        answer = self._send("TRY 11")
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(len(self._claims()), 10)

    def test_own_claims_are_seen_and_withdrawn(self):
        """Issue 6: the client sees their own claims, and takes them back; nobody else's."""
        claim = self._claim(self.free, f"{self.free.serial_number} {SCRIPT}"[:40])
        foreign = self.env["care.creation.claim"]._claim(
            self.other_client, "OTHERS 77", self.boutique
        )
        self.env.flush_all()
        page = self.url_open("/my/creations").text
        self.assertIn("We are checking", page)
        self.assertNotIn("OTHERS 77", page)
        self.assertNotIn(SCRIPT, page)
        for number in (foreign, 10**8, 10**12):
            self.assertEqual(self._withdraw(number).status_code, 404)
        self.assertEqual(foreign.state, "pending")
        self.assertIn("message=unclaimed", self._withdraw(claim).headers["Location"])
        self.env.invalidate_all()
        self.assertEqual(claim.state, "withdrawn")
        self.assertFalse(claim.activity_ids)
        self.assertNotIn("We are checking", self.url_open("/my/creations").text)
        self.assertEqual(self._withdraw(claim).status_code, 404)

    def test_pages_need_a_login(self):
        """Safety: nobody claims without being somebody."""
        self.authenticate(None, None)
        answer = self.url_open("/my/creations/claim", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

    # -- The house --------------------------------------------------------------------------

    def test_confirmed(self):
        """Issue 6: the client becomes the owner; who owned it before stays in the history."""
        claim = self._claim(self.free)
        self.assertTrue(claim.with_user(self.advisor).action_confirm())
        self.assertEqual((claim.state, claim.answered_by_id), ("confirmed", self.advisor))
        self.assertEqual(self.free.partner_id, self.client)
        self.env.flush_all()
        page = self.url_open("/my/creations").text
        self.assertIn(self.free.serial_number, page)
        self.assertNotIn("We are checking", page)
        self.assertIn(self.client, claim.message_ids.partner_ids, "the client is written to")
        self.assertRefused(claim.with_user(self.advisor).action_confirm)
        self.assertRefused(claim.with_user(self.advisor).action_refuse)

    def test_refused(self):
        """Issue 6: a refusal tells the client nothing of the number."""
        claim = self._claim(self.foreign)
        claim.with_user(self.advisor).action_refuse()
        self.assertEqual(self.foreign.partner_id, self.other_client)
        self.env.flush_all()
        page = self.url_open("/my/creations").text
        self.assertIn("We could not confirm it", page)
        self.assertNotIn(self.other_client.name, page + claim.message_ids[0].body)

    def test_answers_are_letters_of_the_house(self):
        """Look: what a client reads of a claim comes in the house's letter, as its other mails."""
        for creation, answer in ((self.free, "action_confirm"), (self.foreign, "action_refuse")):
            claim = self._claim(creation)
            getattr(claim.with_user(self.advisor), answer)()
            mail = self.env["mail.mail"].search([("mail_message_id", "in", claim.message_ids.ids)])
            self.assertEqual(len(mail), 1, answer)
            self.assertIn("border-top: 1px solid #a9843f", mail.body_html)
            self.assertIn(creation.serial_number, mail.body_html)
            self.assertIn(claim.company_id.name, mail.body_html)

    def test_contested_claims_wait_for_the_manager(self):
        """Issue 6: lost, or somebody else's: held discreetly, and the manager decides."""
        for creation in (self.lost, self.foreign):
            owner = creation.partner_id
            claim = self._claim(creation)
            seen = claim.with_user(self.advisor)
            self.assertIn("manager decides", seen.finding)
            self.assertNotIn(self.other_client.name, seen.finding)
            seen.action_confirm()
            self.assertEqual((claim.state, creation.partner_id), ("held", owner))
            self.assertFalse(claim.message_ids.partner_ids, "the client is told nothing")
            self.assertEqual(len(claim.activity_ids), 1)
            self.env.flush_all()
            self.assertIn("We are checking", self.url_open("/my/creations").text)
            decided = claim.with_user(self.manager)
            self.assertTrue("lost" in decided.finding or self.other_client.name in decided.finding)
            decided.action_confirm()
            self.assertEqual((claim.state, creation.partner_id), ("confirmed", self.client))
        self.assertIn(self.other_client.name, self.foreign.message_ids[0].body)

    def test_what_another_client_brought_waits_too(self):
        """Issue 6: nobody's on record, but in the house's hands for somebody else."""
        order = self._order(self.free, "shining", partner_id=self.other_client.id)
        order.action_receive()
        claim = self._claim(self.free)
        claim.with_user(self.advisor).action_confirm()
        self.assertEqual((claim.state, self.free.partner_id), ("held", self.env["res.partner"]))
        self.assertIn(order.name, claim.with_user(self.manager).finding)

    def test_unknown_numbers_are_registered_first(self):
        """Issue 6: a number that nobody knows is registered, or the creation chosen by hand."""
        claim = self._claim(self.free, "MISREAD 1")
        self.assertRefused(claim.with_user(self.advisor).action_confirm)
        self.assertEqual(claim.state, "pending")
        claim.with_user(self.advisor).creation_id = self.free
        claim.with_user(self.advisor).action_confirm()
        self.assertEqual(self.free.partner_id, self.client)
        with self.assertRaises(UserError):
            claim.with_user(self.advisor).creation_id = self.foreign

    def test_rights(self):
        """Safety: the boutique that was chosen, its company, and nobody else."""
        claim = self._claim(self.free)
        for user in (self.advisor_2, self.jeweler, self.portal_client, self.portal_other):
            with self.assertRaises(AccessError):
                claim.with_user(user).read(["serial_number"])
            with self.assertRaises(AccessError):
                claim.with_user(user).action_confirm()
        company = self._create_house("Another house of claims")
        stranger = self._create_user("care_t_manager_of_claims", "group_care_manager", company)
        with self.assertRaises(AccessError):
            claim.with_user(stranger).read(["serial_number"])
        own = claim.with_user(self.advisor)
        for values in (
            {"state": "confirmed"},
            {"partner_id": self.other_client.id},
            {"serial_number": "X"},
            {"answered_by_id": self.manager.id},
        ):
            with self.assertRaises(AccessError):
                own.write(values)
        with self.assertRaises(AccessError):
            self.env["care.creation.claim"].with_user(self.advisor).create(
                {
                    "partner_id": self.client.id,
                    "serial_number": "X",
                    "company_id": self.company.id,
                }
            )
        own.note = "Called the client"
        self.assertEqual(claim.state, "pending")

    def test_batch_is_all_or_nothing(self):
        """Design: an action takes any number, or none of them."""
        claims = self._claim(self.free) | self._claim(self.free, "UNKNOWN 9")
        self.assertRefused(claims.with_user(self.advisor).action_confirm)
        self.assertEqual(set(claims.mapped("state")), {"pending"})
        self.assertFalse(self.free.partner_id)
