from contextlib import contextmanager

from werkzeug.exceptions import HTTPException

from odoo import models

from odoo.addons.base.models.ir_http import SignedIntConverter

#: Pages that hold a client's affairs are kept by nobody and tell nobody where they were reached.
PRIVATE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
}


def _make_private(response):
    """Make what leads on to a page by its link as private as the page.

    :param response: an answer, or nothing
    """
    if response and "access_token=" in response.headers.get("Location", ""):
        response.headers.update(PRIVATE_HEADERS)


@contextmanager
def _private_redirects():
    """Odoo leads to another language, or away from a slash, before a page is asked for."""
    try:
        yield
    except HTTPException as leading:
        _make_private(leading.response)
        raise


class CareNumberConverter(SignedIntConverter):
    """A number in the address of a client's page.

    One with thousands of digits, which Python refuses to read, is answered like any other that
    leads nowhere.
    """

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValueError:
            return 0


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return {**super()._get_converters(), "care_number": CareNumberConverter}

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Add Odoo's discussion: clients write to the boutique on the page of their order.

        Without it the words of the conversation reach clients' pages in English only.
        """
        return [*super()._get_translation_frontend_modules_name(), "mail"]

    @classmethod
    def _match(cls, path):
        with _private_redirects():
            return super()._match(path)

    @classmethod
    def _pre_dispatch(cls, rule, args):
        with _private_redirects():
            return super()._pre_dispatch(rule, args)

    @classmethod
    def _post_dispatch(cls, response):
        _make_private(response)
        return super()._post_dispatch(response)
