from odoo import models

from .care_service import format_number


class CareOrderLine(models.Model):
    """What the client's pages show of an intervention or a part."""

    _inherit = "care.order.line"

    def _sort_for_portal(self):
        """Return the lines by intervention, each followed by its parts."""
        return self.sorted(
            lambda line: (
                (line.service_line_id or line).is_optional,
                (line.service_line_id or line).sequence,
                (line.service_line_id or line)._origin.id,
                line.line_type != "service",
                line.sequence,
                line._origin.id,
            )
        )

    def _get_portal_values(self):
        """Return what a client may know of the line, as plain values.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "id": self._origin.id or self.id,
            "name": self._get_portal_name(),
            "is_part": self.line_type == "part",
            "details": self._get_portal_details(),
            # A design belongs to what has a proof: the others are spared the look-up.
            "design": self.requires_proof and bool(self.engraving_image),
            "price": self._get_portal_price(),
            "is_free": self._is_free_for_client(),
            "explanation": self._get_price_explanation(),
            "is_optional": (self.service_line_id or self).is_optional,
            "is_choice": self.line_type == "service" and self.is_optional,
            "is_accepted": self.is_accepted,
            "is_recommended": self.is_recommended,
            "alternative": self.alternative_service_id.name or "",
        }

    def _get_portal_name(self):
        """Return the name of the line, in the reader's language where it is the catalogue's."""
        self.ensure_one()
        lang = self.order_id.partner_id.lang
        if lang and lang != self.env.lang:
            item = self.service_id if self.line_type == "service" else self.product_id
            if item.with_context(lang=lang).name == self.name:
                return item.name
        return self.name

    def _is_free_for_client(self):
        """Tell whether the price is said in a word rather than as an amount."""
        self.ensure_one()
        return self.price_origin == "to_estimate" or self.currency_id.is_zero(self.price_total)

    def _get_portal_price(self):
        """Return the price as the client reads it: a word where nothing is charged."""
        self.ensure_one()
        if self.price_origin == "to_estimate":
            return self.env._("To be estimated")
        if self.currency_id.is_zero(self.price_total):
            return {
                "included": self.env._("Included"),
                "not_feasible": self.env._("Not charged"),
                "warranty": self.env._("Under warranty"),
            }.get(self.price_origin, self.env._("Complimentary"))
        is_included = any(self.tax_ids.mapped("price_include"))
        text = self.order_id._format_amount(
            self.price_total if is_included else self.price_subtotal
        )
        if self._is_price_minimum() and not self.order_id._has_firm_prices():
            return self.env._("From %(amount)s", amount=text)
        return text

    def _get_portal_details(self):
        """Return what the client asked for on the line, in words."""
        self.ensure_one()
        details = []
        if self.adjustment_unit and self.adjustment:
            details.append(self._get_portal_change())
        if self.engraving_text:
            details.append(self.env._("Text: “%(text)s”", text=self.engraving_text))
        if self.engraving_position:
            details.append(self.env._("Where: %(place)s", place=self.engraving_position))
        if self.cord_color:
            details.append(self.env._("Color: %(color)s", color=self.cord_color))
        if self.clasp_request:
            details.append(self.env._("Clasp: %(clasp)s", clasp=self.clasp_request))
        if self.line_type == "part" and self.quantity != 1:
            details.append(
                self.env._("Quantity: %(number)s", number=format_number(self.env, self.quantity))
            )
        if self.outcome_note:
            details.append(self.outcome_note)
        return details

    def _get_portal_change(self):
        """Return a change of size in words."""
        self.ensure_one()
        sign = "+" if self.adjustment > 0 else "−"
        number = sign + format_number(self.env, abs(self.adjustment))
        if self.adjustment_unit == "cm":
            return self.env._("Change: %(number)s cm", number=number)
        if abs(self.adjustment) == 1:
            return self.env._("Change: %(number)s size", number=number)
        return self.env._("Change: %(number)s sizes", number=number)
