# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Faults: a mail server that is down, refuses or hangs up, over real sockets."""

import contextlib
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CareCommon
from .mail_server import (
    ACCEPTS,
    HANGS_UP,
    REFUSES,
    closed_port,
    running_mail_server,
    use_mail_server,
)

LOUD = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")


@tagged("post_install", "-at_install")
class TestMailServer(CareCommon):
    """A failing mail server loses nothing, blocks nobody, and each mail leaves once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "house@example.com"
        # Whoever wants to hear of everything by email must not slow a step down either.
        users = cls.advisor | cls.jeweler | cls.manager
        users.notification_type = "email"
        for user in users:
            user.email = f"{user.login}@example.com"

    @contextlib.contextmanager
    def _job(self):
        """Give an environment as jobs have, in which commits and documents are real enough."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr, su=True, context={"force_report_rendering": True})
        self.env.invalidate_all()

    def _prepare(self):
        """Let our job render what is to be said, and queue again what was refused."""
        with self._job() as env:
            env["care.order.message"]._cron_send()

    def _deliver(self, orders):
        """Let Odoo's queue take its turn, on the mails of these orders."""
        with self._job() as env:
            mine = [("model", "=", "care.order"), ("res_id", "in", orders.ids)]
            env["mail.mail"].with_context(filters=mine).process_email_queue()

    def _messages(self, orders):
        return self.env["care.order.message"].search([("order_id", "in", orders.ids)])

    def _mails(self, orders):
        return self.env["mail.mail"].search(
            [("model", "=", "care.order"), ("res_id", "in", orders.ids)], order="id"
        )

    def _wait_for_next_attempt(self, orders):
        self._messages(orders).date_next = fields.Datetime.now() - timedelta(seconds=1)

    def _walk(self):
        """Three orders and all that the client is told of them: carried out, declined, lost."""
        served = self._order(self._creation(), "reshaping")
        for state in ("received", "estimated", "approved"):
            if state == "received":
                self._receive(served)
            elif state == "estimated":
                served.action_propose()
            else:
                served.action_approve()
        served.action_start()
        self._finish(served)
        self._pay(served)
        self._hand_over(served)
        declined = self._to(self._order(self._creation(), "reshaping"), "declined")
        lost = self._to(self._order(self._creation(), "shining"), "in_progress")
        lost.with_user(self.manager).action_report_lost("Fell into the Seine")
        return served | declined | lost

    @mute_logger(*LOUD)
    def test_steps_speak_to_no_mail_server(self):
        """Design: mails queue outside transitions, so that none waits for a server."""
        with running_mail_server() as server:
            use_mail_server(self, server.port)
            orders = self._walk()
            self.assertEqual(server.received, [], "no step sends anything itself")
            self._prepare()
            self.assertEqual(server.received, [], "nor does the job that writes the mails")
            self._deliver(orders)
            subjects = server.subjects_to(self.client.email)
        self.assertEqual(len(subjects), len(self._messages(orders)))
        self.assertGreaterEqual(len(subjects), 8)
        self.assertEqual(len(set(subjects)), len(subjects), "once each")

    @mute_logger(*LOUD)
    def test_a_server_that_is_down(self):
        """Faults: nobody listens; every step goes through, and all leaves once when it is back."""
        port = closed_port()
        use_mail_server(self, port)
        orders = self._walk()
        self.assertEqual(orders.mapped("state"), ["done", "declined", "done"])
        self._prepare()
        count = len(self._messages(orders))
        self._deliver(orders)
        self.assertEqual(set(self._mails(orders).mapped("state")), {"exception"})
        self.assertIn("refused", self._mails(orders)[0].failure_reason)
        self._prepare()
        self.assertEqual(set(self._mails(orders).mapped("state")), {"outgoing"}, "tried again")
        self._deliver(orders)
        self._prepare()
        self.assertEqual(set(self._mails(orders).mapped("state")), {"exception"}, "in its turn")
        with running_mail_server(port) as server:
            self._wait_for_next_attempt(orders)
            for _run in range(2):
                self._prepare()
                self._deliver(orders)
            subjects = server.subjects_to(self.client.email)
        self.assertEqual((len(subjects), len(set(subjects))), (count, count), "once each")
        self.assertEqual(set(self._messages(orders).mapped("state")), {"sent"})

    @mute_logger(*LOUD)
    def test_a_server_that_refuses_or_hangs_up(self):
        """Faults: refused recipients and a line cut in mid-mail lose nothing either."""
        for mood in (REFUSES, HANGS_UP):
            with self.subTest(mood=mood), running_mail_server() as server:
                mail_server = use_mail_server(self, server.port)
                server.mood = mood
                orders = self._to(self._order(self._creation(), "reshaping"), "received")
                orders |= self._to(self._order(self._creation(), "reshaping"), "received")
                self._prepare()
                self._deliver(orders)
                self._deliver(orders)
                mails = self._mails(orders)
                self.assertEqual(mails.mapped("state"), ["exception", "exception"])
                self.assertTrue(all(mails.mapped("failure_reason")))
                self.assertFalse(server.received)
                server.mood = ACCEPTS
                for _run in range(2):
                    self._prepare()
                    self._deliver(orders)
                self.assertEqual(len(server.subjects_to(self.client.email)), 2, "once each")
                self.assertEqual(set(self._messages(orders).mapped("state")), {"sent"})
                mail_server.active = False

    @mute_logger(*LOUD)
    def test_a_recipient_that_is_always_refused(self):
        """Faults: after a day of attempts somebody is asked to look; the others have left."""
        with running_mail_server() as server:
            use_mail_server(self, server.port)
            order = self._to(self._order(self._creation(), "reshaping"), "received")
            server.mood = REFUSES
            self._prepare()
            for _attempt in range(9):
                self._deliver(order)
                self._wait_for_next_attempt(order)
                self._prepare()
            message = self._messages(order)
            self.assertEqual((message.state, message.attempts), ("failed", 8))
            self.assertTrue(message.error)
            self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
            server.mood = ACCEPTS
            message.with_user(self.manager).action_retry()
            self._deliver(order)
            self.assertEqual(len(server.subjects_to(self.client.email)), 1)

    @mute_logger(*LOUD)
    def test_an_address_that_is_none(self):
        """Faults: what no later attempt can mend is shown at once."""
        with running_mail_server() as server:
            use_mail_server(self, server.port)
            order = self._to(self._order(self._creation(), "reshaping"), "received")
            self._prepare()
            mail = self._mails(order)
            self.client.email = "nobody at home"
            self._deliver(order)
            self.assertEqual((mail.state, mail.failure_type), ("exception", "mail_email_invalid"))
            self._prepare()
            message = self._messages(order)
            self.assertEqual((message.state, mail.state), ("failed", "exception"))
            self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
            self.client.email = "ada.client@example.com"
            message.with_user(self.manager).action_retry()
            self._deliver(order)
            self.assertEqual(len(server.subjects_to(self.client.email)), 1)
            self.assertEqual(message.state, "sent")

    @mute_logger(*LOUD)
    def test_invoices_wait_for_the_server(self):
        """Issue 5: an invoice is made and posted whatever its mail does, and sent once later."""
        port = closed_port()
        use_mail_server(self, port)
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        self.assertEqual(invoice.state, "posted")
        mails = [("model", "=", "account.move"), ("res_id", "=", invoice.id)]
        message = self._send_invoice(invoice, mails)
        self._prepare()
        self._deliver_invoice(mails)
        self.assertEqual((message.state, message.attempts), ("sent", 1))
        self.assertEqual(message.mail_id.state, "exception")
        with running_mail_server(port) as server:
            message.date_next = fields.Datetime.now() - timedelta(seconds=1)
            for _run in range(2):
                self._prepare()
                self._deliver_invoice(mails)
            self.assertEqual(len(server.subjects_to(self.client.email)), 1)
            _recipients, sent = server.received[0]
            documents = [part.get_content_type() for part in sent.iter_attachments()]
        self.assertEqual(documents, ["application/pdf"])

    @mute_logger(*LOUD)
    def test_an_invoice_that_never_leaves_is_shown_to_people(self):
        """Faults: after a day of attempts the advisor is asked to look, and sends it again."""
        with running_mail_server() as server:
            use_mail_server(self, server.port)
            server.mood = REFUSES
            order = self._to(self._order(self._creation(), "reshaping"), "ready")
            invoice = self._invoices(order)
            mails = [("model", "=", "account.move"), ("res_id", "=", invoice.id)]
            message = self._send_invoice(invoice, mails)
            for _attempt in range(9):
                message.date_next = fields.Datetime.now() - timedelta(seconds=1)
                self._prepare()
                self._deliver_invoice(mails)
            self._prepare()
            self.assertEqual((message.state, message.attempts), ("failed", 8))
            self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
            server.mood = ACCEPTS
            message.with_user(self.manager).action_retry()
            self._deliver_invoice(mails)
            self.assertEqual(len(server.subjects_to(self.client.email)), 1)
            self.assertEqual(message.state, "sent")

    def _send_invoice(self, invoice, mails):
        """Let Odoo's job send an invoice, in vain; return what we noted of it."""
        with self._job() as env:
            env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.assertTrue(invoice.is_move_sent)
        self._deliver_invoice(mails)
        message = self.env["care.order.message"].search(
            [("event", "=", "invoice"), ("occurrence", "=", invoice.id)]
        )
        self.assertEqual(message.mail_id, self.env["mail.mail"].search(mails))
        self.assertEqual(message.mail_id.state, "exception")
        return message

    def _deliver_invoice(self, mails):
        with self._job() as env:
            env["mail.mail"].with_context(filters=mails).process_email_queue()
