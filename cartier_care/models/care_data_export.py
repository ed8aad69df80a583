from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext


def get_label(record, name):
    """Return a selection's value in words, in the reader's language."""
    return dict(record._fields[name]._description_selection(record.env)).get(record[name], "")


def get_text(binary):
    """Return a picture of a field as text in base64, or an empty text."""
    return binary.decode() if binary else ""


def get_moment(value):
    """Return a date or a moment as text, or an empty text."""
    return value.isoformat() if value else ""


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
                "company": client.commercial_company_name or "",
                "tax_number": client.vat or "",
                "language": client.lang or "",
                "address": client._display_address(without_company=True).split("\n"),
            },
            "creations": [
                {
                    "number": creation.serial_number,
                    "is_provisional": creation.is_provisional,
                    "model": creation.product_id.name,
                    "kind": get_label(creation, "creation_type"),
                    "collection": creation.collection_id.name or "",
                    "metals": creation.metal_ids.mapped("name"),
                    "gems": creation.gem_ids.mapped("name"),
                    "size": creation.measure_label or "",
                    "since": get_moment(creation.purchase_date),
                    "status": get_label(creation, "state"),
                    "is_lost": creation.state == "lost",
                    "reproduced_from": creation.original_id.serial_number or "",
                    "services_before": creation.prior_service_ids.mapped("name"),
                }
                for creation in creations.sudo()
            ],
            "claims": [
                {
                    "number": claim.serial_number,
                    "date": claim.create_date.isoformat(),
                    "boutique": claim.location_id.name or "",
                    "description": claim.description or "",
                    "proof": get_text(claim.proof_image),
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
        payments = self._get_portal_payments()
        return [
            {
                **order._get_portal_export(),
                "invoices": [
                    order._get_invoice_export(move, payments[move.id])
                    for move in order._get_portal_moves()
                ],
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

    def _get_portal_payments(self):
        """Return what was paid or credited on the invoices of the orders, as plain values.

        :return: ``{id of the invoice: payments}``
        :rtype: dict
        """
        moves = self.invoice_ids
        payments = defaultdict(list)
        partials = self.env["account.partial.reconcile"].search(
            Domain("debit_move_id.move_id", "in", moves.ids)
            | Domain("credit_move_id.move_id", "in", moves.ids),
            order="max_date, id",
        )
        for partial in partials:
            debit, credit = partial.debit_move_id, partial.credit_move_id
            for line, other, amount in (
                (debit, credit, partial.debit_amount_currency),
                (credit, debit, partial.credit_amount_currency),
            ):
                if line.move_id in moves:
                    payments[line.move_id.id].append(
                        {
                            "date": get_moment(other.date),
                            "amount": amount,
                            "currency": line.currency_id.name,
                            "reference": other.move_id.name,
                        }
                    )
        # Without full accounting some payments have no entry; others are still on their way.
        for payment in moves.matched_payment_ids.filtered(
            lambda payment: not payment.move_id and payment.state in ("in_process", "paid")
        ):
            for move in payment.invoice_ids & moves:
                payments[move.id].append(
                    {
                        "date": get_moment(payment.date),
                        "amount": payment.amount,
                        "currency": payment.currency_id.name,
                        "reference": payment.name or "",
                    }
                )
        return payments

    def _get_invoice_export(self, move, payments):
        """Return an invoice of the order and its payments as plain values."""
        return {
            "number": move.name,
            "is_credit_note": move.move_type == "out_refund",
            "date": get_moment(move.invoice_date),
            "total": move.amount_total,
            "left_to_pay": move.amount_residual,
            "currency": move.currency_id.name,
            "document": f"{self.access_url}/invoice/{move.id}",
            "payments": payments,
        }

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
        return {
            "number": self.name,
            "page": self.access_url,
            "status": page["present"]["title"],
            "creation": {"number": self.creation_id.serial_number, "model": page["creation"]},
            "boutique": page["place"]["name"],
            "requested_on": get_moment(self.date_order),
            "received_on": get_moment(self.date_received),
            "promised_for": get_moment(self.date_promised),
            "ready_on": get_moment(self.date_ready),
            "finished_on": get_moment(self.date_done),
            "ending": get_label(self, "disposition"),
            "visit": self._get_visit_export(),
            "condition": page["condition"],
            "weight_in": self.weight_in,
            "weight_out": self.weight_out,
            "declared_value": self.declared_value,
            "is_discreet": self.is_discreet,
            "approved_in_advance": self.pre_approved_amount,
            "approved_in_advance_by": self.pre_approved_by or "",
            "approved_in_advance_on": get_moment(self.pre_approved_on),
            "approved_in_advance_signature": get_text(self.pre_approval_signature),
            "consented_by": self.consented_by or "",
            "declined_because": self.decline_reason or "",
            "currency": self.currency_id.name,
            "total": self.amount_total,
            "services": [line._get_portal_export() for line in self.line_ids._sort_for_portal()],
            "estimates": [
                estimate._get_portal_export(self.access_url) for estimate in self.estimate_ids
            ],
            "documents": [
                f"{self.access_url}/document/{kind}" for kind in self._get_portal_documents()
            ],
            "photos": [
                {
                    "address": f"{self.access_url}/photo/{photo['id']}/large",
                    "caption": photo["name"],
                    "is_after": photo["is_after"],
                    "marks": [
                        f"{mark['number']} {mark['kind']} {mark['note']}".strip()
                        for mark in photo["marks"]
                    ],
                }
                for photo in page["photos"]
            ],
            "parts_removed": [
                {
                    "name": removal.name,
                    "quantity": removal.quantity,
                    "weight": removal.weight,
                    "what_becomes_of_it": get_label(removal, "fate"),
                }
                for removal in self.removal_ids
            ],
            "hand_over": self._get_hand_over_export(),
        }

    def _get_visit_export(self):
        """Return how the creation came: what the client signed and said at the intake."""
        intake = self.intake_id
        return {
            "number": intake.name or "",
            "date": get_moment(intake.date),
            "signed_by": intake.signed_by or "",
            "signature": get_text(intake.signature),
            "authorized_collector": intake.authorized_collector or "",
            "parcel": " ".join(filter(None, [intake.inbound_carrier, intake.inbound_tracking])),
        }

    def _get_hand_over_export(self):
        """Return how the creation went home; the signature of somebody else is theirs."""
        is_owner = self.collector_role == "owner"
        intake = self.intake_id
        address = intake.return_partner_id or self.partner_id
        parcel = filter(
            None,
            [
                self.return_carrier or intake.return_carrier,
                self.return_tracking or intake.return_tracking,
            ],
        )
        is_parcel = self.return_method == "parcel"
        return {
            "way": get_label(intake, "return_method") if intake else "",
            "address": address._display_address(without_company=True).split("\n")
            if is_parcel
            else [],
            "parcel": " ".join(parcel) if is_parcel else "",
            "collected_by": self.collected_by or "",
            "is_collected_by_client": bool(self.collected_by) and is_owner,
            "is_identity_checked": self.is_collector_verified,
            "is_authorization_seen": self.has_owner_authorization,
            "signature": get_text(is_owner and self.collection_signature),
            "arrival": get_label(self, "arrival"),
            "arrival_on": get_moment(self.arrival_on),
            "arrival_remark": self.arrival_note or "",
        }


class CareOrderLine(models.Model):
    _inherit = "care.order.line"

    def _get_portal_export(self):
        """Return what a client asked for on a line, what it costs, and what became of it."""
        self.ensure_one()
        shown = self._get_portal_values()
        address = self.order_id.access_url
        return {
            "name": shown["name"],
            "is_part": shown["is_part"],
            "wishes": shown["details"],
            "engraving": {
                "text": self.engraving_text or "",
                "language": self.engraving_language or "",
                "place": self.engraving_position or "",
                "design": f"{address}/design/{self.id}/large" if self.engraving_image else "",
            }
            if self.requires_proof
            else {},
            "price": shown["price"],
            "amount": self.price_total,
            "reason": shown["explanation"],
            "is_optional": shown["is_optional"],
            "is_accepted": self.is_accepted,
            "outcome": get_label(self, "outcome") if self.line_type == "service" else "",
        }


class CareEstimate(models.Model):
    _inherit = "care.estimate"

    def _get_portal_export(self, address):
        """Return an estimate as it was sent, and what the client answered.

        :param str address: of the page of its order
        """
        self.ensure_one()
        return {
            "number": self.name,
            "total": self.amount_total,
            "currency": self.currency_id.name,
            "valid_until": get_moment(self.date_valid_until),
            "answer": self.state,
            "signed_by": self.signed_by or "",
            "signed_on": get_moment(self.signed_on),
            "signature": get_text(self.signature),
            "document": f"{address}/estimate/{self.id}"
            if self in self.order_id._get_portal_signed_estimates()
            else "",
            "services": [
                {
                    "name": line.name or "",
                    "quantity": line.quantity,
                    "amount": line.price_total,
                    "reason": line.price_explanation or "",
                    "engraving": line.engraving_text or "",
                    "is_optional": line.is_optional,
                    "is_accepted": line.is_accepted,
                }
                for line in self.line_ids
            ],
        }
