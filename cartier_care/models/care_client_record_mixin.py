from odoo import api, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: Odoo's own fields that tell who of the staff worked on a record, or what is said of it: even
#: where their content cannot be read, it could be found out by searching for it.
HOUSE_FIELDS = {
    "activity_exception_decoration",
    "activity_exception_icon",
    "create_uid",
    "write_uid",
    "has_message",
    "message_ids",
    "website_message_ids",
}


class CareClientRecordMixin(models.AbstractModel):
    """What records that clients see or send texts to have in common."""

    _name = "care.client.record.mixin"
    _inherit = ["care.computed.mixin"]
    _description = "Record That Clients See"

    @api.model
    def _has_field_access(self, field, operation):
        """Extend the core method: some of Odoo's own fields are the house's.

        Of the staff clients know the advisor alone (design: roles), of what is said what their
        page shows. Most fields are for everybody of the staff, which a list asks of each of them
        for each of its records: that answer is kept.
        """
        if not self.env.su:
            if field.groups == "base.group_user":
                return self._is_read_by_staff()
            if field.name in HOUSE_FIELDS and not self._is_read_by_staff():
                return False
        return super()._has_field_access(field, operation)

    @api.model
    @tools.ormcache("self.env.uid")
    def _is_read_by_staff(self):
        """Tell whether the reader is of the staff. Odoo forgets it when groups change.

        :rtype: bool
        """
        return self.env.user._is_internal()

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """Extend the core method: the screens are the staff's, clients have pages of their own.

        What Odoo would leave of a screen without the fields of the staff is none any more.

        :raise AccessError: for clients
        """
        if not self.env.su and not self._is_read_by_staff():
            raise AccessError(
                self.env._(
                    "This screen is for the staff of the house: your care is on your own pages."
                )
            )
        return super().get_view(view_id, view_type, **options)

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Extend the core method: clients neither filter nor sort by what they must not see.

        Odoo checks that for all fields but those that are related to another's.
        """
        is_open = self.env.su or kwargs.get("bypass_access") or self._is_read_by_staff()
        if not is_open:
            domain = Domain(domain)
            self._check_read(condition.field_expr for condition in domain.iter_conditions())
            self._check_read(term.strip().split(" ")[0] for term in (order or "").split(","))
        return super()._search(domain, offset=offset, limit=limit, order=order, **kwargs)

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        """Extend the core method: fields that a reader must not see aren't grouped by.

        Odoo checks that for all kinds of fields but many2many.
        """
        self._check_read([groupby_spec])
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _check_read(self, expressions):
        """Check that the reader may read what expressions begin with.

        :param expressions: names of fields, with a path, a part of a date or nothing behind
        :raise AccessError: when one of them is not for the reader
        """
        for expression in expressions:
            field = self._fields.get(expression.split(":")[0].split(".")[0])
            if field:
                self._check_field_access(field, "read")

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

    @api.model
    def _clean_ids(self, ids, message):
        """Return ids that somebody chose: several, or a single one.

        :param ids: what came in, over RPC possibly anything
        :param str message: what to say when it is no list of ids
        :rtype: list[int]
        :raise UserError: with the message
        """
        chosen = [ids] if isinstance(ids, int) else ids
        if not isinstance(chosen, (list, tuple, set)) or not all(
            isinstance(one, int) and not isinstance(one, bool) for one in chosen
        ):
            raise UserError(message)
        return list(chosen)
