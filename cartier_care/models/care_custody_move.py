from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context


class CareCustodyMove(models.Model):
    """Who handed a creation to whom, where and when. Append-only, written by the actions."""

    _name = "care.custody.move"
    _description = "Custody Move"
    _order = "date desc, id desc"
    _rec_name = "creation_id"

    order_id = fields.Many2one("care.order", index=True, ondelete="restrict", required=True)
    creation_id = fields.Many2one("care.creation", ondelete="restrict", required=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one("res.users", required=True, default=lambda self: self.env.user)
    reason = fields.Selection(
        [
            ("receive", "Received from the client"),
            ("send", "Sent"),
            ("arrive", "Arrived"),
            ("retire", "Retired"),
            ("make", "Made"),
            ("hand_over", "Handed over"),
            ("lost", "Lost"),
        ],
        required=True,
    )
    from_location_id = fields.Many2one("care.location", ondelete="restrict")
    to_location_id = fields.Many2one("care.location", ondelete="restrict", index=True)
    from_partner_id = fields.Many2one("res.partner", ondelete="restrict")
    to_partner_id = fields.Many2one("res.partner", ondelete="restrict")
    transfer_id = fields.Many2one("care.transfer", index="btree_not_null", ondelete="restrict")

    #: Where each creation was at a moment: its last move before it (``care.custody.holding``).
    _last_move_index = models.Index("(creation_id, date DESC, id DESC)")

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Custody moves are a record of facts: they cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Custody moves are a record of facts: they cannot be deleted."))

    @api.model
    def _record(self, orders, reason, hands, transfer=None, creations=None):
        """Record one change of hands per order and keep the creations' places.

        :param orders: ``care.order`` records
        :param str reason: a value of ``reason``
        :param list hands: for each order (from, to), each a ``care.location`` or ``res.partner``
        :param transfer: the ``care.transfer`` that carries the creations, if any
        :param list creations: for each order the ``care.creation`` that it is about, when not the
            one that goes home
        :return: the moves
        """
        vals_list = []
        by_place = {}
        creations = creations or [order.reproduction_id or order.creation_id for order in orders]
        for order, creation, (source, target) in zip(orders, creations, hands, strict=True):
            vals_list.append(
                {
                    "order_id": order.id,
                    "creation_id": creation.id,
                    "company_id": order.company_id.id,
                    "user_id": self.env.uid,
                    "reason": reason,
                    "transfer_id": transfer.id if transfer else False,
                    **self._prepare_hand_vals("from", source),
                    **self._prepare_hand_vals("to", target),
                }
            )
            place = target if target._name == "care.location" else target.env["care.location"]
            by_place.setdefault(place, creation.browse())
            by_place[place] |= creation
        for place, moved in by_place.items():
            moved.sudo().write({"current_location_id": place.id})
        # Facts come from the step alone, not from what its caller gives by default.
        moves = self.sudo().with_context(clean_context(self.env.context)).create(vals_list)
        if reason in ("hand_over", "lost"):
            self.env["care.transfer"].sudo().search(
                [("order_ids", "in", orders.ids), ("state", "in", ("sent", "received"))]
            )._settle()
        return moves

    @api.model
    def _prepare_hand_vals(self, side, hand):
        """Return the values for one side of a move: a place or a person."""
        kind = "location" if hand._name == "care.location" else "partner"
        return {f"{side}_{kind}_id": hand.id}
