from odoo import models


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _find_record(
        self, xmlid=None, res_model="ir.attachment", res_id=None, access_token=None, field=None
    ):
        """Extend: a file of care opens by what the present link gave, and no former one."""
        if access_token and res_model == "ir.attachment" and res_id and not xmlid:
            file = self.env["ir.attachment"].browse(res_id)
            access_token = file._get_care_token(access_token)
        return super()._find_record(xmlid, res_model, res_id, access_token, field=field)
