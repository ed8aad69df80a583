import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

_logger = logging.getLogger(__name__)

#: What an estimate keeps of each line of the order.
FROZEN_FIELDS = (
    "sequence",
    "line_type",
    "name",
    "quantity",
    "price_unit",
    "price_origin",
    "price_subtotal",
    "price_total",
    "is_optional",
    "is_accepted",
    "is_counted",
    "price_explanation",
)


#: What the client asked for on a line and approves with the estimate.
AGREED_DETAILS = (
    "adjustment",
    "engraving_text",
    "engraving_language",
    "engraving_position",
    "engraving_image",
    "clasp_request",
    "cord_color",
)


class CareEstimate(models.Model):
    """A frozen version of what an order will cost, which the client accepts or declines.

    It never changes once answered: a later change of price makes a new version
    (care-rules.md, 9).
    """

    _name = "care.estimate"
    _description = "Care Estimate"
    _inherit = ["care.client.record.mixin"]
    _order = "order_id, version desc"
    _rec_name = "name"

    name = fields.Char(compute="_compute_name", store=True)
    order_id = fields.Many2one("care.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [
            ("sent", "Awaiting answer"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("expired", "Expired"),
            ("superseded", "Superseded"),
        ],
        string="Status",
        default="sent",
        required=True,
        readonly=True,
        index=True,
    )
    date_valid_until = fields.Date(required=True, readonly=True, index=True)
    line_ids = fields.One2many("care.estimate.line", "estimate_id", readonly=True)
    amount_untaxed = fields.Monetary(readonly=True)
    amount_tax = fields.Monetary(readonly=True)
    amount_total = fields.Monetary(readonly=True)
    tax_totals = fields.Json(readonly=True, groups="base.group_user")
    signed_by = fields.Char(readonly=True)
    signed_on = fields.Datetime(readonly=True)
    signature = fields.Image(readonly=True, max_width=1024, max_height=1024)
    attachment_id = fields.Many2one(
        "ir.attachment", string="Signed Document", readonly=True, groups="base.group_user"
    )

    _version_unique = models.Constraint(
        "UNIQUE(order_id, version)", "This version of the estimate exists already: open it again."
    )
    _one_sent = models.UniqueIndex(
        "(order_id) WHERE state = 'sent'",
        "Another estimate of this order awaits its answer already: open the order again.",
    )

    @api.depends("order_id.name", "version")
    def _compute_name(self):
        for estimate in self:
            estimate.name = f"{estimate.order_id.name or ''}-{estimate.version}"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._refuse_direct_change()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._refuse_direct_change()
        return super().write(vals)

    def _write_by_system(self, vals):
        """Write what the actions of the order decide; the callers have checked."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _refuse_direct_change(self):
        """An estimate is frozen: only the steps of the order make and answer one."""
        raise AccessError(
            self.env._("An estimate is frozen: propose the order again to change it.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_order(self):
        raise UserError(self.env._("Estimates stay on record: propose the order again instead."))

    # ------------------------------------------------------------------
    # Freezing
    # ------------------------------------------------------------------
    @api.model
    def _prepare_frozen_vals(self, order):
        """Return the frozen lines and totals of an order as it is now, in the client's language.

        :param order: one ``care.order``
        :rtype: dict
        """
        order = order.with_context(lang=order.partner_id.lang or self.env.lang)
        lines = order.line_ids.filtered(lambda line: line.outcome not in ("not_needed",))
        totals = order._get_tax_totals(order._get_counted_lines())
        return {
            "currency_id": order.currency_id.id,
            "amount_untaxed": order.amount_untaxed,
            "amount_tax": order.amount_tax,
            "amount_total": order.amount_total,
            "tax_totals": totals,
            "line_ids": [
                Command.clear(),
                *(
                    Command.create(
                        {
                            **{name: line[name] for name in FROZEN_FIELDS + AGREED_DETAILS},
                            # A part is taken or left with the intervention that needs it.
                            "is_optional": (line.service_line_id or line).is_optional,
                            "is_accepted": (line.service_line_id or line).is_accepted,
                            "service_id": line.service_id.id,
                            "order_line_id": line.id,
                            "tax_names": ", ".join(line._get_charged_taxes().mapped("name")),
                        }
                    )
                    for line in lines
                ),
            ],
        }

    def _matches(self, order):
        """Tell whether the estimate still says what the order says (care-rules.md, 9).

        What the single fee covers adds nothing: only lines that cost something, what they cost
        and the total count.

        :param order: one ``care.order``
        :rtype: bool
        """
        self.ensure_one()
        currency = self.currency_id
        if order.currency_id != currency:
            return False
        if currency.compare_amounts(order.amount_total, self.amount_total):
            return False
        frozen = {
            line.order_line_id.id: currency.round(line.price_total)
            for line in self.line_ids
            if line.is_counted and not currency.is_zero(line.price_total)
        }
        current = {
            line.id: currency.round(line.price_total)
            for line in order._get_counted_lines()
            if not currency.is_zero(line.price_total)
        }
        return frozen == current and self._has_proofs_of(order)

    def _has_proofs_of(self, order):
        """Tell whether what cannot be undone is agreed as the order has it now.

        :param order: one ``care.order``
        :rtype: bool
        """
        self.ensure_one()
        agreed = {line.order_line_id: line for line in self.line_ids}
        return all(
            line in agreed
            and all(
                (line[name] or False) == (agreed[line][name] or False) for name in AGREED_DETAILS
            )
            for line in order._get_worked_lines()
            if line.requires_proof or line.service_id.retires_creation
        )

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------
    def _is_open(self):
        """Tell whether the client can still answer the estimate."""
        self.ensure_one()
        return (
            self.state == "sent"
            and self.order_id.state == "estimated"
            and self.order_id.estimate_id == self
            and not self._is_past()
        )

    def _is_past(self):
        """Tell whether the last day of the estimate is over at the order's boutique."""
        return self._get_days_left() < 0

    def _get_days_left(self):
        """Return how many days the estimate is still valid after today, at the order's boutique."""
        self.ensure_one()
        # Clients cannot read boutiques; the day that it is there is no secret.
        return (self.date_valid_until - self.sudo().order_id._get_local_today()).days

    def _check_open(self):
        """Refuse an answer to what is no longer open.

        :raise UserError: saying what happened to the estimate
        """
        for estimate in self:
            if estimate._is_open():
                continue
            if estimate.state == "sent" and estimate.order_id.state == "estimated":
                raise UserError(
                    self.env._(
                        "This estimate was valid until %(date)s: ask the boutique for a new one.",
                        date=fields.Date.to_string(estimate.date_valid_until),
                    )
                )
            raise UserError(
                self.env._(
                    "This estimate can no longer be answered: it is answered already, or a newer "
                    "one replaces it."
                )
            )

    def _accept(self, signed_by=None, signature=None):
        """Accept the estimates and freeze them as they are signed, choices included.

        :param str signed_by: who accepts; the client by default
        :param str signature: an image in base64, if there is one
        """
        now = fields.Datetime.now()
        self.filtered(lambda estimate: any(estimate.line_ids.mapped("is_optional")))._refreeze()
        groups = defaultdict(self.browse)
        for estimate in self:
            groups[signed_by or estimate.partner_id.name] |= estimate
        for name, estimates in groups.items():
            estimates._write_by_system(
                {
                    "state": "accepted",
                    "signed_by": name,
                    "signed_on": now,
                    "signature": signature or False,
                }
            )
        self.env.ref("cartier_care.cron_care_estimate_freeze").sudo()._trigger()

    def _refreeze(self):
        """Freeze the estimates anew: the choice of options moved what follows from it."""
        for estimate in self:
            estimate._write_by_system(self._prepare_frozen_vals(estimate.order_id))

    def _supersede(self):
        """Void versions that another one replaces."""
        voided = self.filtered(lambda estimate: estimate.state in ("sent", "accepted"))
        voided._write_by_system({"state": "superseded"})
        # One estimate of an order awaits its answer: the old one goes before a new one comes,
        # also where it expired a moment ago.
        self.flush_recordset(["state"])

    # ------------------------------------------------------------------
    # Jobs
    # ------------------------------------------------------------------
    @api.model
    def _cron_freeze_documents(self):
        """Make the signed documents of accepted estimates, each committed by itself.

        They are made outside the signature, which a dead PDF engine must not stop, and stay as
        they are from then on (design: care.estimate).
        """
        signed = self.search(
            [("state", "=", "accepted"), ("attachment_id", "=", False)], order="write_date, id"
        )
        for index, estimate in enumerate(signed, start=1):
            # Whoever is tried goes to the end of the queue, so that one on which the engine (or
            # the whole job) dies is not the first of every run.
            estimate._write_by_system({"attachment_id": False})
            self.env["ir.cron"]._commit_progress()
            estimate._freeze_document()
            self.env["ir.cron"]._commit_progress(1, remaining=len(signed) - index)

    def _freeze_document(self):
        """Keep the document of one accepted estimate; the next run tries again if it fails."""
        self.ensure_one()
        report = self.env["ir.actions.report"].sudo()
        estimate = self.with_context(lang=self.partner_id.lang or self.env.lang)
        try:
            with self.env.cr.savepoint():
                content, extension = report._render_qweb_pdf(
                    "cartier_care.action_report_care_estimate", estimate.ids
                )
                attachment = self.env["ir.attachment"].create(
                    {
                        "name": estimate.env._(
                            "Estimate %(number)s.%(extension)s",
                            number=self.name.replace("/", "-"),
                            extension=extension,
                        ),
                        "raw": content,
                        "mimetype": "application/pdf",
                        "res_model": self._name,
                        "res_id": self.id,
                    }
                )
                self._write_by_system({"attachment_id": attachment.id})
        except Exception:  # noqa: BLE001 the engine may fail in any way
            _logger.info("The document of %s could not be made", self.name, exc_info=True)

    @api.model
    def _cron_expire(self):
        """Mark estimates past their validity; called by the daily job."""
        # The last day may be over at a boutique where it is tomorrow already.
        due = self.search([("state", "=", "sent"), ("date_valid_until", "<=", fields.Date.today())])
        outdated = due.filtered(lambda estimate: estimate._is_past())
        outdated._write_by_system({"state": "expired"})
