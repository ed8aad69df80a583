import json

from odoo.http import request, route

from .portal import PRIVATE_HEADERS
from .portal_claim import CareClaimPortal


class CareDataPortal(CareClaimPortal):
    """What the house keeps about a client, for the client to take along."""

    @route("/my/care/data", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def portal_care_data(self, **kwargs):
        """Give the reader's own data as a file: creations, orders, estimates, messages."""
        Order = request.env["care.order"]
        orders = Order
        if Order.has_access("read"):
            orders = Order.search(self._care_get_list_domain("all", ""), order="id")
        partner = request.env.user.partner_id
        Claim = request.env["care.creation.claim"].sudo()
        claims = Claim.search([("partner_id", "child_of", partner.commercial_partner_id.ids)])
        data = partner._get_care_export(self._care_get_own_creations(), orders, claims)
        content = json.dumps(data, ensure_ascii=False, indent=2).encode()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Length", len(content)),
                ("Content-Disposition", 'attachment; filename="care-data.json"'),
                *PRIVATE_HEADERS.items(),
            ],
        )

    def _care_get_own_creations(self):
        """Return the reader's creations, under the reader's own rights, replaced ones too."""
        Creation = request.env["care.creation"]
        if not Creation.has_access("read"):
            return Creation
        partner = request.env.user.partner_id.commercial_partner_id
        return Creation.search([("partner_id", "child_of", partner.ids)], order="id desc")
