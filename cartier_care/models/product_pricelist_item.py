from odoo import models


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    def _compute_base_price(self, product, quantity, uom, date, currency, **kwargs):
        """Extend the core method: a care service is priced from its catalogue price.

        A rule in percents or by formula on a service's product starts from the price of the
        catalogue (care-rules.md, 1) rather than from the product's list price, so that the
        catalogue stays the only home of service prices. The services come in the context key
        ``care_services`` as ``{product id: service id}``.
        """
        service_id = self.env.context.get("care_services", {}).get(product.id)
        if service_id and (self.base or "list_price") == "list_price":
            service = self.env["care.service"].sudo().browse(service_id)
            return service.currency_id._convert(
                service.base_price, currency, self.env.company, date, round=False
            )
        return super()._compute_base_price(product, quantity, uom, date, currency, **kwargs)
