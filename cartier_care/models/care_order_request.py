import uuid

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .care_order import OPEN_STATES


class CareOrder(models.Model):
    """Requests for care that clients make and take back on their pages, and their links."""

    _inherit = "care.order"

    @api.model
    def _request_care(self, creation, lines, location, return_method, note="", photos=()):
        """Make a client's request: a draft order in an intake, and a task for the boutique.

        Runs with the rights of the house; the caller has checked that the creation is the
        reader's.

        :param creation: one ``care.creation``
        :param list lines: values of ``care.order.line``
        :param location: the ``care.location`` that takes it in
        :param str return_method: ``boutique`` or ``parcel``
        :param str note: what the client describes
        :param photos: pictures in base64
        :return: the order
        :rtype: care.order
        :raise UserError: when the creation is in care already, or may not have a service
        """
        creation = creation.sudo()
        # Of two requests sent at once the second fails to serialize and finds the first one.
        self.env.cr.execute(
            SQL("UPDATE care_creation SET write_date = write_date WHERE id = %s", creation.id)
        )
        self._check_no_request(creation)
        intake = (
            self.env["care.intake"]
            .sudo()
            .create(
                {
                    "partner_id": creation.partner_id.id,
                    "company_id": location.company_id.id,
                    "location_id": location.id,
                    "user_id": False,
                    "channel": "portal",
                    "return_method": return_method,
                    "return_partner_id": creation.partner_id.id
                    if return_method == "parcel"
                    else False,
                }
            )
        )
        order = self.sudo().create(
            {
                "intake_id": intake.id,
                "partner_id": creation.partner_id.id,
                "creation_id": creation.id,
                "company_id": location.company_id.id,
                "location_id": location.id,
                "user_id": self._get_request_advisor(creation, location).id,
                "line_ids": [Command.create(vals) for vals in lines],
                "photo_ids": [
                    Command.create(
                        {
                            "image_1920": photo,
                            "name": self.env._("Photo of the client %(number)s", number=number),
                            "sequence": number,
                        }
                    )
                    for number, photo in enumerate(photos, start=1)
                ],
            }
        )
        order._announce_request(note)
        return order

    @api.model
    def _check_no_request(self, creation):
        """Refuse a second request for a creation, or one that the house holds.

        :raise UserError: naming the order that there is
        """
        other = self.sudo().search(
            [("creation_id", "=", creation.id), ("state", "in", ("draft", *OPEN_STATES))],
            limit=1,
        )
        if not other:
            return
        if other.partner_id.commercial_partner_id == creation.partner_id.commercial_partner_id:
            raise UserError(
                self.env._(
                    "Your creation is on %(order)s already: follow it there.", order=other.name
                )
            )
        raise UserError(
            self.env._("Please call your boutique about this creation: it is in care already.")
        )

    @api.model
    def _get_request_advisor(self, creation, location):
        """Return who answers a request: the client's last advisor there, else the first one."""
        last = self.sudo().search(
            [
                ("partner_id", "=", creation.partner_id.id),
                ("location_id", "=", location.id),
                ("user_id.active", "=", True),
            ],
            order="id desc",
            limit=1,
        )
        return last.user_id or location.sudo().user_ids.filtered("active")[:1]

    def _announce_request(self, note):
        """Tell the boutique of a request, in the client's own words."""
        self.ensure_one()
        if note:
            self.with_context(mail_notify_force_send=False).message_post(
                author_id=self.partner_id.id,
                body=note,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        watcher = self._get_watcher()
        lang = watcher.lang or self.company_id.partner_id.lang
        order = self.with_context(lang=lang) if lang else self
        is_parcel = self.return_method == "parcel"
        order.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=order.env._("Request of a client: send a parcel kit")
            if is_parcel
            else order.env._("Request of a client: propose a visit"),
            user_id=watcher.id,
        )

    def _withdraw_request(self):
        """Take a client's request back.

        :raise UserError: when it is none, or the house has received the creation since
        """
        self.ensure_one()
        if not self._can_be_withdrawn():
            raise UserError(
                self.env._("This request can no longer be withdrawn: please write to us.")
            )
        self._lock_and_touch()
        self.sudo().action_cancel()
        self.sudo().activity_ids.unlink()

    # ------------------------------------------------------------------
    # Links
    # ------------------------------------------------------------------
    def action_renew_link(self):
        """Give the orders new links; the old ones, and their QR codes, lead nowhere from now on.

        :raise AccessError: when the user may not edit the orders
        """
        self.check_access("write")
        self._renew_link()
        return True

    def _renew_link(self):
        """Change the tokens of the orders; the callers have checked the right to."""
        for order in self.sudo():
            order._write_by_system({"access_token": str(uuid.uuid4())})
        # Whoever had the link may have followed it to the invoices, which have links of their own.
        for move in self.sudo().invoice_ids.filtered("access_token"):
            move.access_token = str(uuid.uuid4())
        self._get_conversation_files()._renew_care_links()

    def _get_conversation_files(self):
        """Return the files in the conversations of the orders and of their invoices.

        :rtype: ir.attachment
        """
        domain = Domain.OR(
            Domain("model", "=", records._name) & Domain("res_id", "in", records.ids)
            for records in (self, self.sudo().invoice_ids)
        )
        return self.env["mail.message"].sudo().search(domain).attachment_ids
