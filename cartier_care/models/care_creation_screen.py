from odoo import api, fields, models


class CareCreation(models.Model):
    """What the page of a creation tells of its past; nothing here decides anything."""

    _inherit = "care.creation"

    history = fields.Html(compute="_compute_history", sanitize=False, groups="base.group_user")

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

    def _get_history_domain(self):
        """Return the domain of the orders that tell the history of the creation."""
        self.ensure_one()
        return [
            ("creation_id.lineage_key", "=", self.sudo().lineage_key),
            ("state", "not in", ("draft", "cancel")),
        ]
