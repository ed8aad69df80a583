# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import SUPERUSER_ID
from odoo.tests import tagged

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestOldOrders(CareCommon):
    """Security-and-faults: what a house merges, archives or promises at night, orders survive."""

    def _html(self, kind, record):
        self.env.flush_all()
        return (
            self.env["ir.actions.report"]
            ._render_qweb_html(f"cartier_care.action_report_care_{kind}", record.ids)[0]
            .decode()
        )

    def test_archived_products_and_people(self):
        """Old orders still print and invoice when their product, service, advisor are archived."""
        self.company.care_invoice_trigger = "manual"
        order = self._order(self._creation(), "component_replacement")
        self._add_part(order, "component_replacement")
        self._to(order, "ready")
        order.creation_id.product_id.product_tmpl_id.action_archive()
        order.line_ids.product_id.action_archive()
        order.line_ids.service_id.product_id.action_archive()
        order.line_ids.service_id.active = False
        people = order.user_id | order.partner_id.sudo().user_ids
        people.with_user(SUPERUSER_ID).action_archive()
        self.env.invalidate_all()
        order = order.with_user(self.manager)
        for kind, record in (
            ("receipt", order.intake_id),
            ("estimate", order.estimate_id),
            ("certificate", order),
            ("worksheet", order),
            ("label", order),
        ):
            self.assertIn(order.creation_id.serial_number, self._html(kind, record), kind)
        order.action_invoice()
        invoice = self._invoices(order)
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", order.amount_total))

    def test_merged_clients(self):
        """Orders, visits and creations follow a client who is merged into another contact."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        total = order.amount_total
        old, kept = (
            order.partner_id,
            self._create_partner(name="Ada Twice", email=self.client.email),
        )
        wizard = self.env["base.partner.merge.automatic.wizard"]
        with patch.object(self.env.cr, "commit", lambda: None):
            wizard._merge((old | kept).ids, dst_partner=kept, extra_checks=False)
        self.env.invalidate_all()
        self.assertFalse(old.exists())
        for record in (order, order.intake_id, order.creation_id, self._invoices(order)):
            self.assertEqual(record.partner_id, kept, record._name)
        self.assertEqual((order.amount_total, order.state), (total, "ready"))
        self.assertIn("Ada Twice", self._html("receipt", order.intake_id))
        self._pay(order)
        self._hand_over(order)
        self.assertEqual(order.state, "done")

    def test_nights_around_the_world(self):
        """A promised day is over when it is over at the boutique, nights of clock change too."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        place = self._create_partner(name="Place")
        order.location_id.sudo().partner_id = place
        Message = self.env["care.order.message"]
        domain = [("order_id", "=", order.id), ("event", "=", "delayed")]
        cases = (
            # Time zone, promised day, a moment when it still lasts there, one when it is over.
            ("America/Los_Angeles", date(2031, 11, 2), "2031-11-03 07:59", "2031-11-03 08:01"),
            ("Europe/Paris", date(2031, 3, 30), "2031-03-30 21:59", "2031-03-30 22:01"),
            ("Asia/Tokyo", date(2031, 5, 1), "2031-05-01 14:59", "2031-05-01 15:01"),
            ("Pacific/Kiritimati", date(2031, 5, 1), "2031-05-01 09:59", "2031-05-01 10:01"),
        )
        for zone, day, before, after in cases:
            with self.subTest(zone=zone):
                Message.search(domain).unlink()
                place.tz = zone
                order.date_promised = day
                for moment, expected in ((before, 0), (after, 1)):
                    with freeze_time(f"{moment}:00"):
                        self.env["care.order"]._follow_late_orders()
                    self.assertEqual(Message.search_count(domain), expected, moment)

    def test_estimates_expire_at_the_boutique(self):
        """Care-rules: an estimate is open until its last day is over at the boutique."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        place = self._create_partner(name="Place")
        order.location_id.sudo().partner_id = place
        estimate = order.estimate_id.sudo()
        cases = (
            # Time zone, last day, a moment when it still lasts there, one when it is over.
            ("America/Los_Angeles", date(2031, 11, 2), "2031-11-03 07:59", "2031-11-03 08:01"),
            ("Asia/Tokyo", date(2031, 5, 1), "2031-05-01 14:59", "2031-05-01 15:01"),
            ("Pacific/Kiritimati", date(2031, 5, 1), "2031-05-01 09:59", "2031-05-01 10:01"),
        )
        for zone, day, before, after in cases:
            with self.subTest(zone=zone):
                place.tz = zone
                estimate._write_by_system({"state": "sent", "date_valid_until": day})
                for moment, is_open in ((before, True), (after, False)):
                    with freeze_time(f"{moment}:00"):
                        self.assertEqual(estimate._is_open(), is_open, moment)
                        estimate._cron_expire()
                    self.assertEqual(estimate.state, "sent" if is_open else "expired", moment)

    def test_estimates_are_called_to_mind_by_the_boutiques_day(self):
        """Issue 5, messages: three days before the last one at the boutique, not the job's own."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        place = self._create_partner(name="Place")
        order.location_id.sudo().partner_id = place
        Message = self.env["care.order.message"]
        domain = [("order_id", "=", order.id), ("event", "=", "estimate_reminder")]
        cases = (
            # Time zone, last day, the last moment of the fourth day before it, the third begins.
            ("America/Los_Angeles", date(2031, 5, 4), "2031-05-01 06:59", "2031-05-01 07:01"),
            ("Pacific/Kiritimati", date(2031, 5, 4), "2031-04-30 09:59", "2031-04-30 10:01"),
            # Its last day is over there, while it still lasts where the job runs.
            ("Pacific/Kiritimati", date(2031, 5, 4), "2031-05-04 10:01", None),
        )
        for zone, day, before, after in cases:
            with self.subTest(zone=zone, before=before):
                Message.search(domain).unlink()
                place.tz = zone
                order.estimate_id.sudo()._write_by_system({"date_valid_until": day})
                for moment, expected in ((before, 0), (after, 1)):
                    if moment:
                        with freeze_time(f"{moment}:00"):
                            self.env["care.order"]._remind_of_estimates()
                        self.assertEqual(Message.search_count(domain), expected, moment)
