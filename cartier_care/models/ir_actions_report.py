import contextlib
import io
import logging
import re
import threading
from collections import OrderedDict
from copy import deepcopy
from functools import partial

import lxml.html
import psutil

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_actions_report import _wkhtml

_logger = logging.getLogger(__name__)

#: How long the engine rests before it prints what it has loaded, in milliseconds: without any rest
#: it loses heads and feet of pages whose styles it could not load.
REST = 50
#: How long the PDF engine may take for a document of care, in seconds.
ENGINE_SECONDS = 60
#: The margin above documents that carry their letterhead in their text, in millimetres.
PLAIN_MARGIN = 14
#: How much larger the engine that needs them has to draw to reach the size of the other one.
PLAIN_ZOOM = 1.25
#: What invoices of care have in their text, and how many of their rows go with the totals.
INVOICE_CLASS, KEPT_ROWS = "o_care_invoice", 1
#: The columns of an invoice; the description has the rest.
COLUMN_WIDTHS = {
    "th_quantity": "11%",
    "th_priceunit": "13%",
    "th_discount": "9%",
    "th_taxes": "11%",
    "th_subtotal": "15%",
}
#: The number of a page, and of how many, as its foot or head has them.
PAGE_NUMBER = re.compile(r"(\d+)\s*/\s*(\d+)")
#: Where a page has its styles.
STYLESHEET = re.compile(r'<link[^>]+href="([^"]+)"')
#: What every document of care has in its text, invoices of care included.
CARE_CLASS = "o_care_report"


@contextlib.contextmanager
def engine_watched(seconds):
    """End the PDF engine that the block starts when it takes too long: Odoo waits without end.

    :param float seconds: how long it may take
    """
    timer = threading.Timer(seconds, _end_engine, [set(_engines())])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _engines():
    """Return when each PDF engine of this process began, by its ``psutil.Process``."""
    engines = {}
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "wkhtmltopdf" in " ".join(child.cmdline()[:2]):
                engines[child] = child.create_time()
    return engines


def _end_engine(others):
    """End the PDF engine that began first since a watch began: it is the one that is watched.

    :param set others: the engines that ran before
    """
    ours = {engine: begin for engine, begin in _engines().items() if engine not in others}
    if not ours:
        return
    engine = min(ours, key=ours.get)
    # What a wrapper script started holds the pipe that Odoo reads from.
    for process in [engine, *_descendants(engine)]:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _descendants(process):
    """Return what a process started, and what that started."""
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _get_unsaid_count(content):
    """Return how many pages a document has, when its last page tells another number; else 0.

    The engine counts before it lays out for good, and some tables then take a page less.

    :param bytes content: the PDF
    :rtype: int
    """
    pages = PdfFileReader(io.BytesIO(content)).pages
    count = str(len(pages))
    said = PAGE_NUMBER.findall(pages[-1].extract_text())
    return int(count) if any(count in pair and set(pair) != {count} for pair in said) else 0


def _needs_no_wait(bodies, *parts):
    """Tell whether heads and feet of pages use the styles of the text, which are there by then.

    Those that load styles of their own, such as for another direction of writing than the text's,
    are lost now and then when the engine prints at once.

    :param bodies: the text of the documents, as Odoo gives it to the engine
    :param parts: their heads and feet; may be empty
    """
    styles = set(STYLESHEET.findall("".join(map(str, bodies))))
    return styles.issuperset(STYLESHEET.findall("".join(str(part or "") for part in parts)))


def _set_count(part, count):
    """Return a head or foot of pages that tells a number of pages itself.

    :param part: the head or foot, as Odoo gives it to the engine; may be empty
    :param int count: the number of pages
    """
    if not part or "topage" not in str(part):
        return part
    root = lxml.html.fromstring(str(part))
    for place in root.xpath("//*[@class='topage']"):
        place.attrib.pop("class")
        place.text = str(count)
    return lxml.html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")


def _set_letterheads(root):
    """Put copies of heads and feet of pages, which a plain engine leaves out, into our documents.

    :param root: the rendered documents, as a tree of lxml
    :return: whether there are any; documents with a running head alone say the same in their text
    """
    articles = root.xpath("//div[contains(concat(' ', @class, ' '), ' article ')]")
    heads, feet = (
        root.xpath(
            f"//div[contains(concat(' ', @class, ' '), ' {kind} ')][contains(@class, 'o_company_')]"
        )
        for kind in ("header", "footer")
    )
    found = False
    for article, head, foot in zip(articles, heads, feet):
        if not article.xpath(f".//*[contains(@class, '{CARE_CLASS}')]"):
            continue
        found = True
        article.set("style", f"zoom: {PLAIN_ZOOM}; {article.get('style', '')}")
        for index, source in ((0, head), (len(article) + 1, foot)):
            copy = deepcopy(source)
            classes = set(copy.get("class").split()) - {"header", "footer"}
            copy.set("class", " ".join(["o_care_letterhead", *sorted(classes)]))
            for number in copy.xpath("//span[@class='page']/.."):
                number.drop_tree()
            article.insert(index, copy)
    return found


def _prepare_widths(columns):
    """Return an empty row with the widths of some columns: the rows below may span columns.

    :param columns: ``col`` elements
    """
    widths = lxml.html.Element("tr")
    for column in columns:
        cell = lxml.html.Element("td")
        width = column.get("width", "auto")
        cell.set("style", f"width: {width}; height: 0; padding: 0; border: 0 none")
        widths.append(cell)
    return widths


def _keep_rows(root):
    """Let no row of our documents be cut by the end of a page: a plain engine keeps tables alone.

    Each row becomes a table of its own. That engine repeats no heads, which this would lose.

    :param root: the rendered documents, as a tree of lxml
    """
    for table in root.xpath(
        f"//div[contains(@class, '{CARE_CLASS}')]//table[contains(@class, 'o_care_lines')]"
        f"|//div[contains(@class, '{INVOICE_CLASS}')]"
        "/following-sibling::table[contains(@class, 'o_main_table')]"
    ):
        rows = table.xpath("./tr|./tbody/tr")
        has_widths = "o_main_table" in table.get("class")
        style = f"page-break-inside: avoid; {table.get('style', '')}"
        table.set("style", style)
        if has_widths:
            style += "; table-layout: auto"
        for index, row in reversed(list(enumerate(rows[1:], 1))):
            single = lxml.html.Element("table", {"class": table.get("class"), "style": style})
            if not has_widths:
                # The columns of each row are those of the rows above it.
                single.extend(map(deepcopy, table.findall("colgroup")))
            single.append(lxml.html.Element("tbody"))
            if has_widths:
                single[-1].append(_prepare_widths(table.findall("colgroup/col")))
            if (index - len(single[-1])) % 2:
                # Stripes count rows.
                single[-1].append(lxml.html.Element("tr", style="display: none"))
            single[-1].append(row)
            table.addnext(single)
        if len(rows) > 1:
            for single in [table, *table.itersiblings()][: len(rows) - 1]:
                single.set("style", f"{single.get('style')}; margin-bottom: 0")


def _drop_window(root):
    """Take the room for the window of an envelope from invoices of care that nobody posts.

    :param root: the rendered documents, as a tree of lxml
    """
    for article in root.xpath(
        f"//div[contains(@class, 'o_snail_mail')][.//div[contains(@class, '{INVOICE_CLASS}')]]"
    ):
        article.set("class", article.get("class").replace("o_snail_mail", ""))


def _set_currency_aside(root):
    """Set the totals in the company's currency beside those of an invoice of care, not below.

    What a payment and a second currency add would take a page of its own else.

    :param root: the rendered documents, as a tree of lxml
    """
    for box in root.xpath(
        f"//div[contains(@class, '{INVOICE_CLASS}')]/following-sibling::*"
        "//div[contains(@class, 'totals_taxes_company_currency')]"
    ):
        found = box.xpath("ancestor::div[@id='right-elements']/following-sibling::*")
        if not found:
            continue
        notes = found[0]
        payment = notes.xpath("./div[p[@name='payment_communication']]")
        notes.insert(notes.index(payment[-1]) + 1 if payment else len(notes), box)
        box.tail = None


def _keep_totals(root):
    """Let the last lines of invoices of care stay with their totals, as on our own documents.

    The engine keeps no two blocks together, but it breaks no row: the last row holds the last
    lines, in a table of the same columns, and the totals. The head of the table stays above.

    :param root: the rendered documents, as a tree of lxml
    """
    for table in root.xpath(
        f"//div[contains(@class, '{INVOICE_CLASS}')]"
        "/following-sibling::table[contains(@class, 'o_main_table')]"
    ):
        totals = table.getnext()
        rows = table.xpath("./tbody/tr")
        if totals is None or not rows:
            continue
        columns = lxml.html.Element("colgroup")
        for head in table.xpath("./thead/tr/th"):
            width = COLUMN_WIDTHS.get(head.get("name"))
            columns.append(lxml.html.Element("col", {"width": width} if width else {}))
            head.set("style", f"width: {width or 'auto'}")
        table.insert(0, columns)
        last_rows = rows[-KEPT_ROWS:]
        if len(rows) > KEPT_ROWS and "o_line_section" in rows[-KEPT_ROWS - 1].get("class", ""):
            last_rows = rows[-KEPT_ROWS - 1 :]
        if len(rows) == len(last_rows):
            whole = lxml.html.Element("div")
            whole.set("class", "o_care_together")
            table.addprevious(whole)
            whole.extend((table, totals))
            continue
        kept = lxml.html.Element("table")
        kept.set("class", table.get("class"))
        kept.append(lxml.html.Element("tbody"))
        kept[-1].extend([_prepare_widths(columns), *last_rows])
        table.set("class", f"{table.get('class')} o_care_open")
        last = lxml.html.Element("tr")
        last.append(lxml.html.Element("td", colspan=str(len(columns))))
        last[0].set("class", "o_care_last")
        table.find("tbody").append(last)
        last[0].extend((kept, totals))


class IrActionsReport(models.Model):
    """Documents of care come out whole or not at all, whatever the PDF engine does."""

    _inherit = "ir.actions.report"

    def _prepare_html(self, html, report_model=False):
        """Keep invoices of care in good order, and letterheads where the PDF engine has none.

        :param html: the rendered documents, as bytes
        :param report_model: see Odoo's own method
        """
        # Accounting calls it without a report, to split what it rendered.
        is_plain = not self._has_page_heads()
        wanted = CARE_CLASS if is_plain else INVOICE_CLASS
        if not self or wanted.encode() not in html:
            return super()._prepare_html(html, report_model=report_model)
        root = lxml.html.fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
        if not self.env.context.get("snailmail_layout"):
            _drop_window(root)
        _set_currency_aside(root)
        if not self.env.context.get("care_totals_apart"):
            _keep_totals(root)
        has_letterhead = is_plain and _set_letterheads(root)
        if is_plain:
            _keep_rows(root)
        bodies, ids, header, footer, options = super()._prepare_html(
            lxml.html.tostring(root, encoding="utf-8"), report_model=report_model
        )
        if has_letterhead:
            options["data-report-margin-top"] = PLAIN_MARGIN
        return bodies, ids, header, footer, options

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Draw documents of care one by one where the PDF engine has to, and invoices in any case.

        Odoo gives all of them to the engine at once, which a plain one refuses: no invoice would
        be sent by the job as soon as two are waiting. An invoice that the engine cannot draw as we
        like it is drawn as Odoo does.
        """
        if not self._prints_care_invoices(report_ref, res_ids):
            return self._prepare_streams_in_turn(report_ref, data, res_ids)
        try:
            return self._prepare_streams_in_turn(report_ref, data, res_ids)
        except UserError as error:
            # The engine dies of some tables within tables, and of no others.
            _logger.info("Invoices of care are drawn anew, their totals apart: %s", error)
            apart = self.with_context(care_totals_apart=True)
            return apart._prepare_streams_in_turn(report_ref, data, res_ids)

    def _prepare_streams_in_turn(self, report_ref, data, res_ids):
        """Return the streams of documents, drawn one by one where the PDF engine has to."""
        ids = list(dict.fromkeys(res_ids or []))
        prepare = super()._render_qweb_pdf_prepare_streams
        if len(ids) < 2 or self._has_page_heads() or not self._prints_care(report_ref, ids):
            return prepare(report_ref, data, res_ids=res_ids)
        streams = OrderedDict()
        for id_ in ids:
            streams.update(prepare(report_ref, data, res_ids=[id_]))
        return streams

    @api.model
    def _prints_care(self, report_ref, ids):
        """Tell whether some records of a report are of care, or invoices of care."""
        return self._is_care_document(report_ref) or self._prints_care_invoices(report_ref, ids)

    @api.model
    def _prints_care_invoices(self, report_ref, ids):
        """Tell whether some records of a report are invoices of care."""
        if self._get_report(report_ref).model != "account.move":
            return False
        return bool(self.env["account.move"].browse(ids or []).sudo().care_order_ids)

    @api.model
    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        """Bound the engine's time on documents of care and their invoices, and refuse no PDF.

        An engine that fails with status 1 leaves an empty file, which Odoo takes for the document.
        A document whose pages tell a wrong number of them is made again with the right one.

        :raise UserError: when there is no engine, it takes too long or makes no PDF
        """
        is_care = any(CARE_CLASS in str(body) for body in bodies)
        at_once = is_care and _needs_no_wait(bodies, header, footer)
        make = partial(
            super(IrActionsReport, self.with_context(care_at_once=at_once))._run_wkhtmltopdf,
            bodies,
            report_ref=report_ref,
            landscape=landscape,
            specific_paperformat_args=specific_paperformat_args,
            set_viewport_size=set_viewport_size,
        )
        if not is_care:
            return make(header=header, footer=footer)
        content = self._make_watched(make, header, footer)
        count = len(bodies) == 1 and _get_unsaid_count(content)
        if count:
            parts = (_set_count(part, count) for part in (header, footer))
            content = self._make_watched(make, *parts)
        return content

    @api.model
    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        """Extend: documents of care are printed as soon as they are loaded.

        Odoo has the engine wait a second for the text and one for heads and feet, since scripts
        may still draw. Ours draw nothing but the numbers of pages, and for styles, fonts and
        pictures the engine waits by itself. A plain engine keeps the wait, as do heads with styles
        of their own, and an administrator's own ``report.print_delay`` stands.

        :param args: see Odoo's own method
        :param kwargs: the same
        :return: the arguments for the engine
        :rtype: list[str]
        """
        arguments = super()._build_wkhtmltopdf_args(*args, **kwargs)
        parameters = self.env["ir.config_parameter"].sudo()
        if (
            self.env.context.get("care_at_once")
            and self._has_page_heads()
            and not parameters.get_param("report.print_delay")
        ):
            arguments[arguments.index("--javascript-delay") + 1] = str(REST)
        return arguments

    @api.model
    def _make_watched(self, make, header, footer):
        """Have a document made in bounded time.

        :param make: starts the engine and returns what it made
        :param header: the heads of the pages
        :param footer: their feet
        :return: the PDF
        :raise UserError: when there is no engine, it takes too long or makes no PDF
        """
        reason = ""
        try:
            with engine_watched(ENGINE_SECONDS):
                content = make(header=header, footer=footer)
        except OSError as error:
            # The engine is not there (any more), or the disk is full.
            content, reason = b"", str(error)
        if not content.startswith(b"%PDF"):
            raise UserError(
                self.env._(
                    "The document could not be made: try again later, or tell your administrator "
                    "that the PDF engine fails. %(reason)s",
                    reason=reason,
                ).strip()
            )
        return content

    @api.model
    def _is_care_document(self, report_ref):
        """Tell whether a report is one of care."""
        return bool(report_ref) and (self._get_report(report_ref).model or "").startswith("care.")

    @api.model
    def _has_page_heads(self):
        """Tell whether the PDF engine knows heads and feet of pages, and several documents at once.

        Debian's build of it knows neither.
        """
        return _wkhtml().is_patched_qt
