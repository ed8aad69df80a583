from odoo import api, fields, models
from odoo.exceptions import UserError

#: What a client may say about a parcel.
ARRIVALS = ("good", "remark")


class CareOrder(models.Model):
    """The client's word that a creation sent by parcel has arrived, and in which condition."""

    _inherit = "care.order"

    arrival = fields.Selection(
        [("good", "Arrived as it should"), ("remark", "Arrived, with a remark")],
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="What the client said on the page about a creation sent by parcel.",
    )
    arrival_on = fields.Datetime(
        string="Arrival Confirmed On", readonly=True, copy=False, groups="base.group_user"
    )
    arrival_note = fields.Text(
        string="Remark on Arrival", readonly=True, copy=False, groups="base.group_user"
    )

    @api.model
    def _get_system_fields(self):
        """Extend: only the client says what arrived."""
        return super()._get_system_fields() | {"arrival", "arrival_on", "arrival_note"}

    def _can_confirm_arrival(self):
        """Tell whether the client may say that the parcel has arrived: once, after it was sent."""
        self.ensure_one()
        return (
            self.state == "done"
            and self.return_method == "parcel"
            and self.disposition != "lost"
            and not self.arrival
        )

    def _confirm_arrival(self, arrival, note=""):
        """Record what the client says about a parcel; the callers have checked the access.

        A remark asks the advisor to look after it.

        :param str arrival: one of ``ARRIVALS``
        :param str note: the client's words about the condition
        :raise UserError: when it was said already, or there is no parcel
        """
        self.ensure_one()
        self._lock_and_touch()
        if arrival not in ARRIVALS or not self._can_confirm_arrival():
            raise UserError(self.env._("You have told us already: please write to us below."))
        self._write_by_system(
            {"arrival": arrival, "arrival_on": fields.Datetime.now(), "arrival_note": note}
        )
        if arrival == "remark":
            watcher = self._get_watcher()
            lang = watcher.lang or self.company_id.partner_id.lang
            order = self.with_context(lang=lang) if lang else self
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=order.env._("A client has a remark on a parcel that arrived"),
                user_id=watcher.id,
            )

    # ------------------------------------------------------------------
    # The client's page
    # ------------------------------------------------------------------
    def _get_portal_values(self):
        """Extend the page: whether the client is asked about the parcel."""
        values = super()._get_portal_values()
        values["can_confirm_arrival"] = self._can_confirm_arrival()
        return values

    def _get_portal_text_home(self):
        """Extend: say that it arrived, once the client has said so."""
        if not self.arrival:
            return super()._get_portal_text_home()
        date = self._format_day(self.arrival_on)
        if self.arrival == "good":
            text = self.env._("You told us on %(date)s that it has arrived.", date=date)
        else:
            text = self.env._(
                "You told us on %(date)s that it has arrived; we look after your remark.", date=date
            )
        return text, ""
