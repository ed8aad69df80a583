# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestCount(CareCommon):
    """The closing count: what custody says against what is found."""

    def _received(self, **values):
        order = self._order(self._creation(), "reshaping", **values)
        order.action_receive()
        return order

    def _count(self, location=None, user=None):
        counts = self.env["care.count"].with_user(user or self.advisor)
        return counts.create({"location_id": (location or self.boutique).id})

    def _results(self, count):
        return {line.label: line.result for line in count.sudo().line_ids}

    def test_a_whole_count(self):
        """Present, missing and too much; closing freezes and asks somebody to look."""
        present, missing = self._received(), self._received()
        elsewhere = self._received()
        elsewhere.sudo().creation_id.current_location_id = self.workshop
        handed_over = self._done(self._creation(), "shining")
        count = self._count()
        self.assertEqual(self._results(count), {present.name: "waiting", missing.name: "waiting"})
        self.assertEqual((count.expected_count, count.missing_count), (2, 2))
        self.assertEqual(count.scan_envelope(present.name.lower())["type"], "success")
        self.assertEqual(count.scan_envelope(present.name)["type"], "info")
        self.assertEqual(count.scan_envelope(elsewhere.name)["type"], "warning")
        self.assertEqual(count.scan_envelope("WHAT-IS-THIS")["type"], "warning")
        self.assertEqual(
            count.scan_envelope(handed_over.creation_id.serial_number)["type"], "warning"
        )
        count.action_done()
        self.assertEqual(
            self._results(count),
            {
                present.name: "present",
                missing.name: "missing",
                elsewhere.name: "extra",
                "WHAT-IS-THIS": "extra",
                handed_over.creation_id.serial_number: "extra",
            },
        )
        self.assertEqual(
            (count.expected_count, count.present_count, count.missing_count, count.extra_count),
            (2, 1, 1, 3),
        )
        activity = count.sudo().activity_ids
        self.assertEqual(activity.user_id, self.advisor)
        self.assertIn(missing.name, activity.summary)
        # Closed is closed.
        self.assertRefused(count.scan_envelope, missing.name)
        self.assertRefused(count.action_done)
        self.assertRefused(count.action_update_expected)
        self.assertRefused(count.sudo(False).line_ids[:1].action_undo)
        self.assertRefused(count.write, {"note": "Found behind the drawer"})
        self.assertRefused(count.with_user(self.manager).unlink)
        self.assertEqual(
            missing.creation_id.current_location_id, self.boutique, "a count moves nothing"
        )

    def test_who_is_asked_reads_it_in_their_language(self):
        """A manager closes the count of a boutique; its advisor reads what is missing."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.advisor.lang = "fr_FR"
        order = self._received()
        self._count(user=self.manager).action_done()
        activity = self.env["mail.activity"].search([("user_id", "=", self.advisor.id)], limit=1)
        self.assertEqual(activity.summary, f"Manquant au comptage de fermeture\u202f: {order.name}")

    def test_nothing_missing_asks_nobody(self):
        order = self._received()
        count = self._count()
        count.scan_envelope(order.creation_id.serial_number.lower())
        count.action_done()
        self.assertFalse(count.sudo().activity_ids)

    def test_scans_are_taken_back(self):
        order = self._received()
        count = self._count()
        count.scan_envelope(order.name)
        count.scan_envelope("TYPO-1")
        count.scan_envelope("typo 1")
        self.assertEqual(count.extra_count, 1, "the same code is noted once")
        count.extra_line_ids.action_undo()
        count.present_line_ids.action_undo()
        count.invalidate_recordset()
        self.assertEqual(self._results(count), {order.name: "waiting"})
        self.assertRefused(count.missing_line_ids.action_undo)

    def test_expected_is_brought_up_to_date(self):
        """What came or went since keeps what was scanned."""
        scanned, gone = self._received(), self._received()
        count = self._count()
        count.scan_envelope(scanned.name)
        gone.sudo().creation_id.current_location_id = self.workshop
        come = self._received()
        count.action_update_expected()
        self.assertEqual(self._results(count), {scanned.name: "present", come.name: "waiting"})
        scanned.sudo().creation_id.current_location_id = self.workshop
        count.action_update_expected()
        self.assertEqual(self._results(count)[scanned.name], "extra")

    def test_rights_by_place(self):
        """Who works at a place counts it; nobody else sees the count."""
        self._received()
        count = self._count()
        for user in (self.advisor_2, self.jeweler, self.portal_client, self.accountant):
            with self.subTest(user=user.login):
                self.assertForbidden(count.with_user(user).read, ["state"])
                self.assertForbidden(count.with_user(user).scan_envelope, "X-12345")
                self.assertForbidden(count.with_user(user).action_done)
                self.assertForbidden(count.line_ids.with_user(user).read, ["result"])
                self.assertForbidden(count.line_ids.with_user(user).action_undo)
                self.assertForbidden(self._count, self.boutique, user)
        self._count(self.workshop, self.jeweler)
        count.with_user(self.manager).action_done()
        self.assertEqual(count.state, "done")

    def test_companies_are_apart(self):
        company = self._create_house("Another maison of the counts")
        stranger = self._create_user("care_t_count_stranger", "group_care_manager", company)
        count = self._count()
        self.assertForbidden(count.with_user(stranger).read, ["state"])
        self.assertForbidden(self._count, self.boutique, stranger)

    def test_findings_are_not_written(self):
        """State and findings come from counting alone, over RPC too."""
        order = self._received()
        count = self._count()
        for vals in (
            {"state": "done"},
            {"line_ids": [(5,)]},
            {"missing_line_ids": [(5,)]},
            {"date_done": "2020-01-01 00:00:00"},
        ):
            with self.subTest(vals=vals):
                self.assertForbidden(count.write, vals)
        self.assertRefused(count.write, {"location_id": self.workshop.id})
        with self.assertRaises(AccessError):
            count.line_ids.write({"is_scanned": True})
        with self.assertRaises(AccessError):
            count.line_ids.unlink()
        with self.assertRaises(AccessError):
            self.env["care.count"].with_user(self.advisor).create(
                {"location_id": self.boutique.id, "state": "done"}
            )
        self.assertEqual(self._results(count), {order.name: "waiting"})

    def test_nothing_is_told_of_another_boutique(self):
        """Another boutique's envelope is noted as a code, like one that nobody knows."""
        other = self._received(location_id=self.boutique_2.id)
        count = self._count()
        result = count.scan_envelope(other.name)
        unknown = count.scan_envelope("CARE/1999/99999")
        self.assertEqual(result["type"], unknown["type"])
        self.assertEqual(
            result["message"].replace(other.name, "x"),
            unknown["message"].replace("CARE/1999/99999", "x"),
        )
        line = count.sudo().line_ids.filtered(lambda line: line.barcode == other.name)
        self.assertFalse(line.order_id or line.creation_id)

    def test_custody_knows_a_safe_of_several_boutiques(self):
        """At the workshop, envelopes of every boutique are expected and found."""
        mine, other = self._received(), self._received(workshop_id=self.workshop_2.id)
        for order in (mine, other):
            order.sudo().creation_id.current_location_id = self.workshop
        count = self._count(self.workshop, self.jeweler)
        self.assertEqual(self._results(count), {mine.name: "waiting", other.name: "waiting"})
        self.assertEqual(count.scan_envelope(other.name)["type"], "success")
        self.assertEqual(count.scan_envelope(mine.creation_id.serial_number)["type"], "success")
        self.assertEqual(count.missing_count, 0)

    def test_no_query_per_line(self):
        """A bigger safe takes no more queries to begin, scan and close."""

        def queries(quantity):
            location = self._create_location(f"Safe of {quantity}", "boutique", self.advisor)
            creations = [self._creation() for _index in range(quantity)]
            for creation in creations:
                creation.sudo().current_location_id = location
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            count = self._count(location)
            count.scan_envelope(creations[0].serial_number)
            count.action_done()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2)  # caches of the registry
        self.assertLessEqual(queries(60), queries(5) + 3)
