# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import io
import stat
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models import ir_actions_report

from ..models import ir_actions_report as care_documents
from .common import CareCommon


@tagged("post_install", "-at_install")
class TestFaults(CareCommon):
    """Security-and-faults, second part: what fails loses nothing and stops nobody else."""

    # -- Helpers --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _engine(self, script):
        """Have documents made by another program than the PDF engine of the platform.

        :param str script: a shell script, or None for an engine that is missing
        """
        info = ir_actions_report._wkhtml()
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "wkhtmltopdf")
            if script is not None:
                program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
                program.chmod(program.stat().st_mode | stat.S_IXUSR)
            with (
                patch.object(ir_actions_report, "_wkhtml", lambda: info._replace(bin=str(program))),
                patch.object(care_documents, "ENGINE_SECONDS", 1),
            ):
                yield

    @contextlib.contextmanager
    def _job(self):
        """Give an environment as jobs have, in which commits and documents are real enough."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr, su=True, context={"force_report_rendering": True})
        self.env.invalidate_all()

    def _send(self):
        with self._job() as env:
            env["care.order.message"]._cron_send()

    def _bill(self):
        with self._job() as env:
            env["care.order"]._cron_invoice()

    def _left_behind(self, count):
        """Return ready orders that no trigger billed."""
        orders = self.env["care.order"]
        self.company.care_invoice_trigger = "manual"
        for _index in range(count):
            orders |= self._to(self._order(self._creation(), "reshaping"), "ready")
        self.company.care_invoice_trigger = "ready"
        return orders

    def _poison(self, order, error):
        """Make billing of one order fail in a way that nobody foresaw."""
        line_class = self.env.registry["care.order.line"]
        prepare = line_class._prepare_invoice_line

        def fail(line, **optional_values):
            if line.order_id.id == order.id:
                raise error
            return prepare(line, **optional_values)

        return patch.object(line_class, "_prepare_invoice_line", fail)

    def _messages(self, order, event):
        return self.env["care.order.message"].search(
            [("order_id", "=", order.id), ("event", "=", event)]
        )

    def _mails(self, order):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "care.order"),
                ("res_id", "=", order.id),
                ("recipient_ids", "in", order.partner_id.ids),
            ],
            order="id",
        )

    # -- One bad order ---------------------------------------------------------------------------

    @mute_logger("odoo.sql_db", "odoo.addons.cartier_care.models.care_order_invoicing")
    def test_a_poisoned_order_stops_no_other(self):
        """Issue 5: one bad order is flagged with an activity, whatever its error, once."""
        orders = self._left_behind(3)
        for error in (UserError("No account"), ValueError("A tax of somebody's own")):
            with self._poison(orders[1], error):
                self._bill()
                self._bill()
        self.assertEqual([len(self._invoices(order)) for order in orders], [1, 0, 1])
        activities = orders.sudo().activity_ids
        self.assertEqual(activities.mapped("res_id"), orders[1].ids, "flagged once")
        self._bill()
        self.assertEqual([len(self._invoices(order)) for order in orders], [1, 1, 1])

    @mute_logger("odoo.addons.cartier_care.models.care_order_invoicing")
    def test_accounting_never_stops_the_bench(self):
        """Design: an invoice that cannot be made, whatever the error, leaves finishing alone."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        with self._poison(order, KeyError("fiscal position")):
            self._finish(order)
        self.assertEqual((order.state, order.invoice_status), ("ready", "to_invoice"))
        self.assertEqual(len(order.sudo().activity_ids), 1)
        self._bill()
        self.assertEqual(len(self._invoices(order)), 1)

    # -- PDF engine ------------------------------------------------------------------------------

    def _print(self, order):
        """Print a receipt as somebody at the counter does."""
        report = self.env["ir.actions.report"].with_user(self.advisor)
        report = report.with_context(force_report_rendering=True)
        self.env.flush_all()
        return report._render_qweb_pdf(
            "cartier_care.action_report_care_receipt", order.intake_id.ids
        )[0]

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_a_failing_engine_makes_no_empty_document(self):
        """Faults: an engine that fails, dies or is missing is told, never taken for a document."""
        order = self._to(self._order(self._creation(), "shining"), "received")
        for script in ("exit 1", "exit 2", "kill -9 $$", None):
            with self._engine(script), self.assertRaises(UserError, msg=script):
                self._print(order)
        self.assertEqual(self._print(order)[:4], b"%PDF")

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_a_hanging_engine_is_ended(self):
        """Faults: an engine that hangs, and what it started, is ended after a bounded time."""
        order = self._to(self._order(self._creation(), "shining"), "received")
        for script in ("while :; do sleep 1; done", "sleep 60; exit 0"):
            started = time.monotonic()
            with self._engine(script), self.assertRaises(UserError):
                self._print(order)
            self.assertLess(time.monotonic() - started, 15, script)

    def _print_invoice(self):
        """Print an invoice of care with some lines, as accounting's job does."""
        order = self._order(self._creation(), "component_replacement")
        for _part in range(3):
            self._add_part(order, "component_replacement")
        invoice = self._invoices(self._to(order, "ready"))
        self.env.flush_all()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        return report._render_qweb_pdf("account.account_invoices", invoice.ids)[0]

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_an_invoice_that_the_engine_dies_of(self):
        """Faults: the engine dies of some tables; the invoice is then drawn as Odoo draws it."""
        real = ir_actions_report._wkhtml().bin
        dies = f"""
            for file in "$@"; do
                case "$file" in
                    *.html) grep -q 'class="o_care_last"' "$file" && kill -11 $$ ;;
                esac
            done
            exec "{real}" "$@"
        """
        with self._engine(dies), patch.object(care_documents, "ENGINE_SECONDS", 60):
            self.assertEqual(self._print_invoice()[:4], b"%PDF")

    def test_an_engine_that_miscounts_pages(self):
        """Issue 5: no page seems to be missing when the engine counts one that it then spares."""
        order = self._to(self._order(self._creation(), "shining"), "received")
        real = ir_actions_report._wkhtml().bin
        says_eight = 'y[j].textContent = x[i] == "sitepages" ? 8 : vars[x[i]]'
        miscounts = f"""
            for file in "$@"; do
                case "$file" in
                    *.html) sed -i 's/y.j..textContent = vars.x.i../{says_eight}/' "$file" ;;
                esac
            done
            exec "{real}" "$@"
        """
        with patch.object(care_documents, "_get_unsaid_count", lambda _pdf: 0):
            self.assertIn("Page 2 / 8", self._read(self._print_with(miscounts, order)))
        text = self._read(self._print_with(miscounts, order))
        self.assertIn("Page 2 / 2", text)
        self.assertNotIn("/ 8", text)

    def _print_with(self, engine, order):
        """Print a receipt with another engine that takes its time."""
        with self._engine(engine), patch.object(care_documents, "ENGINE_SECONDS", 60):
            return self._print(order)

    def _read(self, pdf):
        pages = PdfFileReader(io.BytesIO(pdf)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_an_engine_that_hangs_on_an_invoice(self):
        """Faults: the job that sends invoices waits a bounded time for each, too."""
        started = time.monotonic()
        with self._engine("while :; do sleep 1; done"), self.assertRaises(UserError):
            self._print_invoice()
        self.assertLess(time.monotonic() - started, 20)

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_documents_are_kept_when_the_engine_is_back(self):
        """Design: a dead engine stops no signature; its document is made as soon as it works."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        estimate = order.estimate_id.sudo()
        for script in ("exit 1", None):
            with self._engine(script), self._job() as env:
                env["care.estimate"]._cron_freeze_documents()
            self.assertEqual((order.state, bool(estimate.attachment_id)), ("approved", False))
        with self._job() as env:
            env["care.estimate"]._cron_freeze_documents()
        self.assertEqual(estimate.attachment_id.raw[:4], b"%PDF")

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_whose_document_fails_goes_to_the_end_of_the_queue(self):
        """Faults: one document on which the job dies is not the first of each run."""
        first, second = (
            self._to(self._order(self._creation(), "reshaping"), "approved").estimate_id
            for _index in range(2)
        )
        tried = []

        def die(estimate):
            tried.append(estimate.id)
            if estimate.id == first.id:
                raise KeyboardInterrupt

        with patch.object(self.env.registry["care.estimate"], "_freeze_document", die):
            for _run in range(2):
                with contextlib.suppress(KeyboardInterrupt), self._job() as env:
                    env["care.estimate"]._cron_freeze_documents()
        mine = [estimate_id for estimate_id in tried if estimate_id in (first.id, second.id)]
        self.assertEqual(mine, [first.id, second.id, first.id])

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_mails_with_documents_wait_for_the_engine(self):
        """Faults: the mail whose certificate cannot be made is tried again, the others leave."""
        order = self._to(self._order(self._creation(), "shining"), "done")
        with self._engine("exit 1"):
            self._send()
            message = self._messages(order, "handed_over")
            self.assertEqual((message.state, message.attempts), ("failed", 1))
            self.assertTrue(message.error)
            self.assertEqual(len(self._mails(order)), 2, "received and ready left")
        self._send()
        self.assertEqual(message.attempts, 1, "its time has not come")
        message.date_next = fields.Datetime.now()
        self._send()
        self._send()
        self.assertEqual((message.state, message.error), ("sent", False))
        self.assertEqual(len(self._mails(order)), 3, "once each")
        attachments = self._mails(order)[-1].attachment_ids
        self.assertEqual([one.raw[:4] for one in attachments], [b"%PDF"])

    def test_a_job_killed_at_a_message(self):
        """Faults: a message at which the job dies waits, the others leave, nothing leaves twice."""
        bad = self._to(self._order(self._creation(), "reshaping"), "received")
        good = self._to(self._order(self._creation(), "reshaping"), "received")
        message_class = self.env.registry["care.order.message"]
        send = message_class._send

        def die(message):
            if message.order_id.id == bad.id:
                raise KeyboardInterrupt
            return send(message)

        with patch.object(message_class, "_send", die):
            for _run in range(2):
                with contextlib.suppress(KeyboardInterrupt):
                    self._send()
        self.assertEqual((len(self._mails(bad)), len(self._mails(good))), (0, 1))
        message = self._messages(bad, "received")
        self.assertEqual((message.state, message.attempts), ("pending", 1))
        message.date_next = False
        self._send()
        self.assertEqual((len(self._mails(bad)), len(self._mails(good))), (1, 1))

    def test_a_message_that_never_leaves_is_shown_to_people(self):
        """Faults: after its last attempt a message is failed and the advisor is asked to look."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        message = self._messages(order, "received")
        template_class = self.env.registry["mail.template"]
        for _attempt in range(12):
            if message.date_next:
                message.date_next = fields.Datetime.now()
            with patch.object(template_class, "send_mail", side_effect=ValueError("Broken")):
                self._send()
        self.assertEqual((message.state, message.attempts, message.error), ("failed", 8, "Broken"))
        self.assertEqual(order.sudo().activity_ids.user_id, order.user_id)
        message.with_user(self.manager).action_retry()
        self._send()
        self.assertEqual((message.state, len(self._mails(order))), ("sent", 1))
