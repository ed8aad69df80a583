from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CareTransfer(models.Model):
    """Scanning at a transfer: envelopes go on the manifest, and are ticked off as they arrive."""

    _inherit = "care.transfer"

    ticked_order_ids = fields.Many2many(
        "care.order",
        relation="care_transfer_ticked_rel",
        string="Ticked Off",
        readonly=True,
        copy=False,
        help="Scanned on arrival, and to be received together.",
    )
    ticked_count = fields.Integer(compute="_compute_ticked_count")

    @api.depends("ticked_order_ids", "received_order_ids")
    def _compute_ticked_count(self):
        for transfer in self:
            transfer.ticked_count = len(transfer.ticked_order_ids - transfer.received_order_ids)

    def _check_system_fields(self, vals):
        """Extend: what was ticked off is written by scanning alone."""
        if not self.env.su and "ticked_order_ids" in vals:
            vals = {**vals, "received_order_ids": vals["ticked_order_ids"]}
        return super()._check_system_fields(vals)

    def scan_envelope(self, barcode):
        """Put a scanned creation on the manifest, or tick it off once the transfer is sent.

        Whoever holds a manifest may know what is on it, whichever boutique's order it is; on the
        way out, only envelopes that the user may see can be added.

        :param str barcode: the number of the envelope, or the engraved number
        :return: ``{message, type}``: what was done, and whether it changed something
        :rtype: dict
        :raise AccessError: when it is sent, for others than who works where it goes
        :raise UserError: when the code is unknown, elsewhere or not on the manifest
        """
        self.ensure_one()
        self._check_state("draft", "sent", "received")
        code = self.env["care.order"]._clean_barcode(barcode)
        if self.state == "draft":
            return self._add_scanned(code)
        self._check_can_receive()
        return self._tick_scanned(code)

    def _add_scanned(self, code):
        """Add the envelope that a code belongs to; all those of a receipt."""
        orders = self.env["care.order"]._find_scanned_orders(code)
        if not orders:
            raise UserError(self.env["care.order"]._get_unknown_code_message(code))
        added = orders - self.order_ids
        if not added:
            return {
                "type": "info",
                "message": self.env._("%s is on the manifest already.", self._join_names(orders)),
            }
        elsewhere = added.filtered(
            lambda order: order.sudo().current_location_id != self.from_location_id
        )
        if elsewhere:
            raise UserError(
                self.env._(
                    "%(orders)s: not at %(place)s according to custody. Check where it is first.",
                    orders=self._join_names(elsewhere),
                    place=self.from_location_id.name,
                )
            )
        self.write({"order_ids": [Command.link(order.id) for order in added]})
        return {
            "type": "success",
            "message": self.env._(
                "%(orders)s added: %(count)s on the manifest.",
                orders=self._join_names(added),
                count=len(self.order_ids),
            ),
        }

    def _tick_scanned(self, code):
        """Tick off the creation that a code belongs to, among those of the manifest."""
        normalize = self.env["care.creation"]._normalize_serial
        key = normalize(code)
        transfer = self.sudo()
        orders = transfer.order_ids.filtered(
            lambda order: key in (normalize(order.name), order.creation_id.serial_key)
        ) or (transfer.order_ids & self.env["care.order"]._find_scanned_orders(code).sudo())
        if not orders:
            raise UserError(
                self.env._(
                    "“%(code)s” is not on the manifest of %(transfer)s: set it apart and tell the "
                    "sender.",
                    code=code[:64],
                    transfer=self.name,
                )
            )
        gone = orders - transfer.received_order_ids - transfer._get_awaited_orders()
        if gone:
            raise UserError(
                self.env._(
                    "%(orders)s: no longer on its way according to custody. Set it apart and tell "
                    "the care manager.",
                    orders=self._join_names(gone),
                )
            )
        left = orders - transfer.received_order_ids - transfer.ticked_order_ids
        if not left:
            return {
                "type": "info",
                "message": self.env._("%s is ticked off already.", self._join_names(orders)),
            }
        transfer._tick(left)
        awaited = transfer._get_awaited_orders() - transfer.ticked_order_ids
        return {
            "type": "success",
            "message": self.env._(
                "%(orders)s ticked off: %(count)s still to scan.",
                orders=self._join_names(left),
                count=len(awaited),
            )
            if awaited
            else self.env._(
                "%(orders)s ticked off: everything is here.", orders=self._join_names(left)
            ),
        }

    def _tick(self, orders):
        """Tick off what arrived, to be received together; the callers have checked."""
        self.write({"ticked_order_ids": [Command.link(order.id) for order in orders]})

    def action_tick(self, order_ids):
        """Tick off, by hand, creations that arrived.

        :param list order_ids: ids of the ``care.order`` whose creations arrived
        :raise UserError: when an order is not on its way with this transfer
        """
        self._tick_by_hand(order_ids, Command.link)
        return True

    def action_untick(self, order_ids):
        """Take back ticks made by mistake, as long as nothing was received by them.

        :param list order_ids: ids of the ``care.order`` whose creations did not arrive
        :raise UserError: when an order is not on its way with this transfer
        """
        self._tick_by_hand(order_ids, Command.unlink)
        return True

    def _tick_by_hand(self, order_ids, command):
        """Change the ticks of orders that are awaited, with a command of many-to-many fields."""
        self._check_state("sent", "received")
        self._check_can_receive()
        message = self.env._("Choose what to tick off among the envelopes of the manifest.")
        order_ids = self.env["care.order"]._clean_ids(order_ids, message)
        if not set(order_ids) <= set(self.sudo().awaited_order_ids.ids):
            raise UserError(
                self.env._(
                    "Only what is still on its way with %(transfer)s is ticked off: reload the "
                    "page to see what has arrived.",
                    transfer=self.name,
                )
            )
        self.sudo().write({"ticked_order_ids": [command(order_id) for order_id in order_ids]})

    @api.model
    def _join_names(self, orders):
        """Return the numbers of orders as people read them."""
        return ", ".join(orders.sudo().mapped("name"))

    def action_receive_ticked(self):
        """Receive what was ticked off by scanning; the rest is missing on arrival.

        :raise AccessError: for others than who works where the transfer goes
        :raise UserError: when nothing was ticked off on a transfer
        """
        self._check_can_receive()
        for transfer in self:
            ticked = transfer.sudo().ticked_order_ids - transfer.sudo().received_order_ids
            if not ticked:
                raise UserError(
                    self.env._(
                        "Nothing is ticked off on %(transfer)s: scan what arrived first.",
                        transfer=transfer.name,
                    )
                )
            transfer.action_receive(ticked.creation_id.ids)
        return True
