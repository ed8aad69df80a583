from odoo import models
from odoo.tools import format_date


class CareCreation(models.Model):
    """What the client's pages show of a creation: its passport."""

    _inherit = "care.creation"

    def _get_portal_passports(self, partner):
        """Return the passports of creations, in batch.

        :param partner: the commercial ``res.partner`` who reads: only care of their own is listed
        :return: a dict per creation: its identity, the ``services`` it received, the
            ``complimentary`` services left, and where it is in care
        :rtype: list[dict]
        """
        creations = self.sudo()
        orders = (
            self.env["care.order"]
            .sudo()
            .search(
                [
                    ("creation_id", "in", creations.ids),
                    ("partner_id", "child_of", partner.ids),
                    ("state", "!=", "cancel"),
                ],
                order="date_done desc, id desc",
            )
            .grouped("creation_id")
        )
        used = creations._get_used_first_times()
        first_times = (
            self.env["care.service"].sudo().search([("price_policy", "=", "first_complimentary")])
        )
        return [
            creation._get_portal_passport(
                orders.get(creation, self.env["care.order"].sudo()),
                first_times.filtered(
                    lambda service, creation=creation: (
                        service.id not in used.get(creation.lineage_key, ())
                        and not service._get_refusals(creation, {})
                    )
                ),
            )
            for creation in creations
        ]

    def _get_portal_passport(self, orders, complimentary):
        """Return the passport of one creation.

        :param orders: the reader's ``care.order`` of it
        :param complimentary: the ``care.service`` it may still have with our compliments
        :rtype: dict
        """
        self.ensure_one()
        # All orders of the page are read together.
        orders_read = orders._prefetch_ids
        finished = orders.filtered(lambda order: order.state == "done").with_prefetch(orders_read)
        current = (orders - finished)[:1].with_prefetch(orders_read)
        return {
            "id": self.id,
            "name": self.product_id.name,
            "serial_number": self.serial_number,
            "is_provisional": self.is_provisional,
            "size": self.measure_label or "",
            "metals": ", ".join(self.metal_ids.mapped("name")),
            "gems": ", ".join(self.gem_ids.mapped("name")),
            "since": format_date(self.env, self.purchase_date, date_format="long")
            if self.purchase_date
            else "",
            "is_lost": self.state == "lost",
            "current": {
                "url": current.access_url,
                "status": current._get_portal_status(),
            }
            if current
            else None,
            "complimentary": complimentary.mapped("name"),
            "history": [
                {
                    "url": order.access_url,
                    "name": order.name,
                    "date": order._format_day(order.date_done),
                    "services": order._get_serviced().mapped("name"),
                    "documents": list(order._get_portal_documents()),
                }
                for order in finished
                if order._get_serviced()
            ],
        }
