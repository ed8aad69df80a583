from odoo.exceptions import ValidationError
from odoo.http import request, route

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount

from .portal import PRIVATE_HEADERS, TOTAL_LIMIT


class CareInvoicePortal(PortalAccount):
    """Odoo's page of an invoice, where paying leads: its link is as secret as ours."""

    @route()
    def portal_my_invoice_detail(self, *args, **kwargs):
        """Extend: what the link opens is kept by nobody, and tells nobody where it was reached."""
        response = super().portal_my_invoice_detail(*args, **kwargs)
        for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag"):
            response.headers[name] = PRIVATE_HEADERS[name]
        return response


class CarePaymentPortal(PaymentPortal):
    def _process_transaction(self, partner_id, currency_id, invoice_ids, *args, **kwargs):
        """Extend: a page that was left open pays nothing of care a second time, nor too much."""
        invoices = request.env["account.move"].sudo().browse(invoice_ids)
        if any(invoices.mapped("care_order_count")):
            self._care_check_payment(invoices, kwargs.get("amount"))
            self._care_check_landing(kwargs.get("landing_route"))
        return super()._process_transaction(partner_id, currency_id, invoice_ids, *args, **kwargs)

    def _care_check_payment(self, invoices, amount):
        """Check what a client is about to pay.

        :param invoices: ``account.move`` of one currency, as superuser
        :param amount: as it came with the request
        :raise ValidationError: when the invoices ask for less, or for nothing any more
        """
        if not all(invoice._has_to_be_paid() for invoice in invoices):
            raise ValidationError(
                request.env._("This invoice is settled, or a payment of it is on its way.")
            )
        # Neither infinity nor what is no number at all is below the limit.
        if type(amount) not in (int, float) or not 0 < amount < TOTAL_LIMIT:
            raise ValidationError(request.env._("Please reload this page, then pay."))
        rest = sum(invoice._get_care_amount_to_pay() for invoice in invoices)
        if invoices.currency_id.compare_amounts(amount, rest) > 0:
            raise ValidationError(
                request.env._("Less than that is left to pay: please reload this page.")
            )

    def _care_check_landing(self, landing_route):
        """Check where a client is led once the payment is made: nowhere but to a page of ours.

        :raise ValidationError: when it is the address of something else
        """
        text = landing_route if isinstance(landing_route, str) else ""
        # Browsers read a backslash as a slash, and two of them as another server.
        if not text.startswith("/") or text[1:2] in ("/", "\\"):
            raise ValidationError(request.env._("Please reload this page, then pay."))
