from datetime import timedelta

from werkzeug.exceptions import TooManyRequests

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import hmac

#: How many wrong links one address may try within the window before it has to wait.
ATTEMPT_LIMIT = 10
ATTEMPT_WINDOW = timedelta(minutes=1)


class CarePortalAttempt(models.Model):
    """A try on the clients' pages, kept for a minute so that nothing can be guessed there.

    A try is a wrong link of an address, or a number that a client claims. Whose it is is kept as
    a keyed hash: the count needs no more than that.
    """

    _name = "care.portal.attempt"
    _description = "Try on the Clients' Pages"
    _order = "id desc"

    address_hash = fields.Char(required=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)

    @api.model
    def _get_address_hash(self, address):
        """Return what stands for an address in this table."""
        return hmac(self.env(su=True), "care-portal-attempt", address or "")

    @api.model
    def _is_limited(self, address, limit=ATTEMPT_LIMIT):
        """Tell whether an address has tried too many wrong links.

        :param str address: the address of the caller
        :param int limit: how many are too many
        :rtype: bool
        """
        domain = Domain("address_hash", "=", self._get_address_hash(address)) & Domain(
            "date", ">", fields.Datetime.now() - ATTEMPT_WINDOW
        )
        return self.sudo().search_count(domain, limit=limit) >= limit

    @api.model
    def _record(self, address):
        """Count one wrong link of an address."""
        self.sudo().create({"address_hash": self._get_address_hash(address)})

    @api.model
    def _refuse(self, address):
        """Count one wrong link of an address whose request is refused, and undone therefore.

        :param str address: the address of the caller
        :raise TooManyRequests: when there were too many within a minute
        """
        if self._is_limited(address):
            raise TooManyRequests
        with self.env.registry.cursor() as cursor:
            self.with_env(self.env(cr=cursor))._record(address)

    @api.autovacuum
    def _gc_attempts(self):
        """Forget what no longer counts."""
        self.sudo().search([("date", "<", fields.Datetime.now() - ATTEMPT_WINDOW)]).unlink()
