from odoo.http import route

from odoo.addons.account.controllers.portal import PortalAccount

from .portal import PRIVATE_HEADERS


class CareInvoicePortal(PortalAccount):
    """Odoo's page of an invoice, where paying leads: its link is as secret as ours."""

    @route()
    def portal_my_invoice_detail(self, *args, **kwargs):
        """Extend: what the link opens is kept by nobody, and tells nobody where it was reached."""
        response = super().portal_my_invoice_detail(*args, **kwargs)
        for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag"):
            response.headers[name] = PRIVATE_HEADERS[name]
        return response
