from odoo import api, fields, models


class CareOrderApprove(models.TransientModel):
    """The client's approval given in the boutique: who, which options, and a signature."""

    _name = "care.order.approve"
    _description = "Approval of a Care Estimate in the Boutique"

    order_id = fields.Many2one("care.order", required=True, readonly=True)
    estimate_id = fields.Many2one(related="order_id.estimate_id", related_sudo=False)
    date_valid_until = fields.Date(
        related="order_id.estimate_id.date_valid_until", related_sudo=False
    )
    currency_id = fields.Many2one(related="order_id.currency_id", related_sudo=False)
    signed_by = fields.Char(
        string="Approved By",
        compute="_compute_signed_by",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    option_ids = fields.Many2many(
        "care.order.line", compute="_compute_option_ids", string="Options of the Estimate"
    )
    accepted_line_ids = fields.Many2many(
        "care.order.line",
        relation="care_order_approve_line_rel",
        string="Options Taken",
        compute="_compute_accepted_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('id', 'in', option_ids)]",
    )
    amount_total = fields.Monetary(compute="_compute_amount_total", string="Total")
    gives_proof = fields.Boolean(compute="_compute_option_ids")
    gives_consent = fields.Boolean(compute="_compute_option_ids")
    signature = fields.Image(max_width=1024, max_height=1024)
    page_code = fields.Binary(
        string="Code of the Client's Page",
        compute="_compute_page_code",
        help="Opens the client's page on a tablet or the client's own phone, without a login.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "care.order" and "order_id" in fields_list:
            values.setdefault("order_id", self.env.context.get("active_id"))
        return values

    @api.depends("order_id")
    def _compute_signed_by(self):
        self.order_id.check_access("read")
        for wizard in self:
            wizard.signed_by = wizard.order_id.partner_id.name

    @api.depends("order_id")
    def _compute_option_ids(self):
        self.order_id.check_access("read")
        for wizard in self:
            lines = wizard.order_id.line_ids
            wizard.option_ids = lines.filtered(
                lambda line: (
                    line.is_optional and line.line_type == "service" and line.outcome == "todo"
                )
            )
            services = lines.filtered(lambda line: line.outcome == "todo").service_id
            wizard.gives_proof = any(services.mapped("requires_proof"))
            wizard.gives_consent = any(services.mapped("retires_creation"))

    @api.depends("option_ids")
    def _compute_accepted_line_ids(self):
        for wizard in self:
            wizard.accepted_line_ids = wizard.option_ids.filtered("is_accepted")

    @api.depends("accepted_line_ids", "order_id")
    def _compute_amount_total(self):
        """Let the total follow the choices, as the client's page does."""
        self.order_id.check_access("read")
        for wizard in self:
            taken = wizard.accepted_line_ids._origin.ids
            order = wizard.order_id.sudo()
            wizard.amount_total = (
                order._get_total_with(taken).totals["total_amount_currency"] if order else 0.0
            )

    @api.depends("order_id")
    def _compute_page_code(self):
        """Draw the code that opens the page where nobody of the house is signed in."""
        self.order_id.check_access("write")
        for wizard in self:
            wizard.page_code = wizard._draw_page_code() if wizard.order_id else False

    def _draw_page_code(self):
        """Return the code of the client's page as a drawing, or False when it cannot be made."""
        order = self.order_id.sudo()
        address = order.get_base_url() + order.get_portal_url() + "#care_estimate"
        drawing = self.env["care.report"]._get_barcode("QR", address)
        return drawing and drawing.partition(",")[2].encode()

    def action_open_page(self):
        """Open the client's page on this screen, to be handed over to the client."""
        self.ensure_one()
        return self.order_id.action_preview()

    def action_confirm(self):
        """Record the approval with the options that the client takes.

        :raise UserError: when the estimate is no longer open, or something is missing
        """
        self.ensure_one()
        self.order_id.action_approve(
            signed_by=self.signed_by,
            signature=self.signature or None,
            accepted_line_ids=self.accepted_line_ids.ids,
        )
        return {"type": "ir.actions.act_window_close"}
