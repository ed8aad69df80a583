from odoo import api, models
from odoo.http import request


class CareOrder(models.Model):
    """The conversation with the client, which opens by the link of the page too."""

    _inherit = "care.order"

    # Clients answer and ask on their orders, which they may read.
    _mail_post_access = "read"

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Extend: a wrong link counts here as it does on the pages.

        :raise TooManyRequests: when an address tried too many of them
        """
        thread = super()._get_thread_with_access(thread_id, **kwargs)
        if not thread and kwargs.get("token") and request:
            self.env["care.portal.attempt"]._refuse(request.httprequest.remote_addr)
        return thread

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Extend: of a conversation clients get what is said in it, not what surrounds it.

        Who comes by the link reads as superuser here: tasks, followers and files of the house
        would go along.
        """
        if self.env.user.share and request_list is not None:
            request_list = []
        return super()._thread_to_store(store, fields, request_list=request_list)

    def message_post(self, *, subtype_xmlid=None, subtype_id=False, **kwargs):
        """Extend: clients know their advisor alone (design: roles); the others of the house speak
        in its name, and the house notes who it was.
        """
        author = self.env.user.partner_id
        subtype = (
            self.env.ref(subtype_xmlid)
            if subtype_xmlid
            else self.env["mail.message.subtype"].browse(subtype_id)
        ).sudo()
        speaks_for_house = (
            self.env.user._is_internal()
            and not self.env.su
            and subtype
            and not subtype.internal
            and kwargs.get("author_id") in (None, False, author.id)
            and self.env.user != self.user_id
            # Who writes about an own creation speaks as its client.
            and author.commercial_partner_id != self.partner_id.commercial_partner_id
        )
        if speaks_for_house:
            house = self.company_id.partner_id
            kwargs |= {"author_id": house.id, "email_from": house.sudo().email_formatted or None}
        message = super().message_post(subtype_xmlid=subtype_xmlid, subtype_id=subtype_id, **kwargs)
        if speaks_for_house:
            self._message_log(
                author_id=author.id,
                body=self.env._(
                    "Written to the client in the name of the house by %(user)s.", user=author.name
                ),
            )
        return message
