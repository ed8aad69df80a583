from odoo import api, models


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _number_care(self, code, vals_list):
        """Return the values of new documents, each with a number where it has none.

        The sequence is looked up once for the whole batch.

        :param str code: the code of the sequence
        :param list vals_list: values for ``create``; they are not changed
        :return: copies of the values with ``name`` set
        :rtype: list[dict]
        """
        numbered = [dict(vals) for vals in vals_list]
        unnamed = [vals for vals in numbered if vals.get("name", "/") == "/"]
        sequences = self.sudo().search(
            [("code", "=", code), ("company_id", "in", [self.env.company.id, False])],
            order="company_id",
            limit=1,
        )
        for vals in unnamed if sequences else ():
            vals["name"] = sequences._next()
        return numbered
