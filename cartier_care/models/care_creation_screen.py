from odoo import api, fields, models
from odoo.fields import Domain


class CareCreation(models.Model):
    """What the page of a creation tells of its past; nothing here decides anything."""

    _inherit = "care.creation"

    history = fields.Html(compute="_compute_history", sanitize=False, groups="base.group_user")
    lineage_owner_ids = fields.Many2many(
        "care.creation.owner",
        compute="_compute_lineage_owner_ids",
        string="Owners over Time",
        groups="base.group_user",
    )
    photo_ids = fields.Many2many(
        "care.order.photo", compute="_compute_records", string="Photos", groups="base.group_user"
    )
    document_ids = fields.Many2many(
        "ir.attachment", compute="_compute_records", string="Documents", groups="base.group_user"
    )

    @api.depends_context("uid", "lang", "tz")
    def _compute_history(self):
        """Tell what was done on the creation's number and when, in all houses.

        The history stays with the number (care-rules.md, 7) and is shared by all companies, but
        neither prices nor notes are; an order opens only for who may see it.
        """
        template = "cartier_care.care_creation_history"
        for creation in self:
            orders = (
                self.env["care.order"]
                .sudo()
                .search(creation._get_history_domain(), order="date_done desc, id desc")
            )
            visible = self.env["care.order"].search([("id", "in", orders.ids)])
            creation.history = self.env["ir.qweb"]._render(
                template,
                {"orders": [order._prepare_history_vals(order in visible) for order in orders]},
            )

    @api.depends("owner_ids", "lineage_key")
    def _compute_lineage_owner_ids(self):
        """Tell who owned the number, its original's owners included (care-rules.md, 7).

        Whoever owned the original when it was reproduced is told once.
        """
        for creation in self:
            owners = self.env["care.creation.owner"].search(
                [("creation_id.lineage_key", "=", creation.lineage_key)]
            )
            earlier = dict(zip(owners, owners[1:], strict=False))
            creation.lineage_owner_ids = owners.filtered(
                lambda owner, earlier=earlier: (
                    owner.partner_id != earlier.get(owner, owner.browse()).partner_id
                )
            )

    @api.depends("lineage_key")
    @api.depends_context("uid")
    def _compute_records(self):
        """Show the photos and documents of the care that the reader may open, and of no other."""
        for creation in self:
            orders = self.env["care.order"].search(
                creation._get_history_domain(), order="date_received desc, id desc"
            )
            creation.photo_ids = orders.photo_ids
            creation.document_ids = self.env["ir.attachment"].search(
                Domain("res_field", "=", False)
                & Domain.OR(
                    Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)
                    for records in (orders, orders.estimate_ids, creation)
                )
            )

    def _get_history_domain(self):
        """Return the domain of the orders that tell the history of the creation."""
        self.ensure_one()
        return [
            ("creation_id.lineage_key", "=", self.sudo().lineage_key),
            ("state", "not in", ("draft", "cancel")),
        ]
