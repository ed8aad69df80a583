from odoo import api, fields, models
from odoo.exceptions import UserError


class CareIntake(models.Model):
    """One visit or parcel with one or more creations; prints one receipt."""

    _name = "care.intake"
    _description = "Care Intake"
    _inherit = ["care.client.record.mixin", "care.numbered.mixin", "portal.mixin", "mail.thread"]
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
        default="boutique",
        required=True,
    )
    date = fields.Datetime(default=fields.Datetime.now, required=True)
    order_ids = fields.One2many("care.order", "intake_id", string="Creations")
    order_count = fields.Integer(compute="_compute_order_count")
    is_to_receive = fields.Boolean(compute="_compute_order_count", groups="base.group_user")
    is_to_invoice = fields.Boolean(compute="_compute_is_to_invoice", groups="base.group_user")
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

    def action_print_receipt(self):
        """Print the receipt of the intakes."""
        return self.env.ref("cartier_care.action_report_care_receipt").report_action(self)
