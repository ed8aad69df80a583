from odoo import api, fields, models
from odoo.exceptions import UserError

#: What a mark is: neither where it stands nor what it says, and never changed afterwards.
FIXED_FIELDS = ("photo_id", "number")

#: More rings than this hide the picture, and their numbers no longer fit in them.
NUMBER_MAX = 99


class CareOrderPhotoMark(models.Model):
    """A numbered ring on a photo: one scratch, dent or worn place (issue 4, intake).

    The number is the order's, not the photo's, so that it means the same on screen, paper and
    the client's page. The marks at intake are what the client signs for: they are settled once
    the order leaves the diagnosis.
    """

    _name = "care.order.photo.mark"
    _inherit = ["care.computed.mixin"]
    _description = "Condition Mark on a Care Photo"
    _order = "number, id"
    _rec_name = "number"

    photo_id = fields.Many2one("care.order.photo", required=True, index=True, ondelete="cascade")
    order_id = fields.Many2one(related="photo_id.order_id", store=True, index=True)
    company_id = fields.Many2one(related="photo_id.company_id", store=True, index=True)
    number = fields.Integer(
        string="No.", required=True, default=0, aggregator=None, help="Given once, on its order."
    )
    x = fields.Float(
        string="From the Left", required=True, aggregator=None, help="A fraction of the width."
    )
    y = fields.Float(
        string="From the Top", required=True, aggregator=None, help="A fraction of the height."
    )
    kind = fields.Selection(
        [
            ("scratch", "Scratch"),
            ("dent", "Dent"),
            ("missing_stone", "Missing stone"),
            ("worn", "Worn"),
            ("bent", "Bent"),
            ("other", "Other"),
        ],
        required=True,
        default="scratch",
    )
    note = fields.Char()

    _place_in_picture = models.Constraint(
        "CHECK(x >= 0 AND x <= 1 AND y >= 0 AND y <= 1)",
        "A mark stands outside of the picture: place it on the picture.",
    )
    _number_range = models.Constraint(
        f"CHECK(number BETWEEN 1 AND {NUMBER_MAX})",
        "An order holds marks 1 to 99: describe the rest in the condition.",
    )
    _number_unique = models.UniqueIndex(
        "(order_id, number)",
        "Somebody else has just placed a mark with this number: reload the order, "
        "then place yours.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Create marks, each with the number that it was shown with, or else the next one."""
        photos = self.env["care.order.photo"].browse(
            {vals["photo_id"] for vals in vals_list if vals.get("photo_id")}
        )
        photos._check_marks_open()
        taken = {
            order.id: set(numbers)
            for order, numbers in self.sudo()._read_group(
                [("order_id", "in", photos.order_id.ids)], ["order_id"], ["number:array_agg"]
            )
        }
        numbered = []
        for vals in vals_list:
            order = photos.browse(vals.get("photo_id")).order_id
            numbers = taken.setdefault(order.id, set())
            number = vals.get("number") or 0
            if number < 1 or number in numbers:
                number = max(numbers, default=0) + 1
            numbers.add(number)
            numbered.append({**vals, "number": number})
        return super().create(numbered)

    def write(self, vals):
        if not self.env.su:
            for name in FIXED_FIELDS:
                field = self._fields[name]
                if name in vals and any(
                    field.convert_to_write(mark[name], mark) != vals[name] for mark in self
                ):
                    raise UserError(
                        self.env._(
                            "A mark keeps its number and its photo: remove it and place a new one."
                        )
                    )
        self.photo_id._check_marks_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self.photo_id._check_marks_open()

    def _get_place(self):
        """Return where the ring stands, as the style of an element over the picture.

        :rtype: str
        """
        self.ensure_one()
        return f"left: {self.x * 100:.2f}%; top: {self.y * 100:.2f}%;"

    def _get_kind_label(self):
        """Return the kind in the language of the records.

        :rtype: str
        """
        self.ensure_one()
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _get_shown_values(self):
        """Return what documents and the client's page show of the marks, as plain values.

        :rtype: list[dict]
        """
        return [
            {
                "number": mark.number,
                "place": mark._get_place(),
                "kind": mark._get_kind_label(),
                "note": mark.note or "",
            }
            for mark in self.sorted("number")
        ]
