from odoo import api, fields, models


class CareCreationMixin(models.AbstractModel):
    """What the rules of care need to know of a creation, for the model and for the piece.

    Shared by ``product.template`` (the model in the catalogue) and ``care.creation`` (one
    physical piece, which takes the values of its product and may differ from it).
    """

    _name = "care.creation.mixin"
    _description = "Creation Attributes"

    creation_type = fields.Selection(
        selection=[
            ("ring", "Ring"),
            ("necklace", "Necklace"),
            ("bracelet", "Bracelet"),
            ("earrings", "Earrings"),
            ("brooch", "Brooch"),
            ("cufflinks", "Cufflinks"),
            ("other", "Other"),
        ],
        index="btree_not_null",
    )
    collection_id = fields.Many2one("care.collection", ondelete="restrict", index="btree_not_null")
    metal_ids = fields.Many2many("care.metal", string="Metals")
    gem_ids = fields.Many2many("care.gem", string="Gems")
    is_paved = fields.Boolean(string="Paved", help="Set with many small stones side by side.")
    is_bangle = fields.Boolean(string="Bangle Style", help="A rigid bracelet without a chain.")
    has_silk_cord = fields.Boolean(string="Silk Cord")
    part_count = fields.Integer(string="Parts", default=1, help="2 for a pair or a two-part piece.")
    is_resizable = fields.Boolean(
        string="Style Can Be Re-sized",
        default=True,
        help="Without this mark the style of the creation excludes every re-sizing.",
    )
    engraving_capacity = fields.Integer(
        string="Engraving Space",
        help="How many characters can be engraved; 0 when the creation takes no engraving.",
    )
    allows_ultrasonic = fields.Boolean(
        string="Stands Ultrasonic Cleaning",
        compute="_compute_allows_ultrasonic",
        store=True,
        readonly=False,
        help="Proposed from the gems: one that does not stand the tank is enough to forbid it.",
    )

    @api.depends("gem_ids")
    def _compute_allows_ultrasonic(self):
        for record in self:
            record.allows_ultrasonic = all(record.gem_ids.mapped("allows_ultrasonic"))

    @api.model
    def _get_creation_attribute_names(self):
        """Return the names of the attributes that a piece takes from its product."""
        return [
            "creation_type",
            "collection_id",
            "metal_ids",
            "gem_ids",
            "is_paved",
            "is_bangle",
            "has_silk_cord",
            "part_count",
            "is_resizable",
            "engraving_capacity",
        ]
