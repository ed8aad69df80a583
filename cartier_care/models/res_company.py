import re

from odoo import fields, models

#: The least contrast of white text on a color (WCAG 2.1 AA).
MINIMAL_CONTRAST = 4.5


class ResCompany(models.Model):
    _inherit = "res.company"

    care_invoice_trigger = fields.Selection(
        selection=[
            ("ready", "When the work is ready"),
            ("hand_over", "At hand-over"),
            ("manual", "By hand"),
        ],
        string="Invoice Care Orders",
        default="ready",
        required=True,
    )
    care_auto_post_invoice = fields.Boolean(string="Post Care Invoices", default=True)
    care_send_invoice = fields.Boolean(string="Send Care Invoices by Email", default=True)
    care_down_payment_percent = fields.Float(string="Down Payment on Care Estimates (%)")
    care_estimate_validity_days = fields.Integer(string="Validity of Care Estimates", default=30)
    care_require_payment = fields.Boolean(string="Payment before Hand-over", default=True)
    care_polishing_threshold = fields.Integer(
        string="Polishings before Advice",
        default=3,
        help="From this number of polishings on, a jeweler must recommend the next one.",
    )
    care_warranty_months = fields.Integer(string="Warranty of Care (months)", default=12)
    care_unclaimed_days = fields.Integer(string="Days until Unclaimed", default=30)
    care_public_catalogue = fields.Boolean(
        string="Public Catalogue of Care",
        help="Services and prices are shown to everybody, without a login.",
    )

    _care_down_payment_percent_range = models.Constraint(
        "CHECK(care_down_payment_percent >= 0 AND care_down_payment_percent <= 100)",
        "The down payment on care estimates is a percentage: enter a number from 0 to 100.",
    )

    def _get_care_accent(self):
        """Return the company's own color where it set one that white text can be read on.

        :return: a color as ``#rrggbb``, or an empty text for the house's own accent
        :rtype: str
        """
        self.ensure_one()
        color = self.primary_color or ""
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
            return ""
        channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [
            channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4
            for channel in channels
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return color if 1.05 / (luminance + 0.05) >= MINIMAL_CONTRAST else ""
