import html
import io
from datetime import timedelta

import lxml.html
from PIL import Image

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools import consteq, html_sanitize

from odoo.addons.mail.controllers.attachment import AttachmentController
from odoo.addons.portal.controllers.mail import MailController
from odoo.addons.portal.controllers.message_reaction import PortalMessageReactionController
from odoo.addons.portal.controllers.thread import PortalThreadController

from .portal_request import PHOTO_PIXELS

#: Limits of what a client writes and sends on an order.
MESSAGE_LENGTH = 5000
MESSAGES_PER_MINUTE = 10
UPLOADS_PER_MINUTE = 20
REACTIONS_PER_MINUTE = 20
REACTION_LENGTH = 32
ATTACHMENT_BYTES = 10 * 1024 * 1024
FILE_NAME_LENGTH = 200
IMAGE_FORMATS = ("JPEG", "PNG")

#: What a client's message has beside its words, and what of it: how words stand, and links.
MESSAGE_TAGS = {
    *("a", "b", "blockquote", "br", "code", "div", "em", "i", "li", "ol", "p", "pre", "s"),
    *("span", "strong", "u", "ul"),
}
LINK_ATTRIBUTES = {"href", "rel", "target"}


def _is_client_of_care(thread_model):
    """Tell whether it is a client who speaks, and about care: staff have no such limits."""
    return thread_model == "care.order" and request.env.user.share


def _get_file_problem(content):
    """Return why a client's file is not taken, judged by its content, or an empty text.

    :param bytes content: of the file, or the beginning of it that shows that it is too large
    """
    if len(content) > ATTACHMENT_BYTES:
        return request.env._(
            "Please send files of %(size)s MB at most.", size=ATTACHMENT_BYTES >> 20
        )
    if content.startswith(b"%PDF-"):
        return ""
    try:
        with Image.open(io.BytesIO(content), formats=IMAGE_FORMATS) as image:
            is_huge = image.width * image.height > PHOTO_PIXELS
            image.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return request.env._("Please send pictures as JPEG or PNG, or a PDF.")
    return request.env._("Please send smaller pictures.") if is_huge else ""


def _get_words(body):
    """Return what a client's message says, without pictures or looks of its own.

    A picture from elsewhere would tell its owner when and from where the house reads the message;
    those that clients send are files.

    :param str body: as it came, HTML
    :return: HTML
    :rtype: str
    """
    clean = html_sanitize(body, strip_style=True, strip_classes=True)
    root = lxml.html.fragment_fromstring(str(clean), create_parent="div")
    for element in list(root.iterdescendants()):
        if element.tag not in MESSAGE_TAGS:
            element.drop_tag()
            continue
        for name in set(element.attrib) - LINK_ATTRIBUTES:
            del element.attrib[name]
    words = html.escape(root.text or "", quote=False)
    return words + "".join(lxml.html.tostring(child, encoding="unicode") for child in root)


class CareThreadController(PortalThreadController):
    @route()
    def mail_message_post(self, thread_model, thread_id, post_data, context=None, **kwargs):
        """Extend the messages: a client's on an order have a length and a pace.

        :raise UserError: when a message is too long, or they come too fast
        """
        if _is_client_of_care(thread_model):
            self._care_check_message(thread_id, post_data)
        return super().mail_message_post(
            thread_model, thread_id, post_data, context=context, **kwargs
        )

    def _care_check_message(self, thread_id, post_data):
        """Check the length and the pace of a client's messages."""
        self._care_check_body(post_data)
        last_minute = fields.Datetime.now() - timedelta(minutes=1)
        recent = (
            request.env["mail.message"]
            .sudo()
            .search_count(
                [
                    ("model", "=", "care.order"),
                    ("res_id", "=", int(thread_id)),
                    ("message_type", "=", "comment"),
                    ("create_date", ">", last_minute),
                ],
                limit=MESSAGES_PER_MINUTE,
            )
        )
        if recent >= MESSAGES_PER_MINUTE:
            raise UserError(
                request.env._("Please wait a minute before you write again: we read them all.")
            )

    @route()
    def mail_message_update_content(self, message_id, update_data, **kwargs):
        """Extend: a message that a client writes anew is no longer than a new one.

        :raise UserError: when it is too long
        """
        message = request.env["mail.message"].sudo().browse(message_id).exists()
        if _is_client_of_care(message.model):
            is_dict = isinstance(update_data, dict)
            self._care_check_body({"body": "", **update_data} if is_dict else None)
        return super().mail_message_update_content(message_id, update_data, **kwargs)

    def _prepare_message_data(self, post_data, *, thread, **kwargs):
        """Extend: a client's message is a comment, with files that are judged here once more.

        They may have been sent to another document of the client, which takes any kind of file.

        :raise UserError: when a file is none that clients send
        """
        if not _is_client_of_care(thread._name):
            return super()._prepare_message_data(post_data, thread=thread, **kwargs)
        # Half a character, which JSON can hold, is no text that a database keeps.
        body = post_data["body"].encode("utf-8", "ignore").decode()
        # Deleting a message is writing it anew without a word.
        body = body and _get_words(body)
        data = super()._prepare_message_data({**post_data, "body": body}, thread=thread, **kwargs)
        for attachment in request.env["ir.attachment"].sudo().browse(data.get("attachment_ids")):
            problem = _get_file_problem(attachment.raw or b"")
            if problem:
                raise UserError(problem)
        return {**data, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}

    def _care_check_body(self, data):
        """Check the length of what a client writes.

        :param dict data: what came with the request, possibly anything
        :raise UserError: when it is too long, or no text
        """
        body = data.get("body") if isinstance(data, dict) else None
        if not isinstance(body, str) or len(body) > MESSAGE_LENGTH:
            raise UserError(
                request.env._(
                    "Please shorten your message to %(count)s characters, then send it again.",
                    count=MESSAGE_LENGTH,
                )
            )


class CareAttachmentController(AttachmentController):
    @route()
    def mail_attachment_upload(self, ufile, thread_id, thread_model, is_pending=False, **kwargs):
        """Extend the uploads: a client sends pictures and PDFs, judged by their content."""
        if _is_client_of_care(thread_model):
            problem = self._care_get_upload_problem(ufile) or self._care_count_upload(thread_id)
            if problem:
                return request.make_json_response({"error": problem})
            ufile.filename = (ufile.filename or "").replace("\x00", "")[-FILE_NAME_LENGTH:]
        return super().mail_attachment_upload(
            ufile, thread_id, thread_model, is_pending=is_pending, **kwargs
        )

    def _care_get_upload_problem(self, ufile):
        """Return why a file is not taken, or an empty text; the file is rewound."""
        content = ufile.read(ATTACHMENT_BYTES + 1)
        ufile.seek(0)
        return _get_file_problem(content)

    def _care_count_upload(self, thread_id):
        """Count a file of a reader on an order; tell why it is not taken, if there were too many.

        :rtype: str
        """
        Attempt = request.env["care.portal.attempt"]
        key = f"upload to {thread_id} from {request.httprequest.remote_addr}"
        if Attempt._is_limited(key, UPLOADS_PER_MINUTE):
            return request.env._("Please wait a minute before you send more files.")
        Attempt._record(key)
        return ""


class CareReactionController(PortalMessageReactionController):
    @route()
    def mail_message_reaction(self, message_id, content, action, **kwargs):
        """Extend the reactions: a client's on an order is a sign, not a text, and keeps a pace.

        :raise UserError: when it is a text, or they come too fast
        """
        message = request.env["mail.message"].sudo().browse(int(message_id)).exists()
        if _is_client_of_care(message.model):
            if not isinstance(content, str) or len(content) > REACTION_LENGTH:
                raise UserError(request.env._("Please write to us in a message instead."))
            Attempt = request.env["care.portal.attempt"]
            key = f"reaction on {message.res_id} from {request.httprequest.remote_addr}"
            if Attempt._is_limited(key, REACTIONS_PER_MINUTE):
                raise UserError(request.env._("Please wait a minute before you react again."))
            Attempt._record(key)
        return super().mail_message_reaction(message_id, content, action, **kwargs)


class CareMailController(MailController):
    @classmethod
    def _redirect_to_record(cls, model, res_id, access_token=None, **kwargs):
        """Extend: a wrong link counts in the address of mails as it does on the pages.

        :raise TooManyRequests: when an address tried too many of them
        """
        if model == "care.order" and access_token and not cls._is_care_token(res_id, access_token):
            request.env["care.portal.attempt"]._refuse(request.httprequest.remote_addr)
            access_token = None
        return super()._redirect_to_record(model, res_id, access_token=access_token, **kwargs)

    @classmethod
    def _is_care_token(cls, order_id, access_token):
        """Tell whether a token is the one of an order."""
        order = request.env["care.order"].sudo().browse(order_id).exists()
        token = order.access_token or ""
        return bool(token) and consteq(token.encode(), str(access_token).encode())
