import json
from urllib.parse import urlencode

from odoo.exceptions import UserError
from odoo.http import request, route

from .portal import CareAnswerRefused, CareCustomerPortal, Unavailable


class CarePreApprovalPortal(CareCustomerPortal):
    """An amount that the client signs for in advance, on the page of the order."""

    def _care_get_messages(self):
        return {
            **super()._care_get_messages(),
            "pre_approved": request.env._(
                "Thank you. Within this amount our jewelers begin without asking you again."
            ),
            "pre_approval_withdrawn": request.env._(
                "Your approval in advance is taken back: we send you an estimate first."
            ),
            "pre_approval_late": request.env._(
                "The work has started: please write to us, and we see what can be done."
            ),
        }

    def _care_prepare_order_values(self, order, access_token, message, **kwargs):
        values = super()._care_prepare_order_values(order, access_token, message, **kwargs)
        values["pre_approval_props"] = json.dumps(
            {
                **self._care_prepare_signature_props(order),
                "callUrl": f"{order.access_url}/pre_approve",
                "sendLabel": request.env._("Sign and approve in advance"),
            }
        )
        return values

    @route(
        ["/my/care/<care_number:order_id>/pre_approve"], type="jsonrpc", auth="public", website=True
    )
    def portal_care_pre_approve(
        self,
        order_id,
        access_token=None,
        name=None,
        signature=None,
        amount=None,
        csrf_token=None,
        **kwargs,
    ):
        """Take the amount that the client approves in advance (care-rules.md, 9).

        :param str name: who signs
        :param str signature: a picture in base64
        :param float amount: in the currency of the order, taxes included
        :return: where to go next, or ``error`` (a sentence)
        :rtype: dict
        """
        self._care_make_private()
        try:
            order = self._care_get_order(order_id, access_token)
            self._care_check_csrf(csrf_token)
            name = self._care_check_name(name)
            signature = self._care_check_signature(signature)
            # The conversation is not filled with words given and taken back.
            self._care_count(f"approval in advance of order {order.id}")
            with request.env.cr.savepoint():
                self._care_pre_approve(order, amount, name, signature)
        except Unavailable as error:
            return {"error": self._care_get_unavailable_sentence(error)}
        except CareAnswerRefused as refusal:
            return {"error": refusal.message}
        query = self._care_get_query(order, access_token, message="pre_approved")
        return {"redirect_url": f"{order.access_url}?{urlencode(query)}"}

    def _care_pre_approve(self, order, amount, name, signature):
        """Record an approval in advance, and the client's word for it in the conversation."""
        try:
            order._pre_approve(amount, name, signature)
        except UserError as error:
            raise CareAnswerRefused(str(error)) from error
        self._care_post(
            order,
            request.env._(
                "I approve in advance up to %(amount)s, taxes included. Signed: %(name)s",
                amount=order._format_amount(order.pre_approved_amount),
                name=name,
            ),
        )

    @route(
        ["/my/care/<care_number:order_id>/pre_approve/withdraw"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_care_withdraw_pre_approval(self, order_id, access_token=None, **kwargs):
        """Let the client take an approval in advance back, before the work starts."""
        try:
            order = self._care_get_order(order_id, access_token)
        except Unavailable as error:
            return self._care_render_unavailable(error)
        if not order._can_take_back_pre_approval():
            return self._care_redirect(order, access_token, "pre_approval_late")
        order._take_back_pre_approval()
        self._care_post(order, request.env._("I take my approval in advance back."))
        return self._care_redirect(order, access_token, "pre_approval_withdrawn")
