from odoo import api, fields, models

#: What the place is called that transfers make for what is on its way.
IN_TRANSIT = "In transit"


class CareLocation(models.Model):
    """A place where creations can be: a boutique, a workshop, a vendor, on the way."""

    _name = "care.location"
    _description = "Care Location"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    location_type = fields.Selection(
        selection=[
            ("boutique", "Boutique"),
            ("workshop", "Workshop"),
            ("client_relations", "Client Relations Center"),
            ("vendor", "Vendor"),
            ("transit", "In Transit"),
        ],
        required=True,
        default="boutique",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", string="Address", check_company=True, index="btree_not_null"
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Staff",
        help="Who works here and sees its orders. When empty, everybody of the role does.",
    )

    @api.depends("name", "location_type")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Name what transfers made in the reader's language; what somebody named, as they did."""
        for place in self:
            is_made = place.location_type == "transit" and place.name == IN_TRANSIT
            place.display_name = self.env._("In transit") if is_made else place.name

    @api.model_create_multi
    def create(self, vals_list):
        """Extend the core method: who sees what goes by the places and their staff."""
        places = super().create(vals_list)
        self.env.registry.clear_cache()
        return places

    def write(self, vals):
        """Extend the core method: who sees what goes by the places and their staff."""
        result = super().write(vals)
        if "user_ids" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model
    def _get_default_location(self, location_types, company, user=None):
        """Return the place where a user's orders belong by default.

        :param list location_types: acceptable values of ``location_type``, best first
        :param company: the ``res.company`` of the order
        :param user: ``res.users``; the current one by default
        :return: the user's first location of these types, else the company's first, else none
        :rtype: care.location
        """
        user = user or self.env.user
        locations = self.sudo().search(
            [("company_id", "=", company.id), ("location_type", "in", location_types)]
        )
        rank = {location_type: index for index, location_type in enumerate(location_types)}
        locations = locations.sorted(
            lambda location: (user not in location.user_ids, rank[location.location_type])
        )
        return locations[:1].sudo(False)
