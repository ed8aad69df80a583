from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext


class ResPartner(models.Model):
    """What clients may take with them: all that the house keeps about the care of their pieces.

    What clients never see on their pages (notes, costs, the staff) is not in it either.
    """

    _inherit = "res.partner"

    def _get_care_export(self, creations, orders, claims):
        """Return the client's data as plain values, ready for JSON.

        :param creations: the ``care.creation`` of the client, whose access was checked
        :param orders: the ``care.order`` of the client, whose access was checked
        :param claims: the ``care.creation.claim`` of the client
        :rtype: dict
        """
        self.ensure_one()
        client = self.sudo()
        return {
            "made_on": fields.Datetime.now().isoformat(),
            "client": {
                "name": client.name,
                "email": client.email or "",
                "phone": client.phone or "",
                "language": client.lang or "",
                "address": client._display_address(without_company=True).split("\n"),
            },
            "creations": [
                {
                    "number": creation.serial_number,
                    "is_provisional": creation.is_provisional,
                    "model": creation.product_id.name,
                    "metals": creation.metal_ids.mapped("name"),
                    "gems": creation.gem_ids.mapped("name"),
                    "size": creation.measure_label or "",
                    "since": str(creation.purchase_date or ""),
                    "is_lost": creation.state == "lost",
                }
                for creation in creations.sudo()
            ],
            "claims": [
                {
                    "number": claim.serial_number,
                    "date": claim.create_date.isoformat(),
                    "description": claim.description or "",
                    "is_answered": not claim._can_be_withdrawn(),
                }
                for claim in claims.sudo()
            ],
            "orders": orders.sudo()._get_portal_exports(),
        }


class CareOrder(models.Model):
    _inherit = "care.order"

    def _get_portal_exports(self):
        """Return what the clients of the orders may take with them, in batch.

        :rtype: list[dict]
        """
        messages = self._get_portal_messages()
        return [
            {
                **order._get_portal_export(),
                "messages": [order._get_message_export(message) for message in messages[order.id]],
            }
            for order in self
        ]

    def _get_portal_messages(self):
        """Return the messages that clients see on the pages of their orders, oldest first.

        :return: ``{id of the order: messages}``
        :rtype: dict
        """
        Message = self.env["mail.message"].sudo()
        domain = (
            Domain("model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("message_type", "in", ("comment", "email", "email_outgoing"))
            & Domain(Message._get_search_domain_share())
        )
        messages = defaultdict(Message.browse)
        for message in Message.search(domain, order="id"):
            messages[message.res_id] |= message
        return messages

    def _get_message_export(self, message):
        """Return a message as plain values; the staff speak for the house."""
        client = self.partner_id.commercial_partner_id
        is_client = message.author_id.commercial_partner_id == client
        return {
            "date": message.date.isoformat(),
            "from": message.author_id.name if is_client else self.company_id.name,
            "text": html2plaintext(message.body or "").strip(),
            "files": message.attachment_ids.mapped("name"),
        }

    def _get_portal_export(self):
        """Return one order as plain values: what its page shows, and its amounts as numbers."""
        self.ensure_one()
        page = self._get_portal_values()
        # An open estimate shows the services in their place.
        lines = (page["estimate"] or page)["lines"]
        return {
            "number": self.name,
            "status": page["present"]["title"],
            "creation": {"number": self.creation_id.serial_number, "model": page["creation"]},
            "boutique": page["place"]["name"],
            "requested_on": self.date_order.isoformat(),
            "received_on": self.date_received.isoformat() if self.date_received else "",
            "promised_for": str(self.date_promised or ""),
            "finished_on": self.date_done.isoformat() if self.date_done else "",
            "condition": page["condition"],
            "declared_value": self.declared_value,
            "approved_in_advance": self.pre_approved_amount,
            "currency": self.currency_id.name,
            "total": self.amount_total,
            "services": [
                {
                    "name": line["name"],
                    "wishes": line["details"],
                    "price": line["price"],
                    "reason": line["explanation"],
                    "is_optional": line["is_optional"],
                }
                for line in lines
            ],
            "estimates": [
                {
                    "number": estimate.name,
                    "total": estimate.amount_total,
                    "currency": estimate.currency_id.name,
                    "valid_until": str(estimate.date_valid_until),
                    "answer": estimate.state,
                    "signed_by": estimate.signed_by or "",
                    "signed_on": estimate.signed_on.isoformat() if estimate.signed_on else "",
                }
                for estimate in self.estimate_ids
            ],
            "invoices": [
                {
                    "number": move.name,
                    "date": str(move.invoice_date or ""),
                    "total": move.amount_total,
                    "currency": move.currency_id.name,
                }
                for move in self._get_portal_moves()
            ],
            "documents": [
                f"{self.access_url}/document/{kind}" for kind in self._get_portal_documents()
            ],
            "photos": [
                {
                    "address": f"{self.access_url}/photo/{photo['id']}/large",
                    "caption": photo["name"],
                    "marks": [f"{mark['kind']} {mark['note']}".strip() for mark in photo["marks"]],
                }
                for photo in page["photos"]
            ],
        }
