import uuid

from odoo import fields, models
from odoo.tools import consteq


class IrAttachment(models.Model):
    """Files in the conversations of clients: what opens them ends with the link of the page.

    Odoo signs what it hands out of a file (its address, the right to delete it) for weeks, by
    nothing that could be changed. Once a link is renewed its files have a stamp, which every later
    signature begins with.
    """

    _inherit = "ir.attachment"

    care_link_stamp = fields.Char(groups="base.group_system", copy=False, readonly=True)

    def _renew_care_links(self):
        """End all that was handed out to open these files."""
        self.sudo().write({"care_link_stamp": uuid.uuid4().hex})

    def _stamp_care_token(self, token):
        """Return a signature of Odoo's as it is handed out."""
        return f"{self.sudo().care_link_stamp or ''}{token}"

    def _get_care_token(self, token):
        """Return the signature of Odoo's in what was handed out, or nothing without the stamp."""
        stamp = self.sudo().exists().care_link_stamp
        if not stamp or not isinstance(token, str):
            return token
        start, rest = token[: len(stamp)], token[len(stamp) :]
        return rest if consteq(start.encode(), stamp.encode()) else ""

    def _get_raw_access_token(self):
        return self._stamp_care_token(super()._get_raw_access_token())

    def _get_thumbnail_token(self):
        return self._stamp_care_token(super()._get_thumbnail_token())

    def _get_ownership_token(self):
        return self._stamp_care_token(super()._get_ownership_token())

    def _has_attachments_ownership(self, attachment_tokens):
        if attachment_tokens and len(attachment_tokens) == len(self):
            attachment_tokens = [
                file._get_care_token(token) for file, token in zip(self, attachment_tokens)
            ]
        return super()._has_attachments_ownership(attachment_tokens)
