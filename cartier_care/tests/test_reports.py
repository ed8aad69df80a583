# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The documents, drawn by the real PDF engine and read back as text."""

import base64
import io
import json
import re
import subprocess
import tempfile

from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import format_amount, mute_logger
from odoo.tools.pdf import PdfFileReader

from .common import ALL_SERVICES, CARE, PIXEL, CareCommon

SCRIPT = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
class TestReports(CareCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        (cls.client | cls.other_client).lang = "en_US"

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _pdf(self, kind, record, user=None):
        """The document of a record, drawn by the engine for a user (the manager by default)."""
        report = (
            self.env["ir.actions.report"]
            .with_user(user or self.manager)
            .with_context(force_report_rendering=True, lang="en_US")
        )
        self.env.flush_all()
        content, content_type = report._render_qweb_pdf(
            f"cartier_care.action_report_care_{kind}", record.ids
        )
        self.assertEqual(content_type, "pdf")
        self.assertEqual(content[:4], b"%PDF")
        return content

    def _pages(self, pdf):
        """The text of each page, its lines as they stand on it."""
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(pdf)
            file.flush()
            text = subprocess.run(
                ["pdftotext", "-layout", file.name, "-"], capture_output=True, check=True
            ).stdout.decode()
        return text.split("\f")[:-1]

    def _read(self, pdf):
        """The text of a document, spaces made one."""
        return re.sub(r"\s+", " ", " ".join(self._pages(pdf)))

    def _text(self, kind, record, user=None):
        return self._read(self._pdf(kind, record, user))

    def _money(self, order, amount):
        text = format_amount(order.with_context(lang="en_US").env, amount, order.currency_id)
        return re.sub(r"\s+", " ", text)

    def _http(self, kind, record_id, user):
        """Ask for a document by its address, as a browser does."""
        self.authenticate(user.login, user.login)
        context = json.dumps({"force_report_rendering": True})
        return self.url_open(
            f"/report/pdf/cartier_care.report_care_{kind}/{record_id}",
            params={"context": context},
            timeout=60,
        )

    # ------------------------------------------------------------------
    # Receipt
    # ------------------------------------------------------------------

    def test_receipt_says_what_was_entrusted(self):
        order = self._order(
            self._creation(measure=52),
            ("ring_resizing", 1.0),
            "reshaping",
            declared_value=2400,
            condition_note="Light scratches on the band",
        )
        second = self._order(self._creation("necklace"), "necklace_resizing")
        (order | second).action_receive()
        intake = order.intake_id
        self.assertEqual(intake, second.intake_id)
        text = self._text("receipt", intake)
        for expected in (
            intake.name,
            order.name,
            second.name,
            order.creation_id.serial_number,
            second.creation_id.serial_number,
            "Ada Client",
            "Boutique One",
            "Light scratches on the band",
            self._money(order, 2400),
            "+1 size",
            "Complimentary",
            self._money(order, 190),
        ):
            self.assertIn(expected, text)
        self.assertRegex(text.upper(), "CREATION 1 OF 2")

    def test_receipt_leads_to_the_tracking_page(self):
        order = self._receive(self._order(self._creation(), "shining"))
        values = self.env["report.cartier_care.report_care_receipt"]._get_report_values(
            order.intake_id.ids
        )
        self.assertTrue(values["get_barcode"]("QR", order.get_portal_url()))
        self._pdf("receipt", order.intake_id)
        self.assertTrue(order.access_token, "the code holds the order's own link")

    def test_receipt_says_from_before_a_minimum(self):
        creation = self._creation(measure=52)
        creation.prior_service_ids = [Command.link(self._service("ring_resizing").id)]
        order = self._receive(self._order(creation, ("ring_resizing", 1.0), "restoration"))
        text = self._text("receipt", order.intake_id)
        self.assertIn(f"From {self._money(order, 190)}", text)
        self.assertIn("On estimate", text)

    def test_receipt_leaves_cancelled_requests_out(self):
        kept = self._order(self._creation(), "shining")
        kept.action_receive()
        dropped = self._order(self._creation(), "shining", intake_id=kept.intake_id.id)
        dropped.action_cancel()
        text = self._text("receipt", kept.intake_id)
        self.assertIn(kept.name, text)
        self.assertNotIn(dropped.name, text)

    def test_receipt_of_what_goes_back_shows_no_prices(self):
        """Rules 9: a declined creation goes back unserviced and costs nothing."""
        order = self._to(self._order(self._creation(), "reshaping"), "declined")
        text = self._text("receipt", order.intake_id)
        self.assertIn("Returned as it came, free of charge.", text)
        self.assertNotIn(self._money(order, 190), text)

    def test_empty_receipt_is_refused(self):
        intake = self.env["care.intake"].create({"partner_id": self.client.id})
        with self.assertRaises(UserError):
            self._pdf("receipt", intake)

    # ------------------------------------------------------------------
    # Estimate
    # ------------------------------------------------------------------

    def _taxed_order(self):
        tax = self.env["account.tax"].create(
            {"name": "Tax of 8.875 %", "amount": 8.875, "company_id": self.company.id}
        )
        products = self._services(*ALL_SERVICES).product_id | self.pearl
        products.taxes_id = [Command.set(tax.ids)]
        order = self._order(
            self._creation(measure=52),
            ("ring_resizing", 1.0),
            "reshaping",
            "stone_pearl_replacement",
            ("clasp_link_repair", {"is_optional": True}),
        )
        self._add_part(order, "stone_pearl_replacement", self.pearl, quantity=3)
        self._receive(order)
        order.action_propose()
        return order

    def test_estimate_agrees_with_the_order_to_the_cent(self):
        order = self._taxed_order()
        estimate = order.estimate_id
        self.assertEqual(estimate.amount_total, order.amount_total)
        self.assertGreater(order.amount_tax, 0)
        text = self._text("estimate", estimate)
        for amount in (order.amount_untaxed, order.amount_tax, order.amount_total):
            self.assertIn(self._money(order, amount), text)
        self.assertEqual(
            text.count(self._money(order, order.amount_total)), 1, "the total stands once"
        )
        self.assertIn("3 × Akoya pearl", text)
        self.assertIn("Optional, as you wish", text)
        self.assertNotIn(self._money(order, 0), text.replace("Tax", ""))

    def test_estimate_is_frozen(self):
        order = self._taxed_order()
        estimate = order.estimate_id
        total = self._money(order, order.amount_total)
        self._service("reshaping").base_price = 990
        order.action_revise()
        order.action_update_prices()
        text = self._text("estimate", estimate)
        self.assertIn(total, text)
        self.assertIn("A newer version replaces this estimate", text)

    def test_signed_estimate_names_who_signed(self):
        order = self._taxed_order()
        order.action_approve(signed_by=SCRIPT, signature=PIXEL)
        text = self._text("estimate", order.estimate_id)
        self.assertIn(SCRIPT, text, "what people type is text, never markup")
        self.assertIn("Left out", text)

    def test_free_estimate_says_complimentary(self):
        order = self._receive(self._order(self._creation(), "engraving"))
        order.action_propose()
        text = self._text("estimate", order.estimate_id)
        self.assertRegex(text, r"Total\s+Complimentary")
        self.assertIn("M & J", text, "the proof shows what will be engraved")
        self.assertIn("cannot be undone", text)
        self.assertNotIn("0.00", text)

    def test_goodwill_reason_stays_in_the_house(self):
        order = self._receive(self._order(self._creation(), "reshaping"))
        self._line(order, "reshaping").write(
            {"price_unit": 10, "price_reason": "Zorro is a friend"}
        )
        order.internal_note = "<p>Zorro again</p>"
        order.action_propose()
        texts = [
            self._text("estimate", order.estimate_id),
            self._text("receipt", order.intake_id),
        ]
        order.action_approve()
        order.action_start()
        self._finish(order)
        texts.append(self._text("certificate", order))
        for text in texts:
            self.assertNotIn("Zorro", text)

    # ------------------------------------------------------------------
    # Certificate
    # ------------------------------------------------------------------

    def test_certificate_lists_all_five_care_interventions(self):
        order = self._order(self._creation(), "reshaping", "shining")
        self._receive(order)
        clasp = self._line(order, "clasp_link_repair")
        clasp.write({"outcome_note": "Metal too thin"})
        self._finish(self._start(order) and order)
        text = self._text("certificate", order)
        for code in (
            "component_replacement",
            "reshaping",
            "clasp_link_repair",
            "polishing",
            "stone_pearl_replacement",
        ):
            self.assertIn(self._service(code).name, text)
        self.assertEqual(text.count("Nothing to mend"), 4)
        self.assertEqual(text.count("Carried out"), 2)
        self.assertIn("Metal too thin", text)
        self.assertIn("Complimentary, every time", text)
        self.assertRegex(text.lower(), "our work is guaranteed until")
        self.assertRegex(text, "In the ultrasonic tank|By hand")

    def test_certificates_fill_their_first_page(self):
        """Issue 5, documents: many parts do not carry a whole category to the next page."""
        order = self._order(self._creation(), "component_replacement", "shining")
        for _part in range(26):
            self._add_part(order, "component_replacement")
        first, *others = self._pages(self._pdf("certificate", self._to(order, "ready")))
        self.assertIn("Component repair", first)
        self.assertEqual(len(others), 1)
        self.assertRegex(others[-1].lower(), "stone or pearl replacement(.|\n)*guaranteed until")

    def test_free_certificate_says_complimentary(self):
        order = self._finish(self._start(self._receive(self._order(self._creation(), "shining"))))
        self.assertFalse(self._invoices(order))
        self.assertIn("Complimentary", self._text("certificate", order))

    def test_certificate_waits_for_the_work(self):
        order = self._receive(self._order(self._creation(), "shining"))
        with self.assertRaises(UserError):
            self._pdf("certificate", order)
        order.action_decline("Changed their mind")
        with self.assertRaises(UserError):
            self._pdf("certificate", order)

    # ------------------------------------------------------------------
    # Documents of the house
    # ------------------------------------------------------------------

    def test_discreet_label_hides_client_and_value(self):
        order = self._order(self._creation(), "shining", declared_value=77777)
        order.action_receive()
        text = self._text("label", order)
        self.assertIn(order.name, text)
        self.assertIn("Ada Client", text)
        self.assertIn(self._money(order, 77777), text)
        order.is_discreet = True
        text = self._text("label", order)
        self.assertIn(order.name, text)
        self.assertNotIn("Ada", text)
        self.assertNotIn("77,777", text)

    def test_labels_take_one_page_each(self):
        orders = self._order(self._creation(), "shining", declared_value=1)
        orders |= self._order(
            self._creation(
                product_id=self.env["product.product"]
                .create({"name": "Panther " * 40, "is_creation": True})
                .id
            ),
            "reshaping",
            "polishing",
            "component_replacement",
            priority="1",
        )
        pdf = self._pdf("label", orders)
        self.assertEqual(len(PdfFileReader(io.BytesIO(pdf)).pages), 2)

    def test_worksheet_has_the_bench_route(self):
        creation = self._creation(metal_ids=[Command.set(self.white_gold.ids)])
        order = self._order(
            creation, ("ring_resizing", 1.0), "engraving", internal_note="<p>Loose stone</p>"
        )
        self._receive(order)
        text = self._text("worksheet", order, user=self.jeweler)
        for operation in order.operation_ids:
            self.assertIn(operation.name, text)
        self.assertIn("Loose stone", text)
        self.assertIn("+1 size", text)
        self.assertIn("“M & J”", text)
        self.assertIn(self.white_gold.name, text)
        self.assertNotIn("Ada Client", text, "the bench needs no client")

    def test_manifest_lists_creations_and_values(self):
        orders = self._order(self._creation(), "shining", declared_value=1000)
        orders |= self._order(self._creation(), "shining", declared_value=234)
        orders.action_receive()
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": self.boutique.id,
                "to_location_id": self.workshop.id,
                "carrier": "Armored & Sons",
                "order_ids": [Command.set(orders.ids)],
            }
        )
        text = self._text("transfer", transfer)
        for order in orders:
            self.assertIn(order.name, text)
            self.assertIn(order.creation_id.serial_number, text)
        self.assertIn(self._money(orders[0], 1234), text)
        self.assertIn("Armored & Sons", text)
        self.assertIn("Creations: 2", text)

    # ------------------------------------------------------------------
    # Invoice
    # ------------------------------------------------------------------

    def test_invoice_shows_the_creation_and_words_for_zeros(self):
        order = self._to(
            self._order(self._creation(measure=52), ("ring_resizing", 1.0), "reshaping"), "ready"
        )
        invoice = self._invoices(order)
        report = (
            self.env["ir.actions.report"]
            .with_user(self.accountant)
            .with_context(force_report_rendering=True)
        )
        self.env.flush_all()
        text = self._read(report._render_qweb_pdf("account.account_invoices", invoice.ids)[0])
        self.assertIn(self.creation_product.name, text)
        self.assertIn(order.creation_id.serial_number, text)
        self.assertIn("Complimentary", text)
        self.assertNotIn(" 0.00", text)

    def test_invoice_keeps_the_order_of_names_in_arabic(self):
        """Brackets stay where they belong; what the house adds under a name reads as it does."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        line = invoice.invoice_line_ids.filtered("care_line_ids")
        part = "مشبك من الذهب (مقاس 7)"
        line.name = f"{part}\nOne fee."
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("account.account_invoices", invoice.ids)[0]
            .decode()
        )
        self.assertIn(f'<span dir="rtl">{part}</span>', html)
        self.assertIn('<span dir="ltr">One fee.</span>', html)
        self.assertEqual(html.count("One fee."), 1)

    def test_other_invoices_stay_as_they_are(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client.id,
                "company_id": self.company.id,
                "invoice_line_ids": [
                    Command.create({"name": "Something else", "price_unit": 0.0, "tax_ids": []})
                ],
            }
        )
        html = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", invoice.ids
        )[0]
        self.assertNotIn(b"o_care", html)
        self.assertIn(b"0.00", html)

    # ------------------------------------------------------------------
    # Looks
    # ------------------------------------------------------------------

    def test_titles_are_set_in_the_house_serif(self):
        order = self._receive(self._order(self._creation(), "shining"))
        pdf = PdfFileReader(io.BytesIO(self._pdf("receipt", order.intake_id)))
        fonts = {
            font.get_object()["/BaseFont"]
            for page in pdf.pages
            for font in page["/Resources"]["/Font"].values()
        }
        self.assertTrue(
            any("CormorantGaramond" in name for name in fonts), f"embedded fonts: {fonts}"
        )

    def test_documents_speak_the_language_of_the_client(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.lang = "fr_FR"
        order = self._receive(self._order(self._creation(), "reshaping"))
        order.date_promised = fields.Date.to_date("2031-02-14")
        order.action_propose()
        text = self._text("estimate", order.estimate_id)
        self.assertIn("14 février 2031", text)

    def test_every_script_is_printed(self):
        self.client.name = "山田 花子"
        order = self._receive(
            self._order(
                self._creation(serial_number=f"{SCRIPT}{self._serial()}"),
                "shining",
                condition_note=f"{SCRIPT} فاطمة é ½",
            )
        )
        text = self._text("receipt", order.intake_id)
        self.assertIn("山田 花子", text)
        self.assertEqual(text.count(SCRIPT), 2)
        self.assertRegex(text, "[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff]")

    def test_each_line_is_set_in_its_own_direction(self):
        """Issue 5, documents: Arabic reads right in an English document, and English beside it."""
        report = self.env["care.report"].with_context(lang="en_US")
        arabic = "خدوش على Trinity!"
        self.assertEqual(
            report._get_paragraphs(f"{arabic}\n\nScratched, {arabic}\n12:30"),
            [(arabic, "rtl"), ("", False), (f"Scratched, {arabic}", "ltr"), ("12:30", False)],
        )
        self.assertEqual(report._get_text("Trinity"), "Trinity")
        self.env["res.lang"]._activate_lang("ar_001")
        day = fields.Date.to_date("2031-02-14")
        arabic_day = report._get_long_date(self.company.with_context(lang="ar_001"), day)
        self.assertRegex(arabic_day, '^<span dir="rtl">14 [^ ]+ 2031</span>')
        self.client.write({"street": "شارع الشيخ", "country_id": self.env.ref("base.ae").id})
        address = report._get_address(self.client)
        self.assertTrue(address.endswith(", United Arab Emirates"), address)
        self.assertEqual(
            report._get_text(f"<{arabic}"), f'<span dir="rtl">&lt;{arabic}</span>\u200e'
        )
        self.assertIn('<p dir="rtl">', report._set_directions(f"<p>{arabic}</p><p>1</p>"))
        order = self._receive(
            self._order(
                self._creation(), ("engraving", {"engraving_text": "نور"}), condition_note=arabic
            )
        )
        html = str(
            self.env["ir.actions.report"]
            .with_context(lang="en_US")
            ._render_qweb_html("cartier_care.action_report_care_receipt", order.intake_id.ids)[0],
            "utf-8",
        )
        self.assertIn('“<span dir="rtl">نور</span>', html)
        self.assertRegex(html, rf'<div dir="rtl">\s*{arabic}')

    def test_label_holds_long_names(self):
        """What does not fit on a label is left out with dots, its services never cut off."""
        self.client.name = "Maximiliane-Alexandra von und zu Hohenstein-Wittgenstein-Berleburg"
        product = self.env["product.product"].create({"name": "Panther " * 20, "is_creation": True})
        order = self._receive(self._order(self._creation(product_id=product.id), *CARE, "shining"))
        text = self._text("label", order)
        self.assertIn("Maximiliane-Alexandra", text)
        self.assertNotIn("Berleburg", text)
        self.assertEqual(text.count("…"), 2 + ("Shining" not in text))
        self.assertIn("Reshaping", text)

    def test_label_shows_a_name_of_two_lines(self):
        self.client.name = "Theodora Hawthorne-Castellane"
        text = self._text("label", self._receive(self._order(self._creation(), "shining")))
        self.assertRegex(text, "Theodora Hawthorne-.*Castellane")

    def test_what_no_barcode_can_say_prints_without_one(self):
        report = self.env["report.cartier_care.report_care_label"]
        self.assertFalse(report._get_barcode("Code128", "注文"))
        self.assertTrue(report._get_barcode("Code128", "CARE/2026/00001"))

    # ------------------------------------------------------------------
    # Many pages
    # ------------------------------------------------------------------

    def test_totals_and_signatures_are_never_alone(self):
        """Issue 5, documents: what closes a long document has the last lines with it."""
        order = self._order(self._creation(), "component_replacement")
        for _line in range(28):
            self._add_part(order, "component_replacement")
        self._receive(order)
        order.action_propose()
        for kind, record, closing, line in (
            ("estimate", order.estimate_id, "YOUR APPROVAL", "Clasp component"),
            ("receipt", order.intake_id, "TERMS AGREED", "Component repair"),
        ):
            pages = self._pages(self._pdf(kind, record))
            self.assertIn(closing, pages[-1], kind)
            self.assertIn(line, pages[-1], kind)
        self.assertEqual(sum(page.count("Clasp component") for page in pages), 0)

    def test_receipts_of_several_creations_fill_their_pages(self):
        """Issue 5, documents: the first creation is on the first page, the terms have lines."""
        orders = self.env["care.order"]
        for _creation in range(3):
            order = self._order(self._creation(), "component_replacement", "shining")
            for _photo in range(3):
                photo = self.env["care.order.photo"].create(
                    {"order_id": order.id, "image_1920": self._picture()}
                )
                photo.mark_ids = [
                    Command.create({"x": 0.5, "y": 0.5, "kind": "scratch", "note": note})
                    for note in (
                        "Along the shoulder, and deep enough to be felt by a finger",
                        "",
                        "",
                    )
                ]
            orders |= order
        orders.action_receive()
        pages = self._pages(self._pdf("receipt", orders.intake_id))
        self.assertIn("CREATION 1 OF 3", pages[0].upper())
        self.assertIn("TERMS AGREED", pages[-1])
        self.assertIn("Component repair", pages[-1])

    def _picture(self):
        """A photo of the size that phones take."""
        picture = io.BytesIO()
        Image.new("RGB", (900, 700), (235, 228, 215)).save(picture, "JPEG")
        return base64.b64encode(picture.getvalue())

    def test_tables_have_their_head_on_each_page(self):
        """Issue 5, documents: a manifest and a custody statement of several pages."""
        orders = self.env["care.order"]
        for _order in range(24):
            orders |= self._order(self._creation(), "shining", declared_value=10)
        orders.action_receive()
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": self.boutique.id,
                "to_location_id": self.workshop.id,
                "order_ids": [Command.set(orders.ids)],
            }
        )
        statement = self.env["care.custody.statement"].with_user(self.manager).create({})
        manifest = self._pages(self._pdf("transfer", transfer))
        custody = self._pages(self._pdf("custody", statement))
        for pages in (manifest, custody):
            self.assertGreater(len(pages), 1)
            for page in pages[:-1]:
                self.assertRegex(page, "ENVELOPE +CREATION")
            self.assertIn("Creations: 24", pages[-1])
            self.assertIn(orders[-1].name, pages[-1], "the total has lines with it")
        for page in custody[:-1]:
            self.assertIn(self.boutique.name, page)

    # ------------------------------------------------------------------
    # Who may print what
    # ------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_clients_print_their_own_documents_only(self):
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        estimate = order.estimate_id
        for kind, record in (("certificate", order), ("estimate", estimate)):
            own = self._http(kind, record.id, self.portal_client)
            self.assertEqual(own.status_code, 200, own.text[:300])
            self.assertEqual(own.content[:4], b"%PDF")
            other = self._http(kind, record.id, self.portal_other)
            self.assertNotEqual(other.status_code, 200)
            self.assertNotIn(b"%PDF", other.content)
            self.assertNotIn(order.creation_id.serial_number, other.text)

    @mute_logger("odoo.http")
    def test_documents_of_the_house_are_for_its_staff(self):
        order = self._receive(self._order(self._creation(), "shining"))
        transfer = self.env["care.transfer"].create(
            {"from_location_id": self.boutique.id, "to_location_id": self.workshop.id}
        )
        for kind, record in (
            ("label", order),
            ("worksheet", order),
            ("receipt", order.intake_id),
            ("transfer", transfer),
        ):
            with self.assertRaises(AccessError, msg=kind):
                self._pdf(kind, record, user=self.portal_client)
            answer = self._http(kind, record.id, self.portal_client)
            self.assertNotEqual(answer.status_code, 200, kind)
            self.assertNotIn(b"%PDF", answer.content)

    def test_receipt_is_printed_from_the_counter(self):
        """By its address, which Odoo serves in a transaction that only reads at first."""
        order = self._receive(self._order(self._creation(), "shining"))
        order.sudo().access_token = False
        answer = self._http("receipt", order.intake_id.id, self.advisor)
        self.assertEqual(answer.status_code, 200, answer.text[:300])
        self.assertEqual(answer.content[:4], b"%PDF")

    def test_boutiques_print_their_own_orders(self):
        order = self._receive(self._order(self._creation(), "shining"))
        with self.assertRaises(AccessError):
            self._pdf("label", order, user=self.advisor_2)
        with self.assertRaises(AccessError):
            self._pdf("worksheet", order, user=self.jeweler_2)
