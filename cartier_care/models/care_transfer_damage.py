from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .care_order import OPEN_STATES


class CareTransfer(models.Model):
    """What arrives damaged is received, shown, and held until the manager decides."""

    _inherit = "care.transfer"

    def action_report_damage(self, order_id, note, photo=None):
        """Record that a creation of the manifest arrived damaged.

        It is ticked off when it was still on its way, to be received with the rest; the note and
        the photo stay on its order, which is held for the care manager.

        :param int order_id: the id of a ``care.order`` of the manifest
        :param str note: what is seen; required
        :param photo: a picture in base64, when one was taken
        :raise AccessError: for others than who works where the transfer goes
        :raise UserError: without a note, or when the order is not on the manifest or closed
        """
        self.ensure_one()
        self._check_state("sent", "received")
        self._check_can_receive()
        note = self.env["care.order"]._clean_reason(
            note, self.env._("Write down what is damaged, then try again.")
        )
        transfer = self.sudo()
        order = transfer.order_ids.filtered(lambda one: one.id == order_id)
        if not order or order.state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "Only what came with %(transfer)s and is in the house's hands is reported "
                    "damaged here: choose an envelope of its manifest.",
                    transfer=self.name,
                )
            )
        transfer._tick(order & transfer._get_awaited_orders())
        order._hold_damaged(note, photo, transfer)
        return True


class CareOrder(models.Model):
    _inherit = "care.order"

    def _hold_damaged(self, note, photo, transfer):
        """Keep a damage on record, hold the order and ask its advisor and both ends to see to it.

        :param str note: what is seen
        :param photo: a picture in base64, if any; for the house only
        :param transfer: the ``care.transfer`` that the creation came with
        """
        self.ensure_one()
        self._lock_and_touch()
        vals = {"hold_reason": "manager"}
        if photo:
            vals["photo_ids"] = [Command.create(self._prepare_damage_photo_vals(note, photo))]
        self.write(vals)
        body = self.env._(
            "%(order)s arrived damaged with %(transfer)s: %(note)s",
            order=self.name,
            transfer=transfer.name,
            note=note,
        )
        for record in (self, transfer):
            record.message_post(body=body, subtype_xmlid="mail.mt_note")
        advisor = self.user_id or self.location_id.user_ids[:1] or self.env.user
        ends = transfer._get_searchers() - self.env.user
        # One of the boutique is enough, and an end that may not open the order reads the transfer.
        others = ends.filtered(
            lambda user: (
                user not in self.location_id.user_ids
                and self.with_user(user)
                .with_context(allowed_company_ids=user.company_ids.ids)
                .has_access("read")
            )
        )
        for user in advisor | others:
            asked = self.with_context(lang=user.lang) if user.lang else self
            asked.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=asked.env._("Arrived damaged: decide with the care manager"),
                user_id=user.id,
                date_deadline=fields.Date.context_today(self),
            )

    def _prepare_damage_photo_vals(self, note, photo):
        """Return the values of the photo of a damage."""
        self.ensure_one()
        return {"image_1920": photo, "name": note[:64], "stage": "arrival", "is_internal": True}
