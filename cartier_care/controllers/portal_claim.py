from odoo.fields import Domain
from odoo.http import request, route

from .portal import MAX_ID, PRIVATE_HEADERS, CareAnswerRefused, Unavailable
from .portal_request import NOTE_LENGTH, PHOTO_BYTES, CareRequestPortal

#: The longest number that anybody engraves on a creation.
NUMBER_LENGTH = 40

#: Claims that may await an answer at a time, per client.
OPEN_CLAIMS = 10

CLAIM_BYTES = PHOTO_BYTES + 1024 * 1024


class CareClaimPortal(CareRequestPortal):
    """Claiming a creation by its number.

    The number is looked up by nobody here: what the house knows about it cannot show in the
    answer, nor in the time that the answer takes.
    """

    def _care_get_list_messages(self):
        """Return what the page of the creations may say, by the code in the address."""
        return {
            "claimed": request.env._(
                "Thank you. Our boutique looks at your creation and writes to you."
            ),
            "unclaimed": request.env._("Your claim is withdrawn."),
            "answered": request.env._("This claim is answered already: please look below."),
        }

    def _care_prepare_creation_values(self, message=None):
        values = super()._care_prepare_creation_values(message)
        values["claims"] = self._care_get_claims()._get_portal_values()
        values["message"] = self._care_get_list_messages().get(message, "")
        return values

    def _care_get_claims(self, domain=Domain.TRUE):
        """Return the claims that the reader is shown, as superuser.

        :param Domain domain: what else they have to be
        """
        Claim = request.env["care.creation.claim"].sudo()
        partner = request.env.user.partner_id.commercial_partner_id
        return Claim.search(Claim._get_portal_domain(partner) & Domain(domain))

    def _care_prepare_claim_values(self, form=None, problem=""):
        """Return the values of the page that claims a creation."""
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "care_claim",
            "accent": self._care_get_accent(),
            "form": form or {},
            "problem": problem,
            "locations": self._care_get_location_values(),
            "number_length": NUMBER_LENGTH,
            "photo_bytes": PHOTO_BYTES,
            "photo_help": request.env._(
                "A JPEG or PNG of %(size)s MB at most: an invoice, a certificate, the number.",
                size=PHOTO_BYTES >> 20,
            ),
        }

    @route(
        "/my/creations/claim",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_claim(self, **kwargs):
        """Ask for the number of a creation that the client owns."""
        return self._care_render(
            "cartier_care.portal_care_claim",
            self._care_prepare_claim_values(),
            request.env._("Add a creation"),
        )

    @route(
        "/my/creations/claim/send",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=CLAIM_BYTES,
    )
    def portal_claim_send(self, **form):
        """Take a claim; the answer is the same whatever the number is.

        :param dict form: ``serial_number``, ``location_id``, ``description`` and ``proof``
        """
        try:
            # Numbers are not tried out by the hundred.
            self._care_count(f"claim of user {request.env.uid}")
            self._care_take_claim(form)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        except CareAnswerRefused as refusal:
            typed = {key: value for key, value in form.items() if isinstance(value, str)}
            return self._care_render(
                "cartier_care.portal_care_claim",
                self._care_prepare_claim_values(typed, refusal.message),
                request.env._("Add a creation"),
                status=422,
            )
        return self._care_redirect_to_creations("claimed")

    def _care_redirect_to_creations(self, message):
        """Lead back to the client's creations, with something to say."""
        response = request.redirect_query("/my/creations", {"message": message}, code=303)
        response.headers.update(PRIVATE_HEADERS)
        return response

    def _care_take_claim(self, form):
        """Make a claim of what a client sent.

        :raise CareAnswerRefused: when something is missing or not as it should be
        """
        env = request.env
        number = self._care_clean_text(form.get("serial_number"))
        if len(number) > NUMBER_LENGTH or not env["care.creation"]._normalize_serial(number):
            raise CareAnswerRefused(
                env._("Please type the number that is engraved on your creation.")
            )
        location = self._care_read_location(form)
        description = self._care_read_text(form, "description", NOTE_LENGTH)
        proofs = self._care_read_photos("proof", 1)
        Claim = env["care.creation.claim"]
        if len(self._care_get_claims([("state", "in", ("pending", "held"))])) >= OPEN_CLAIMS:
            raise CareAnswerRefused(
                env._("Your earlier claims await our answer: we write to you about them first.")
            )
        Claim._claim(
            env.user.partner_id, number, location, description, proofs[0] if proofs else False
        )

    @route(
        "/my/creations/claim/<care_number:claim_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_claim_withdraw(self, claim_id, **kwargs):
        """Take back a claim of one's own; a missing one and another's are answered alike."""
        claim = self._care_get_claims([("id", "=", min(claim_id, MAX_ID))])
        if not claim:
            return self._care_render_unavailable(Unavailable())
        if not claim._can_be_withdrawn():
            return self._care_redirect_to_creations("answered")
        claim._withdraw()
        return self._care_redirect_to_creations("unclaimed")
