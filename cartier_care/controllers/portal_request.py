import base64
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import format_amount

from .portal import MAX_ID, CareAnswerRefused, CareCustomerPortal, Unavailable

NOTE_LENGTH = 2000
DETAIL_LENGTH = 200

#: Limits of what is uploaded with a request.
PHOTO_COUNT = 6
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_PIXELS = 40_000_000
PHOTO_SIDE = 1920
REQUEST_BYTES = (PHOTO_COUNT + 1) * PHOTO_BYTES + 1024 * 1024

#: Requests that may wait for an answer at a time, per client.
OPEN_REQUESTS = 20


class CareRequestPortal(CareCustomerPortal):
    """The catalogue, the client's creations, and requests for care."""

    # ------------------------------------------------------------------
    # Catalogue
    # ------------------------------------------------------------------
    @route("/my/care/services", type="http", auth="public", website=True, readonly=True)
    def portal_care_services(self, **kwargs):
        """Show the catalogue by category, with its conditions and the reader's prices.

        Without a login where the company allows it; then it is nobody's affairs, and may be found.
        """
        user = request.env.user
        company = request.env.company.sudo()
        is_public = user._is_public()
        if is_public and not company.care_public_catalogue:
            return self._care_ask_to_sign_in()
        layout = {} if is_public else self._prepare_portal_layout_values()
        values = {
            **layout,
            "page_name": "care_services",
            "categories": request.env["care.service"]._get_portal_catalogue(
                user.sudo().partner_id, company
            ),
            "places": self._care_get_place_values(),
            "accent": self._care_get_accent(),
        }
        response = self._care_render(
            "cartier_care.portal_care_catalogue", values, request.env._("Our services")
        )
        if is_public:
            response.headers.remove("X-Robots-Tag")
        return response

    def _care_get_place_values(self):
        """Return where the house can be reached, as plain values."""
        return [
            {
                "name": place.name,
                "street": ", ".join(filter(None, [place.partner_id.street, place.partner_id.city])),
                "phone": place.partner_id.phone or "",
            }
            for place in self._care_get_locations()
        ]

    def _care_ask_to_sign_in(self):
        """Lead to the login and back, as pages for those who are signed in do."""
        query = {"redirect": request.httprequest.path}
        return request.redirect_query("/web/login", query, code=303)

    # ------------------------------------------------------------------
    # Creations
    # ------------------------------------------------------------------
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "care_creation_count" in counters:
            Creation = request.env["care.creation"]
            values["care_creation_count"] = (
                Creation.search_count(self._care_get_creation_domain())
                if Creation.has_access("read")
                else 0
            )
        return values

    def _care_get_creation_domain(self):
        """Return the domain of the reader's creations; replaced ones live on in others."""
        partner = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", partner.ids) & Domain("state", "!=", "replaced")

    def _care_get_creations(self):
        """Return the reader's creations, under the reader's own rights."""
        Creation = request.env["care.creation"]
        if not Creation.has_access("read"):
            return Creation
        return Creation.search(self._care_get_creation_domain(), order="id desc")

    def _care_get_creation(self, creation_id):
        """Return one creation of the reader.

        :param creation_id: what came with the request
        :raise Unavailable: when it is missing or another's, alike
        """
        number = str(creation_id or "")
        is_number = number.isascii() and number.isdigit() and len(number) <= len(str(MAX_ID))
        if not (is_number and 0 < int(number) <= MAX_ID):
            raise Unavailable
        domain = self._care_get_creation_domain() & Domain("id", "=", int(number))
        creation = request.env["care.creation"]
        if creation.has_access("read"):
            creation = creation.search(domain)
        if not creation:
            raise Unavailable
        return creation

    def _care_prepare_creation_values(self, message=None):
        """Return the values of the page of the client's creations.

        :param str message: the code of what to say above the page
        """
        partner = request.env.user.partner_id.commercial_partner_id
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "care_creations",
            "passports": self._care_get_creations()._get_portal_passports(partner),
            "document_names": self._care_get_document_names(),
            "accent": self._care_get_accent(),
        }

    @route("/my/creations", type="http", auth="user", website=True, readonly=True)
    def portal_my_creations(self, message=None, **kwargs):
        """Show the client's creations and their passports."""
        return self._care_render(
            "cartier_care.portal_my_creations",
            self._care_prepare_creation_values(message),
            request.env._("My creations"),
        )

    @route(
        "/my/creations/<care_number:creation_id>/picture", type="http", auth="user", readonly=True
    )
    def portal_creation_picture(self, creation_id, **kwargs):
        """Give the picture of one of the reader's creations."""
        try:
            creation = self._care_get_creation(creation_id)
        except Unavailable as error:
            return self._care_make_no_picture(error)
        return self._care_make_picture(creation.sudo(), "image_1920", "small")

    # ------------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------------
    def _care_get_locations(self):
        """Return the boutiques that a client may choose."""
        return (
            request.env["care.location"]
            .sudo()
            .search(
                [
                    ("company_id", "=", request.env.company.id),
                    ("location_type", "in", ("boutique", "client_relations")),
                ]
            )
        )

    def _care_get_location_values(self):
        """Return the boutiques that a client may choose, as plain values."""
        return [
            {
                "id": place.id,
                "name": place.name,
                "city": place.partner_id.city or "",
                "is_boutique": place.location_type == "boutique",
            }
            for place in self._care_get_locations()
        ]

    def _care_read_location(self, form):
        """Return the boutique that a client chose.

        :raise CareAnswerRefused: when it is none of those that may be chosen
        """
        location = self._care_get_locations().filtered(
            lambda place: str(place.id) == form.get("location_id")
        )
        if not location:
            raise CareAnswerRefused(request.env._("Please choose a boutique."))
        return location

    def _care_prepare_new_values(self, creation=None, form=None, problem=""):
        """Return the values of the page that asks for care."""
        form = form or {}
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "care_new",
            "accent": self._care_get_accent(),
            "problem": problem,
            "form": form,
            "photo_help": request.env._(
                "Up to %(count)s pictures: JPEG or PNG, %(size)s MB each.",
                count=PHOTO_COUNT,
                size=PHOTO_BYTES >> 20,
            ),
            "design_help": request.env._(
                "A JPEG or PNG of %(size)s MB at most.", size=PHOTO_BYTES >> 20
            ),
            "photo_count": PHOTO_COUNT,
            "photo_bytes": PHOTO_BYTES,
            "creation": None,
            "passports": [],
            "address": self._care_get_return_address(),
            "locations": self._care_get_location_values(),
        }
        partner = request.env.user.partner_id.commercial_partner_id
        if creation:
            values["creation"] = creation._get_portal_passports(partner)[0]
            values["categories"] = self._care_get_offer(creation)
        else:
            values["passports"] = self._care_get_creations()._get_portal_passports(partner)
        return values

    def _care_get_return_address(self):
        """Return the reader's address in one line, or nothing when there is none to send to."""
        partner = request.env.user.partner_id.sudo()
        if not (partner.street and partner.city):
            return ""
        address = partner._display_address(without_company=True)
        return ", ".join(line.strip() for line in address.split("\n") if line.strip())

    def _care_get_offer(self, creation):
        """Return what a creation may have and why not the rest, by category, as plain values."""
        Service = request.env["care.service"]
        offer = Service.get_offer(creation.id, {"company_id": request.env.company.id})
        services = Service.sudo().browse([entry["service_id"] for entry in offer])
        names = {service.code: service.name for service in services}
        categories = {}
        for service, entry in zip(services, offer):
            category = categories.setdefault(
                service.category_id,
                {
                    "code": service.category_id.code,
                    "name": service.category_id.name,
                    "eligible": [],
                    "instead": [],
                    "refused": [],
                },
            )
            vals = {
                "code": entry["code"],
                "name": entry["name"],
                "description": service.description or "",
                "reasons": [reason.rstrip(".") for reason in entry["reasons"]],
                "alternative": names.get(entry["alternative"], ""),
                "price": self._care_get_offer_price(service, entry),
                "explanation": entry["price_explanation"],
                "details": service._get_portal_details(creation.sudo()),
            }
            refusal = "instead" if vals["alternative"] else "refused"
            category["eligible" if entry["eligible"] else refusal].append(vals)
        return list(categories.values())

    def _care_get_offer_price(self, service, entry):
        """Return the price of an offer as the client reads it, and as the catalogue says it."""
        if entry["price_origin"] == "to_estimate":
            return request.env._("On estimate")
        currency = request.env["res.currency"].sudo().browse(entry["currency_id"])
        if currency.is_zero(entry["price"]):
            return request.env._("Complimentary")
        amount = format_amount(request.env, entry["price"], currency)
        if entry["price_is_minimum"] or service._may_need_part():
            return request.env._("From %(amount)s", amount=amount)
        return amount

    @route("/my/care/new", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def portal_care_new(self, creation_id=None, **kwargs):
        """Choose a creation, then see what it may have and ask for it.

        :param str creation_id: one of the reader's creations
        """
        creation = None
        if creation_id:
            try:
                creation = self._care_get_creation(creation_id)
            except Unavailable as error:
                return self._care_render_unavailable(error)
        values = self._care_prepare_new_values(creation)
        return self._care_render(
            "cartier_care.portal_care_new", values, request.env._("Ask for care")
        )

    @route(
        "/my/care/new/send",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=REQUEST_BYTES,
    )
    def portal_care_new_send(self, creation_id=None, **form):
        """Take a request for care; what is wrong is said beside what was typed.

        :param str creation_id: one of the reader's creations
        :param dict form: ``service_<code>`` for each service asked for and its details,
            ``location_id``, ``return_method``, ``note`` and ``photos``
        """
        try:
            # Pictures are drawn anew, which takes a while: not by the hundred.
            self._care_count(f"request of user {request.env.uid}")
            creation = self._care_get_creation(creation_id)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        try:
            with request.env.cr.savepoint():
                order = self._care_take_request(creation, form)
                request.env.flush_all()
        except CareAnswerRefused as refusal:
            problem = refusal.message
        except (AccessError, MissingError):
            problem = request.env._("Something has changed since: please look at this page anew.")
        except UserError as error:
            problem = str(error)
        else:
            return self._care_redirect(order, message="requested")
        typed = {key: value for key, value in form.items() if isinstance(value, str)}
        values = self._care_prepare_new_values(creation, typed, problem)
        return self._care_render(
            "cartier_care.portal_care_new", values, request.env._("Ask for care"), status=422
        )

    def _care_take_request(self, creation, form):
        """Make a request from what a client sent.

        :raise CareAnswerRefused: when something is missing or not as it should be
        :raise UserError: when the rules of care refuse it
        """
        env = request.env
        self._care_check_request_count()
        location = self._care_read_location(form)
        return_method = form.get("return_method")
        if return_method not in ("boutique", "parcel"):
            raise CareAnswerRefused(
                env._("Please choose whether you come to the boutique or send a parcel.")
            )
        lines = self._care_read_lines(creation, form)
        if not lines:
            raise CareAnswerRefused(env._("Please choose at least one service."))
        note = self._care_read_text(form, "note", NOTE_LENGTH)
        photos = self._care_read_photos("photos", PHOTO_COUNT)
        return env["care.order"]._request_care(
            creation, lines, location, return_method, note, photos
        )

    def _care_check_request_count(self):
        """Refuse more requests than a boutique can answer.

        :raise CareAnswerRefused: when too many wait already
        """
        domain = self._care_get_list_domain("all", "") & Domain("state", "=", "draft")
        if request.env["care.order"].search_count(domain) >= OPEN_REQUESTS:
            raise CareAnswerRefused(
                request.env._("Your earlier requests await our answer: please write to us there.")
            )

    def _care_read_text(self, form, name, length):
        """Return a text of a form.

        :raise CareAnswerRefused: when it is longer than it may be
        """
        text = self._care_clean_text(form.get(name))
        if len(text) > length:
            raise CareAnswerRefused(
                request.env._(
                    "Please shorten what you wrote to %(count)s characters.", count=length
                )
            )
        return text

    def _care_read_lines(self, creation, form):
        """Return the values of the lines that a form asks for.

        :rtype: list[dict]
        """
        services = request.env["care.service"].sudo().search([("category_id.active", "=", True)])
        lines = []
        for service in services:
            if f"service_{service.code}" not in form:
                continue
            vals = {"service_id": service.id}
            code = service.code
            kind = service._get_portal_details(creation.sudo())["kind"]
            if kind == "adjustment":
                vals["adjustment"] = self._care_read_adjustment(service, form)
            elif kind == "engraving":
                for name in ("engraving_text", "engraving_language", "engraving_position"):
                    vals[name] = self._care_read_text(form, f"{name}_{code}", DETAIL_LENGTH)
                designs = self._care_read_photos(f"engraving_image_{code}", 1)
                vals["engraving_image"] = designs[0] if designs else False
            elif kind:
                vals[kind] = self._care_read_text(form, f"{kind}_{code}", DETAIL_LENGTH)
            lines.append(vals)
        return lines

    def _care_read_adjustment(self, service, form):
        """Return by how much a size is to change, typed with a point or a comma.

        :raise CareAnswerRefused: when it is no number
        """
        text = self._care_clean_text(form.get(f"adjustment_{service.code}"))
        text = text.replace(",", ".").replace("−", "-").replace(" ", "")
        try:
            value = float(text) if len(text) <= 10 else None
        except ValueError:
            value = None
        if value is None or abs(value) > 100 or value != value:
            raise CareAnswerRefused(
                request.env._(
                    "%(service)s: please say by how much, such as 1 or -0.5.",
                    service=service.name,
                )
            )
        return value

    def _care_read_photos(self, name, count):
        """Return uploaded pictures as base64, drawn anew.

        Each is judged by its content and written again as a JPEG: what hides in a file (a script,
        a place where the photo was taken) does not come along.

        :raise CareAnswerRefused: when there are too many, one is too large or no picture
        """
        env = request.env
        files = [file for file in request.httprequest.files.getlist(name) if file.filename]
        if len(files) > count:
            raise CareAnswerRefused(env._("Please send %(count)s pictures at most.", count=count))
        return [self._care_read_photo(file) for file in files]

    def _care_read_photo(self, file):
        """Return one uploaded picture as base64."""
        env = request.env
        content = file.read(PHOTO_BYTES + 1)
        if len(content) > PHOTO_BYTES:
            raise CareAnswerRefused(
                env._("Please send pictures of %(size)s MB at most.", size=PHOTO_BYTES >> 20)
            )
        refusal = CareAnswerRefused(env._("Please send pictures as JPEG or PNG."))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
                if image.width * image.height > PHOTO_PIXELS:
                    raise refusal
                image = ImageOps.exif_transpose(image).convert("RGB")
                image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
                stream = io.BytesIO()
                image.save(stream, "JPEG", quality=88)
        except (
            OSError,
            SyntaxError,
            ValueError,
            UnidentifiedImageError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            raise refusal from error
        return base64.b64encode(stream.getvalue())

    @route(
        "/my/care/<care_number:order_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_care_withdraw(self, order_id, **kwargs):
        """Take back a request of one's own."""
        try:
            order = self._care_get_own_order(order_id)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        if not order._can_be_withdrawn():
            return self._care_redirect(order, message="late")
        order._withdraw_request()
        return self._care_redirect(order, message="withdrawn")

    @route(
        "/my/care/<care_number:order_id>/link",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_care_renew_link(self, order_id, **kwargs):
        """Make a new link to one's order; the old one leads nowhere from then on."""
        try:
            order = self._care_get_own_order(order_id)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        order._lock_and_touch()
        order._renew_link()
        return self._care_redirect(order, message="rotated")

    def _care_get_own_order(self, order_id):
        """Return an order by the reader's own rights; a link is not enough here.

        :raise Unavailable: when it is missing or another's, alike
        """
        order = self._care_get_order(order_id)
        partner = request.env.user.partner_id.commercial_partner_id
        if order.partner_id.commercial_partner_id != partner:
            raise Unavailable
        return order
