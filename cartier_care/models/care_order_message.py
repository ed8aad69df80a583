import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context
from odoo.tools.translate import LazyTranslate

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

#: How often the job tries to send a message before people have to look at it: for about a day.
MAX_ATTEMPTS = 8
#: Minutes until the second attempt; each further one waits twice as long.
FIRST_PAUSE = 10
#: What a mail server may refuse now and take later. Anything else, a wrong address say, stays.
PASSING_FAILURES = (False, "unknown", "mail_smtp")


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
            ("returned", "Returned unserviced"),
            ("declined", "Going back unserviced"),
            ("invoice", "Invoice"),
        ],
        required=True,
    )
    occurrence = fields.Integer(
        required=True,
        default=1,
        help="The version of an estimate, the id of an invoice, or which time the event took "
        "place.",
    )
    state = fields.Selection(
        [("pending", "To send"), ("sent", "Sent"), ("failed", "Failed")],
        string="Status",
        default="pending",
        required=True,
        index=True,
    )
    error = fields.Char()
    mail_id = fields.Many2one(
        "mail.mail", string="Email", index="btree_not_null", ondelete="set null", copy=False
    )
    attempts = fields.Integer(copy=False)
    date_next = fields.Datetime("Next Attempt", copy=False)

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
        messages = self.sudo().with_context(clean_context(self.env.context)).create(vals_list)
        if messages:
            self.env.ref("cartier_care.cron_care_order_message").sudo()._trigger()
        return messages

    @api.model
    def _note_invoice_mail(self, move, mail):
        """Keep watch over the mail of an invoice, which Odoo writes itself and tries to send once.

        :param move: an invoice or credit note of care
        :param mail: the ``mail.mail`` that takes it to the client
        """
        order = move.sudo().care_order_ids[:1]
        noted = self.sudo().search(
            [("order_id", "=", order.id), ("event", "=", "invoice"), ("occurrence", "=", move.id)]
        )
        values = {
            "state": "sent",
            "mail_id": mail.id,
            "error": False,
            "attempts": 0,
            "date_next": False,
        }
        if noted:
            noted.write(values)
        else:
            key = {"order_id": order.id, "event": "invoice", "occurrence": move.id}
            self.sudo().with_context(clean_context(self.env.context)).create({**key, **values})

    @api.model
    def _cron_send(self):
        """Render and queue what is pending, and queue again what the mail server refused.

        Each message is committed by itself, its attempt before it is made: one on which the PDF
        engine, or the whole job, dies waits for its turn and stops no other.
        """
        refused = self._retry_refused_mails()
        due = self.search(self._get_due_domain(), order="id")
        for index, message in enumerate(due, start=1):
            if message._claim():
                self.env["ir.cron"]._commit_progress()
                message._send()
            self.env["ir.cron"]._commit_progress(1, remaining=len(due) - index)
        if due or refused:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    @api.model
    def _get_due_domain(self):
        """Return the domain of messages to send now: new ones, and failed ones in their turn."""
        return [
            ("state", "in", ("pending", "failed")),
            "|",
            ("date_next", "<=", fields.Datetime.now()),
            "&",
            ("date_next", "=", False),
            ("state", "=", "pending"),
        ]

    def _claim(self):
        """Count an attempt at a message before it is made.

        :return: whether it is still to be sent, and by us
        """
        self.ensure_one()
        if not self.try_lock_for_update() or self.state == "sent":
            return False
        self._count_attempt()
        return True

    def _count_attempt(self):
        """Note an attempt, and when the next one is due should it fail."""
        self.ensure_one()
        pause = timedelta(minutes=FIRST_PAUSE * 2**self.attempts)
        self.write({"attempts": self.attempts + 1, "date_next": fields.Datetime.now() + pause})
        self.env.ref("cartier_care.cron_care_order_message").sudo()._trigger(at=self.date_next)

    def _send(self):
        """Queue the mail of one message; what goes wrong is kept with it for people to see."""
        self.ensure_one()
        order = self.order_id
        template = self.env.ref(
            f"cartier_care.mail_template_care_{self.event}", raise_if_not_found=False
        )
        try:
            if self.event == "invoice":
                raise UserError(self.env._("Its mail was deleted: send the invoice again."))
            if not template:
                raise UserError(self.env._("The mail template of this event was deleted."))
            with self.env.cr.savepoint():
                mail_id = template.send_mail(
                    order.id, email_layout_xmlid="cartier_care.mail_layout_care"
                )
                self.write(
                    {
                        "state": "sent",
                        "mail_id": mail_id,
                        "error": False,
                        "attempts": 0,
                        "date_next": False,
                    }
                )
        except Exception as error:  # noqa: BLE001 a house's template may fail in any way
            _logger.info("The message %s about %s failed", self.event, order.name, exc_info=True)
            self._note_failure(error, self.attempts >= MAX_ATTEMPTS)

    @api.model
    def _retry_refused_mails(self):
        """Queue mails again that the mail server refused; Odoo's own queue tries each once.

        :return: the messages of these mails
        """
        refused = self.search([("state", "=", "sent"), ("mail_id.state", "=", "exception")])
        retried = self.browse()
        for message in refused:
            mail = message.mail_id.sudo()
            is_passing = mail.failure_type in PASSING_FAILURES
            if message.attempts >= MAX_ATTEMPTS or not is_passing:
                message._note_failure(mail.failure_reason, True)
            elif not message.date_next or message.date_next <= fields.Datetime.now():
                message._count_attempt()
                message.error = (mail.failure_reason or "")[:500]
                mail.mark_outgoing()
                retried |= message
        return retried

    def _note_failure(self, error, is_final):
        """Keep what went wrong with a message; after the last attempt, ask somebody to look.

        :param error: what people may read
        :param bool is_final: whether the job does not try again by itself
        """
        self.ensure_one()
        self.write({"state": "failed", "error": str(error or "")[:500]})
        if is_final:
            self.date_next = False
            self.order_id.sudo()._schedule_once(
                _lt("A message to the client could not be sent"),
                fields.Date.context_today(self),
                activity_type="mail.mail_activity_data_warning",
            )

    def action_retry(self):
        """Put failed messages back in the queue, with a mail that exists already as it is."""
        self.check_access("write")
        failed = self.filtered(lambda message: message.state == "failed")
        failed.write({"state": "pending", "attempts": 0, "date_next": False})
        made = failed.filtered("mail_id")
        made.state = "sent"
        made.sudo().mail_id.mark_outgoing()
        for xmlid in ("cartier_care.cron_care_order_message", "mail.ir_cron_mail_scheduler_action"):
            self.env.ref(xmlid).sudo()._trigger()
        return True
