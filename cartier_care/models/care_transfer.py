from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .care_location import IN_TRANSIT
from .care_order import MANAGER

#: What the sender has signed for: a manifest on its way stays as it is.
MANIFEST_FIELDS = {"company_id", "from_location_id", "order_ids", "state", "to_location_id"}


class CareTransfer(models.Model):
    """A manifest of creations that go from one place to another."""

    _name = "care.transfer"
    _description = "Care Transfer"
    _inherit = [
        "care.computed.mixin",
        "care.numbered.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    from_location_id = fields.Many2one(
        "care.location", string="From", required=True, index=True, check_company=True
    )
    to_location_id = fields.Many2one(
        "care.location", string="To", required=True, index=True, check_company=True
    )
    carrier = fields.Char()
    carrier_reference = fields.Char()
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("received", "Received"),
            ("cancel", "Cancelled"),
        ],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    order_ids = fields.Many2many("care.order", string="Envelopes", copy=False)
    received_order_ids = fields.Many2many(
        "care.order",
        relation="care_transfer_received_rel",
        string="Arrived",
        readonly=True,
        copy=False,
    )
    awaited_order_ids = fields.Many2many(
        "care.order",
        compute="_compute_awaited_order_ids",
        string="On Their Way",
        help="Sent, and neither arrived nor accounted for otherwise.",
    )
    missing_order_ids = fields.Many2many(
        "care.order", compute="_compute_awaited_order_ids", string="Not Arrived"
    )
    missing_count = fields.Integer(compute="_compute_counts", compute_sudo=True, string="Missing")
    order_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    can_receive = fields.Boolean(
        compute="_compute_can_receive",
        help="The user works where the transfer goes: who else sees it receives nothing.",
    )
    date_sent = fields.Datetime(readonly=True, copy=False)
    date_received = fields.Datetime(readonly=True, copy=False)

    _places_differ = models.Constraint(
        "CHECK(from_location_id != to_location_id)",
        "A transfer goes from one place to another: choose two different places.",
    )

    @api.depends("state", "order_ids.current_location_id", "received_order_ids")
    def _compute_awaited_order_ids(self):
        for transfer in self:
            awaited = transfer._get_awaited_orders()
            transfer.awaited_order_ids = awaited
            transfer.missing_order_ids = awaited if transfer.state == "received" else False

    @api.depends("state", "order_ids.current_location_id", "received_order_ids")
    def _compute_counts(self):
        """Count what is on the manifest, also what the reader may not open."""
        for transfer in self:
            transfer.order_count = len(transfer.order_ids)
            awaited = transfer._get_awaited_orders()
            transfer.missing_count = len(awaited) if transfer.state == "received" else 0

    def _get_awaited_orders(self):
        """Return the orders whose creations are still on their way with this transfer.

        What was reported lost, or reached its owner by another way, is awaited no more.

        :rtype: care.order
        """
        self.ensure_one()
        if self.state not in ("sent", "received"):
            return self.order_ids.browse()
        return (self.order_ids - self.received_order_ids).filtered(
            lambda order: order.sudo().current_location_id.location_type == "transit"
        )

    @api.depends("to_location_id")
    @api.depends_context("uid")
    def _compute_can_receive(self):
        is_manager = self.env.user.has_group(MANAGER)
        places = set(self.env.user._get_care_location_ids())
        for transfer in self:
            transfer.can_receive = is_manager or transfer.to_location_id.id in places

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_system_fields(vals)
        if not self.env.su and MANIFEST_FIELDS & vals.keys():
            self._check_state("draft")
        return super().write(vals)

    def _check_system_fields(self, vals):
        """Refuse direct writes of what the actions decide."""
        if not self.env.su and (
            {"received_order_ids", "date_sent", "date_received"} & vals.keys()
            or vals.get("state", "draft") != "draft"
        ):
            raise AccessError(self.env._("Send and receive transfers with their buttons."))

    def _check_state(self, *states):
        """Check that the transfers are in one of some states, and that the user may edit them."""
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        refusals = [
            self.env._(
                "%(transfer)s is already %(state)s: this step is not for it.",
                transfer=transfer.name,
                state=labels[transfer.state].lower(),
            )
            for transfer in self
            if transfer.state not in states
        ]
        if refusals:
            raise UserError("\n".join(refusals))

    def _check_can_receive(self):
        """Check that the user works where the transfers go: nobody signs for the other end.

        :raise AccessError: for whoever sent them, the care manager apart
        """
        elsewhere = self.browse() if self.env.su else self.filtered(lambda one: not one.can_receive)
        if elsewhere:
            raise AccessError(
                self.env._(
                    "%(transfers)s: what arrives at %(places)s is received by who works there. Ask "
                    "them, or the care manager.",
                    transfers=", ".join(elsewhere.mapped("name")),
                    places=", ".join(elsewhere.sudo().to_location_id.mapped("name")),
                )
            )

    def action_send(self):
        """Send the creations of the transfers on their way.

        :raise UserError: when a transfer is empty, or a creation is somewhere else
        """
        self._check_state("draft")
        refusals = list(filter(None, map(CareTransfer._get_send_refusal, self)))
        if refusals:
            raise UserError("\n".join(refusals))
        for transfer in self.sudo():
            transit = transfer._get_transit_location()
            self.env["care.custody.move"]._record(
                transfer.order_ids,
                "send",
                [(transfer.from_location_id, transit)] * len(transfer.order_ids),
                transfer,
            )
        self.sudo().write({"state": "sent", "date_sent": fields.Datetime.now()})
        return True

    def _get_send_refusal(self):
        """Return why a transfer cannot leave, naming each order that is somewhere else.

        :rtype: str
        """
        self.ensure_one()
        orders = self.order_ids.sudo()
        if not orders:
            return self.env._(
                "%(transfer)s holds no creation: add envelopes first.", transfer=self.name
            )
        elsewhere = orders.filtered(
            lambda order: order.current_location_id != self.from_location_id
        )
        return elsewhere and self.env._(
            "Not at %(place)s: %(orders)s. Take them off %(transfer)s.",
            place=self.from_location_id.name,
            orders=", ".join(elsewhere.mapped("name")),
            transfer=self.name,
        )

    def _get_transit_location(self):
        """Return the company's place for creations on their way, made when missing."""
        self.ensure_one()
        Location = self.env["care.location"].sudo()
        transit = Location.search(
            [("company_id", "=", self.company_id.id), ("location_type", "=", "transit")], limit=1
        )
        return transit or Location.create(
            {
                "name": IN_TRANSIT,
                "location_type": "transit",
                "company_id": self.company_id.id,
            }
        )

    def action_receive(self, creation_ids=None):
        """Receive what arrived; call it again for late arrivals.

        :param list creation_ids: ids of the ``care.creation`` that arrived; all by default
        :raise AccessError: for others than who works where the transfer goes
        :raise UserError: when a creation is not on the manifest
        """
        self._check_state("sent", "received")
        self._check_can_receive()
        arrived = None
        if creation_ids is not None:
            message = self.env._("Choose what arrived among the creations of the manifest.")
            arrived = set(self.env["care.order"]._clean_ids(creation_ids, message))
        orders = self.sudo().order_ids
        if arrived is not None and arrived - set((orders.creation_id | orders.reproduction_id).ids):
            raise UserError(
                self.env._(
                    "A creation is not on the manifest of %(transfers)s: set it apart and tell "
                    "the sender.",
                    transfers=", ".join(self.mapped("name")),
                )
            )
        for transfer in self.sudo():
            transfer._receive_orders(
                transfer._get_awaited_orders().filtered(
                    lambda order: (
                        arrived is None
                        or arrived & set((order.creation_id | order.reproduction_id).ids)
                    )
                )
            )
        return True

    def _receive_orders(self, orders):
        """Record what arrived, and follow up what did not; the callers have checked.

        :param orders: ``care.order`` records that were on their way with this transfer
        """
        self.ensure_one()
        vals = {"state": "received"}
        if orders or self.state != "received":
            vals["date_received"] = fields.Datetime.now()
        self.env["care.custody.move"]._record(
            orders,
            "arrive",
            [(order.current_location_id, self.to_location_id) for order in orders],
            self,
        )
        self.write({**vals, "received_order_ids": [fields.Command.link(o.id) for o in orders]})
        self._follow_up_discrepancies()

    def action_receive_all(self):
        """Receive everything that has not arrived yet (a button passes no argument of its own)."""
        return self.action_receive()

    def _follow_up_discrepancies(self):
        """Ask somebody at both ends to look for what did not arrive, once each.

        It is in the language of who is asked. What is asked already is brought up to date; when
        nothing is missing any more the search is over for everybody. Such activities are the only
        ones that a transfer makes by itself.
        """
        for transfer in self:
            open_ones = transfer.activity_ids.filtered("automated")
            missing = transfer._get_awaited_orders()
            if not missing:
                open_ones.action_feedback(
                    feedback=self.env._("Nothing is missing on %s any more.", transfer.name)
                )
                continue
            names = ", ".join(missing.mapped("name"))
            for user in transfer._get_searchers() | open_ones.user_id:
                asked = transfer.with_context(lang=user.lang) if user.lang else transfer
                summary = asked.env._("Missing on arrival: %(orders)s", orders=names)
                theirs = open_ones.filtered(lambda todo, user=user: todo.user_id == user)
                if theirs:
                    theirs.write({"summary": summary})
                else:
                    asked.activity_schedule(
                        "mail.mail_activity_data_todo", summary=summary, user_id=user.id
                    )

    def _get_searchers(self):
        """Return somebody at each end to look after what is wrong, else whoever noticed it.

        Who is asked already comes first, then who sent the creations or unpacks them.
        """
        self.ensure_one()
        asked = self.activity_ids.filtered("automated").user_id
        moves = self.env["care.custody.move"].search(
            [("transfer_id", "=", self.id), ("reason", "=", "send")]
        )
        involved = moves.user_id | self.env.user
        users = self.env["res.users"]
        for location in self.from_location_id | self.to_location_id:
            staff = location.user_ids
            users |= (staff & asked or staff & involved or staff)[:1] or self.env.user
        return users

    def _settle(self):
        """Bring transfers up to date whose creations left their way otherwise.

        A transfer on which nothing is awaited any more is over.
        """
        over = self.filtered(
            lambda transfer: transfer.state == "sent" and not transfer._get_awaited_orders()
        )
        over.write({"state": "received", "date_received": fields.Datetime.now()})
        self.filtered(lambda transfer: transfer.state == "received")._follow_up_discrepancies()

    def action_cancel(self):
        """Cancel transfers that are not on their way yet."""
        self._check_state("draft")
        self.sudo().write({"state": "cancel"})
        return True
