from odoo import api, fields, models
from odoo.exceptions import AccessError


class CareNumberedMixin(models.AbstractModel):
    """Documents with a number from the sequence whose code is the name of their model."""

    _name = "care.numbered.mixin"
    _description = "Numbered Document"

    name = fields.Char(string="Number", default="/", readonly=True, copy=False, index="trigram")

    @api.depends("name")
    def _compute_display_name(self):
        """Extend the core method: what has no number yet is left to the screen's word for new."""
        result = super()._compute_display_name()
        for record in self.filtered(lambda record: record.name == "/"):
            record.display_name = False
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Extend the core method: number new documents, the sequence looked up once for all."""
        numbered = [dict(vals) for vals in vals_list]
        unnamed = [vals for vals in numbered if vals.get("name", "/") == "/"]
        sequence = (
            self.env["ir.sequence"]
            .sudo()
            .search(
                [
                    ("code", "=", self._name),
                    ("company_id", "in", [self.env.company.id, False]),
                ],
                order="company_id",
                limit=1,
            )
        )
        for vals in unnamed if sequence else ():
            vals["name"] = sequence._next()
        return super().create(numbered)

    def write(self, vals):
        """Extend the core method: a number that is on papers already is not given again."""
        if "name" in vals and not self.env.su:
            raise AccessError(self.env._("A document keeps the number that it was given."))
        return super().write(vals)
