# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from psycopg2.extras import Json

from odoo import fields
from odoo.tests import tagged

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestMessages(CareCommon):
    """Design: mails queue outside transitions; issue 5, messages: one per event, once each."""

    def _events(self, order):
        messages = self.env["care.order.message"].search([("order_id", "=", order.id)], order="id")
        return [(message.event, message.occurrence) for message in messages]

    def _send(self):
        """Run the job as the scheduler does."""
        cron = self.env.ref("cartier_care.cron_care_order_message")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def _mails(self, order):
        return self.env["mail.mail"].search(
            [("model", "=", "care.order"), ("res_id", "=", order.id)], order="id"
        )

    def test_one_message_per_event(self):
        """Issue 5: received, estimate, approved, ready, handed over, in this order."""
        order = self._to(self._order(self._creation(), "reshaping"), "done")
        self.assertEqual(
            [event for event, _occurrence in self._events(order)],
            ["received", "estimate", "approved", "ready", "handed_over"],
        )

    def test_each_version_of_an_estimate(self):
        """Issue 5: a new version of the estimate is told, rework tells nothing twice."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.action_propose()
        self.assertEqual(self._events(order)[1:], [("estimate", 1), ("estimate", 2)])
        order.action_approve()
        order.action_start()
        self._finish(order)
        order.action_rework()
        self._finish(order)
        self.assertEqual(self._events(order).count(("ready", 1)), 1)

    def test_nothing_is_sent_within_a_step(self):
        """Design: mails queue outside transitions, so that nothing stops a step."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        self.assertFalse(self._mails(order))
        self._send()
        self.assertEqual(len(self._mails(order)), 2)
        self._send()
        self.assertEqual(len(self._mails(order)), 2, "once each")

    def test_the_mail(self):
        """Issue 5: in the client's words, with the link to the order's page."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        self._send()
        mail = self._mails(order)
        self.assertIn(order.name, mail.subject)
        self.assertIn(order.access_url, mail.body_html)
        self.assertIn(order.creation_id.serial_number, mail.body_html)
        self.assertIn(self.company.name, mail.body_html, "on the house's letter")
        self.assertNotIn("Odoo", mail.body_html)
        self.assertIn(self.client, mail.recipient_ids | mail.mail_message_id.partner_ids)

    def test_parcels_are_on_their_way(self):
        """Issue 5: what leaves by parcel is not back yet; its mail says with whom it travels."""
        order = self._to(self._order(self._creation(), "shining"), "ready")
        order.intake_id.write(
            {
                "return_method": "parcel",
                "return_carrier": "Armored & Sons",
                "return_tracking": "AS 12",
            }
        )
        order.action_hand_over()
        self._send()
        mail = self._mails(order)[-1]
        self.assertIn("is on its way to you with Armored &amp; Sons", mail.body_html)
        self.assertIn("AS 12", mail.body_html)
        self.assertTrue(mail.subject.startswith("Your creation comes home"))
        collected = self._done(self._creation(), "shining")
        self._send()
        self.assertNotIn("on its way", self._mails(collected)[-1].body_html)

    def test_estimates_say_how_long_they_hold(self):
        """Issue 5: until which day an estimate is valid, in words; in its reminder too."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.estimate_id.sudo()._write_by_system({"date_valid_until": "2031-02-14"})
        for event in ("estimate", "estimate_reminder"):
            template = self.env.ref(f"cartier_care.mail_template_care_{event}")
            body = template._generate_template(order.ids, {"body_html"})[order.id]["body_html"]
            self.assertIn("February 14, 2031", body, event)

    def test_discretion(self):
        """Design, `is_discreet`: no messages; nor to a client without an address."""
        discreet = self._order(self._creation(), "reshaping", is_discreet=True)
        self._to(discreet, "ready")
        self.assertFalse(self._events(discreet))
        nobody = self._create_partner(name="No address")
        silent = self._order(self._creation(partner_id=nobody.id), "reshaping")
        self._to(silent, "ready")
        self.assertFalse(self._events(silent))

    def test_a_broken_template_stops_nobody(self):
        """Design: a failing message is kept with its error, the others are sent, and again."""
        template = self.env.ref("cartier_care.mail_template_care_received")
        body = template.body_html
        # Odoo refuses to save it, yet a field may go after a template was written.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = %s WHERE id = %s",
            (Json({self.env.lang or "en_US": '<p t-out="object.no_such_field"/>'}), template.id),
        )
        self.env.invalidate_all()
        broken = self._to(self._order(self._creation(), "reshaping"), "received")
        fine = self._to(self._order(self._creation(), "reshaping"), "estimated")
        self._send()
        message = self.env["care.order.message"].search([("order_id", "=", broken.id)])
        self.assertEqual(message.state, "failed")
        self.assertTrue(message.error)
        self.assertEqual(len(self._mails(fine)), 1, "the estimate's mail left")
        template.body_html = body
        message.with_user(self.manager).action_retry()
        self._send()
        self.assertEqual((message.state, len(self._mails(broken))), ("sent", 1))

    def test_reminder_before_expiry(self):
        """Issue 5: a reminder before an estimate expires, once per version."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        Order = self.env["care.order"]
        Order._cron_follow_up()
        self.assertNotIn(("estimate_reminder", 1), self._events(order))
        soon = fields.Date.context_today(Order) + timedelta(days=2)
        order.estimate_id.sudo()._write_by_system({"date_valid_until": soon})
        Order._cron_follow_up()
        Order._cron_follow_up()
        self.assertEqual(self._events(order).count(("estimate_reminder", 1)), 1)

    def test_late(self):
        """Issue 5: a delay is told once, and the advisor is asked to look at it once."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        order.date_promised = fields.Date.context_today(order) - timedelta(days=1)
        self.env["care.order"]._cron_follow_up()
        self.env["care.order"]._cron_follow_up()
        self.assertEqual(self._events(order).count(("delayed", 1)), 1)
        self.assertEqual(len(order.sudo().activity_ids), 1)

    def test_somebody_looks_after_each_order(self):
        """Issue 5, staff activities: without an advisor the boutique is asked, else a manager."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved").sudo()
        order.user_id = self._create_user("care_t_gone", "group_care_boutique")
        self.assertEqual(order._get_watcher(), order.user_id)
        order.user_id.active = False
        self.assertIn(order._get_watcher(), order.location_id.user_ids)
        order.location_id.user_ids = False
        self.assertTrue(order._get_watcher().has_group("cartier_care.group_care_manager"))
        self.assertNotEqual(order._get_watcher(), self.env.ref("base.user_root"))

    def test_unclaimed(self):
        """Issue 4: reminders each time the company's days pass; nothing is forfeited by itself."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        order.sudo().date_ready = fields.Datetime.now() - timedelta(days=29)
        self.env["care.order"]._cron_follow_up()
        self.assertNotIn(("unclaimed", 1), self._events(order))
        order.sudo().date_ready = fields.Datetime.now() - timedelta(days=30, hours=1)
        self.env["care.order"]._cron_follow_up()
        self.assertIn(("unclaimed", 1), self._events(order))
        order.sudo().date_ready = fields.Datetime.now() - timedelta(days=61)
        self.env["care.order"]._cron_follow_up()
        self.assertIn(("unclaimed", 2), self._events(order))
        self.assertEqual(order.state, "ready")

    def test_nothing_left_behind_is_billed_by_the_job(self):
        """Issue 5: the job bills what a trigger left behind, once, and what it should not never."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        self.company.care_invoice_trigger = "manual"
        self._finish(order)
        orders = self.env["care.order"]
        self.assertNotIn(order, orders.search(orders._get_cron_invoice_domain()))
        self.company.care_invoice_trigger = "ready"
        self.assertIn(order, orders.search(orders._get_cron_invoice_domain()))
        cron = self.env.ref("cartier_care.cron_care_order_invoice")
        for _time in range(2):
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
        self.assertEqual(len(self._invoices(order)), 1)

    def _summaries(self, order):
        return order.sudo().activity_ids.mapped("summary")

    def test_estimates_to_make(self):
        """Issue 5: the advisor is asked once for the estimate of an examined creation."""
        order = self._order(self._creation(), "reshaping")
        free = self._receive(self._order(self._creation(), "shining"))
        order.action_receive()
        Order = self.env["care.order"]
        Order._cron_follow_up()
        self.assertFalse(self._summaries(order), "the jeweler examines it first")
        self._diagnose(order)
        Order._cron_follow_up()
        Order._cron_follow_up()
        self.assertEqual(self._summaries(order), ["An estimate is to be made"])
        self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
        self.assertFalse(self._summaries(free), "nothing to approve")
        order.action_propose()
        self.assertFalse(self._summaries(order), "it is made")

    def test_the_staff_is_asked_in_its_language(self):
        """Issue 5: jobs speak English, an advisor reads what is to be done in his own."""
        self.env["res.lang"]._activate_lang("fr_FR")
        order = self._receive(self._order(self._creation(), "reshaping"))
        self._diagnose(order)
        order.user_id.lang = "fr_FR"
        for _run in range(2):
            self.env["care.order"].with_context(lang="en_US")._cron_follow_up()
        self.assertEqual(self._summaries(order), ["Une estimation est à établir"])
        order.with_context(lang="en_US").action_decline("Too dear")
        self.assertNotIn("Declined: the creation is to be handed back", self._summaries(order))

    def test_declined(self):
        """Issue 5: a declined order asks the advisor to hand it back, until that is done."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.action_decline("Too dear")
        self.assertEqual(self._summaries(order), ["Declined: the creation is to be handed back"])
        self._hand_over(order)
        self.assertFalse(self._summaries(order))

    def test_returned_unserviced(self):
        """Issue 5: who gets a creation back as it came hears of no certificate."""
        order = self._to(self._order(self._creation(), "reshaping"), "declined")
        self._hand_over(order)
        self.assertEqual(self._events(order)[-2:], [("declined", 1), ("returned", 1)])
        self._send()
        messages = self.env["care.order.message"].search([("order_id", "=", order.id)])
        self.assertEqual(set(messages.mapped("state")), {"sent"})
        self.assertFalse(self._mails(order).attachment_ids)

    def test_each_event_has_a_template_that_the_house_edits(self):
        """Issue 5: a template per event, in the client's language, kept at upgrades."""
        self.env["res.lang"]._activate_lang("fr_FR")
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        events = self.env["care.order.message"]._fields["event"].get_values(self.env)
        for event in events:
            template = self.env.ref(f"cartier_care.mail_template_care_{event}")
            data = self.env["ir.model.data"].search(
                [("model", "=", "mail.template"), ("res_id", "=", template.id)]
            )
            self.assertTrue(data.noupdate, event)
            told = self._invoices(order) if event == "invoice" else order
            for lang in ("en_US", "fr_FR"):
                self.client.lang = lang
                values = template._generate_template(told.ids, {"subject", "body_html"})[told.id]
                self.assertIn(told.name, values["subject"])
                self.assertIn(order.access_url, values["body_html"])

    def test_the_advisor_alone_has_a_name(self):
        """Design, roles: clients know no staff beyond the advisor; the house notes who wrote."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        order.sudo().user_id = self.advisor
        house = order.company_id.partner_id

        def post(user, subtype):
            return order.with_user(user).message_post(
                body="It is at the bench.", message_type="comment", subtype_xmlid=subtype
            )

        self.assertEqual(post(self.advisor, "mail.mt_comment").author_id, self.advisor.partner_id)
        note = post(self.jeweler, "mail.mt_note")
        self.assertEqual(note.author_id, self.jeweler.partner_id)
        for user in (self.jeweler, self.manager):
            message = post(user, "mail.mt_comment")
            self.assertEqual(message.author_id, house)
            self.assertNotIn(user.name, message.email_from or "")
            log = order.message_ids[0]
            self.assertIn(user.name, log.body)
            self.assertTrue(log.is_internal or log.subtype_id.internal)

    def test_staff_with_an_own_creation_speak_as_its_client(self):
        """Design, roles: the house speaks for its staff, not for one of them as a client."""
        order = self._order(self._creation(partner_id=self.jeweler.partner_id.id), "reshaping")
        self._to(order, "received")
        order.sudo().user_id = self.advisor
        message = order.with_user(self.jeweler).message_post(
            body="When is it ready?", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(message.author_id, self.jeweler.partner_id)
        self.assertEqual(order.message_ids[0], message)

    def test_clients_follow_nothing(self):
        """Issue 5: nobody is flooded: a client gets the mails above, no notes of the staff."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertNotIn(self.client, order.sudo().message_partner_ids)
        order.sudo().message_post(body="A note", subtype_xmlid="mail.mt_note")
        self._send()
        mails = self._mails(order).filtered(lambda mail: self.client in mail.recipient_ids)
        self.assertEqual(len(mails), len(self._events(order)))
