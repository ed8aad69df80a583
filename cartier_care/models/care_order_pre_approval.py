from odoo import api, fields, models
from odoo.exceptions import UserError

#: What a signature in advance leaves on the order, beside the amount.
SIGNED_FIELDS = ("pre_approved_by", "pre_approved_on", "pre_approval_signature")

#: The largest amount that a client may approve in advance: what is more is a slip of the finger.
MAXIMAL_AMOUNT = 10_000_000.0


class CareOrder(models.Model):
    """What the client approves in advance, by signature, and may take back before the start.

    Within that amount, taxes included, the work starts without an estimate (care-rules.md, 9).
    """

    _inherit = "care.order"

    # Another order is another promise: nobody has signed for it.
    pre_approved_amount = fields.Monetary(copy=False)
    pre_approved_by = fields.Char(
        string="Approved in Advance By", readonly=True, copy=False, groups="base.group_user"
    )
    pre_approved_on = fields.Datetime(
        string="Approved in Advance On", readonly=True, copy=False, groups="base.group_user"
    )
    pre_approval_signature = fields.Image(
        string="Signature in Advance",
        max_width=1024,
        max_height=1024,
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    pre_approval_note = fields.Char(
        string="Signed in Advance", compute="_compute_pre_approval_note", groups="base.group_user"
    )

    @api.depends("pre_approved_amount", "pre_approved_by", "intake_id.signature")
    @api.depends_context("lang", "tz")
    def _compute_pre_approval_note(self):
        """Say who signed for the amount: on the client's page, or on the receipt."""
        for order in self:
            order.pre_approval_note = order._get_pre_approval_note()

    def _get_pre_approval_note(self):
        """Return the sentence about the signature of a pre-approval."""
        self.ensure_one()
        order = self.sudo()
        if not order.pre_approved_amount:
            return ""
        if order.pre_approved_by:
            return self.env._(
                "Signed by %(name)s on %(date)s.",
                name=order.pre_approved_by,
                date=order._format_day(order.pre_approved_on),
            )
        if order.intake_id.signature:
            return self.env._(
                "Signed on the receipt by %(name)s.",
                name=order.intake_id.signed_by or order.partner_id.name,
            )
        return self.env._("Not signed yet: let the client sign the intake, or the client's page.")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        """Extend the core method: another amount is not the one that was signed for."""
        if "pre_approved_amount" in vals:
            vals = {**dict.fromkeys(SIGNED_FIELDS, False), **vals}
        return super().write(vals)

    @api.model
    def _get_system_fields(self):
        """Extend: only the client signs for an amount."""
        return super()._get_system_fields() | set(SIGNED_FIELDS)

    def _check_system_fields(self, vals):
        """Extend the check: who changes the amount drops the signature under the old one."""
        dropped = {
            name for name in SIGNED_FIELDS if "pre_approved_amount" in vals and not vals.get(name)
        }
        return super()._check_system_fields(
            {name: value for name, value in vals.items() if name not in dropped}
        )

    # ------------------------------------------------------------------
    # The client's word
    # ------------------------------------------------------------------
    def _can_pre_approve(self):
        """Tell whether the client may name an amount now: held, and not yet estimated.

        What cannot be undone (a proof, the surrender of an original) is approved with an
        estimate, whatever the amount (care-rules.md, 9).
        """
        self.ensure_one()
        if self.state != "received" or self.estimate_ids:
            return False
        services = self._get_worked_lines().service_id
        return not services.filtered(lambda s: s.requires_proof or s.retires_creation)

    def _can_take_back_pre_approval(self):
        """Tell whether the client may still take the pre-approval back: before the start."""
        self.ensure_one()
        return bool(self.pre_approved_amount) and self.state in (
            "draft",
            "received",
            "estimated",
            "approved",
        )

    def _check_pre_approved_amount(self, amount):
        """Return an amount as the currency of the order rounds it.

        :param amount: what came in, possibly anything
        :rtype: float
        :raise UserError: when it is no positive amount
        """
        self.ensure_one()
        # Neither infinity nor what is no number at all lies between the two.
        is_amount = type(amount) in (int, float) and 0.0 < amount <= MAXIMAL_AMOUNT
        rounded = self.currency_id.round(amount) if is_amount else 0.0
        if not rounded:
            raise UserError(
                self.env._(
                    "Please name an amount above %(zero)s, such as %(example)s.",
                    zero=self._format_amount(0.0),
                    example=self._format_amount(500.0),
                )
            )
        return rounded

    def _pre_approve(self, amount, signed_by, signature):
        """Record the amount that the client signs for; the callers have checked the access.

        :param float amount: in the currency of the order, taxes included
        :param str signed_by: who signs
        :param str signature: an image in base64
        :raise UserError: when the time for it is over, or the amount is none
        """
        self.ensure_one()
        amount = self._check_pre_approved_amount(amount)
        self._lock_and_touch()
        if not self._can_pre_approve():
            raise UserError(
                self.env._("This can no longer be approved in advance: we send you an estimate.")
            )
        self._write_by_system(
            {
                "pre_approved_amount": amount,
                "pre_approved_by": signed_by,
                "pre_approved_on": fields.Datetime.now(),
                "pre_approval_signature": signature,
            }
        )

    def _take_back_pre_approval(self):
        """Forget the amount that the client had signed for; the callers have checked the access.

        :raise UserError: when the work has started, or there is none
        """
        self.ensure_one()
        self._lock_and_touch()
        if not self._can_take_back_pre_approval():
            raise UserError(
                self.env._("The work has started: please write to us, and we see what can be done.")
            )
        self._write_by_system(
            {"pre_approved_amount": 0.0, **dict.fromkeys(SIGNED_FIELDS, False)},
        )

    # ------------------------------------------------------------------
    # The client's page
    # ------------------------------------------------------------------
    def _get_portal_values(self):
        """Extend the page: what is, and may be, approved in advance."""
        values = super()._get_portal_values()
        is_agreed = bool(self.pre_approved_amount) and self.state in ("received", "estimated")
        values["pre_approval"] = {
            "can_give": self._can_pre_approve(),
            "can_take_back": self._can_take_back_pre_approval(),
            "amount": self.env._(
                "Up to %(amount)s", amount=self._format_amount(self.pre_approved_amount)
            )
            if is_agreed
            else "",
            "note": self._get_pre_approval_note() if is_agreed and self.pre_approved_by else "",
            "label": self.env._(
                "Amount in %(currency)s, taxes included", currency=self.currency_id.name
            ),
            "step": 10**-self.currency_id.decimal_places,
        }
        return values
