from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CareTransfer(models.Model):
    """A manifest of creations that go from one place to another."""

    _name = "care.transfer"
    _description = "Care Transfer"
    _inherit = ["care.numbered.mixin", "mail.thread", "mail.activity.mixin"]
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
    missing_order_ids = fields.Many2many(
        "care.order", compute="_compute_missing", string="Not Arrived"
    )
    missing_count = fields.Integer(compute="_compute_missing", string="Missing")
    order_count = fields.Integer(compute="_compute_missing")
    date_sent = fields.Datetime(readonly=True, copy=False)
    date_received = fields.Datetime(readonly=True, copy=False)

    _places_differ = models.Constraint(
        "CHECK(from_location_id != to_location_id)",
        "A transfer goes from one place to another: choose two different places.",
    )

    @api.depends("state", "order_ids", "received_order_ids")
    def _compute_missing(self):
        for transfer in self:
            transfer.order_count = len(transfer.order_ids)
            missing = transfer.order_ids - transfer.received_order_ids
            transfer.missing_order_ids = missing if transfer.state == "received" else False
            transfer.missing_count = len(transfer.missing_order_ids)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_system_fields(vals)
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
        for transfer in self:
            if transfer.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(transfer)s is already %(state)s: this step is not for it.",
                        transfer=transfer.name,
                        state=labels[transfer.state].lower(),
                    )
                )

    def action_send(self):
        """Send the creations of the transfers on their way.

        :raise UserError: when a transfer is empty, or a creation is somewhere else
        """
        self._check_state("draft")
        for transfer in self:
            orders = transfer.order_ids
            if not orders:
                raise UserError(
                    self.env._(
                        "%(transfer)s holds no creation: add envelopes first.",
                        transfer=transfer.name,
                    )
                )
            elsewhere = orders.filtered(
                lambda order, transfer=transfer: (
                    order.creation_id.current_location_id != transfer.from_location_id
                )
            )
            if elsewhere:
                raise UserError(
                    self.env._(
                        "Not at %(place)s: %(orders)s. Take them off %(transfer)s.",
                        place=transfer.from_location_id.name,
                        orders=", ".join(elsewhere.mapped("name")),
                        transfer=transfer.name,
                    )
                )
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

    def _get_transit_location(self):
        """Return the company's place for creations on their way, made when missing."""
        self.ensure_one()
        Location = self.env["care.location"].sudo()
        transit = Location.search(
            [("company_id", "=", self.company_id.id), ("location_type", "=", "transit")], limit=1
        )
        return transit or Location.create(
            {
                "name": self.env._("In transit"),
                "location_type": "transit",
                "company_id": self.company_id.id,
            }
        )

    def action_receive(self, creation_ids=None):
        """Receive what arrived; call it again for late arrivals.

        :param list creation_ids: ids of the ``care.creation`` that arrived; all by default
        :raise UserError: when a creation is not on the manifest
        """
        self._check_state("sent", "received")
        arrived = None if creation_ids is None else set(creation_ids)
        if arrived is not None and arrived - set(self.order_ids.creation_id.ids):
            raise UserError(
                self.env._(
                    "A creation is not on the manifest of %(transfers)s: set it apart and tell "
                    "the sender.",
                    transfers=", ".join(self.mapped("name")),
                )
            )
        for transfer in self.sudo():
            orders = (transfer.order_ids - transfer.received_order_ids).filtered(
                lambda order: arrived is None or order.creation_id.id in arrived
            )
            self.env["care.custody.move"]._record(
                orders,
                "arrive",
                [
                    (order.creation_id.current_location_id, transfer.to_location_id)
                    for order in orders
                ],
                transfer,
            )
            received = transfer.received_order_ids | orders
            transfer.write(
                {
                    "received_order_ids": [fields.Command.set(received.ids)],
                    "state": "received",
                    "date_received": fields.Datetime.now(),
                }
            )
            transfer._raise_discrepancies(transfer.order_ids - received)
        return True

    def action_receive_all(self):
        """Receive everything that has not arrived yet (a button passes no argument of its own)."""
        return self.action_receive()

    def _raise_discrepancies(self, missing):
        """Ask somebody at both ends to look for creations that did not arrive."""
        self.ensure_one()
        if not missing:
            return
        for location in self.from_location_id | self.to_location_id:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "Missing on arrival: %(orders)s", orders=", ".join(missing.mapped("name"))
                ),
                user_id=location.user_ids[:1].id or self.env.uid,
            )

    def action_cancel(self):
        """Cancel transfers that are not on their way yet."""
        self._check_state("draft")
        self.sudo().write({"state": "cancel"})
        return True
