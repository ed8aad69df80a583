from odoo.http import request, route

from ..models.care_order_arrival import ARRIVALS
from .portal import REASON_LENGTH, CareCustomerPortal, Unavailable


class CareArrivalPortal(CareCustomerPortal):
    """By parcel the client confirms on the page that the creation has arrived, and how."""

    def _care_get_messages(self):
        return {
            **super()._care_get_messages(),
            "arrived": request.env._("Thank you. We wish you joy with your creation."),
            "arrived_remark": request.env._("Thank you. Your boutique looks after it at once."),
            "arrived_before": request.env._(
                "You have told us already. Please write to us below if there is more to say."
            ),
            "arrival_note": request.env._(
                "Please tell us in a few words what is not as it should be, then send it again."
            ),
        }

    @route(
        ["/my/care/<care_number:order_id>/arrived"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_care_arrived(self, order_id, access_token=None, arrival=None, note=None, **kwargs):
        """Take the client's word about a parcel.

        :param str arrival: ``good``, or ``remark`` with a note
        :param str note: what is not as it should be
        """
        try:
            order = self._care_get_order(order_id, access_token)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        if not order._can_confirm_arrival():
            return self._care_redirect(order, access_token, "arrived_before")
        note = self._care_clean_text(note) if arrival == "remark" else ""
        is_note = 0 < len(note) <= REASON_LENGTH
        if arrival not in ARRIVALS or (arrival == "remark" and not is_note):
            return self._care_redirect(order, access_token, "arrival_note")
        order._confirm_arrival(arrival, note)
        if arrival == "good":
            self._care_post(order, request.env._("My creation has arrived as it should."))
            return self._care_redirect(order, access_token, "arrived")
        self._care_post(
            order, request.env._("My creation has arrived. My remark: %(note)s", note=note)
        )
        return self._care_redirect(order, access_token, "arrived_remark")
