from odoo import api, fields, models
from odoo.exceptions import UserError


class CareCountLine(models.Model):
    """One creation, or one unknown code, at a closing count. Written by counting alone."""

    _name = "care.count.line"
    _description = "Closing Count Line"
    _order = "count_id, id"
    _rec_name = "label"

    count_id = fields.Many2one("care.count", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="count_id.company_id", store=True, index=True)
    creation_id = fields.Many2one("care.creation", index="btree_not_null", ondelete="restrict")
    order_id = fields.Many2one(
        "care.order", index="btree_not_null", ondelete="restrict", string="Envelope"
    )
    barcode = fields.Char(string="Scanned Code")
    label = fields.Char(compute="_compute_label", compute_sudo=True)
    known_location_id = fields.Many2one(
        "care.location",
        string="Where Custody Says",
        ondelete="restrict",
        help="Where the creation was, according to custody, when the count noted it.",
    )
    is_expected = fields.Boolean()
    is_scanned = fields.Boolean()
    date_scanned = fields.Datetime(string="Scanned")
    result = fields.Selection(
        [
            ("waiting", "Still to scan"),
            ("missing", "Missing"),
            ("extra", "Too much"),
            ("present", "Present"),
        ],
        compute="_compute_result",
        store=True,
        precompute=True,
    )

    _creation_unique = models.UniqueIndex(
        "(count_id, creation_id) WHERE creation_id IS NOT NULL",
        "Each creation stands once in a count.",
    )

    @api.depends("creation_id", "order_id", "barcode")
    def _compute_label(self):
        for line in self:
            line.label = (
                line.order_id.name or line.creation_id.serial_number or line.barcode or False
            )

    @api.depends("is_expected", "is_scanned", "count_id.state")
    def _compute_result(self):
        for line in self:
            if line.is_scanned:
                line.result = "present" if line.is_expected else "extra"
            elif line.is_expected:
                line.result = "missing" if line.count_id.state == "done" else "waiting"
            else:
                line.result = False

    def action_undo(self):
        """Take back scans made by mistake: what was too much goes, the rest waits again.

        :raise UserError: when the count is closed
        """
        self.check_access("read")
        self.count_id._check_counting()
        for line in self:
            if not line.is_scanned:
                raise UserError(
                    self.env._("%s was not scanned: there is nothing to take back.", line.label)
                )
        lines = self.sudo()
        lines.filtered(lambda line: not line.is_expected).unlink()
        lines.exists().write({"is_scanned": False, "date_scanned": False})
        return True
