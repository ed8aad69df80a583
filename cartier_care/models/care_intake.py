from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: More pieces than this are found faster by their number.
OWN_PIECES_MAX = 12


class CareIntake(models.Model):
    """One visit or parcel with one or more creations; prints one receipt."""

    _name = "care.intake"
    _description = "Care Intake"
    _inherit = [
        "care.client.record.mixin",
        "care.numbered.mixin",
        "care.staff.thread.mixin",
        "portal.mixin",
        "mail.thread",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    location_id = fields.Many2one(
        "care.location",
        string="Boutique",
        compute="_compute_location_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        domain="[('location_type', 'in', ('boutique', 'client_relations'))]",
    )
    user_id = fields.Many2one(
        "res.users", string="Advisor", default=lambda self: self.env.user, index="btree_not_null"
    )
    channel = fields.Selection(
        [
            ("boutique", "Boutique"),
            ("client_relations", "Client Relations Center"),
            ("portal", "Portal"),
        ],
        default=lambda self: self._default_channel(),
        required=True,
    )
    date = fields.Datetime(default=fields.Datetime.now, required=True)
    order_ids = fields.One2many("care.order", "intake_id", string="Creations")
    order_count = fields.Integer(compute="_compute_order_count")
    is_to_receive = fields.Boolean(compute="_compute_order_count", groups="base.group_user")
    is_to_invoice = fields.Boolean(compute="_compute_is_to_invoice", groups="base.group_user")
    authorized_collector = fields.Char(
        string="Who Else May Collect",
        copy=False,
        tracking=True,
        help="Named by the client, who signs for it: shown on the receipt and at the hand-over.",
    )
    signature = fields.Image(max_width=1024, max_height=1024, copy=False)
    signed_by = fields.Char(copy=False)
    return_method = fields.Selection(
        [("boutique", "Collected in the boutique"), ("parcel", "Sent by parcel")],
        default="boutique",
        required=True,
    )
    return_partner_id = fields.Many2one(
        "res.partner", string="Return Address", check_company=True, index="btree_not_null"
    )
    inbound_carrier = fields.Char(string="Carrier In")
    inbound_tracking = fields.Char(string="Tracking In")
    return_carrier = fields.Char(string="Carrier")
    return_tracking = fields.Char(string="Tracking Number")
    note = fields.Text(string="Internal Note", groups="base.group_user")

    _name_unique = models.UniqueIndex(
        "(name) WHERE name != '/'", "Another intake has this number already."
    )

    @api.model
    def _default_channel(self):
        """Return how creations come to whoever works here: parcels come to their center."""
        place = self.env["care.location"]._get_default_location(
            ["boutique", "client_relations"], self.env.company
        )
        is_center = place.location_type == "client_relations" and self.env.user in place.user_ids
        return "client_relations" if is_center else "boutique"

    @api.depends("company_id")
    def _compute_location_id(self):
        Location = self.env["care.location"]
        for intake in self:
            if not intake.location_id or intake.location_id.company_id != intake.company_id:
                intake.location_id = Location._get_default_location(
                    ["boutique", "client_relations"], intake.company_id
                )

    @api.depends("order_ids.state")
    def _compute_order_count(self):
        for intake in self:
            intake.order_count = len(intake.order_ids)
            intake.is_to_receive = "draft" in intake.order_ids.mapped("state")

    @api.depends("order_ids.state", "order_ids.invoice_status")
    def _compute_is_to_invoice(self):
        for intake in self:
            intake.is_to_invoice = bool(intake._get_orders_to_invoice())

    def _get_orders_to_invoice(self):
        """Return the finished orders of the intakes that are not invoiced yet."""
        return self.order_ids.filtered(
            lambda order: order.state in ("ready", "done") and order.invoice_status == "to_invoice"
        )

    @api.onchange("channel")
    def _onchange_channel(self):
        """Propose the place that takes in what comes this way."""
        kinds = ["boutique", "client_relations"]
        if self.channel == "client_relations":
            kinds.reverse()
        self.location_id = self.env["care.location"]._get_default_location(kinds, self.company_id)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        intakes = super().create(vals_list)
        intakes._lead_requests()
        return intakes

    def write(self, vals):
        if {"signature", "signed_by"} & vals.keys() and not self.env.su:
            self._check_signature_stands()
        if "access_token" in vals and not self.env.su:
            raise AccessError(self.env._("Renew the client's link with the button of the order."))
        result = super().write(vals)
        if {"partner_id", "location_id", "order_ids"} & vals.keys():
            self._lead_requests()
        return result

    def _check_signature_stands(self):
        """Refuse to replace what the client has signed for, once the house holds a creation.

        :raise UserError: naming a visit whose signature a user would change
        """
        for intake in self.filtered("signature"):
            if intake.order_ids.filtered(lambda order: order.state != "draft"):
                raise UserError(
                    self.env._(
                        "The client has signed for %(intake)s: the signature stays as it is.",
                        intake=intake.name,
                    )
                )

    def _lead_requests(self):
        """Let what is not received yet follow the client and the boutique of its visit."""
        groups = defaultdict(self.env["care.order"].browse)
        for order in self.order_ids.filtered(lambda order: order.state == "draft"):
            visit = order.intake_id
            place = visit.location_id or order.location_id
            if (order.partner_id, order.location_id) != (visit.partner_id, place):
                groups[visit.partner_id, place] |= order
        for (partner, place), requests in groups.items():
            requests.write({"partner_id": partner.id, "location_id": place.id})

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_receive(self):
        """Receive every creation of the intakes that is still a request."""
        return self.order_ids.filtered(lambda order: order.state == "draft").action_receive()

    def action_invoice(self):
        """Invoice what is finished of each visit, with one invoice per client and currency.

        :return: the action that opens the invoices
        :rtype: dict
        :raise UserError: when nothing is finished and left to invoice
        """
        self.check_access("read")
        orders = self._get_orders_to_invoice()
        if not orders:
            raise UserError(
                self.env._("Nothing of this visit is ready and left to invoice: finish it first.")
            )
        return orders.action_invoice(grouped="intake")

    def action_receive_and_print(self):
        """Receive what the visit brought and print its one receipt.

        :raise UserError: when nothing is left to receive
        """
        if not all(intake.is_to_receive for intake in self):
            raise UserError(
                self.env._("No creation is left to receive: add one, or print the receipt.")
            )
        self.action_receive()
        return self.action_print_receipt()

    def action_print_receipt(self):
        """Print the receipt of the intakes."""
        return self.env.ref("cartier_care.action_report_care_receipt").report_action(self)

    # ------------------------------------------------------------------
    # What the screen of a visit asks for
    # ------------------------------------------------------------------
    @api.model
    @api.readonly
    def find_creation(self, code):
        """Return the creation whose engraved number was scanned or typed, the living one first.

        :param str code: in any case, with spaces or dashes
        :return: ``{id, display_name}``, or nothing when no creation bears the number
        :rtype: dict
        """
        self.browse().check_access("create")
        orders = self.env["care.order"]
        creation = self.env["care.creation"]._find_scanned(orders._clean_barcode(code))
        return {"id": creation.id, "display_name": creation.display_name} if creation else {}

    @api.model
    @api.readonly
    def get_own_pieces(self, partner_id):
        """Return the pieces of a client that may come in: in use, and not in our hands.

        :param int partner_id: the client
        :rtype: list[dict]
        """
        self.browse().check_access("create")
        partner_ids = self._clean_ids(
            partner_id or [], self.env._("Choose the client whose creations you wish to see.")
        )
        pieces = self.env["care.creation"].search(
            [
                ("partner_id", "child_of", partner_ids),
                ("state", "=", "in_use"),
                ("current_location_id", "=", False),
            ],
            limit=OWN_PIECES_MAX,
        )
        return [{"id": piece.id, "display_name": piece.display_name} for piece in pieces]
