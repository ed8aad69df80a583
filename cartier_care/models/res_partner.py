import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Fewer figures than this are part of too many numbers to mean one.
PHONE_MIN_DIGITS = 4

#: A phone number by its figures alone, as people write it in a dozen ways.
PHONE_KEY = r"regexp_replace(%s, '\D', '', 'g')"


class ResPartner(models.Model):
    """A client at the counter is known by a name, or by a phone number however it is written."""

    _inherit = "res.partner"

    phone_key = fields.Char(
        string="Phone Figures",
        compute="_compute_phone_key",
        search="_search_phone_key",
        groups="base.group_user",
        help="The figures of the phone number, without spaces, dots or brackets.",
    )

    @api.depends("phone")
    def _compute_phone_key(self):
        for partner in self:
            partner.phone_key = self._get_phone_figures(partner.phone)

    @api.model
    def _search_phone_key(self, operator, value):
        if operator != "ilike":
            return NotImplemented
        figures = self._get_phone_figures(value)
        # The leading zero of a national number is not part of the international one; that of the
        # last four figures, as people often say them, is.
        national = figures.lstrip("0")
        if len(national) >= PHONE_MIN_DIGITS:
            figures = national
        if len(figures) < PHONE_MIN_DIGITS:
            return Domain.FALSE
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                f"{PHONE_KEY % '%s'} LIKE %s",
                model._field_to_sql(alias, "phone", query),
                f"%{figures}%",
            )
        )

    @api.model
    def _search_display_name(self, operator, value):
        """Extend the core method: at the counter a phone number finds its client."""
        domain = super()._search_display_name(operator, value)
        is_number = isinstance(value, str) and not re.search(r"[^\W\d_]", value)
        if self.env.context.get("care_search_phone") and operator == "ilike" and is_number:
            return Domain(domain) | Domain("phone_key", "ilike", value)
        return domain

    @api.model
    def _get_phone_figures(self, phone):
        """Return a phone number without anything but its figures.

        :rtype: str
        """
        return re.sub(r"\D", "", phone or "")
