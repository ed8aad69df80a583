from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .care_order import MANAGER, OPEN_STATES


class CareErasure(models.Model):
    """That a client's photos, links and notes were erased: by whom and when, without the data."""

    _name = "care.erasure"
    _description = "Erasure of a Client's Care Data"
    _order = "id desc"
    _rec_name = "client"

    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="Erased By", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    client = fields.Char(
        required=True, readonly=True, help="The first letters of the name: enough to find it again."
    )
    order_count = fields.Integer(string="Orders", readonly=True)
    photo_count = fields.Integer(string="Photos Erased", readonly=True)
    link_count = fields.Integer(string="Links Closed", readonly=True)
    message_count = fields.Integer(string="Messages Erased", readonly=True)

    @api.model
    def _mask(self, name):
        """Return a name of which only the first letters are left.

        :rtype: str
        """
        return " ".join(word[0] + "…" for word in (name or "").split()) or "…"


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_care_orders_to_erase(self):
        """Return the client's orders in the companies of the user, archived ones too.

        :raise UserError: when the house holds one of the client's creations
        """
        self.ensure_one()
        orders = (
            self.env["care.order"]
            .with_context(active_test=False)
            .search([("partner_id", "child_of", self.commercial_partner_id.ids)])
        )
        held = orders.filtered(lambda order: order.state in OPEN_STATES)
        if held:
            raise UserError(
                self.env._(
                    "The house holds creations of this client (%(orders)s): hand them over first, "
                    "since their photos and notes protect the client too.",
                    orders=", ".join(held.mapped("name")),
                )
            )
        return orders

    def action_erase_care_data(self):
        """Erase a client's photos, links and notes of care; what was signed or billed stays.

        Invoices, estimates with their signatures, and which service a creation has had stay: the
        house owes the first to the law, the last to the creation's next owner.

        :return: the record of it
        :rtype: care.erasure
        :raise AccessError: for anybody but a care manager
        :raise UserError: when the house holds one of the client's creations
        """
        self.ensure_one()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only the care manager erases a client's data."))
        self.check_access("read")
        orders = self._get_care_orders_to_erase()
        orders._lock_and_touch()
        return self.sudo()._erase_care_data(orders.sudo())

    def _erase_care_data(self, orders):
        """Erase the data, as superuser; the caller has checked the right to.

        :param orders: the client's ``care.order``
        :rtype: care.erasure
        """
        partners = Domain("partner_id", "child_of", self.commercial_partner_id.ids)
        claims = self.env["care.creation.claim"].search(
            partners & Domain("company_id", "in", self.env.companies.ids)
        )
        intakes = orders.intake_id
        photos = orders.photo_ids
        invoices = orders.invoice_ids
        linked = [
            *orders.filtered("access_token"),
            *intakes.filtered("access_token"),
            *invoices.filtered("access_token"),
        ]
        creations = orders.creation_id.filtered_domain(partners)
        sources = (orders, intakes, claims, creations)
        messages = self._get_care_messages_to_erase(sources)
        tasks = self._get_care_records_to_erase("mail.activity", "res_model", sources)
        # Pictures and signatures of fields are not among them.
        files = self._get_care_records_to_erase("ir.attachment", "res_model", sources)
        erasure = self.env["care.erasure"].create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "client": self.env["care.erasure"]._mask(self.name),
                "order_count": len(orders),
                "photo_count": len(photos) + len(claims.filtered("proof_image")),
                "link_count": len(linked),
                "message_count": len(messages),
            }
        )
        photos.unlink()
        (messages.attachment_ids | files).unlink()
        messages.unlink()
        tasks.unlink()
        orders._write_by_system(
            {
                "access_token": False,
                "condition_note": False,
                "internal_note": False,
                "decline_reason": False,
                "arrival_note": False,
            }
        )
        intakes.write({"access_token": False, "note": False})
        invoices.write({"access_token": False})
        orders._get_conversation_files()._renew_care_links()
        claims.write({"description": False, "proof_image": False, "note": False})
        creations.write({"note": False})
        orders.removal_ids._erase_notes()
        self._erase_care_wishes(orders)
        self._message_log(
            body=self.env._(
                "Photos, links and notes of care were erased; invoices, estimates and the care "
                "that the creations received stay."
            )
        )
        return erasure

    def _erase_care_wishes(self, orders):
        """Erase the words and designs of engravings that were neither signed for nor carried out.

        The others are on the creation for good, and in what the client has signed.

        :param orders: the client's ``care.order``, of which the house holds nothing
        """
        wishes = {f"engraving_{name}": False for name in ("text", "language", "position", "image")}
        lines = orders.line_ids.filtered(
            lambda line: line.requires_proof and line.outcome != "done" and line.state != "draft"
        )
        lines._write_by_system(wishes)
        unsigned = orders.estimate_ids.filtered(lambda estimate: not estimate.signed_on)
        unsigned.line_ids.write(wishes)

    def _get_care_messages_to_erase(self, sources):
        """Return what was written on the client's records, by whoever, and in tasks that are done.

        :param sources: recordsets of models that have a conversation
        """
        messages = self._get_care_records_to_erase("mail.message", "model", sources)
        return messages.filtered(
            lambda message: (
                # Odoo tells whom a task is given to what it says, and keeps that.
                message.message_type in ("comment", "email", "email_outgoing", "user_notification")
                or message.mail_activity_type_id
            )
        )

    def _get_care_records_to_erase(self, model, model_field, sources):
        """Return what hangs on the client's records, archived ones too.

        :param str model: such as ``mail.activity``
        :param str model_field: its field that names the model of the record it hangs on
        :param sources: recordsets of models that have a conversation
        """
        domain = Domain.OR(
            Domain(model_field, "=", records._name) & Domain("res_id", "in", records.ids)
            for records in sources
        )
        return self.env[model].sudo().with_context(active_test=False).search(domain)
