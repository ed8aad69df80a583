from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .care_creation import LIVING_STATES
from .care_order import BOUTIQUE, MANAGER, OPEN_STATES as HELD_STATES

#: States in which a claim still awaits an answer.
OPEN_STATES = ("pending", "held")

#: What is the client's word or follows the buttons; staff edit the rest.
SYSTEM_FIELDS = {
    "partner_id",
    "serial_number",
    "description",
    "proof_image",
    "company_id",
    "state",
    "chosen_creation_id",
    "answered_by_id",
    "date_answer",
}

#: For how long a client is shown that a claim could not be confirmed.
SHOWN_REFUSED = timedelta(days=60)


class CareCreationClaim(models.Model):
    """A client who says that a creation, known by its engraved number, is theirs.

    Nothing is looked up when a claim comes in, so that the answer on the page cannot tell whether
    the number exists or whose it is; a boutique looks, and confirms or refuses. What is reported
    lost or is somebody else's waits for the care manager, and the client is told no more than
    that it is being checked.
    """

    _name = "care.creation.claim"
    _description = "Claim of a Creation"
    _inherit = ["care.client.record.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "serial_number"
    _check_company_auto = True

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    state = fields.Selection(
        [
            ("pending", "To check"),
            ("held", "For the manager"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        string="Status",
        default="pending",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, readonly=True, index=True, ondelete="cascade"
    )
    serial_number = fields.Char(
        string="Claimed Number", required=True, readonly=True, help="As the client typed it."
    )
    serial_key = fields.Char(
        string="Normalized Number", compute="_compute_serial_key", store=True, index=True
    )
    description = fields.Text(
        string="In the Client's Words", readonly=True, help="Where and when it was bought or given."
    )
    proof_image = fields.Image(
        string="Proof of Purchase", readonly=True, max_width=1920, max_height=1920
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    location_id = fields.Many2one(
        "care.location",
        string="Boutique",
        index=True,
        check_company=True,
        domain="[('location_type', 'in', ('boutique', 'client_relations'))]",
        ondelete="restrict",
        help="Who answers the claim.",
    )
    chosen_creation_id = fields.Many2one(
        "care.creation", readonly=True, index="btree_not_null", ondelete="set null"
    )
    creation_id = fields.Many2one(
        "care.creation",
        compute="_compute_creation_id",
        inverse="_inverse_creation_id",
        domain="[('state', '!=', 'replaced')]",
        help="The creation that is meant; found by its number, or chosen when that was misread.",
    )
    finding = fields.Char(
        compute="_compute_finding", help="What the house knows about the number; clients do not."
    )
    note = fields.Text(string="Internal Note", help="For the house only: clients never see it.")
    answered_by_id = fields.Many2one("res.users", readonly=True)
    date_answer = fields.Datetime(string="Answered On", readonly=True)

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("serial_number")
    def _compute_serial_key(self):
        normalize = self.env["care.creation"]._normalize_serial
        for claim in self:
            claim.serial_key = normalize(claim.serial_number)

    @api.depends("serial_key", "state", "chosen_creation_id")
    def _compute_creation_id(self):
        """Find the living creation of the number when somebody of the house looks at the claim."""
        open_claims = self.filtered(lambda claim: claim.state in OPEN_STATES)
        creations = (
            self.env["care.creation"]
            .sudo()
            .search(
                [
                    ("serial_key", "in", open_claims.mapped("serial_key")),
                    ("state", "in", LIVING_STATES),
                ]
            )
        )
        found = {creation.serial_key: creation.id for creation in creations}
        for claim in self:
            claim.creation_id = claim.chosen_creation_id or (
                claim in open_claims and found.get(claim.serial_key)
            )

    def _inverse_creation_id(self):
        """Keep what staff chose; an answered claim is about what it was about."""
        self._check_open()
        for claim in self:
            claim.sudo().chosen_creation_id = claim.creation_id

    @api.depends("creation_id", "state")
    @api.depends_context("lang", "uid")
    def _compute_finding(self):
        """Say what stands in the way; of losses and other owners only to the manager."""
        is_manager = self.env.user.has_group(MANAGER)
        for claim in self:
            claim.finding = claim._get_finding(is_manager) if claim.state in OPEN_STATES else ""

    def _get_finding(self, is_manager):
        """Return a sentence about the creation of the claim.

        :param bool is_manager: whether the reader decides about contested claims
        :rtype: str
        """
        self.ensure_one()
        creation = self.creation_id.sudo()
        if not creation:
            return self.env._(
                "No creation bears this number: register it and choose it here, or refuse."
            )
        if self._is_contested():
            return self._get_contest() if is_manager else self._get_manager_note()
        if creation.partner_id:
            return self.env._("This creation is the client's already.")
        return self.env._("This creation has no owner yet.")

    def _get_manager_note(self):
        """Return what an advisor reads about a contested claim, whatever the reason."""
        return self.env._("The care manager decides about this claim.")

    def _is_contested(self):
        """Tell whether the creation is reported lost, somebody else's, or brought by another."""
        return bool(self._get_contest())

    def _get_contest(self):
        """Return why the care manager has to decide, for the manager's eyes; none if not.

        :rtype: str
        """
        self.ensure_one()
        creation = self.creation_id.sudo()
        client = self.sudo().partner_id.commercial_partner_id
        if creation.state == "lost":
            return self.env._("This creation is reported lost.")
        if creation.partner_id and creation.partner_id.commercial_partner_id != client:
            return self.env._(
                "This creation belongs to %(owner)s.", owner=creation.partner_id.display_name
            )
        brought = creation.order_ids.filtered(
            lambda order: (
                order.state in HELD_STATES and order.partner_id.commercial_partner_id != client
            )
        )
        if brought:
            return self.env._(
                "%(owner)s has brought this creation: %(order)s.",
                owner=brought[0].partner_id.display_name,
                order=brought[0].name,
            )
        return ""

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        forbidden = SYSTEM_FIELDS & vals.keys()
        if forbidden and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s are the client's word or follow the buttons: leave them.",
                    fields=", ".join(sorted(forbidden)),
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------------
    # The client's steps
    # ------------------------------------------------------------------
    @api.model
    def _claim(self, partner, serial_number, location, description="", proof=False):
        """Take a client's claim; looks nothing up. The caller has checked what was typed.

        :param partner: the ``res.partner`` who claims
        :param str serial_number: the number as typed
        :param location: the ``care.location`` that answers
        :param str description: where the creation comes from, in the client's words
        :param proof: a picture in base64, or nothing
        :rtype: care.creation.claim
        """
        claims = self.sudo().with_context(mail_create_nosubscribe=True)
        claim = claims.create(
            {
                "partner_id": partner.id,
                "serial_number": serial_number,
                "company_id": location.company_id.id,
                "location_id": location.id,
                "description": description,
                "proof_image": proof,
            }
        )
        claim._schedule(location.sudo().user_ids.filtered("active")[:1])
        return claim

    def _schedule(self, user):
        """Ask somebody to look at the claims.

        :param user: one ``res.users``, or none for whoever comes first
        """
        lang = user.lang or self.company_id.partner_id.lang
        for claim in self.with_context(lang=lang) if lang else self:
            claim.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=claim.env._("A client claims a creation"),
                user_id=user.id or SUPERUSER_ID,
            )

    def _can_be_withdrawn(self):
        """Tell whether the client may take the claim back."""
        self.ensure_one()
        return self.state in OPEN_STATES

    def _withdraw(self):
        """Take a claim back; the caller has checked that it is the reader's.

        :raise UserError: when it is answered already
        """
        self._lock_and_touch()
        self._check_open()
        claims = self.sudo()
        claims.write({"state": "withdrawn"})
        claims.activity_ids.unlink()

    @api.model
    def _get_portal_domain(self, partner):
        """Return the domain of the claims that a client is shown.

        :param partner: the commercial ``res.partner``
        :rtype: Domain
        """
        recent = fields.Datetime.now() - SHOWN_REFUSED
        return Domain("partner_id", "child_of", partner.ids) & (
            Domain("state", "in", OPEN_STATES)
            | (Domain("state", "=", "refused") & Domain("date_answer", ">", recent))
        )

    def _get_portal_values(self):
        """Return what the client's page shows of the claims.

        :rtype: list[dict]
        """
        return [
            {
                "id": claim.id,
                "serial_number": claim.serial_number,
                "is_open": claim._can_be_withdrawn(),
                "text": claim._get_portal_text(),
                "withdraw_label": self.env._(
                    "Withdraw the claim of N° %(number)s", number=claim.serial_number
                ),
            }
            for claim in self
        ]

    def _get_portal_text(self):
        """Return where the claim stands, as the client reads it."""
        self.ensure_one()
        place = self.location_id.name or self.company_id.name
        if self._can_be_withdrawn():
            return self.env._("We are checking: %(place)s writes to you.", place=place)
        return self.env._(
            "We could not confirm it. Please show us your creation at %(place)s.", place=place
        )

    # ------------------------------------------------------------------
    # The house's steps
    # ------------------------------------------------------------------
    def _lock_and_touch(self):
        """Lock the rows by updating them: of two answers at once the second one is retried."""
        if self.ids:
            self.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "UPDATE care_creation_claim SET write_date = %s WHERE id IN %s",
                    fields.Datetime.now(),
                    tuple(sorted(self.ids)),
                )
            )
            self.invalidate_recordset(["write_date"], flush=False)

    def _check_open(self):
        """Refuse to touch claims that are answered or withdrawn.

        :raise UserError: naming them
        """
        closed = self.filtered(lambda claim: claim.state not in OPEN_STATES)
        if closed:
            raise UserError(
                self.env._(
                    "These claims are answered or withdrawn already: %(numbers)s.",
                    numbers=", ".join(closed.mapped("serial_number")),
                )
            )

    def _begin(self):
        """Check the right to answer the claims, and lock them.

        :raise AccessError: when the user may not edit the claims, or is no advisor
        :raise UserError: when one is answered already
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(BOUTIQUE):
            raise AccessError(self.env._("Advisors answer claims: ask a boutique."))
        self._lock_and_touch()
        self._check_open()

    def action_confirm(self):
        """Make the clients the owners of the creations that they claim.

        What is reported lost or somebody else's is left to the care manager.

        :return: a notification when a claim was passed on to the manager, else ``True``
        :raise UserError: naming the claims whose creation is not registered
        """
        self._begin()
        unknown = self.filtered(lambda claim: not claim.creation_id)
        if unknown:
            raise UserError(
                self.env._(
                    "No creation bears these numbers: register them and choose them on the "
                    "claims, or refuse. %(numbers)s",
                    numbers=", ".join(unknown.mapped("serial_number")),
                )
            )
        claims = self.sudo()
        claims._lock_creations()
        contested = claims.filtered(lambda claim: claim._is_contested())
        if self.env.user.has_group(MANAGER) or self.env.su:
            contested = claims.browse()
        contested._hold()
        (claims - contested)._confirm()
        return contested._get_held_notification() if contested else True

    def _lock_creations(self):
        """Lock the claimed creations: of two owners at once one finds the other."""
        creations = self.creation_id
        creations.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE care_creation SET write_date = write_date WHERE id = ANY(%s)",
                sorted(creations.ids),
            )
        )

    def _confirm(self):
        """Give each creation its owner; who owned it before stays in its history."""
        for claim in self:
            creation = claim.creation_id
            claim.chosen_creation_id = creation
            if creation.state not in LIVING_STATES:
                raise ValidationError(
                    self.env._(
                        "%(creation)s was replaced by its reproduction: choose that one.",
                        creation=creation.display_name,
                    )
                )
            owner = creation.partner_id
            if owner.commercial_partner_id != claim.partner_id.commercial_partner_id:
                creation.partner_id = claim.partner_id
                creation._message_log(
                    body=self.env._(
                        "Registered to %(client)s, who claimed it by its number. Owner before: "
                        "%(owner)s.",
                        client=claim.partner_id.display_name,
                        owner=owner.display_name or self.env._("none"),
                    )
                )
        self._answer("confirmed")
        for claim in self:
            claim._tell_client(
                claim._in_language_of_client().env._(
                    "Your creation N° %(number)s is registered in your name: you find it among "
                    "your creations.",
                    number=claim.creation_id.serial_number,
                )
            )

    def action_refuse(self):
        """Refuse the claims; the clients are told no more than that it could not be confirmed."""
        self._begin()
        claims = self.sudo()
        claims._answer("refused")
        for claim in claims:
            claim._tell_client(
                claim._in_language_of_client().env._(
                    "We could not confirm that the creation N° %(number)s is yours. Please show "
                    "it to us in the boutique: we gladly look at it together.",
                    number=claim.serial_number,
                )
            )
        return True

    def _answer(self, state):
        """Close the claims with an answer, on record with who gave it and when."""
        self.write(
            {"state": state, "answered_by_id": self.env.uid, "date_answer": fields.Datetime.now()}
        )
        self.activity_ids.unlink()

    def _in_language_of_client(self):
        """Return the claim in the language of its client."""
        self.ensure_one()
        lang = self.partner_id.lang
        return self.with_context(lang=lang) if lang else self

    def _tell_client(self, body):
        """Write to the client, in the name of the house.

        :param str body: a sentence in the client's language
        """
        self.ensure_one()
        self.with_context(mail_notify_force_send=False).message_post(
            body=body,
            author_id=self.company_id.partner_id.id,
            partner_ids=self.partner_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="cartier_care.mail_layout_care",
        )

    def _hold(self):
        """Leave the claims to the care manager; nothing that the client sees changes."""
        held = self.filtered(lambda claim: claim.state == "pending")
        held.write({"state": "held"})
        managers = self.env.ref(MANAGER).sudo().all_user_ids
        for company, claims in held.grouped("company_id").items():
            claims.activity_ids.unlink()
            claims._schedule(
                managers.filtered(
                    lambda user, company=company: (
                        user.id != SUPERUSER_ID and user.active and company in user.company_ids
                    )
                ).sorted("id", reverse=True)[:1]
            )

    def _get_held_notification(self):
        """Return the action that tells an advisor that the manager decides."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The care manager decides about %(numbers)s.",
                    numbers=", ".join(self.mapped("serial_number")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
