import base64
import re
import unicodedata
from math import ceil

import lxml.html
from markupsafe import Markup
from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.graphics.barcode.qr import QrCodeWidget

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import (
    float_compare,
    format_amount,
    format_date,
    format_datetime,
    html2plaintext,
    is_html_empty,
)
from odoo.tools.image import image_data_uri
from odoo.tools.misc import get_lang

from ..models.care_service import format_number

STAFF_GROUPS = ("cartier_care.group_care_boutique", "cartier_care.group_care_workshop")

#: Sizes of Odoo's letterheads in millimetres: white above and below, a row of text, and how high
#: the logo is where the text stands below it. Rows break after so many letters.
HEAD_TOP, HEAD_ROW, HEAD_LETTERS = 17, 6.9, 44
#: One draws a shape of one height, with the title of the document on it.
HEAD_FOLDER = 62
HEAD_PICTURES = {
    False: 21,
    "web.external_layout_standard": 21,
    "web.external_layout_bubble": 30,
}

#: What the PDF engine can draw, by the first character of the picture in base64.
DRAWABLE = {b"/": "jpeg", b"i": "png", b"R": "gif"}


def get_direction(text):
    """Return the direction of a text, ``ltr`` or ``rtl``, by its first letter; False without any.

    Browsers do it for ``dir="auto"``, which the PDF engine does not know.
    """
    for letter in text or "":
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return False


class CareReport(models.AbstractModel):
    """What the documents of care share: access, languages, dates, prices and pictures.

    Templates read records as a superuser, after the reader's own access has been checked here:
    a client has no rights on boutiques, products or operations, yet receives their names. What a
    template for clients shows is therefore chosen field by field.
    """

    _name = "care.report"
    _description = "Care Document"

    #: The model that the document prints.
    _document_model = None
    #: Whether the document is for the house alone.
    _is_internal = False

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what a template needs.

        :param list docids: ids of the records to print
        :param dict data: options of Odoo's report engine; unused
        :rtype: dict
        :raise AccessError: when the user may not read a record, or the document is internal
        :raise UserError: when a record has nothing to print yet
        """
        docs = self.env[self._document_model].browse(docids)
        docs.check_access("read")
        if self._is_internal:
            self._check_is_staff()
        docs = docs.sudo()
        self._check_printable(docs)
        return {
            "doc_ids": docids,
            "doc_model": self._document_model,
            "docs": docs,
            "get_language": self._get_language,
            "head_height": self._get_head_height(docs),
            "get_address": self._get_address,
            "get_barcode": self._get_barcode,
            "get_image": self._get_image,
            "get_price": self._get_price,
            "get_free_reason": self._get_free_reason,
            "get_hero": self._get_hero,
            "get_outcome": self._get_outcome,
            "get_rank": self._get_rank,
            "get_requests": self._get_requests,
            "get_paragraphs": self._get_paragraphs,
            "get_text": self._get_text,
            "set_directions": self._set_directions,
            "shorten": self._shorten,
            "in_order": self._in_order,
            "keep_last": self._keep_last,
            "number": self._get_number,
            "long_date": self._get_long_date,
            "local_date": self._get_local_date,
            "local_time": self._get_local_time,
            "short_date": self._get_short_date,
            "money": self._get_money,
            "is_html_empty": is_html_empty,
        }

    @api.model
    def _check_is_staff(self):
        """Refuse internal documents to anybody but the staff.

        Groups on a report only hide it from menus: Odoo renders it by its address all the same.
        """
        if self.env.su:
            return
        if not any(self.env.user.has_group(group) for group in STAFF_GROUPS):
            raise AccessError(
                self.env._("This document is for the staff of the house: ask your boutique.")
            )

    @api.model
    def _check_printable(self, docs):
        """Refuse records that have nothing to print yet. Hook: nothing to refuse by default.

        :param docs: the records, as a superuser
        """

    # ------------------------------------------------------------------
    # Helpers of the templates: each follows the language of the record it is given
    # ------------------------------------------------------------------
    @api.model
    def _get_language(self, partner):
        """Return the code of the client's language, where it is installed, else the reader's."""
        return get_lang(self.env, partner.lang).code

    @api.model
    def _get_head_height(self, docs):
        """Return the room that letterheads need, in millimetres; False when the paper's will do.

        Odoo leaves the same room above each page, however much stands in the head.

        :param docs: the records that are printed
        """
        # Clients print their own documents, yet have no rights on what companies set.
        company = docs.env.company
        companies = docs.company_id if "company_id" in docs else company
        needed = max(map(self._measure_head, companies or company))
        paper = company.paperformat_id
        needed += max(paper.margin_top - paper.header_spacing, 0)
        return needed if needed > paper.margin_top else False

    @api.model
    def _get_invoice_head_height(self, moves):
        """Return the room that the letterheads of invoices of care need; see ``_get_head_height``.

        :param moves: ``account.move`` records that the reader has access to
        """
        moves = moves.sudo()
        return bool(moves.care_order_ids) and self._get_head_height(moves)

    @api.model
    def _measure_head(self, company):
        """Return about how high the letterhead of a company is, in millimetres."""
        layout = company.external_report_layout_id.key
        if layout == "web.external_layout_folder":
            return HEAD_FOLDER
        details = html2plaintext(company.company_details or "")
        if not details.strip():
            details = company.partner_id._display_address(without_company=True) + "\nName"
        rows = sum(
            ceil(len(line) / HEAD_LETTERS) for line in map(str.strip, details.splitlines()) if line
        )
        picture = HEAD_PICTURES.get(layout, 0) if company.logo else 0
        return HEAD_TOP + picture + rows * HEAD_ROW

    @api.model
    def _get_text(self, text):
        """Return what somebody typed, set in its own direction whatever the document's is."""
        direction = get_direction(text)
        around = get_lang(self.env).direction
        if not direction or direction == around:
            return text or ""
        # A number that follows would join the text, on its wrong side.
        mark = "\u200e" if around == "ltr" else "\u200f"
        return Markup('<span dir="%s">%s</span>%s') % (direction, text, mark)

    @api.model
    def _get_paragraphs(self, text):
        """Return the lines of a text, each with its direction.

        :rtype: list[tuple[str, str]]
        """
        return [(line, get_direction(line)) for line in (text or "").splitlines()]

    @api.model
    def _set_directions(self, html):
        """Return HTML of the house with a direction on each paragraph that has one of its own."""
        root = lxml.html.fragment_fromstring(str(html), create_parent="div")
        for block in root.iter("p", "li", "div", "h1", "h2", "h3", "blockquote"):
            if direction := get_direction(block.text_content()):
                block.set("dir", direction)
        return Markup(lxml.html.tostring(root, encoding="unicode"))

    @api.model
    def _shorten(self, text, length):
        """Return a text that takes at most so many letters, with dots where some are left out."""
        return text if len(text) <= length else f"{text[: length - 1].rstrip(' ,')}…"

    @api.model
    def _get_image(self, image):
        """Return a picture as a data URI, or False when there is none that can be printed."""
        if not image or image[:1] not in DRAWABLE:
            return False
        return image_data_uri(image)

    @api.model
    def _get_address(self, partner):
        """Return an address in one line, without the name, nor the country where one is."""
        address = partner._display_address(without_company=True)
        lines = [line.strip() for line in address.splitlines() if line.strip()]
        home = self.env.company.country_id.with_env(partner.env).name
        if len(lines) > 1 and lines[-1] == home:
            lines.pop()
        # A country in another script than the street is not to be torn apart by its direction.
        return Markup(", ").join(map(self._get_text, lines))

    @api.model
    def _get_barcode(self, symbology, value):
        """Return a barcode as the data URI of a vector drawing, or False when it cannot be made.

        Odoo's own barcode widget needs a bitmap backend of reportlab, which not every platform
        has; a vector is smaller and as sharp as the printer.

        :param str symbology: ``Code128`` or ``QR``
        :param str value: what the barcode says
        """
        try:
            if symbology == "QR":
                svg = self._draw_qr_code(value)
            else:
                options = {"width": 600, "height": 84, "quiet": False}
                svg = createBarcodeDrawing(symbology, value=value, **options).asString("svg")
        except (ValueError, AttributeError):
            # Not every letter fits in every code: the number stands beside it in any case.
            return False
        return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"

    @api.model
    def _draw_qr_code(self, value):
        """Return a QR code as SVG: one path with a rectangle for each run of dark squares.

        A rectangle for each square, as reportlab draws it, takes five times as long and ten times
        the room, which the PDF engine has to read.
        """
        code = QrCodeWidget(value, barLevel="M").qr
        code.make()
        size = range(code.getModuleCount())
        runs = []
        for row in size:
            squares = "".join("#" if code.isDark(row, column) else " " for column in size)
            for run in re.finditer("#+", squares):
                width = len(run[0])
                runs.append(f"M{run.start()} {row}h{width}v1h-{width}z")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300" '
            f'viewBox="0 0 {len(size)} {len(size)}" shape-rendering="crispEdges">'
            f'<path d="{"".join(runs)}"/></svg>'
        )

    @api.model
    def _get_zone(self, record):
        """Return the time zone of the boutique of an order or an intake, if it is known."""
        place = record.location_id if "location_id" in record else record.env["care.location"]
        return place.partner_id.tz or record.company_id.partner_id.tz or self.env.user.tz or "UTC"

    @api.model
    def _get_long_date(self, record, day):
        """Return a day in words of the record's language, or an empty text."""
        return self._get_text(format_date(record.env, day, date_format="long")) if day else ""

    @api.model
    def _get_short_date(self, record, day):
        """Return a day in few letters of the record's language, or an empty text."""
        return self._get_text(format_date(record.env, day, date_format="medium")) if day else ""

    @api.model
    def _get_local_date(self, record, moment):
        """Return the day of a moment, in words and in the time zone of the boutique."""
        if not moment:
            return ""
        local = fields.Datetime.context_timestamp(
            record.with_context(tz=self._get_zone(record)), moment
        )
        return self._get_long_date(record, local.date())

    @api.model
    def _get_local_time(self, record, moment):
        """Return a moment in short, in the time zone of the boutique."""
        if not moment:
            return ""
        zone = self._get_zone(record)
        return self._get_text(format_datetime(record.env, moment, tz=zone, dt_format="short"))

    @api.model
    def _get_money(self, record, amount, currency):
        """Return an amount as the record's language writes it."""
        return format_amount(record.env, amount, currency)

    @api.model
    def _get_number(self, record, number):
        """Return a number as the record's language writes it, without decimals that say nothing."""
        return format_number(record.env, number)

    @api.model
    def _in_order(self, lines):
        """Return lines of an order or an estimate with each part under its intervention.

        :param lines: ``care.order.line`` or ``care.estimate.line`` records
        """
        of_order = "service_line_id" in lines
        position = {
            (line if of_order else line.order_line_id): index for index, line in enumerate(lines)
        }

        def key(line):
            origin = line if of_order else line.order_line_id
            service = origin.service_line_id or origin
            return position.get(service, len(position)), line.line_type != "service"

        return lines.sorted(key)

    @api.model
    def _keep_last(self, rows):
        """Return what stands before, and what stays on one page with, what closes a document.

        A total or a signature alone on a page says nothing: the last two rows go with it.

        :param rows: records, in order
        :rtype: tuple
        """
        split = max(len(rows) - 2, 0)
        return rows[:split], rows[split:]

    @api.model
    def _get_price(self, line, is_firm=True):
        """Return how a document says what a line costs.

        :param line: a line of an order or of an estimate
        :param bool is_firm: whether the price is agreed; if not, a minimum is said with *from*
        :return: ``text``, and ``is_word`` when it is a word rather than an amount
        :rtype: dict
        """
        origin = line.price_origin
        if origin == "to_estimate":
            return {"text": line.env._("On estimate"), "is_word": True}
        parent = line.estimate_id if "estimate_id" in line else line.order_id
        is_included = parent.company_id.account_price_include == "tax_included"
        amount = line.price_total if is_included else line.price_subtotal
        if line.currency_id.is_zero(amount):
            return {"text": self._get_free_word(line), "is_word": True}
        text = format_amount(line.env, amount, line.currency_id)
        if not is_firm and line._is_price_minimum():
            text = line.env._("From %(price)s", price=text)
        return {"text": text, "is_word": False}

    @api.model
    def _get_free_word(self, line):
        """Return the word that stands in the place of an amount of zero."""
        return (
            line.env._("Included")
            if line.price_origin == "included"
            else line.env._("Complimentary")
        )

    @api.model
    def _get_invoice_word(self, move_line):
        """Return the word in the place of the amount of an invoice line of care that is free.

        :param move_line: an ``account.move.line``; the reader has access to its invoice
        :return: an empty text for lines that cost something or bill no care
        """
        care_line = move_line.sudo().care_line_ids[:1]
        if not care_line or not move_line.currency_id.is_zero(move_line.price_total):
            return ""
        return self._get_free_word(care_line)

    @api.model
    def _get_price_digits(self, move_line):
        """Return how many decimals the unit price of an invoice line is printed with.

        As many as its currency has, where Odoo prints hundredths of a yen, unless the price needs
        more.

        :param move_line: an ``account.move.line``
        :rtype: int
        """
        price, currency = move_line.price_unit, move_line.currency_id
        if not float_compare(price, currency.round(price), precision_digits=6):
            return currency.decimal_places
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return max(currency.decimal_places, digits)

    @api.model
    def _get_hero(self, creation):
        """Return what a document says of a creation under its name.

        :param creation: one ``care.creation``
        :return: ``name``, ``number``, ``facts`` (sentences) and ``image`` (a data URI or False)
        :rtype: dict
        """
        materials = creation.metal_ids.mapped("name") + creation.gem_ids.mapped("name")
        facts = [
            creation.collection_id.name,
            ", ".join(materials),
            creation.measure_label,
        ]
        return {
            "name": self._get_text(creation.product_id.name),
            "is_long": len(creation.product_id.name) > 48,
            "number": creation.serial_number,
            "facts": [fact for fact in facts if fact],
            "image": self._get_image(creation.image_512),
        }

    @api.model
    def _get_rank(self, record, rank, count):
        """Return which one of several creations this is, in words of the record's language."""
        return record.env._("Creation %(rank)s of %(count)s", rank=rank, count=count)

    @api.model
    def _get_requests(self, line):
        """Return what the client asked for on a line, one short sentence each.

        :param line: a ``care.order.line``
        :rtype: list[str]
        """
        requests = []
        if line.adjustment:
            change = ("+" if line.adjustment > 0 else "−") + self._get_number(
                line, abs(line.adjustment)
            )
            if line.adjustment_unit == "cm":
                requests.append(line.env._("%(change)s cm", change=change))
            elif abs(line.adjustment) <= 1:
                requests.append(line.env._("%(change)s size", change=change))
            else:
                requests.append(line.env._("%(change)s sizes", change=change))
        details = map(self._get_text, (line.engraving_position, line.engraving_language))
        if line.engraving_text:
            text = line.env._("“%(text)s”", text=self._get_text(line.engraving_text))
            requests.append(Markup(" · ").join([text, *filter(None, details)]))
        elif line.engraving_position:
            requests.append(self._get_text(line.engraving_position))
        requests += map(self._get_text, filter(None, (line.clasp_request, line.cord_color)))
        return requests

    @api.model
    def _get_free_reason(self, line):
        """Return why a line that was carried out costs nothing, or an empty text if it does.

        :param line: a ``care.order.line``
        """
        if line.outcome != "done" or not line.currency_id.is_zero(line.price_total):
            return ""
        return line.price_explanation

    @api.model
    def _get_outcome(self, line):
        """Return what became of an intervention, in words for the client."""
        return {
            "done": line.env._("Carried out"),
            "not_feasible": line.env._("Not feasible"),
            "not_needed": line.env._("Nothing to mend"),
            "declined": line.env._("Left out at your wish"),
        }.get(line.outcome, "")


class CareReportReceipt(models.AbstractModel):
    """The claim check of one visit."""

    _name = "report.cartier_care.report_care_receipt"
    _inherit = ["care.report"]
    _description = "Care Receipt"

    _document_model = "care.intake"

    @api.model
    def _check_printable(self, docs):
        for intake in docs:
            if not intake.order_ids.filtered(lambda order: order.state != "cancel"):
                raise UserError(
                    self.env._(
                        "%(intake)s holds no creation: add one, then print its receipt.",
                        intake=intake.name,
                    )
                )


class CareReportEstimate(models.AbstractModel):
    """A frozen version of an estimate."""

    _name = "report.cartier_care.report_care_estimate"
    _inherit = ["care.report"]
    _description = "Care Estimate Document"

    _document_model = "care.estimate"


class CareReportCertificate(models.AbstractModel):
    """What was done on a creation, all five care interventions included (care-rules.md, 6)."""

    _name = "report.cartier_care.report_care_certificate"
    _inherit = ["care.report"]
    _description = "Care Certificate"

    _document_model = "care.order"

    @api.model
    def _check_printable(self, docs):
        early = docs.filtered(
            lambda order: (
                order.state != "ready"
                and not (order.state == "done" and order.disposition in ("serviced", "reproduced"))
            )
        )
        if early:
            raise UserError(
                self.env._(
                    "A certificate says what was done: print it once the work is ready. Leave "
                    "out: %(orders)s.",
                    orders=", ".join(early.mapped("name")),
                )
            )


class CareReportLabel(models.AbstractModel):
    """The label of an envelope."""

    _name = "report.cartier_care.report_care_label"
    _inherit = ["care.report"]
    _description = "Care Envelope Label"

    _document_model = "care.order"
    _is_internal = True


class CareReportWorksheet(models.AbstractModel):
    """What the jeweler has at the bench."""

    _name = "report.cartier_care.report_care_worksheet"
    _inherit = ["care.report"]
    _description = "Care Worksheet"

    _document_model = "care.order"
    _is_internal = True

    @api.model
    def _get_report_values(self, docids, data=None):
        """Extend: add what only jewelers look at."""
        return {
            **super()._get_report_values(docids, data=data),
            "get_bench_facts": self._get_bench_facts,
        }

    @api.model
    def _get_bench_facts(self, order):
        """Return what matters of a creation at the bench, as pairs of a label and a value.

        :param order: one ``care.order``
        :rtype: list[tuple[str, str]]
        """
        creation = order.creation_id
        polished = str(creation.polishing_count)
        if creation.polishing_date:
            polished = order.env._(
                "%(count)s, last on %(date)s",
                count=creation.polishing_count,
                date=self._get_short_date(order, creation.polishing_date),
            )
        allows_tank = creation.allows_ultrasonic and all(
            creation.gem_ids.mapped("allows_ultrasonic")
        )
        traits = [
            (creation.is_paved, order.env._("Paved")),
            (creation.is_bangle, order.env._("Bangle style")),
            (creation.has_silk_cord, order.env._("Silk cord")),
            (not creation.is_resizable, order.env._("Not to be re-sized")),
        ]
        facts = [
            (order.env._("Metals"), ", ".join(creation.metal_ids.mapped("name"))),
            (order.env._("Gems"), ", ".join(creation.gem_ids.mapped("name"))),
            (order.env._("Size"), creation.measure_label),
            (order.env._("Particulars"), ", ".join(name for applies, name in traits if applies)),
            (order.env._("Parts"), creation.part_count > 1 and str(creation.part_count)),
            (
                order.env._("Engraving space"),
                creation.engraving_capacity and str(creation.engraving_capacity),
            ),
            (
                order.env._("Cleaning"),
                order.env._("Ultrasonic tank") if allows_tank else order.env._("By hand only"),
            ),
            (order.env._("Polishings so far"), polished),
            (
                order.env._("Weight in"),
                order.weight_in
                and order.env._("%(weight)s g", weight=self._get_number(order, order.weight_in)),
            ),
        ]
        return [(label, value) for label, value in facts if value]


class CareReportTransfer(models.AbstractModel):
    """The manifest that travels with the creations."""

    _name = "report.cartier_care.report_care_transfer"
    _inherit = ["care.report"]
    _description = "Care Transfer Manifest"

    _document_model = "care.transfer"
    _is_internal = True

    @api.model
    def _get_report_values(self, docids, data=None):
        """Extend: add the declared values of a manifest."""
        return {
            **super()._get_report_values(docids, data=data),
            "get_declared_totals": self._get_declared_totals,
        }

    @api.model
    def _get_declared_totals(self, transfer):
        """Return the sum of the declared values of a manifest, one text per currency."""
        return [
            format_amount(transfer.env, sum(orders.mapped("declared_value")), currency)
            for currency, orders in transfer.order_ids.grouped("currency_id").items()
        ]


class CareReportCustody(models.AbstractModel):
    """Every creation in the house's hands at a moment, by place."""

    _name = "report.cartier_care.report_care_custody"
    _inherit = ["care.report"]
    _description = "Care Custody Statement"

    _document_model = "care.custody.statement"
    _is_internal = True

    @api.model
    def _get_report_values(self, docids, data=None):
        """Extend: add what was where, as far as the reader may see it."""
        return {
            **super()._get_report_values(docids, data=data),
            "get_places": self._get_places,
        }

    @api.model
    def _get_places(self, statement):
        """Return what was at each place and the sum of its declared values.

        :param statement: one ``care.custody.statement``
        :return: dicts of ``name``, ``holdings`` and ``value``, in the order of the places
        :rtype: list[dict]
        """
        holdings = statement.with_env(self.env)._get_holdings().sudo()
        return [
            {
                "name": location.name,
                "holdings": found,
                "value": sum(found.mapped("company_value")),
            }
            for location, found in holdings.grouped("location_id").items()
        ]
