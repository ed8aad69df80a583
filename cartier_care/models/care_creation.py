import re
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from .care_service import format_number

#: States in which a number is alive: no two such creations share it (care-rules.md, 7).
LIVING_STATES = ("in_use", "lost")


class CareCreation(models.Model):
    """One physical piece of jewelry, known by its engraved number.

    Creations belong to no company: the piece is the subject of its entitlements, across owners,
    boutiques and companies (care-rules.md, 4).
    """

    _name = "care.creation"
    _description = "Creation"
    _inherit = [
        "care.client.record.mixin",
        "care.creation.mixin",
        "care.staff.thread.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "image.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["serial_number", "serial_key", "product_id.name", "partner_id.name"]

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    active = fields.Boolean(default=True)
    product_id = fields.Many2one(
        "product.product",
        string="Model",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain=[("is_creation", "=", True)],
        help="The model of the creation; a generic one exists for models outside the catalogue.",
    )
    serial_number = fields.Char(
        string="Engraved Number", required=True, copy=False, index="trigram", tracking=True
    )
    serial_key = fields.Char(
        string="Normalized Number",
        compute="_compute_serial_key",
        store=True,
        precompute=True,
        index="trigram",
        help="The number without case, spaces or dashes: what makes two numbers the same.",
    )
    is_provisional = fields.Boolean(
        string="Provisional Number", help="The engraved number is illegible; this one stands in."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Owner", index=True, tracking=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("in_use", "In use"), ("replaced", "Replaced"), ("lost", "Lost")],
        string="Status",
        default="in_use",
        required=True,
        index=True,
        copy=False,
        tracking=True,
    )
    loss_reason = fields.Char(copy=False, groups="base.group_user")
    original_id = fields.Many2one(
        "care.creation",
        string="Reproduction Of",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    reproduction_ids = fields.One2many("care.creation", "original_id", string="Reproductions")
    lineage_key = fields.Char(
        compute="_compute_lineage_key",
        store=True,
        recursive=True,
        index=True,
        groups="base.group_user",
        help="What a creation shares with its original and its reproductions: first times are "
        "counted per lineage.",
    )

    # Limits and prices follow from these: who changed them is told.
    creation_type = fields.Selection(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    collection_id = fields.Many2one(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    metal_ids = fields.Many2many(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    gem_ids = fields.Many2many(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    is_paved = fields.Boolean(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    is_bangle = fields.Boolean(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    has_silk_cord = fields.Boolean(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    # The mixin's defaults are for models; on a piece they would win over its model's values.
    part_count = fields.Integer(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        default=None,
        tracking=True,
    )
    is_resizable = fields.Boolean(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        default=None,
        tracking=True,
    )
    engraving_capacity = fields.Integer(
        compute="_compute_creation_attributes",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )

    measure = fields.Float(
        string="Size",
        digits=(6, 2),
        tracking=True,
        help="Length in cm, or ring size on the house's scale (EU).",
    )
    measure_label = fields.Char(compute="_compute_measure_label", string="In Other Scales")
    purchase_date = fields.Date()
    prior_service_ids = fields.Many2many(
        "care.service",
        string="First Times Used Before",
        tracking=True,
        help="Services whose complimentary first time was used before this system.",
        groups="base.group_user",
    )
    prior_polishing_count = fields.Integer(
        string="Polishings Before",
        tracking=True,
        groups="base.group_user",
        help="Before this system.",
    )
    polishing_count = fields.Integer(
        string="Polishings",
        compute="_compute_polishing",
        store=True,
        groups="base.group_user",
        help="Every polishing wears the metal; those of re-sizings count too.",
    )
    polishing_date = fields.Date(
        string="Last Polished", compute="_compute_polishing", store=True, groups="base.group_user"
    )
    polishing_not_before = fields.Date(
        string="No Polishing Before",
        tracking=True,
        groups="base.group_user",
        help="A jeweler's advice: before this day a polishing is not recommended.",
    )
    current_location_id = fields.Many2one(
        "care.location", copy=False, index="btree_not_null", groups="base.group_user"
    )
    order_ids = fields.One2many("care.order", "creation_id", string="Care Orders")
    order_count = fields.Integer(compute="_compute_order_count", groups="base.group_user")
    operation_ids = fields.One2many("care.order.operation", "creation_id", groups="base.group_user")
    used_service_ids = fields.Many2many(
        "care.service", compute="_compute_entitlements", groups="base.group_user"
    )
    left_service_ids = fields.Many2many(
        "care.service", compute="_compute_entitlements", groups="base.group_user"
    )
    note = fields.Html(string="Internal Notes", groups="base.group_user")

    image_1920 = fields.Image(compute="_compute_image", store=True, readonly=False)

    # ------------------------------------------------------------------
    # Constraints and indexes
    # ------------------------------------------------------------------
    _serial_key_equal_index = models.Index("(serial_key)")
    _living_number_unique = models.UniqueIndex(
        "(serial_key) WHERE state IN ('in_use', 'lost')",
        "Another living creation bears this number already: search it by its number and use it.",
    )

    @api.constrains("serial_number")
    def _check_serial_number(self):
        for creation in self:
            if not creation.serial_key:
                raise ValidationError(
                    self.env._(
                        "“%(number)s” holds neither letter nor digit: enter the engraved number, "
                        "or a provisional one when it is illegible.",
                        number=creation.serial_number,
                    )
                )

    @api.constrains("original_id")
    def _check_original(self):
        if self._has_cycle("original_id"):
            raise ValidationError(
                self.env._("A creation cannot be the reproduction of itself: choose the original.")
            )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.model
    def _normalize_serial(self, serial_number):
        """Return a number without case, spaces or dashes (care-rules.md, 7)."""
        return re.sub(r"[\W_]+", "", serial_number or "").upper()

    @api.depends("serial_number")
    def _compute_serial_key(self):
        for creation in self:
            creation.serial_key = self._normalize_serial(creation.serial_number)

    @api.depends("serial_key", "is_provisional", "original_id.lineage_key")
    def _compute_lineage_key(self):
        for creation in self:
            if creation.original_id:
                creation.lineage_key = creation.original_id.lineage_key
            elif creation.is_provisional:
                creation.lineage_key = f"#{creation._origin.id or creation.id}"
            else:
                creation.lineage_key = creation.serial_key

    @api.depends("product_id")
    def _compute_creation_attributes(self):
        names = self._get_creation_attribute_names()
        for creation in self:
            if creation.product_id:
                for name in names:
                    creation[name] = creation.product_id[name]
            else:
                for name in names:
                    creation[name] = creation[name]

    @api.depends("product_id", "gem_ids")
    def _compute_allows_ultrasonic(self):
        """Extend the mixin: a piece takes what its product says unless its gems forbid it."""
        result = super()._compute_allows_ultrasonic()
        for creation in self:
            if creation.product_id and not creation.product_id.allows_ultrasonic:
                creation.allows_ultrasonic = (
                    creation.allows_ultrasonic and creation.gem_ids != creation.product_id.gem_ids
                )
        return result

    @api.depends("product_id")
    def _compute_image(self):
        for creation in self:
            creation.image_1920 = creation.image_1920 or creation.product_id.image_1920

    @api.depends("measure", "creation_type")
    @api.depends_context("lang")
    def _compute_measure_label(self):
        for creation in self:
            if not creation.measure:
                creation.measure_label = False
            elif creation.creation_type == "ring":
                creation.measure_label = self.env._(
                    "EU %(eu)s · US %(us)s · UK %(uk)s",
                    eu=format_number(self.env, creation.measure),
                    us=format_number(self.env, self._convert_ring_size_us(creation.measure)),
                    uk=self._convert_ring_size_uk(creation.measure),
                )
            else:
                creation.measure_label = self.env._(
                    "%(length)s cm", length=format_number(self.env, creation.measure)
                )

    @api.model
    def _convert_ring_size_us(self, size):
        """Return the US size of an EU ring size (inner circumference in mm), to a quarter."""
        return round((size - 36.5) / 2.55 * 4) / 4

    @api.model
    def _convert_ring_size_uk(self, size):
        """Return the UK letter of an EU ring size: A is 37.8 mm, a letter each 1.25 mm."""
        half_steps = max(round((size - 37.8) / 1.25 * 2), 0)
        letter = chr(ord("A") + min(half_steps // 2, 25))
        return f"{letter}½" if half_steps % 2 else letter

    @api.depends("operation_ids.done_count", "operation_ids.date_end", "prior_polishing_count")
    def _compute_polishing(self):
        groups = dict.fromkeys(self._origin.ids, (0, False))
        for creation, count, last in self.env["care.order.operation"]._read_group(
            [
                ("creation_id", "in", self._origin.ids),
                ("operation_id.wears_metal", "=", True),
                ("done_count", ">", 0),
            ],
            ["creation_id"],
            ["done_count:sum", "date_end:max"],
        ):
            groups[creation.id] = (count, last)
        for creation in self:
            count, last = groups.get(creation._origin.id, (0, False))
            creation.polishing_count = creation.prior_polishing_count + count
            creation.polishing_date = last and last.date()

    @api.depends("lineage_key")
    @api.depends_context("uid")
    def _compute_order_count(self):
        """Count the orders of the number that the reader may open: its history stays with it."""
        counts = Counter()
        for creation, count in self.env["care.order"]._read_group(
            [("creation_id.lineage_key", "in", self.mapped("lineage_key"))],
            ["creation_id"],
            ["__count"],
        ):
            counts[creation.lineage_key] += count
        for creation in self:
            creation.order_count = counts[creation.lineage_key]

    @api.depends("lineage_key", "prior_service_ids", "order_ids.line_ids.uses_first_time")
    def _compute_entitlements(self):
        """Show which first times the number has used, and which it may still have."""
        offered = self.env["care.service"].search([("price_policy", "=", "first_complimentary")])
        used = self._get_used_first_times()
        for creation in self:
            taken = used.get(creation.lineage_key, set())
            creation.used_service_ids = offered.browse(sorted(taken)).sorted()
            creation.left_service_ids = offered.filtered(
                lambda service, creation=creation, taken=taken: (
                    service.id not in taken and not service._get_refusals(creation, {})
                )
            )

    @api.depends("product_id", "serial_number", "current_location_id", "state")
    @api.depends_context("formatted_display_name", "lang")
    def _compute_display_name(self):
        """Name the model and the number; lists to choose from tell what can't be received."""
        is_choice = self.env.context.get("formatted_display_name")
        states = dict(self._fields["state"]._description_selection(self.env)) if is_choice else {}
        for creation, known in zip(self, self.sudo(), strict=True):
            name = known.product_id.name or ""
            name = " · ".join(filter(None, [name, creation.serial_number]))
            if is_choice and (known.current_location_id or known.state != "in_use"):
                is_held = known.current_location_id and known.state == "in_use"
                what = self.env._("In our hands") if is_held else states[known.state]
                # What stands between the dashes is drawn in gray.
                name = f"{name}\t--{what}--"
            creation.display_name = name

    @api.model
    def _search_display_name(self, operator, value):
        """Extend the core method: a number is found with other spaces, dashes or case too."""
        domain = super()._search_display_name(operator, value)
        key = self._normalize_serial(value) if isinstance(value, str) else ""
        if key and operator in ("=", "like", "ilike", "=like", "=ilike"):
            domain = Domain(domain) | Domain("serial_key", operator, key)
        return domain

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_values(vals)
        vals_list = [self._add_generic_product(vals) for vals in vals_list]
        self._check_numbers_are_free(
            [
                vals.get("serial_number")
                for vals in vals_list
                if vals.get("state", "in_use") in LIVING_STATES
            ]
        )
        return super().create(vals_list)

    def write(self, vals):
        self._check_system_values(vals)
        held = self.filtered("current_location_id") if not vals.get("active", True) else self[:0]
        if held and not self.env.su:
            raise UserError(
                self.env._(
                    "The house holds %(creations)s: hand it over before you archive it.",
                    creations=", ".join(held.mapped("display_name")),
                )
            )
        if "serial_number" in vals and self.filtered(lambda c: c.state in LIVING_STATES):
            self._check_numbers_are_free([vals["serial_number"]] * len(self))
        return super().write(vals)

    @api.model
    def _add_generic_product(self, vals):
        """Return the values of a new piece, with the generic model of its type if none is said.

        :param dict vals: values of ``care.creation``
        :rtype: dict
        """
        if vals.get("product_id"):
            return vals
        kind = vals.get("creation_type") or "other"
        generic = self.env.ref(
            f"cartier_care.product_creation_generic_{kind}", raise_if_not_found=False
        )
        return {**vals, "product_id": generic.id} if generic else vals

    def _check_numbers_are_free(self, numbers):
        """Tell in a sentence that a number is taken; the database guarantees it behind.

        The answer names no owner: staff of another house need not know who it is.

        :param list numbers: engraved numbers, one per creation that is to bear it
        :raise ValidationError: when a living creation bears one, or two of them are the same
        """
        keys = Counter(self._normalize_serial(number) for number in numbers if number)
        taken = {key for key, count in keys.items() if count > 1}
        taken.update(
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("serial_key", "in", list(keys)),
                    ("state", "in", LIVING_STATES),
                    ("id", "not in", self.ids),
                ]
            )
            .mapped("serial_key")
        )
        if taken:
            raise ValidationError(
                self.env._(
                    "A living creation bears the number %(numbers)s already: search it by its "
                    "number and use it.",
                    numbers=", ".join(sorted(taken)),
                )
            )

    @api.model
    def _get_kept_fields(self):
        """Extend: the history of a creation is not given by default."""
        return super()._get_kept_fields() | {
            "current_location_id",
            "loss_reason",
            "original_id",
            "state",
        }

    @api.model
    def _check_system_values(self, vals):
        """Refuse direct writes of what only the actions decide.

        :raise AccessError: when a user writes the state other than by an action, or the place
            other than by a change of hands, or gives a creation the first times of another
        """
        if not self.env.su and {"current_location_id", "loss_reason"} & vals.keys():
            raise AccessError(
                self.env._(
                    "Where a creation is follows its changes of hands: receive it, send it or "
                    "hand it over."
                )
            )
        is_manager = self.env.su or self.env.user.has_group("cartier_care.group_care_manager")
        if "original_id" in vals and not is_manager:
            raise AccessError(
                self.env._("Only the care manager says which creation a reproduction replaces.")
            )
        if not self.env.su and vals.get("state", "in_use") != "in_use":
            raise AccessError(
                self.env._("The state of a creation follows its history: use the buttons instead.")
            )
        if not self.env.su and "state" in vals and self.filtered(lambda c: c.state != "in_use"):
            raise AccessError(
                self.env._("The state of a creation follows its history: use the buttons instead.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_orders(self):
        for creation in self:
            if creation.sudo().order_ids:
                raise UserError(
                    self.env._(
                        "%(creation)s has been in care: archive it instead of deleting it.",
                        creation=creation.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_report_lost(self, reason):
        """Record that the owner, or the police, reports the creations as lost or stolen.

        :param str reason: what was reported; required
        :raise AccessError: for others than advisors
        :raise UserError: without a reason, or when a creation is not in use
        """
        self._check_may_judge("cartier_care.group_care_boutique")
        reason = self._clean_reason(
            reason, self.env._("Say who reported the loss and when, then try again.")
        )
        for creation in self:
            if creation.state != "in_use":
                raise UserError(
                    self.env._(
                        "%(creation)s is not in use: only a creation in use can be reported lost.",
                        creation=creation.display_name,
                    )
                )
        self.sudo().write({"state": "lost", "loss_reason": reason})
        for creation in self:
            creation.message_post(body=self.env._("Reported lost: %(why)s", why=reason))
        return True

    def action_found(self):
        """Record that lost creations were found.

        :raise AccessError: for others than the care manager
        :raise UserError: when a creation is not lost
        """
        self._check_may_judge("cartier_care.group_care_manager")
        for creation in self:
            if creation.state != "lost":
                raise UserError(
                    self.env._(
                        "%(creation)s is not reported lost: there is nothing to undo.",
                        creation=creation.display_name,
                    )
                )
        self.sudo().write({"state": "in_use", "loss_reason": False})
        return True

    def _check_may_judge(self, group):
        """Check that the user may say what became of the creations.

        :param str group: the external id of the role that says so
        :raise AccessError: for everybody else
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(
                self.env._("Losses are recorded by advisors, and undone by the care manager.")
            )

    def action_view_orders(self):
        """Open the care orders of the creation's number, its original's included."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cartier_care.care_order_action")
        action["domain"] = [("creation_id.lineage_key", "=", self.lineage_key)]
        action["context"] = {"default_creation_id": self.id}
        return action

    def action_new_order(self):
        """Open the form of a new care order for the creation."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Order"),
            "res_model": "care.order",
            "view_mode": "form",
            "context": {
                "default_creation_id": self.id,
                "default_partner_id": self.partner_id.id,
            },
        }

    def action_view_custody(self):
        """Open who held the creation, where and when."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cartier_care.care_custody_move_action"
        )
        action["domain"] = [("creation_id", "=", self.id)]
        return action

    def _get_placeholder_filename(self, field):
        """Extend: a creation without a picture shows the house's own drawing."""
        if field.startswith("image_"):
            return "cartier_care/static/img/placeholder_creation.png"
        return super()._get_placeholder_filename(field)

    # ------------------------------------------------------------------
    # Entitlements
    # ------------------------------------------------------------------
    def _get_used_first_times(self):
        """Return the services whose first time each creation's lineage has used up.

        Carried out on a finished order, whatever was charged; not what was redone under warranty
        nor a change beyond the limit; or recorded as used before this system (care-rules.md, 4).
        Looks across owners, boutiques and companies, hence as superuser.

        :return: ``{lineage_key: set of care.service ids}``
        :rtype: dict
        """
        creations = self.sudo()
        used = {key: set() for key in creations.mapped("lineage_key") if key}
        if not used:
            return used
        for lineage_key, service in (
            self.env["care.order.line"]
            .sudo()
            ._read_group(self._get_first_time_domain(list(used)), ["lineage_key", "service_id"])
        ):
            used[lineage_key].add(service.id)
        relatives = self.env["care.creation"].sudo().with_context(active_test=False)
        for relative in relatives.search(
            [("lineage_key", "in", list(used)), ("prior_service_ids", "!=", False)]
        ):
            used[relative.lineage_key].update(relative.prior_service_ids.ids)
        return used

    @api.model
    def _get_first_time_domain(self, lineage_keys):
        """Return the domain of the order lines that used up a first time."""
        return Domain("lineage_key", "in", lineage_keys) & Domain("uses_first_time", "=", True)

    def _get_polishing_advice(self, company):
        """Tell why a jeweler must recommend the next polishing (care-rules.md, 8).

        :param company: the ``res.company`` whose threshold applies
        :return: a sentence, or an empty text when no advice is needed
        :rtype: str
        """
        self.ensure_one()
        creation = self.sudo()
        threshold = company.sudo().care_polishing_threshold
        not_before = creation.polishing_not_before
        if not_before and fields.Date.context_today(self) < not_before:
            return self.env._(
                "a jeweler advised against polishing %(creation)s before %(date)s",
                creation=creation.display_name,
                date=fields.Date.to_string(not_before),
            )
        if creation.polishing_count >= threshold:
            return self.env._(
                "%(creation)s was polished %(count)s times already",
                creation=creation.display_name,
                count=creation.polishing_count,
            )
        return ""

    # ------------------------------------------------------------------
    # Reproduction
    # ------------------------------------------------------------------
    def _reproduce(self):
        """Retire each original and return the new creation that bears its number.

        The new piece keeps the model, the owner, the number and the lineage (care-rules.md, 7);
        its own polishings start at none.

        :rtype: care.creation
        """
        originals = self.sudo()
        vals_list = [original._prepare_reproduction_vals() for original in originals]
        originals.write({"state": "replaced"})
        # The old number must be free in the database before the new creation takes it.
        originals.flush_recordset(["state"])
        reproductions = originals.create(vals_list)
        for original, reproduction in zip(originals, reproductions, strict=True):
            original.message_post(body=self.env._("Surrendered and replaced by its reproduction."))
            reproduction.message_post(
                body=self.env._(
                    "Reproduction of a creation with the same number, retired on %(date)s.",
                    date=format_date(self.env, fields.Date.context_today(self)),
                )
            )
        return reproductions

    def _prepare_reproduction_vals(self):
        """Return the values of the creation that replaces this one."""
        self.ensure_one()
        vals = self.copy_data()[0]
        vals.update(
            serial_number=self.serial_number,
            original_id=self.id,
            prior_service_ids=False,
            prior_polishing_count=0,
            polishing_not_before=False,
            purchase_date=self.purchase_date,
        )
        return vals
