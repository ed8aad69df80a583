from odoo import api, models
from odoo.exceptions import AccessError


class CareComputedMixin(models.AbstractModel):
    """What is worked out is never typed: Odoo itself stores whatever is written into it."""

    _name = "care.computed.mixin"
    _description = "Record Whose Computed Values Stand"

    @api.model
    def default_get(self, fields):
        """Extend the core method: what people may not write is no default of theirs either.

        The context of a call and a user's own defaults give values that no check of what is
        written ever sees; steps that run with rights of their own would take them as well.
        """
        kept = self._get_kept_fields()
        values = super().default_get([name for name in fields if name not in kept])
        for name in kept.intersection(fields):
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                values[name] = field.convert_to_write(value, self)
        return values

    @api.model
    def _get_kept_fields(self):
        """Return the names of the fields whose defaults are the house's alone. Hook.

        :rtype: set[str]
        """
        return {name for name, field in self._fields.items() if field.readonly}

    @api.model_create_multi
    def create(self, vals_list):
        self._check_computed_fields(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_computed_fields(vals.keys())
        return super().write(vals)

    @api.model
    def _check_computed_fields(self, names):
        """Refuse direct writes of stored values that follow from others.

        :param names: the names of the fields that somebody writes
        :raise AccessError: naming what a user, rather than the system, would write
        """
        if self.env.su:
            return
        fields = [self._fields[name] for name in names if name in self._fields]
        computed = [
            field
            for field in fields
            if field.store
            and (field.compute or field.related)
            and field.readonly
            and not field.inverse
        ]
        if computed:
            raise AccessError(
                self.env._(
                    "%(fields)s cannot be written: it follows from the rest of the record.",
                    fields=", ".join(
                        sorted(field._description_string(self.env) for field in computed)
                    ),
                )
            )
