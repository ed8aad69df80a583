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
