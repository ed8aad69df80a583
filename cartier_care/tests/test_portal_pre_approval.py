# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An amount that the client approves in advance on the page (care-rules.md, 9; issue 6)."""

from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import FEE, PIXEL
from .test_portal import SCRIPT, CarePortalCase, make_picture


@tagged("post_install", "-at_install")
class TestPortalPreApproval(CarePortalCase):
    def setUp(self):
        super().setUp()
        self.held = self._order(self._creation(), "reshaping")
        self._receive(self.held)
        self.token = self.held.sudo()._portal_ensure_token()
        self.order = self.held
        self.env.flush_all()

    def _pre_approve(self, **values):
        params = {
            "access_token": self.token,
            "amount": FEE + 60,
            "name": "Ada Client",
            "signature": self.signature,
            **values,
        }
        if "csrf_token" not in params:
            params["csrf_token"] = self._csrf()
        params = {key: value for key, value in params.items() if value is not None}
        return self.make_jsonrpc_request(f"/my/care/{self.held.id}/pre_approve", params)

    def _take_back(self, csrf=True, **values):
        data = {"access_token": self.token, **values}
        if csrf:
            data["csrf_token"] = self._csrf()
        url = f"/my/care/{self.held.id}/pre_approve/withdraw"
        return self.url_open(url, data=data, allow_redirects=False)

    def _agreed(self):
        order = self.held.sudo()
        order.invalidate_recordset()
        return (
            order.pre_approved_amount,
            order.pre_approved_by,
            bool(order.pre_approval_signature),
        )

    def test_signed_by_link_and_the_work_starts(self):
        """Rules 9: within the amount that was signed for, work starts without an estimate."""
        self.assertIn("cartier_care.pre_approval_form", self._page(token=self.token).text)
        answer = self._pre_approve()
        self.assertIn("message=pre_approved", answer["redirect_url"])
        self.assertEqual(self._agreed(), (FEE + 60, "Ada Client", True))
        self.assertTrue(self.held.sudo().pre_approved_on)
        comment = self._last_comment()
        self.assertIn("250.00, taxes included. Signed: Ada Client", comment.body)
        self.assertEqual(comment.author_id, self.client)
        page = self._page(token=self.token).text
        self.assertIn("Signed by Ada Client", page)
        self.assertIn("Take it back", page)
        self.held.action_start()
        self.assertEqual(self.held.state, "in_progress")

    def test_taken_back_before_the_start(self):
        """Issue 6: before the start the client takes it back; then an estimate is needed."""
        self._pre_approve()
        answer = self._take_back()
        self.assertIn("pre_approval_withdrawn", answer.headers["Location"])
        self.assertEqual(self._agreed(), (0.0, False, False))
        self.assertRefused(self.held.action_start)
        again = self._take_back()
        self.assertIn("pre_approval_late", again.headers["Location"])

    def test_not_taken_back_once_the_work_started(self):
        """Issue 6: the work that began on the client's word is not undone by a click."""
        self._pre_approve()
        self.held.action_start()
        answer = self._take_back()
        self.assertIn("pre_approval_late", answer.headers["Location"])
        self.assertEqual(self._agreed(), (FEE + 60, "Ada Client", True))

    def test_by_login_without_a_link(self):
        """Issue 6: the own login is as good as the link; nobody else's is."""
        self.authenticate("care_t_client", "care_t_client")
        self.token = None
        self.assertIn('data-token=""', self._page().text)
        self.assertIn("redirect_url", self._pre_approve(access_token=None))
        self.authenticate("care_t_other_client", "care_t_other_client")
        csrf = self.url_open("/my/care").text.split('csrf_token: "')[1].split('"')[0]
        before = self._agreed()
        self.assertIn("error", self._pre_approve(csrf_token=csrf, amount=1.0))
        self.assertEqual(self._agreed(), before)

    def test_refused_amounts_names_and_signatures(self):
        """Safety: no amount, name or signature but a good one; nothing is written."""
        before = self._agreed()
        for values in (
            *(
                {"amount": amount}
                for amount in (None, 0, -5, 0.001, 1e12, 10**400, "500", [1], True, {})
            ),
            *({"name": name} for name in (None, "", "  ", ["x"], "x" * 101, "a\x00b")),
            *({"signature": picture} for picture in (None, "", "x", [1])),
            {"csrf_token": None},
            {"csrf_token": "x"},
            {"access_token": "wrong"},
        ):
            self.assertIn("error", self._pre_approve(**values), values)
            self.assertEqual(self._agreed(), before, values)

    def test_a_word_is_not_given_by_the_hundred(self):
        """Safety: ten approvals a minute and order; the conversation is not filled with them."""
        csrf = self._csrf()
        for _number in range(10):
            self.assertIn("redirect_url", self._pre_approve(csrf_token=csrf))
        self.assertIn("wait a minute", self._pre_approve(csrf_token=csrf)["error"])
        self.assertEqual(self._page(token=self.token).status_code, 200)

    def test_get_and_forged_requests_change_nothing(self):
        """Safety: by POST alone, with a token of our page."""
        for path in ("pre_approve", "pre_approve/withdraw"):
            answer = self.url_open(f"/my/care/{self.held.id}/{path}", allow_redirects=False)
            self.assertIn(answer.status_code, (400, 404, 405, 415), path)
        self._pre_approve()
        with mute_logger("odoo.http"):
            self.assertEqual(self._take_back(csrf=False).status_code, 400)
        self.assertEqual(self._take_back(access_token="x").status_code, 404)
        self.assertEqual(self._agreed()[0], FEE + 60)

    def test_script_in_the_name_is_text(self):
        """Safety: what a client types is escaped on the page and in the conversation."""
        self._pre_approve(name=SCRIPT)
        self.assertNotIn(SCRIPT, self._page(token=self.token).text)
        self.assertNotIn(SCRIPT, self._last_comment().body)

    def test_only_while_received(self):
        """Issue 6: offered while the creation is received and not yet estimated."""
        self.held.action_propose()
        self.env.flush_all()
        self.assertNotIn("pre_approval_form", self._page(token=self.token).text)
        self.assertIn("error", self._pre_approve())
        self.assertEqual(self._agreed()[0], 0.0)
        # A revised order was estimated before: its client answers the next version.
        self.held.action_revise()
        self.assertIn("error", self._pre_approve())

    def test_not_for_what_cannot_be_undone(self):
        """Rules 9: a proof is approved with an estimate, whatever the amount."""
        order = self._order(self._creation(), "engraving")
        self._receive(order)
        self.assertFalse(order._can_pre_approve())

    def test_another_amount_drops_the_signature(self):
        """Rules 9: the client signed for one amount, not for what staff make of it."""
        self._pre_approve()
        self.held.with_user(self.manager).pre_approved_amount = 5000.0
        self.assertEqual(self._agreed(), (5000.0, False, False))
        self.assertIn("Not signed", self.held.pre_approval_note)
        with self.assertRaises(AccessError):
            self.held.with_user(self.manager).write({"pre_approved_by": "Ada Client"})

    def test_signed_at_intake(self):
        """Rules 9: at the counter the signature under the receipt stands for the amount."""
        self.held.with_user(self.manager).pre_approved_amount = 400.0
        self.held.intake_id.write({"signed_by": "Ada Client", "signature": PIXEL})
        self.assertIn("Signed on the receipt by Ada Client", self.held.pre_approval_note)

    def test_a_duplicate_is_not_pre_approved(self):
        """Rules 9: nobody signed for another order."""
        self._pre_approve()
        self.assertEqual(self.held.copy().pre_approved_amount, 0.0)

    def test_on_a_screen_of_the_boutique(self):
        """Issue 6: on the tablet it is the client who answers; who handed it over is on record."""
        self.authenticate("care_t_advisor", "care_t_advisor")
        self.assertIn("Ada Client", self._page(token=self.token).text)
        self._pre_approve()
        self.assertEqual(self._last_comment().author_id, self.client)
        logged = self.held.sudo().message_ids.filtered(
            lambda message: self.advisor.name in (message.body or "")
        )
        self.assertEqual(len(logged), 1)
        self.assertTrue(logged.is_internal or logged.subtype_id.internal)

    def test_not_a_way_for_staff_or_rpc(self):
        """Safety: no method of it is public."""
        self.authenticate("care_t_client", "care_t_client")
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw/care.order/_pre_approve",
                {
                    "model": "care.order",
                    "method": "_pre_approve",
                    "args": [self.held.ids, 5.0, "x", make_picture()],
                    "kwargs": {},
                },
            )
