from odoo import api, models
from odoo.exceptions import UserError


class CareClientRecordMixin(models.AbstractModel):
    """What records that clients see or send texts to have in common."""

    _name = "care.client.record.mixin"
    _description = "Record That Clients See"

    @api.model
    def _has_field_access(self, field, operation):
        """Extend the core method: clients read neither ``create_uid`` nor ``write_uid``.

        Of the staff they know the advisor alone (design: roles).
        """
        if field.name in ("create_uid", "write_uid") and self.env.user.share and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        """Extend the core method: fields that a reader must not see aren't grouped by.

        Odoo checks that for all kinds of fields but many2many.
        """
        field = self._fields.get(groupby_spec.split(":")[0].split(".")[0])
        if field:
            self._check_field_access(field, "read")
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_nul(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_nul(vals))

    @api.model
    def _without_nul(self, vals):
        """Return values without NUL characters: PostgreSQL holds none, and nobody types one."""
        return {
            name: value.replace("\x00", "") if isinstance(value, str) else value
            for name, value in vals.items()
        }

    @api.model
    def _clean_reason(self, reason, message):
        """Return a reason that somebody typed, ready to be kept.

        :param reason: what came in, over RPC possibly anything
        :param str message: what to say when it is no text, or an empty one
        :rtype: str
        :raise UserError: with the message
        """
        text = reason.replace("\x00", "").strip() if isinstance(reason, str) else ""
        if not text:
            raise UserError(message)
        return text
