import base64
import binascii
import io
import json
import logging
from contextlib import suppress
from urllib.parse import urlencode

from PIL import Image, UnidentifiedImageError

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import consteq

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..models.ir_http import PRIVATE_HEADERS

_logger = logging.getLogger(__name__)

#: The largest id of a PostgreSQL integer: what is larger exists nowhere.
MAX_ID = 2**31 - 1

#: Limits of what a client types or draws.
NAME_LENGTH = 100
REASON_LENGTH = 1000
SIGNATURE_BYTES = 2_000_000
SIGNATURE_PIXELS = 10_000_000
#: Any total is below this; larger numbers are sent by machines.
TOTAL_LIMIT = 1e15

IMAGE_SIZES = {"small": 256, "large": 1024}


class Unavailable(Exception):
    """A page that is not there, or not for this reader: both are answered alike."""

    def __init__(self, status=404):
        super().__init__(status)
        self.status = status


class CareAnswerRefused(Exception):
    """An answer that cannot be taken; the message is a sentence for the client.

    :param str message: what to say
    :param float total: the total that now holds, when that is what changed
    """

    def __init__(self, message, total=None):
        super().__init__(message)
        self.message = message
        self.total = total


class CareCustomerPortal(CustomerPortal):
    _care_items_per_page = 20

    # ------------------------------------------------------------------
    # Access and responses
    # ------------------------------------------------------------------
    def _care_get_order(self, order_id, access_token=None):
        """Return an order that the reader may see, as superuser in the reader's language.

        A missing order, a forbidden one and a wrong token are answered alike. Wrong tokens are
        counted per address; a right one is never held up.

        :param int order_id: the id in the address
        :param str access_token: the token of the link, if there is one
        :rtype: care.order
        :raise Unavailable: when the reader gets nothing
        """
        token = access_token if isinstance(access_token, str) and access_token.isascii() else None
        order = request.env["care.order"]
        if 0 < order_id <= MAX_ID:
            with suppress(AccessError, MissingError):
                order = self._document_check_access("care.order", order_id, access_token=token)
        if order:
            return order
        if access_token:
            self._care_count_wrong_token()
        raise Unavailable

    def _care_count_wrong_token(self):
        """Count a wrong token of this address.

        :raise Unavailable: with status 429 when there were too many within a minute
        """
        self._care_count(request.httprequest.remote_addr)

    def _care_count(self, key):
        """Count a try, such as a wrong link of an address.

        :param str key: whose try it is, and of what
        :raise Unavailable: with status 429 when there were too many within a minute
        """
        Attempt = request.env["care.portal.attempt"]
        if Attempt._is_limited(key):
            raise Unavailable(429)
        Attempt._record(key)

    def _care_render(self, template, values, title, status=200):
        """Render a page with a title of its own and the headers of a client's affairs."""
        company = values.get("company_name") or request.env.company.name
        values = {
            **values,
            "title": f"{title} · {company}",
            "html_data": self._care_get_html_data(),
        }
        response = request.render(template, values, status=status)
        response.headers.update(PRIVATE_HEADERS)
        return response

    def _care_get_html_data(self):
        """Return the attributes of a page as a whole: readers of screens speak its language."""
        return {"lang": (request.env.lang or "en_US").replace("_", "-")}

    def _prepare_portal_layout_values(self):
        return {**super()._prepare_portal_layout_values(), "html_data": self._care_get_html_data()}

    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        values = super()._get_page_view_values(document, access_token, values, *args, **kwargs)
        return {"html_data": self._care_get_html_data(), **values}

    def _care_render_unavailable(self, error):
        """Answer a reader who gets nothing, whatever the cause."""
        values = {**self._prepare_portal_layout_values(), "page_name": "care_unavailable"}
        values["is_limited"] = error.status == 429
        return self._care_render(
            "cartier_care.portal_care_unavailable",
            values,
            request.env._("This page is not available"),
            status=error.status,
        )

    def _care_get_accent(self):
        """Return the company's own color for pages that are about no single order."""
        return request.env.company.sudo()._get_care_accent()

    def _care_make_private(self):
        """Put the headers of a client's affairs on an answer that is not a page."""
        for name, value in PRIVATE_HEADERS.items():
            request.future_response.headers.set(name, value)

    def _care_get_query(self, order, access_token, **parameters):
        """Return the query that leads to an order by the way the reader came.

        A token is passed on only where it is the right one, whoever is signed in.
        """
        if (
            access_token
            and order.access_token
            and consteq(order.access_token.encode(), str(access_token).encode())
        ):
            parameters["access_token"] = order.access_token
        return parameters

    def _care_redirect(self, order, access_token=None, message=None):
        """Lead back to the page of an order, by the way the reader came."""
        parameters = {"message": message} if message else {}
        query = self._care_get_query(order, access_token, **parameters)
        response = request.redirect_query(order.access_url, query, code=303)
        response.headers.update(PRIVATE_HEADERS)
        return response

    def _care_is_handed_over(self, order):
        """Tell whether the page is open on a screen of the boutique that the client was handed.

        Somebody of the house is signed in there, yet it is the client who reads and answers.
        """
        user = request.env.user
        client = order.partner_id.commercial_partner_id
        return user._is_internal() and user.partner_id.commercial_partner_id != client

    def _care_get_author(self, order):
        """Return who speaks: the signed-in client, or the client whose link or screen it is."""
        user = request.env.user
        if user._is_public() or self._care_is_handed_over(order):
            return order.partner_id
        return user.partner_id

    def _care_post(self, order, body):
        """Put what the client decided in the conversation of the order.

        An answer on a screen of the boutique names who handed it over, for the house alone.

        :param str body: the client's words, as plain text
        """
        order.with_context(mail_notify_force_send=False).message_post(
            author_id=self._care_get_author(order).id,
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        if self._care_is_handed_over(order):
            order._message_log(
                author_id=request.env.user.partner_id.id,
                body=request.env._(
                    "Answered in the boutique, on the screen of %(user)s.",
                    user=request.env.user.name,
                ),
            )

    # ------------------------------------------------------------------
    # Home
    # ------------------------------------------------------------------
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        Order = request.env["care.order"]
        if "care_count" in counters:
            values["care_count"] = (
                Order.search_count(self._care_get_list_domain("all", ""))
                if Order.has_access("read")
                else 0
            )
        if "care_estimate_count" in counters:
            values["care_estimate_count"] = (
                Order.search_count(
                    self._care_get_list_domain("all", "")
                    & Domain("estimate_id.state", "=", "sent")
                    & Domain("state", "=", "estimated")
                )
                if Order.has_access("read")
                else 0
            )
        return values

    # ------------------------------------------------------------------
    # The list
    # ------------------------------------------------------------------
    def _care_get_sortings(self):
        """Return the ways to sort the list."""
        return {
            "date": {"label": request.env._("Latest first"), "order": "date_order desc, id desc"},
            "promised": {
                "label": request.env._("Promised date"),
                "order": "date_promised, id desc",
            },
            "name": {"label": request.env._("Number"), "order": "name, id"},
        }

    def _care_get_filters(self):
        """Return the filters of the list."""
        return {
            "open": {"label": request.env._("In care")},
            "done": {"label": request.env._("Completed")},
            "all": {"label": request.env._("All")},
        }

    def _care_get_list_domain(self, filterby, search):
        """Return the domain of the client's list.

        Staff who look at the portal see what a client of theirs would: what is their own.
        """
        Order = request.env["care.order"]
        domain = Order._get_portal_filter_domain(filterby)
        if not request.env.user.share:
            # Clients have a record rule that says the same.
            partner = request.env.user.partner_id.commercial_partner_id
            domain &= Domain("partner_id", "child_of", partner.ids)
        if search:
            domain &= Order._get_portal_search_domain(search)
        return domain

    def _care_read_page(self, page):
        """Return the number of a page of a list, the first one when it is none."""
        text = str(page)[:10]
        return min(int(text), MAX_ID) if text.isascii() and text.isdigit() else 1

    @route(
        ["/my/care", "/my/care/page/<care_number:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_care(self, page=1, sortby=None, filterby=None, search=None, **kwargs):
        """List the client's orders.

        :param page: the page of the list; in a query it comes as text
        :param str sortby: a key of the sortings
        :param str filterby: ``open``, ``done`` or ``all``
        :param str search: a part of a number or of the name of a creation
        """
        Order = request.env["care.order"]
        sortings = self._care_get_sortings()
        filters = self._care_get_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "open"
        search = self._care_clean_text(search)[:NAME_LENGTH]
        domain = self._care_get_list_domain(filterby, search)
        # One look-up says how many there are and which: they are a client's own.
        found = (
            Order.search(domain, order=sortings[sortby]["order"])
            if Order.has_access("read")
            else Order
        )
        pages = pager(
            url="/my/care",
            total=len(found),
            page=self._care_read_page(page),
            step=self._care_items_per_page,
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
        )
        start = max(pages["offset"], 0)
        orders = found[start : start + self._care_items_per_page]
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "care",
            "default_url": "/my/care",
            "cards": orders.sudo()._get_portal_cards(),
            "pager": pages,
            "sortings": sortings,
            "sortby": sortby,
            "filters": filters,
            "filterby": filterby,
            "search": search,
            "accent": self._care_get_accent(),
        }
        return self._care_render(
            "cartier_care.portal_my_care", values, request.env._("Your creations in care")
        )

    # ------------------------------------------------------------------
    # The page of an order
    # ------------------------------------------------------------------
    def _care_get_messages(self):
        """Return what the page may say after an answer, by the code in the address."""
        return {
            "approved": request.env._("Thank you. We have your approval and begin our work."),
            "declined": request.env._(
                "We have your answer. Your creation goes back to you as it came."
            ),
            "closed": request.env._(
                "This estimate can no longer be answered. Nothing was changed."
            ),
            "reason": request.env._(
                "Please tell us in a few words why you decline, then send it again."
            ),
            "document": request.env._(
                "This document cannot be prepared right now. Please try again later."
            ),
            "withdrawn": request.env._("Your request is withdrawn."),
            "late": request.env._(
                "This request can no longer be withdrawn: please write to us below."
            ),
            "requested": request.env._("Thank you. Your request is with our boutique."),
            "rotated": request.env._("Your page has a new link; the old one no longer works."),
        }

    def _care_prepare_order_values(self, order, access_token, message, **kwargs):
        """Return the values of the page of an order."""
        query = self._care_get_query(order, access_token)
        values = {
            "page_name": "care_order",
            "care": order._get_portal_values(),
            "documents": list(order._get_portal_documents()),
            "document_names": self._care_get_document_names(),
            "message": self._care_get_messages().get(message, ""),
            "accent": order.company_id._get_care_accent(),
            "signature_props": json.dumps(self._care_prepare_signature_props(order)),
            "is_own": not request.env.user._is_public()
            and order.partner_id.commercial_partner_id
            == request.env.user.partner_id.commercial_partner_id,
            "query": f"?{urlencode(query)}" if query else "",
            "token": query.get("access_token", ""),
            "res_company": order.company_id,
            "company_name": order.company_id.name,
        }
        return self._get_page_view_values(
            order, query.get("access_token"), values, "", request.env.user._is_public()
        )

    def _care_prepare_signature_props(self, order):
        """Return what the signature field of the page is given."""
        return {
            "callUrl": f"{order.access_url}/accept",
            "defaultName": self._care_get_author(order).name or "",
            "sendLabel": request.env._("Sign and approve"),
            # A name: the field puts the color in an address, where # would end it.
            "fontColor": "black",
            "clearLabel": request.env._("Clear the signature"),
            "styleLabel": request.env._("Choose another handwriting"),
            "loadLabel": request.env._("Choose a picture of your signature"),
            "canvasLabel": request.env._("Your signature"),
        }

    @route(["/my/care/<care_number:order_id>"], type="http", auth="public", website=True)
    def portal_care_order(
        self,
        order_id,
        access_token=None,
        report_type=None,
        download=False,
        message=None,
        **kwargs,
    ):
        """Show an order to its client, or give the document of the moment.

        :param int order_id: the order
        :param str access_token: the token of the receipt's link, for readers without login
        :param str report_type: ``pdf`` for the document of the moment
        :param str download: whether the document is saved rather than shown
        :param str message: the code of what to say above the page
        """
        try:
            order = self._care_get_order(order_id, access_token)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        if report_type == "pdf":
            kind = order._get_portal_document_of_the_moment()
            return self._care_show_document(order, kind, access_token, download)
        values = self._care_prepare_order_values(order, access_token, message)
        title = f"{values['care']['creation']} · {order.name}"
        return self._care_render("cartier_care.portal_care_order", values, title)

    # ------------------------------------------------------------------
    # Pictures
    # ------------------------------------------------------------------
    @route(
        [
            "/my/care/<care_number:order_id>/picture/<string:size>",
            "/my/care/<care_number:order_id>/photo/<care_number:photo_id>/<string:size>",
            "/my/care/<care_number:order_id>/design/<care_number:line_id>/<string:size>",
        ],
        type="http",
        auth="public",
    )
    def portal_care_picture(
        self, order_id, size, photo_id=None, line_id=None, access_token=None, **kwargs
    ):
        """Give a picture of an order: its creation, a photo for the client, an engraving's design.

        :param int order_id: the order; a photo or a line must belong to it
        :param str size: a key of ``IMAGE_SIZES``
        """
        try:
            order = self._care_get_order(order_id, access_token)
            record, field_name = self._care_get_picture(order, photo_id, line_id)
            if size not in IMAGE_SIZES:
                raise Unavailable
        except Unavailable as error:
            return self._care_make_no_picture(error)
        return self._care_make_picture(record, field_name, size, bool(access_token))

    def _care_make_no_picture(self, error):
        """Answer who gets no picture."""
        response = request.make_response(b"", status=error.status)
        response.headers.update(PRIVATE_HEADERS)
        return response

    def _care_make_picture(self, record, field_name, size, is_by_link=False):
        """Return a picture, which may stay in the reader's own browser and is asked for again.

        What is reached by a link stays nowhere: the link may be opened on anybody's machine.
        """
        stream = request.env["ir.binary"]._get_image_stream_from(
            record,
            field_name,
            width=IMAGE_SIZES[size],
            height=IMAGE_SIZES[size],
            placeholder="cartier_care/static/img/placeholder_creation.png",
        )
        response = stream.get_response(
            content_security_policy="default-src 'none'; style-src 'unsafe-inline'; sandbox"
        )
        for name in ("Referrer-Policy", "X-Robots-Tag", "X-Content-Type-Options"):
            response.headers[name] = PRIVATE_HEADERS[name]
        response.headers["Cache-Control"] = "no-store" if is_by_link else "private, no-cache"
        return response

    def _care_get_picture(self, order, photo_id, line_id):
        """Return the record and field of a picture that belongs to the order.

        :raise Unavailable: when it is another order's, or internal
        """
        if photo_id is not None:
            photo = order._get_portal_photos().filtered(lambda photo: photo.id == photo_id)
            if not photo:
                raise Unavailable
            return photo, "image_1920"
        if line_id is not None:
            line = order._get_portal_engraving_lines().filtered(lambda line: line.id == line_id)
            if not line:
                raise Unavailable
            return line, "engraving_image"
        return order.creation_id, "image_1920"

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------
    def _care_get_document_names(self):
        """Return the documents as the client calls them."""
        return {
            "receipt": request.env._("Receipt"),
            "estimate": request.env._("Estimate"),
            "certificate": request.env._("Certificate of care"),
        }

    @route(
        ["/my/care/<care_number:order_id>/document/<string:kind>"],
        type="http",
        auth="public",
        website=True,
    )
    def portal_care_document(self, order_id, kind, access_token=None, download=False, **kwargs):
        """Give a document of an order as a PDF.

        :param str kind: ``receipt``, ``estimate`` or ``certificate``
        """
        try:
            order = self._care_get_order(order_id, access_token)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        return self._care_show_document(order, kind, access_token, download)

    def _care_show_document(self, order, kind, access_token, download):
        """Give a document of an order, or lead back to its page when there is none."""
        documents = order._get_portal_documents()
        if kind not in documents:
            return self._care_redirect(order, access_token, "document")
        xml_id, record = documents[kind]
        if kind == "estimate" and record.attachment_id.raw:
            # What was signed is given as it was signed, whatever the template became.
            return self._care_make_pdf(order, kind, record.attachment_id.raw, download)
        return self._care_print(order, kind, xml_id, record, access_token, download)

    def _care_print(self, order, kind, xml_id, record, access_token, download):
        """Print a report of a record that belongs to the order."""
        Report = request.env["ir.actions.report"].sudo().with_company(order.company_id)
        try:
            content = Report._render_qweb_pdf(xml_id, record.ids)[0]
        except UserError:
            _logger.warning("The %s of %s could not be printed.", kind, order.name, exc_info=True)
            return self._care_redirect(order, access_token, "document")
        return self._care_make_pdf(order, kind, content, download)

    def _care_make_pdf(self, order, kind, content, download):
        """Return a PDF as a response."""
        disposition = "attachment" if download else "inline"
        filename = f"{order._get_report_base_filename()}-{kind}.pdf"
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", f'{disposition}; filename="{filename}"'),
                *PRIVATE_HEADERS.items(),
            ],
        )

    @route(
        ["/my/care/<care_number:order_id>/estimate/<care_number:estimate_id>"],
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_care_signed_estimate(
        self, order_id, estimate_id, access_token=None, download=False, **kwargs
    ):
        """Give an earlier estimate of an order as the client signed it."""
        try:
            order = self._care_get_order(order_id, access_token)
            estimate = order._get_portal_signed_estimates().filtered(
                lambda estimate: estimate.id == estimate_id
            )
            if not estimate:
                raise Unavailable
        except Unavailable as error:
            return self._care_render_unavailable(error)
        return self._care_make_pdf(
            order, f"estimate-{estimate.version}", estimate.attachment_id.raw, download
        )

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------
    def _care_get_move(self, order, move_id):
        """Return an invoice that belongs to the order.

        :raise Unavailable: when it is another's, or not posted
        """
        move = order._get_portal_moves().filtered(lambda move: move.id == move_id)
        if not move:
            raise Unavailable
        return move

    @route(
        ["/my/care/<care_number:order_id>/invoice/<care_number:move_id>"],
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_care_invoice(self, order_id, move_id, access_token=None, download=False, **kwargs):
        """Give an invoice of an order as a PDF."""
        try:
            order = self._care_get_order(order_id, access_token)
            move = self._care_get_move(order, move_id)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        return self._care_print(
            order, "invoice", "account.account_invoices", move, access_token, download
        )

    @route(
        ["/my/care/<care_number:order_id>/invoice/<care_number:move_id>/pay"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_care_pay(self, order_id, move_id, access_token=None, **kwargs):
        """Lead to the page where an invoice of an order is paid.

        By POST, since the link of the invoice is made when it is first needed.
        """
        try:
            order = self._care_get_order(order_id, access_token)
            move = self._care_get_move(order, move_id)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        response = request.redirect(move.get_portal_url(), code=303)
        response.headers.update(PRIVATE_HEADERS)
        return response

    # ------------------------------------------------------------------
    # Answers to an estimate
    # ------------------------------------------------------------------
    def _care_clean_text(self, text):
        """Return a typed text without what no database keeps, or nothing when it is no text."""
        if not isinstance(text, str):
            return ""
        # Half a character, which JSON can hold, is no text either.
        return text.replace("\x00", "").encode("utf-8", "ignore").decode().strip()

    def _care_check_csrf(self, csrf_token):
        """Check that an answer comes from our page; JSON routes leave this to their handlers.

        :raise CareAnswerRefused: when it does not, or the page was open for too long
        """
        is_text = isinstance(csrf_token, str) and csrf_token.isascii()
        if not is_text or not request.validate_csrf(csrf_token):
            raise CareAnswerRefused(
                request.env._("This page was open for long: please reload it and sign again.")
            )

    def _care_check_name(self, name):
        """Return the name of who signs.

        :raise CareAnswerRefused: when it is no name, or too long
        """
        text = self._care_clean_text(name)
        if not text or text != name.strip():
            raise CareAnswerRefused(request.env._("Please type your full name, then sign again."))
        if len(name) > NAME_LENGTH:
            raise CareAnswerRefused(
                request.env._(
                    "Please shorten your name to %(count)s characters, then sign again.",
                    count=NAME_LENGTH,
                )
            )
        return text

    def _care_check_signature(self, signature):
        """Return a signature that is a picture, judged by its content.

        :raise CareAnswerRefused: when it is missing, too large, or no picture
        """
        refusal = CareAnswerRefused(
            request.env._("Please sign in the field below your name, then send it again.")
        )
        if not isinstance(signature, str) or not 0 < len(signature) <= SIGNATURE_BYTES:
            raise refusal
        try:
            content = base64.b64decode(signature, validate=True)
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
                width, height = image.size
                if width * height > SIGNATURE_PIXELS:
                    raise refusal
                image.verify()
        except (
            ValueError,
            binascii.Error,
            UnidentifiedImageError,
            OSError,
            SyntaxError,
            Image.DecompressionBombError,
        ) as error:
            raise refusal from error
        return signature

    def _care_check_choice(self, order, line_ids):
        """Return the ids of the optional services that the client takes.

        :raise CareAnswerRefused: when one is not a choice of this order
        """
        line_ids = [] if line_ids is None else line_ids
        choices = set(order.line_ids.filtered("is_optional").ids)
        is_valid = isinstance(line_ids, list) and all(
            type(line_id) is int and line_id in choices for line_id in line_ids
        )
        if not is_valid:
            raise CareAnswerRefused(
                request.env._("Your choice has changed since: please look at this page anew.")
            )
        return line_ids

    def _care_check_total(self, total):
        """Return the total that the client has seen.

        :raise CareAnswerRefused: when it is no number
        """
        # Neither infinity nor what is no number at all is below the limit.
        if type(total) not in (int, float) or not abs(total) < TOTAL_LIMIT:
            raise CareAnswerRefused(
                request.env._("Please look at the total on this page, then sign again.")
            )
        return total

    def _care_check_open(self, order):
        """Check that the current estimate can be answered.

        :raise CareAnswerRefused: with what happened to it
        """
        if order._can_answer_estimate():
            return
        message = order._get_portal_estimate_note() or self._care_get_messages()["closed"]
        raise CareAnswerRefused(message)

    @route(["/my/care/<care_number:order_id>/total"], type="jsonrpc", auth="public", website=True)
    def portal_care_total(self, order_id, access_token=None, accepted_line_ids=None, **kwargs):
        """Tell what an order would cost with a choice of optional services; writes nothing.

        :param list accepted_line_ids: ids of the optional services taken
        :return: ``total`` (number), ``html`` (the totals) and ``lines`` (prices and reasons by
            id), or ``error`` (a sentence)
        :rtype: dict
        """
        self._care_make_private()
        try:
            order = self._care_get_order(order_id, access_token)
            self._care_check_open(order)
            choice = order._get_total_with(self._care_check_choice(order, accepted_line_ids))
        except Unavailable:
            return {"error": self._care_get_unavailable_sentence()}
        except CareAnswerRefused as refusal:
            return {"error": refusal.message}
        totals = order._get_portal_totals(choice)
        return {
            "total": totals["amount"],
            "html": request.env["ir.qweb"]._render(
                "cartier_care.portal_care_totals", {"totals": totals}
            ),
            "lines": {
                str(values["id"]): {
                    "price": values["price"],
                    "is_free": values["is_free"],
                    "explanation": values["explanation"],
                }
                for values in (line._get_portal_values() for line in choice.lines)
            },
        }

    def _care_get_unavailable_sentence(self, error=None):
        """Return what is said to who gets nothing, or too much at a time.

        :param Unavailable error: what stood in the way
        """
        if error and error.status == 429:
            return request.env._("A moment, please: wait a minute, then try again.")
        return request.env._("This page is not available: please use the link we sent you.")

    @route(["/my/care/<care_number:order_id>/accept"], type="jsonrpc", auth="public", website=True)
    def portal_care_accept(
        self,
        order_id,
        access_token=None,
        name=None,
        signature=None,
        accepted_line_ids=None,
        total=None,
        csrf_token=None,
        **kwargs,
    ):
        """Take the client's approval of the current estimate.

        :param str name: who signs
        :param str signature: a picture in base64
        :param list accepted_line_ids: ids of the optional services taken
        :param float total: the total that the client has seen; another one is not approved
        :return: where to go next, or ``error`` (a sentence) and the ``total`` that now holds
        :rtype: dict
        """
        self._care_make_private()
        try:
            order = self._care_get_order(order_id, access_token)
            self._care_check_csrf(csrf_token)
            name = self._care_check_name(name)
            signature = self._care_check_signature(signature)
            total = self._care_check_total(total)
            with request.env.cr.savepoint():
                self._care_accept(order, name, signature, accepted_line_ids, total)
        except Unavailable:
            return {"error": self._care_get_unavailable_sentence()}
        except CareAnswerRefused as refusal:
            return {"error": refusal.message, "total": refusal.total}
        query = self._care_get_query(order, access_token, message="approved")
        return {"force_refresh": True, "redirect_url": f"{order.access_url}?{urlencode(query)}"}

    def _care_accept(self, order, name, signature, accepted_line_ids, total):
        """Approve the current estimate of an order as its client saw it.

        The row is locked by an update: of two answers at once the second fails to serialize, is
        tried again and finds the estimate answered.
        """
        self._care_check_open(order)
        order._lock_and_touch()
        line_ids = self._care_check_choice(order, accepted_line_ids)
        if order._get_answer_blockers():
            raise CareAnswerRefused(
                request.env._(
                    "Your advisor still has to complete this estimate: please come back later."
                )
            )
        order._accept_optional_lines(line_ids)
        if order.currency_id.compare_amounts(order.amount_total, total):
            raise CareAnswerRefused(
                request.env._(
                    "The total is now %(total)s: please look at it, then sign again.",
                    total=order._format_amount(order.amount_total),
                ),
                total=order.amount_total,
            )
        try:
            order._action_approve(signed_by=name, signature=signature)
        except UserError as error:
            raise CareAnswerRefused(self._care_get_messages()["closed"]) from error
        if self._care_is_handed_over(order):
            order._write_by_system({"approved_by_id": request.env.uid})
        self._care_post(
            order,
            request.env._(
                "I approve the estimate %(estimate)s of %(total)s. Signed: %(name)s",
                estimate=order.estimate_id.name,
                total=order._format_amount(order.amount_total),
                name=name,
            ),
        )

    @route(
        ["/my/care/<care_number:order_id>/decline"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_care_decline(self, order_id, access_token=None, reason=None, **kwargs):
        """Take the client's refusal of the current estimate.

        :param str reason: why, in the client's words
        """
        try:
            order = self._care_get_order(order_id, access_token)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        reason = self._care_clean_text(reason)
        if not reason or len(reason) > REASON_LENGTH:
            return self._care_redirect(order, access_token, "reason")
        if not order._can_answer_estimate():
            return self._care_redirect(order, access_token, "closed")
        order._lock_and_touch()
        order._action_decline(reason)
        self._care_post(order, request.env._("I decline the estimate. %(reason)s", reason=reason))
        return self._care_redirect(order, access_token, "declined")
