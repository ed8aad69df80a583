from collections import defaultdict

from odoo import SUPERUSER_ID, api, fields, models

from .care_order import MANAGER

#: The activity by which a manager is asked.
ACTIVITY = "cartier_care.mail_activity_type_held"


class CareOrder(models.Model):
    """Numbers that are reported lost, or registered to somebody else (issue 4, unhappy ends).

    The creation is received as any other and held for the manager, who alone reads why: nothing
    is said at the counter, nobody's name is given away, and the client sees nothing of it.
    """

    _inherit = "care.order"

    finding = fields.Char(
        string="Held Because",
        readonly=True,
        copy=False,
        groups="cartier_care.group_care_manager",
        help="What the house knows about the number that came in; for the manager alone.",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model
    def _get_system_fields(self):
        """Extend: what was found at the receipt is not rewritten."""
        return super()._get_system_fields() | {"finding"}

    def write(self, vals):
        """Extend the core method: a manager who decides is asked no longer."""
        decided = self.browse()
        if "hold_reason" in vals and vals["hold_reason"] != "manager":
            decided = self.filtered(lambda order: order.hold_reason == "manager")
        result = super().write(vals)
        if decided:
            decided.activity_feedback([ACTIVITY])
        return result

    # ------------------------------------------------------------------
    # Business methods
    # ------------------------------------------------------------------
    def _action_receive(self):
        """Extend: hold what is not the client's to bring, as far as the house knows."""
        result = super()._action_receive()
        held = self.browse()
        for order in self:
            finding = order._get_finding()
            if finding:
                order._write_by_system({"hold_reason": "manager", "finding": finding})
                held |= order
        held._ask_managers()
        return result

    def _get_finding(self):
        """Return what speaks against the receipt of the creation, if anything.

        :rtype: str
        """
        self.ensure_one()
        lang = self.company_id.partner_id.lang
        order = self.with_context(lang=lang) if lang else self
        creation = order.creation_id
        owner = creation.partner_id
        if creation.state == "lost":
            return order.env._(
                "%(number)s was reported lost: %(reason)s",
                number=creation.serial_number,
                reason=creation.loss_reason or "",
            )
        if owner and owner.commercial_partner_id != order.partner_id.commercial_partner_id:
            return order.env._(
                "%(number)s is registered to %(owner)s.",
                number=creation.serial_number,
                owner=owner.name,
            )
        return ""

    def _ask_managers(self):
        """Ask a care manager about each held order, in words that give nothing away."""
        groups = defaultdict(self.browse)
        for order in self:
            groups[order.company_id, order.location_id] |= order
        for (company, location), orders in groups.items():
            manager = self._get_deciding_manager(company, location)
            asked = orders.with_context(lang=manager.lang) if manager.lang else orders
            asked.activity_schedule(
                ACTIVITY,
                summary=asked.env._("Held for you: decide what happens next"),
                user_id=manager.id or SUPERUSER_ID,
            )

    @api.model
    def _get_deciding_manager(self, company, location):
        """Return the care manager of a place, else of its company; administrators come last.

        :rtype: res.users
        """
        managers = (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active and company in user.company_ids and user.id != SUPERUSER_ID
            )
        )
        return managers.sorted(
            lambda user: (
                user not in location.user_ids,
                user.has_group("base.group_system"),
                user.id,
            )
        )[:1]
