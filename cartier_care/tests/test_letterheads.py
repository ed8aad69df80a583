# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Letterheads of documents: none covers its document, none is lost by a plain PDF engine."""

import base64
import io
import subprocess
import tempfile
import time
from unittest.mock import patch

import lxml.html
from PIL import Image

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..models import ir_actions_report as care_documents
from .common import CareCommon

DETAILS = ("Maison Exemple", "Rue Exemple 13", "Ville Exemple", "Numero Exemple")
ENGINE = care_documents._wkhtml()
LAYOUTS = ("standard", "boxed", "bubble", "folder", "wave")


@tagged("post_install", "-at_install")
class TestLetterheads(CareCommon, HttpCase):
    """Issue 5, documents: Odoo's document layouts, A4 and US Letter, patched and plain engines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        logo = io.BytesIO()
        Image.new("RGB", (600, 260), (122, 31, 43)).save(logo, "PNG")
        cls.company.write(
            {
                "logo": base64.b64encode(logo.getvalue()),
                "company_details": f"<p>{'<br/>'.join(DETAILS)}</p>",
            }
        )
        cls.client.lang = "en_US"

    def _report(self):
        return (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            .with_context(force_report_rendering=True, lang="en_US")
        )

    def _pdf(self, kind, records):
        self.env.flush_all()
        return self._report()._render_qweb_pdf(
            f"cartier_care.action_report_care_{kind}", records.ids
        )[0]

    def _ask(self, pdf, *command):
        """Return what a command of poppler tells about a document."""
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(pdf)
            file.flush()
            tail = ["-"] if command[0] == "pdftotext" else []
            return subprocess.check_output([*command, file.name, *tail])

    def _boxes(self, pdf, number=1):
        """Return the words of a page as elements, with their edges in points."""
        page = self._ask(pdf, "pdftotext", "-bbox", "-f", str(number), "-l", str(number))
        return list(lxml.html.fromstring(page).iter("word"))

    def _words(self, pdf, number=1):
        """Return the words of a page, each with its top and bottom in points."""
        return [
            (word.text, float(word.get("ymin")), float(word.get("ymax")))
            for word in self._boxes(pdf, number)
        ]

    def _intake(self):
        return self._receive(self._order(self._creation(), "shining")).intake_id

    def test_no_letterhead_covers_a_title(self):
        """Four lines of address under a logo push the title down, on either paper."""
        intake = self._intake()
        for paper in ("euro", "us"):
            self.company.paperformat_id = self.env.ref(f"base.paperformat_{paper}")
            for layout in LAYOUTS[:3]:
                with self.subTest(paper=paper, layout=layout):
                    self.company.external_report_layout_id = self.env.ref(
                        f"web.external_layout_{layout}"
                    )
                    words = self._words(self._pdf("receipt", intake))
                    bottom = max(low for text, _high, low in words if text in "Exemple")
                    top = next(high for text, high, _low in words if text == "Receipt")
                    self.assertGreater(top, bottom, "the title stands below the letterhead")
                    self.assertLess(top, 260, "and not far below")

    def test_short_letterheads_keep_the_room_of_the_paper(self):
        """A letterhead of two lines moves nothing."""
        self.company.company_details = "<p>Maison<br/>Paris</p>"
        self.company.external_report_layout_id = self.env.ref("web.external_layout_standard")
        height = self.env["care.report"]._get_head_height(self._intake())
        self.assertFalse(height)

    def test_documents_wait_for_fonts_and_for_nothing_else(self):
        """Speed: no second is waited in vain, and slow fonts are on the paper all the same."""
        intake = self._intake()
        serve, asked = http.Request._serve_static, []

        def serve_slowly(request):
            if request.httprequest.path.endswith((".ttf", ".woff")):
                asked.append(request.httprequest.path)
                time.sleep(0.5)
            return serve(request)

        with patch.object(http.Request, "_serve_static", serve_slowly):
            pdf = self._pdf("receipt", intake)
        self.assertTrue(asked)
        fonts = self._ask(pdf, "pdffonts").decode()
        self.assertIn("Cormorant", fonts)
        self.assertIn("Lato", fonts)
        text = PdfFileReader(io.BytesIO(pdf)).pages[0].extract_text()
        self.assertIn("Page 1 / 1", " ".join(text.split()))

    def test_only_documents_of_care_are_printed_at_once(self):
        """Speed: neither Odoo's own papers nor an administrator's wait are touched."""
        reports = self.env["ir.actions.report"]
        paper = self.env.ref("base.paperformat_euro")

        def get_wait(reports):
            arguments = reports._build_wkhtmltopdf_args(paper, landscape=False)
            return arguments[arguments.index("--javascript-delay") + 1]

        at_once = reports.with_context(care_at_once=True)
        self.assertEqual(get_wait(reports), "1000")
        self.assertEqual(get_wait(at_once), str(care_documents.REST))
        with patch.object(care_documents, "_wkhtml", self._plain_engine):
            self.assertEqual(get_wait(at_once), "1000")
        self.env["ir.config_parameter"].set_param("report.print_delay", "300")
        self.assertEqual(get_wait(at_once), "300")

    def test_heads_with_styles_of_their_own_are_waited_for(self):
        """Who writes from left to right prints for others: no head is lost."""
        reports, waits = type(self.env["ir.actions.report"]), []
        build = reports._build_wkhtmltopdf_args

        def build_and_note(*args, **kwargs):
            arguments = build(*args, **kwargs)
            waits.append(arguments[arguments.index("--javascript-delay") + 1])
            return arguments

        self.env["res.lang"]._activate_lang("ar_001")
        intake = self._intake()
        with patch.object(reports, "_build_wkhtmltopdf_args", build_and_note):
            self._pdf("receipt", intake)
            self.client.lang = "ar_001"
            pdf = self._pdf("receipt", intake)
        self.assertEqual(waits, [str(care_documents.REST), "1000"])
        self.assertIn(DETAILS[0].split()[0], [text for text, _low, _high in self._words(pdf)])

    def test_a_plain_engine_loses_no_letterhead(self):
        """An engine without heads of pages gets them in the text: company, title and number."""
        intake = self._intake()
        report = self.env.ref("cartier_care.action_report_care_receipt")
        for layout in LAYOUTS:
            with self.subTest(layout=layout):
                self.company.external_report_layout_id = self.env.ref(
                    f"web.external_layout_{layout}"
                )
                html = self._report()._render_qweb_html(report, intake.ids)[0]
                with patch.object(care_documents, "_wkhtml", self._plain_engine):
                    bodies, ids, _head, _foot, options = report._prepare_html(
                        html, report_model="care.intake"
                    )
                self.assertEqual((len(bodies), ids), (1, intake.ids))
                text = " ".join(lxml.html.fromstring(str(bodies[0])).text_content().split())
                for expected in (*DETAILS, "Receipt", intake.name, "Ada Client"):
                    self.assertEqual(text.count(expected), 1, expected)
                self.assertNotIn("Page", text)
                self.assertEqual(options["data-report-margin-top"], care_documents.PLAIN_MARGIN)

    def _invoice(self, parts=1):
        """Return the invoice of an order with so many parts."""
        order = self._order(self._creation(), "component_replacement")
        for _part in range(parts):
            self._add_part(order, "component_replacement")
        return self._invoices(self._to(order, "ready"))

    def _render_invoices(self, invoices):
        self.env.flush_all()
        return self._report()._pre_render_qweb_pdf("account.account_invoices", invoices.ids)[0]

    def test_no_letterhead_covers_lines_of_an_invoice(self):
        """Each page of an invoice of care has its lines below the letterhead and their head."""
        invoice = self._invoice(parts=25)
        for layout in ("standard", "folder"):
            with self.subTest(layout=layout):
                self.company.external_report_layout_id = self.env.ref(
                    f"web.external_layout_{layout}"
                )
                stream = self._render_invoices(invoice)[invoice.id]["stream"]
                words = self._words(stream.getvalue(), number=2)
                # The folder's title is on a tab below the address.
                covering = {"Exemple", "INV"} if layout == "folder" else {"Exemple"}
                bottom = max(low for text, _top, low in words if text[:7] in covering)
                head = next(top for text, top, _low in words if text == "Description")
                first = min(top for text, top, _low in words if text == "component")
                self.assertGreater(head, bottom, "the head of the table is on the second page")
                self.assertGreater(first, head)

    def test_totals_of_an_invoice_stand_with_lines(self):
        """Issue 5: no page has totals alone, with few lines or many, on either paper."""
        invoices = [self._invoice(parts=parts) for parts in (1, 2, 16, 17)]
        for paper in ("euro", "us"):
            self._check_totals(paper, invoices)
        # A layout with much room in its rows, of which the engine died.
        self.company.external_report_layout_id = self.env.ref("web.external_layout_bold")
        for paper, parts in (("euro", (6, 16)), ("us", (6,))):
            self._check_totals(paper, [self._invoice(parts=count) for count in parts])

    def _check_totals(self, paper, invoices):
        """The last page of each invoice has its head, its last line and below them the total."""
        self.company.paperformat_id = self.env.ref(f"base.paperformat_{paper}")
        for invoice in invoices:
            with self.subTest(paper=paper, lines=len(invoice.invoice_line_ids)):
                pdf = self._render_invoices(invoice)[invoice.id]["stream"].getvalue()
                count = len(PdfFileReader(io.BytesIO(pdf)).pages)
                words = self._words(pdf, number=count)
                total = min(top for text, top, _low in words if text == "Total")
                head = min(top for text, top, _low in words if text.title() == "Description")
                line = max(top for text, top, _low in words if text == "component")
                self.assertTrue(head < line < total)

    def test_a_short_invoice_takes_one_page(self):
        """Issue 5, documents: three lines with a picture on US Letter, its title as on all."""
        picture = io.BytesIO()
        Image.new("RGB", (600, 600), (122, 31, 43)).save(picture, "PNG")
        invoice = self._invoice(parts=2)
        creation = invoice.care_order_ids.creation_id
        creation.product_id.image_1920 = base64.b64encode(picture.getvalue())
        self.company.paperformat_id = self.env.ref("base.paperformat_us")
        for layout in ("standard", "boxed"):
            self.company.external_report_layout_id = self.env.ref(f"web.external_layout_{layout}")
            pdf = self._render_invoices(invoice)[invoice.id]["stream"].getvalue()
            self.assertEqual(len(PdfFileReader(io.BytesIO(pdf)).pages), 1, layout)
            words = self._words(pdf)
            title = next(low - top for text, top, low in words if text == "Invoice")
            number = next(low - top for text, top, low in words if text == invoice.name)
            self.assertGreater(title, 1.8 * number)

    def test_a_short_invoice_in_another_currency_takes_one_page(self):
        """Issue 5, documents: with a payment, in yen without hundredths."""
        yen = self.setup_other_currency("JPY", rates=[("2020-01-01", 149.87)])
        pricelist = self.env["product.pricelist"].create({"name": "Yen", "currency_id": yen.id})
        order = self._order(
            self._creation(), "component_replacement", "engraving", pricelist_id=pricelist.id
        )
        self._add_part(order, "component_replacement")
        invoice = self._invoices(self._to(order, "ready"))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 1000.0})._create_payments()
        for paper in ("euro", "us"):
            self.company.paperformat_id = self.env.ref(f"base.paperformat_{paper}")
            for layout in ("standard", "boxed", "striped", "folder", "wave"):
                with self.subTest(paper=paper, layout=layout):
                    self.company.external_report_layout_id = self.env.ref(
                        f"web.external_layout_{layout}"
                    )
                    pdf = self._render_invoices(invoice)[invoice.id]["stream"].getvalue()
                    self.assertEqual(len(PdfFileReader(io.BytesIO(pdf)).pages), 1)
                    self.assertNotRegex(
                        self._ask(pdf, "pdftotext").decode(), r"[1-9]\d*,?\d{3}\.00"
                    )

    def test_columns_of_the_last_line_stand_below_the_others(self):
        """Issue 5, documents: with a frame around it too, of the layouts that draw one."""
        invoice = self._invoice(parts=3)
        for layout in ("standard", "boxed", "bubble"):
            self.company.external_report_layout_id = self.env.ref(f"web.external_layout_{layout}")
            pdf = self._render_invoices(invoice)[invoice.id]["stream"].getvalue()
            ends = {
                round(float(word.get("xmax"))) for word in self._boxes(pdf) if word.text == "1.00"
            }
            self.assertLessEqual(max(ends) - min(ends), 2, f"{layout}: {ends}")

    def test_a_plain_engine_loses_no_letterhead_of_an_invoice(self):
        """Invoices of care keep their letterhead too, and other invoices are left as they are."""
        invoice = self._invoice()
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client.id,
                "company_id": self.company.id,
                "invoice_line_ids": [Command.create({"name": "Other", "price_unit": 1.0})],
            }
        )
        report = self.env.ref("account.account_invoices")
        html = self._report()._render_qweb_html(report, (invoice | other).ids)[0]
        with patch.object(care_documents, "_wkhtml", self._plain_engine):
            bodies = report._prepare_html(html, report_model="account.move")[0]
        texts = [" ".join(lxml.html.fromstring(str(body)).itertext()) for body in bodies]
        self.assertEqual([text.count(DETAILS[1]) for text in texts], [1, 0])

    def test_a_plain_engine_cuts_no_row(self):
        """A plain engine keeps tables on one page and no rows: each row is a table of its own."""
        invoice = self._invoice(parts=4)
        order = invoice.care_order_ids
        for ref, record, count in (
            ("account.account_invoices", invoice, 6),
            ("cartier_care.action_report_care_estimate", order.estimate_id, 5),
            ("cartier_care.action_report_care_worksheet", order, 5),
        ):
            report = self.env.ref(ref)
            html = self._report()._render_qweb_html(report, record.ids)[0]
            with patch.object(care_documents, "_wkhtml", self._plain_engine):
                bodies = report._prepare_html(html, report_model=record._name)[0]
            root = lxml.html.fromstring(str(bodies[0]))
            tables = root.xpath(
                "//table[contains(@class, 'o_care_lines') or contains(@class, 'o_main_table')]"
            )
            rows = [
                [row for row in table.xpath("./tr|./tbody/tr") if row.text_content().strip()]
                for table in tables
            ]
            self.assertLessEqual(max(map(len, rows)), 1, ref)
            self.assertGreaterEqual(len(rows), count, ref)

    def test_a_plain_engine_keeps_columns_in_line(self):
        """Rows of a manifest that stand alone have the columns of the first one."""
        orders = self._receive(self._order(self._creation(), "shining"))
        orders |= self._receive(self._order(self._creation(), "shining"))
        orders |= self._receive(self._order(self._creation(), "shining"))
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": orders.location_id.id,
                "to_location_id": self.workshop.id,
                "order_ids": [Command.set(orders.ids)],
            }
        )
        with patch.object(care_documents, "_wkhtml", self._plain_engine):
            pdf = self._pdf("transfer", transfer)
        # Drawn as large as a plain engine needs it, a number may go on in a second line.
        begin = [
            round(float(word.get("xmin")))
            for word in self._boxes(pdf)
            if word.text.startswith(orders[0].name[:9])
        ]
        self.assertEqual(len(begin), 3)
        self.assertEqual(len(set(begin)), 1, begin)

    def test_a_plain_engine_prints_several_invoices(self):
        """The job that sends invoices finds each of them, however many are waiting."""
        invoices = self._invoice() | self._invoice(parts=25)
        with patch.object(care_documents, "_wkhtml", self._plain_engine):
            streams = self._render_invoices(invoices)
        self.assertEqual(set(streams), set(invoices.ids))
        for invoice in invoices:
            words = [
                word for word, _top, _low in self._words(streams[invoice.id]["stream"].getvalue())
            ]
            self.assertIn(invoice.name, words)

    def test_a_plain_engine_prints_several_documents(self):
        """An engine that makes one document at a time is asked once for each, then they are one."""
        orders = self._order(self._creation(), "shining")
        orders |= self._order(self._creation(), "shining")
        orders.action_receive()
        with patch.object(care_documents, "_wkhtml", self._plain_engine):
            pdf = self._pdf("label", orders)
        self.assertEqual(len(PdfFileReader(io.BytesIO(pdf)).pages), 2)

    @staticmethod
    def _plain_engine():
        """What Odoo knows of the engine, as if it were Debian's build."""
        return ENGINE._replace(is_patched_qt=False)
