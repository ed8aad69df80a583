from odoo import api, fields, models


class CareCreationOwner(models.Model):
    """Who owned a creation from when on. Append-only, written with the owner of the creation."""

    _name = "care.creation.owner"
    _description = "Owner of a Creation over Time"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    creation_id = fields.Many2one("care.creation", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Owner", required=True, index=True, ondelete="restrict"
    )
    date = fields.Datetime(string="Known Since", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="Recorded By", default=lambda self: self.env.user, required=True
    )


class CareCreation(models.Model):
    _inherit = "care.creation"

    owner_ids = fields.One2many(
        "care.creation.owner", "creation_id", string="Owners", groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        creations = super().create(vals_list)
        creations._record_owners()
        return creations

    def write(self, vals):
        before = {creation: creation.partner_id for creation in self if "partner_id" in vals}
        result = super().write(vals)
        self.browse().concat(
            *(creation for creation, owner in before.items() if creation.partner_id != owner)
        )._record_owners()
        return result

    def _record_owners(self):
        """Record from when on the creations belong to their present owners."""
        self.env["care.creation.owner"].sudo().create(
            [
                {
                    "creation_id": creation.id,
                    "partner_id": creation.partner_id.id,
                    "user_id": self.env.uid,
                }
                for creation in self
                if creation.partner_id
            ]
        )
