from odoo import api, models
from odoo.tools import format_amount

from .care_service import format_number


class CareService(models.Model):
    """What the client's pages show of the catalogue."""

    _inherit = "care.service"

    @api.model
    def _get_portal_catalogue(self, partner, company):
        """Return the catalogue by category, with the prices of a client.

        :param partner: the ``res.partner`` whose pricelist applies
        :param company: the ``res.company`` that bills
        :return: a dict per category: ``name``, ``description`` and ``services``, each with
            ``name``, ``description``, ``conditions``, ``steps`` and ``price`` (texts)
        :rtype: list[dict]
        """
        order = (
            self.env["care.order"]
            .sudo()
            .with_company(company)
            .new({"partner_id": partner.id, "company_id": company.id})
        )
        services = self.sudo().search([("category_id.active", "=", True)])
        prices = services._get_base_prices(order)
        return [
            {
                "code": category.code,
                "name": category.name,
                "description": category.description or "",
                "services": [
                    {
                        "code": service.code,
                        "name": service.name,
                        "description": service.description or "",
                        "conditions": service.conditions or "",
                        "steps": " · ".join(service.operation_ids.sorted().mapped("name")),
                        "price": service._get_portal_price(
                            format_amount(self.env, prices[service.id], order.currency_id)
                        ),
                    }
                    for service in category_services
                ],
            }
            for category, category_services in services.grouped("category_id").items()
        ]

    def _get_portal_price(self, amount):
        """Return how the catalogue announces the price of the service.

        :param str amount: the catalogue price as text
        :rtype: str
        """
        self.ensure_one()
        if self.price_policy == "complimentary":
            return self.env._("Complimentary")
        if self.price_policy == "first_complimentary":
            return self.env._("Complimentary the first time, then from %(amount)s", amount=amount)
        if self.price_policy == "on_request":
            return self.env._("On estimate")
        if self.price_is_minimum or self._may_need_part():
            return self.env._("From %(amount)s", amount=amount)
        return amount

    def _may_need_part(self):
        """Tell whether parts may come on top of the price of the service."""
        self.ensure_one()
        return self.accepts_part or self.requires_part

    def _get_portal_details(self, creation):
        """Return what a request for this service asks the client.

        :param creation: the ``care.creation`` to be cared for
        :return: ``kind`` of detail (``adjustment``, ``engraving``, ``cord_color``,
            ``clasp_request`` or nothing), with its ``label``, ``help`` and ``capacity``
        :rtype: dict
        """
        self.ensure_one()
        if self.adjustment_unit:
            unit = self._get_adjustment_unit_label()
            return {
                "kind": "adjustment",
                "label": self.env._("Change in %(unit)s, such as 1 or −0.5", unit=unit),
                "help": self.env._(
                    "Up to %(limit)s %(unit)s in either direction.",
                    limit=format_number(self.env, self.adjustment_limit),
                    unit=unit,
                )
                if self.adjustment_limit
                else "",
            }
        if self.requires_proof:
            capacity = creation.engraving_capacity
            return {
                "kind": "engraving",
                "capacity": capacity,
                "help": self.env._("There is space for %(count)s characters.", count=capacity)
                if capacity
                else "",
            }
        return {"kind": self.requested_detail or ""}
