import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: How many messages the job sends between two commits.
CRON_BATCH = 20


class CareOrderMessage(models.Model):
    """A message to a client about an order, to be sent by a job, once for each event.

    The steps of an order only note that something is to be said. Templates are rendered, documents
    made and mails queued by the job, so that a broken template, a dead PDF engine or mail server
    stops nobody at the counter (design: mails queue outside transitions).
    """

    _name = "care.order.message"
    _description = "Message about a Care Order"
    _order = "id desc"
    _rec_name = "event"

    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    event = fields.Selection(
        [
            ("received", "Received"),
            ("estimate", "Estimate to answer"),
            ("estimate_reminder", "Estimate about to expire"),
            ("approved", "Approved"),
            ("delayed", "Delayed"),
            ("ready", "Ready"),
            ("unclaimed", "Unclaimed"),
            ("handed_over", "Handed over"),
            ("declined", "Going back unserviced"),
        ],
        required=True,
    )
    occurrence = fields.Integer(
        required=True,
        default=1,
        help="The version of an estimate, or which time the event took place.",
    )
    state = fields.Selection(
        [("pending", "To send"), ("sent", "Sent"), ("failed", "Failed")],
        default="pending",
        required=True,
        index=True,
    )
    error = fields.Char()

    _once = models.Constraint(
        "UNIQUE(order_id, event, occurrence)", "This message was sent already: nothing is to do."
    )
    _pending_idx = models.Index("(id) WHERE state = 'pending'")

    @api.model
    def _queue(self, orders, event, occurrences=None):
        """Note that clients are to be told of an event, unless they are not to be written to.

        :param orders: ``care.order`` records
        :param str event: a value of ``event``
        :param dict occurrences: ``{order: number}`` where the event may take place again
        :return: the messages that were not noted before
        """
        told = orders.sudo().filtered(
            lambda order: order.partner_id.email and not order.is_discreet
        )
        noted = {
            (message.order_id, message.occurrence)
            for message in self.sudo().search([("order_id", "in", told.ids), ("event", "=", event)])
        }
        vals_list = []
        for order in told:
            occurrence = (occurrences or {}).get(order, 1)
            if (order, occurrence) not in noted:
                vals_list.append({"order_id": order.id, "event": event, "occurrence": occurrence})
        messages = self.sudo().create(vals_list)
        if messages:
            self.env.ref("cartier_care.cron_care_order_message").sudo()._trigger()
        return messages

    @api.model
    def _cron_send(self):
        """Render and queue the pending messages, in committed batches; one failure stops no other.

        Odoo's own mail queue sends them and tries again when the mail server is down.
        """
        pending = self.search([("state", "=", "pending")], order="id")
        for start in range(0, len(pending), CRON_BATCH):
            batch = pending[start : start + CRON_BATCH].try_lock_for_update()
            for message in batch:
                message._send()
            left = len(pending) - start - len(batch)
            self.env["ir.cron"]._commit_progress(len(batch), remaining=max(left, 0))

    def _send(self):
        """Queue the mail of one message; what goes wrong is kept with it for people to see."""
        self.ensure_one()
        order = self.order_id
        template = self.env.ref(
            f"cartier_care.mail_template_care_{self.event}", raise_if_not_found=False
        )
        try:
            if not template:
                raise UserError(self.env._("The mail template of this event was deleted."))
            with self.env.cr.savepoint():
                template.send_mail(order.id, email_layout_xmlid="mail.mail_notification_light")
                self.write({"state": "sent", "error": False})
        except Exception as error:  # noqa: BLE001 a house's template may fail in any way
            _logger.info("The message %s about %s failed", self.event, order.name, exc_info=True)
            self.write({"state": "failed", "error": str(error)[:500]})

    def action_retry(self):
        """Put failed messages back in the queue."""
        self.check_access("write")
        self.filtered(lambda message: message.state == "failed").state = "pending"
        self.env.ref("cartier_care.cron_care_order_message").sudo()._trigger()
        return True
