import io
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.mail.controllers.attachment import AttachmentController
from odoo.addons.portal.controllers.thread import PortalThreadController

from .portal_request import PHOTO_PIXELS

#: Limits of what a client writes and sends on an order.
MESSAGE_LENGTH = 5000
MESSAGES_PER_MINUTE = 10
UPLOADS_PER_MINUTE = 20
ATTACHMENT_BYTES = 10 * 1024 * 1024
IMAGE_FORMATS = ("JPEG", "PNG")


def _is_client_of_care(thread_model):
    """Tell whether it is a client who speaks, and about care: staff have no such limits."""
    return thread_model == "care.order" and request.env.user.share


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
        return super().mail_attachment_upload(
            ufile, thread_id, thread_model, is_pending=is_pending, **kwargs
        )

    def _care_get_upload_problem(self, ufile):
        """Return why a file is not taken, or an empty text; the file is rewound."""
        content = ufile.read(ATTACHMENT_BYTES + 1)
        ufile.seek(0)
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
