import re
from collections import namedtuple
from datetime import datetime

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date
from odoo.tools.misc import get_lang

from .care_order import OPEN_STATES, PLANNED_STATES

#: What a choice of optional services costs: the lines and the tax totals that would follow.
CareChoice = namedtuple("CareChoice", ["lines", "totals"])

#: What the pricing engine looked up when the prices were settled; a choice never looks it up anew.
SETTLED_FIELDS = ("catalogue_price_unit", "is_first_time", "is_under_warranty")

#: Steps of the timeline, in the order in which they happen.
STEPS = ("request", "received", "diagnosis", "estimate", "work", "ready", "home")

#: The step that an order is at, where its state alone says it.
STEP_OF_STATE = {
    "draft": "request",
    "estimated": "estimate",
    "approved": "work",
    "in_progress": "work",
    "ready": "ready",
    "done": "home",
}

#: What a card of the client's list reads: rows are wide, and a list has many.
CARD_FIELDS = {
    "": (
        *("name", "state", "disposition", "is_diagnosed", "amount_total", "pre_approved_amount"),
        *("date_promised", "date_done", "creation_id", "intake_id", "estimate_id", "currency_id"),
        *("company_id", "location_id"),
    ),
    "creation_id": ("product_id", "serial_number"),
    "creation_id.product_id": ("product_tmpl_id",),
    "creation_id.product_id.product_tmpl_id": ("name",),
    "estimate_id": ("state", "date_valid_until", "order_id"),
}

#: What the card of an order reads whose services say more than its total.
CARD_LINE_FIELDS = {
    "": ("line_ids",),
    "line_ids": (
        *("is_counted", "outcome", "is_feasible", "line_type", "price_origin", "service_id"),
        *("service_line_id", "is_optional", "is_accepted"),
    ),
    "line_ids.service_id": ("price_is_minimum", "requires_proof", "retires_creation"),
}


class CareOrder(models.Model):
    """What the client's pages show of an order.

    The pages read orders as superuser once the access is checked, so they are given plain values
    from here and never the records themselves: what is not listed here is not shown.
    """

    _inherit = "care.order"

    # ------------------------------------------------------------------
    # Searching
    # ------------------------------------------------------------------
    def _get_portal_filter_domain(self, filterby):
        """Return the domain of a filter of the client's list.

        :param str filterby: ``open``, ``done`` or ``all``; anything else means ``open``
        :rtype: Domain
        """
        open_domain = Domain("state", "in", ("draft", *OPEN_STATES))
        return {
            "all": Domain.TRUE,
            "done": ~open_domain,
        }.get(filterby, open_domain)

    def _get_portal_search_domain(self, search):
        """Return the domain of what a client types to find an order again.

        :param str search: a part of the number or the name of the creation, or of the order
        :rtype: Domain
        """
        # Clients read no products; the names of those of their creations are theirs to search.
        products = self.env["product.product"].sudo()._search([("name", "ilike", search)])
        return Domain.OR(
            [
                Domain("name", "ilike", search),
                Domain("creation_id.serial_number", "ilike", search),
                Domain("creation_id.product_id", "in", products),
            ]
        )

    # ------------------------------------------------------------------
    # Choosing optional services
    # ------------------------------------------------------------------
    def _get_total_with(self, accepted_line_ids):
        """Return what the order would cost if the client took some optional services.

        The engine prices an unsaved copy, so that the bearer of a fee and inclusions move as the
        rules say (care-rules.md, 2) and nothing is written. Prices that were settled stay settled.

        :param accepted_line_ids: ids of optional ``care.order.line`` of this order; the other
            optional lines are left
        :return: the unsaved lines, whose ``_origin`` are the real ones, and Odoo's tax totals
        :rtype: CareChoice
        """
        self.ensure_one()
        accepted = set(accepted_line_ids)
        order = self.new(origin=self)
        lines = order.line_ids
        copies = {line._origin: line for line in lines}
        for line in lines:
            # Lines see their neighbours through these: the copies, not the real ones.
            line.order_id = order
            line.service_line_id = copies.get(line._origin.service_line_id)
        for line in lines:
            for name in SETTLED_FIELDS:
                line[name] = line._origin[name]
            if line.is_optional:
                line.is_accepted = line._origin.id in accepted
        # Asked for explicitly: an unsaved line whose neighbour moved is not marked as outdated.
        lines._compute_is_counted()
        lines._compute_price()
        lines._compute_tax_ids()
        lines._compute_amounts()
        return CareChoice(lines, order._get_tax_totals(lines.filtered("is_counted")))

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    def _has_firm_prices(self):
        """Tell whether prices are firm: "from" belongs to the offer (care-rules.md, 9)."""
        self.ensure_one()
        return self.state not in ("draft", "received")

    def _get_portal_totals(self, choice=None):
        """Return the totals as the client reads them.

        :param CareChoice choice: what the client would take; the order as it is by default
        :return: ``total`` (text), ``amount`` (number), ``rows`` before the total and
            ``included_rows`` after it, each a (label, amount) pair of texts
        :rtype: dict
        """
        self.ensure_one()
        lines = choice.lines.filtered("is_counted") if choice else self._get_counted_lines()
        totals = choice.totals if choice else self._get_tax_totals(lines)
        currency = self.currency_id
        amount = totals["total_amount_currency"]
        rows = []
        if not currency.is_zero(totals["tax_amount_currency"]):
            for subtotal in totals["subtotals"]:
                base = self._format_amount(subtotal["base_amount_currency"])
                rows.append((subtotal["name"], base))
                for group in subtotal["tax_groups"]:
                    tax = self._format_amount(group["tax_amount_currency"])
                    rows.append((group["group_name"], tax))
        are_included = any(lines.tax_ids.mapped("price_include"))
        return {
            "amount": amount,
            "total": self._get_total_text(lines, amount),
            "rows": [] if are_included else rows,
            "included_rows": [
                (self.env._("of which %(name)s", name=name), text) for name, text in rows
            ]
            if are_included
            else [],
        }

    def _get_total_text(self, lines, amount):
        """Return a total in words: complimentary, to be estimated, from, or the amount."""
        self.ensure_one()
        is_open = any(line.price_origin == "to_estimate" for line in lines)
        if self.currency_id.is_zero(amount):
            if is_open or not lines:
                return self.env._("To be estimated")
            if all(line.price_origin == "not_feasible" for line in lines):
                return self._format_amount(amount)
            return self.env._("Complimentary")
        text = self._format_amount(amount)
        is_minimum = not self._has_firm_prices() and any(line._is_price_minimum() for line in lines)
        if is_open or is_minimum:
            return self.env._("From %(amount)s", amount=text)
        return text

    def _format_amount(self, amount):
        """Return an amount in the order's currency, as the reader's locale writes it."""
        self.ensure_one()
        return format_amount(self.env, amount, self.currency_id)

    # ------------------------------------------------------------------
    # Dates
    # ------------------------------------------------------------------
    def _format_day(self, value):
        """Return a day in words of the reader's locale, in the time zone of the boutique.

        :param value: a date, a datetime in UTC, or nothing
        :rtype: str
        """
        self.ensure_one()
        if not value:
            return ""
        if isinstance(value, datetime):
            zone = self.location_id.partner_id.tz or self.company_id.partner_id.tz or "UTC"
            value = fields.Datetime.context_timestamp(self.with_context(tz=zone), value).date()
        text = format_date(self.env, value, date_format="long")
        # In a sentence that runs the other way, a day keeps the order of its own parts.
        return f"\u2067{text}\u2069" if get_lang(self.env).direction == "rtl" else text

    def _get_portal_promise(self):
        """Return the promised day in words, while there is one to keep."""
        self.ensure_one()
        if self.date_promised and self.state in PLANNED_STATES:
            return self.env._("Promised for %(date)s", date=self._format_day(self.date_promised))
        return ""

    def _get_portal_delay(self):
        """Return what to say once the promised day is over and the creation is not ready."""
        self.ensure_one()
        is_late = self.date_promised and self.date_promised < self._get_local_today()
        if is_late and self.state in PLANNED_STATES:
            return self.env._("We are sorry for the delay: your boutique gives you a new date.")
        return ""

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    def _get_portal_step(self):
        """Return the step of ``STEPS`` that the order is at."""
        self.ensure_one()
        if self.state == "received":
            if not self.is_diagnosed:
                return "diagnosis"
            return "estimate" if self._awaits_estimate() else "work"
        return STEP_OF_STATE.get(self.state)

    def _get_portal_timeline(self):
        """Return the steps of the order, past to future.

        The present one and the one after it say what happens and who acts.

        :return: dicts with ``title``, ``date`` (text), ``status`` (``past|present|next|later``),
            ``text`` and ``actor`` (``we``, ``you`` or nothing)
        :rtype: list[dict]
        """
        self.ensure_one()
        if self.state == "cancel":
            return self._get_portal_withdrawn_timeline()
        is_returned = self.disposition == "returned_unserviced"
        if self.state == "declined" or is_returned or self.disposition == "lost":
            return self._get_portal_ended_timeline()
        present = self._get_portal_step()
        names = [name for name in STEPS if self._has_portal_step(name)]
        position = names.index(present)
        dates = self._get_portal_step_dates()
        steps = []
        for index, name in enumerate(names):
            if index < position or self.state == "done":
                status = "past"
            else:
                status = {0: "present", 1: "next"}.get(index - position, "later")
            text, actor = "", ""
            if status in ("present", "next"):
                text, actor = self._get_portal_step_text(name, status == "present")
            steps.append(
                {
                    "name": name,
                    "title": self._get_portal_step_title(name),
                    "date": self._format_day(dates.get(name))
                    if status in ("past", "present")
                    else "",
                    "status": status,
                    "text": text,
                    "actor": actor,
                }
            )
        if self.state == "done":
            steps[-1]["status"] = "present"
            steps[-1]["text"] = self._get_portal_step_text("home", True)[0]
        elif self.date_promised and not self.date_ready:
            for step in steps:
                if step["name"] == "ready":
                    step["date"] = self._get_portal_promise()
        return steps

    def _get_portal_status(self):
        """Return the title of the step that the order is at, without the rest of the timeline."""
        self.ensure_one()
        if self._is_portal_way_ended():
            steps = self._get_portal_timeline()
            return next(step["title"] for step in steps if step["status"] == "present")
        return self._get_portal_step_title(self._get_portal_step())

    def _is_portal_way_ended(self):
        """Tell whether the order was withdrawn, or ended without its work."""
        self.ensure_one()
        return self.state in ("cancel", "declined") or self.disposition in (
            "returned_unserviced",
            "lost",
        )

    def _awaits_estimate(self):
        """Tell whether the client approves an estimate before the work starts."""
        self.ensure_one()
        return self._needs_approval() or "to_estimate" in self.line_ids.mapped("price_origin")

    def _has_portal_step(self, name):
        """Tell whether a step belongs to the way of this order."""
        self.ensure_one()
        if name == "request":
            return self.state == "draft" or self.intake_id.channel == "portal"
        if name == "estimate":
            if self.state in ("draft", "received"):
                return bool(self.estimate_ids) or self._awaits_estimate()
            return bool(self.estimate_id or self.estimate_ids)
        return True

    def _get_portal_step_title(self, name):
        """Return the title of a step.

        :param str name: one of ``STEPS``
        :rtype: str
        """
        self.ensure_one()
        if name == "home":
            # The visit is looked up where the way back matters.
            is_parcel = self.return_method == "parcel"
            return self.env._("Sent to you") if is_parcel else self.env._("Back with you")
        return {
            "request": self.env._("Your request"),
            "received": self.env._("In our hands"),
            "diagnosis": self.env._("Examined by our jewelers"),
            "estimate": self.env._("Your estimate"),
            "work": self.env._("At the bench"),
            "ready": self.env._("Ready"),
        }[name]

    def _get_portal_step_dates(self):
        """Return when each step was over; the promised day for what is to come."""
        self.ensure_one()
        diagnosis = self.operation_ids.filtered(lambda operation: operation.code == "diagnosis")
        work_ends = [date for date in (self.operation_ids - diagnosis).mapped("date_end") if date]
        estimate = self.estimate_id
        return {
            "request": self.date_order,
            "received": self.date_received,
            "diagnosis": diagnosis[:1].date_end,
            "estimate": estimate.signed_on or estimate.create_date,
            "ready": self.date_ready,
            "work": max(work_ends, default=self.date_ready),
            "home": self.date_done,
        }

    def _get_portal_step_text(self, name, is_present):
        """Return what happens at a step and who acts.

        :param str name: one of ``STEPS``
        :param bool is_present: whether the order is there, or comes there next
        :return: a sentence, and ``we`` or ``you``
        :rtype: tuple[str, str]
        """
        self.ensure_one()
        if is_present:
            text = getattr(self, f"_get_portal_text_{name}")()
            if isinstance(text, tuple):
                return text
            return text, "we"
        place = self.location_id.name or self.company_id.name
        is_parcel = self.return_method == "parcel"
        return {
            "received": (
                self.env._("Bring your creation to %(place)s, or send it to us.", place=place),
                "you",
            ),
            "diagnosis": (self.env._("Our jewelers examine your creation."), "we"),
            "estimate": (
                self.env._("We prepare an estimate, and you approve it before we begin."),
                "we",
            ),
            "work": (self.env._("Our jewelers take your creation to the bench."), "we"),
            "ready": (self.env._("We let you know as soon as your creation is ready."), "we"),
            "home": (
                (self.env._("We send your creation to the address you gave us."), "we")
                if is_parcel
                else (self.env._("You collect your creation at %(place)s.", place=place), "you")
            ),
        }.get(name, ("", ""))

    def _get_portal_text_request(self):
        return self.env._("We have your request and prepare for your creation."), "we"

    def _get_portal_text_received(self):
        return self.env._("Your creation is in good hands."), "we"

    def _get_portal_text_diagnosis(self):
        return self.env._("Our jewelers are examining your creation."), "we"

    def _get_portal_text_estimate(self):
        if self.state == "received":
            return (
                self.env._("Our jewelers have seen your creation and prepare your estimate."),
                "we",
            )
        if self._can_answer_estimate():
            return (
                self.env._(
                    "Your estimate awaits your answer until %(date)s.",
                    date=self._format_day(self.estimate_id.date_valid_until),
                ),
                "you",
            )
        return self.env._("Your estimate has run out; your advisor prepares a new one."), "we"

    def _get_portal_text_work(self):
        if self.state == "in_progress":
            return self.env._("Our jewelers are at work on your creation."), "we"
        return self.env._("All is agreed; our jewelers are about to begin."), "we"

    def _get_portal_text_ready(self):
        place = self.location_id.name or self.company_id.name
        if self.return_method == "parcel":
            return self.env._("Your creation is ready; we are preparing its parcel."), "we"
        return self.env._("Your creation awaits you at %(place)s.", place=place), "you"

    def _get_portal_text_home(self):
        if self.return_method == "parcel" and self.intake_id.return_tracking:
            return (
                self.env._(
                    "Sent with %(carrier)s, tracking number %(number)s.",
                    carrier=self.intake_id.return_carrier,
                    number=self.intake_id.return_tracking,
                ),
                "",
            )
        return self.env._("We wish you joy with your creation."), ""

    def _get_portal_withdrawn_timeline(self):
        """Return the steps of a request that was withdrawn."""
        return [
            self._make_portal_step(self.env._("Your request"), self.date_order, "past"),
            self._make_portal_step(
                self.env._("Withdrawn"),
                None,
                "present",
                self.env._("Nothing more happens with this request, and it costs nothing."),
            ),
        ]

    def _get_portal_ended_timeline(self):
        """Return the steps of an order that ended without its work."""
        dates = self._get_portal_step_dates()
        steps = [
            self._make_portal_step(self._get_portal_step_title(name), dates[name], "past")
            for name in ("received", "diagnosis")
            if name == "received" or dates[name]
        ]
        if self.disposition == "lost":
            text = self.env._("Your advisor is in contact with you about your creation.")
            title = self.env._("With your advisor")
            return [*steps, self._make_portal_step(title, None, "present", text, "we")]
        is_over = self.state == "done"
        steps.append(
            self._make_portal_step(
                self.env._("Declined"),
                None,
                "past" if is_over else "present",
                ""
                if is_over
                else self.env._("As you wish, we do no work. This costs you nothing."),
            )
        )
        text, actor = self._get_portal_step_text("home", False)
        steps.append(
            self._make_portal_step(
                self._get_portal_step_title("home"),
                self.date_done,
                "present" if is_over else "next",
                self.env._("Your creation went back to you as it came.") if is_over else text,
                "" if is_over else actor,
            )
        )
        return steps

    def _make_portal_step(self, title, date, status, text="", actor=""):
        return {
            "name": status,
            "title": title,
            "date": self._format_day(date),
            "status": status,
            "text": text,
            "actor": actor,
        }

    # ------------------------------------------------------------------
    # The estimate
    # ------------------------------------------------------------------
    def _can_answer_estimate(self):
        """Tell whether the client can answer the current estimate now."""
        self.ensure_one()
        return bool(self.estimate_id) and self.estimate_id._is_open()

    def _get_portal_estimate(self):
        """Return the open estimate, or nothing when there is none to answer.

        :rtype: dict or None
        """
        self.ensure_one()
        if not self._can_answer_estimate():
            return None
        services = self.line_ids.filtered(lambda line: line._is_worked()).service_id
        return {
            "label": self.env._(
                "Estimate %(number)s, valid until %(date)s",
                number=self.estimate_id.name,
                date=self._format_day(self.estimate_id.date_valid_until),
            ),
            "has_proof": any(services.mapped("requires_proof")),
            "has_surrender": any(services.mapped("retires_creation")),
            "totals": self._get_portal_totals(),
            "lines": [
                line._get_portal_values()
                for line in self.line_ids._sort_for_portal()
                if line.outcome not in ("not_needed", "declined")
            ],
        }

    # ------------------------------------------------------------------
    # Whole pages
    # ------------------------------------------------------------------
    def _get_portal_cards(self):
        """Return what the list shows of each order.

        :rtype: list[dict]
        """
        self._fetch_paths(CARD_FIELDS)
        self.filtered(lambda order: not order._has_plain_total())._fetch_paths(CARD_LINE_FIELDS)
        return [order._get_portal_card() for order in self]

    def _fetch_paths(self, fields_by_path):
        """Look up what is about to be read, and no more: a query for each model on the way."""
        for path, names in fields_by_path.items():
            (self.mapped(path) if path else self).fetch(names)

    def _has_plain_total(self):
        """Tell whether the total is an amount, whatever the services: firm, and not nothing."""
        self.ensure_one()
        return self._has_firm_prices() and not self.currency_id.is_zero(self.amount_total)

    def _get_portal_card(self):
        """Return what the list shows of the order."""
        self.ensure_one()
        return {
            "id": self.id,
            "url": self.access_url,
            "name": self.name,
            "creation": self.creation_id.product_id.name,
            "serial_number": self.creation_id.serial_number,
            "status": self._get_portal_status(),
            "is_yours": self._can_answer_estimate(),
            "promise": self._format_day(self.date_promised) if self.state in PLANNED_STATES else "",
            "done": "" if self.disposition == "lost" else self._format_day(self.date_done),
            "total": "" if self._is_portal_way_ended() else self._get_portal_card_total(),
        }

    def _get_portal_card_total(self):
        """Return the total in words, without a look at the services where it needs none."""
        if self._has_plain_total():
            return self._format_amount(self.amount_total)
        return self._get_total_text(self._get_counted_lines(), self.amount_total)

    def _get_portal_values(self):
        """Return what the page of the order shows, as plain values.

        :rtype: dict
        """
        self.ensure_one()
        creation = self.creation_id
        # What all lines have is looked up at once, before some of them are asked for it.
        self.line_ids.tax_ids.mapped("name")
        self.line_ids.service_id.mapped("name")
        timeline = self._get_portal_timeline()
        invoices = self._get_portal_invoices()
        lines = self.line_ids._sort_for_portal()
        nothing = lines.filtered(lambda line: line.outcome == "not_needed")
        left = lines.filtered(
            lambda line: (
                line.outcome == "declined"
                or (line.is_optional and not line.is_accepted and self._has_answered())
            )
        )
        # The page shows the estimate or the services, with one total.
        estimate = self._get_portal_estimate()
        return {
            "id": self.id,
            "url": self.access_url,
            "name": self.name,
            "state": self.state,
            "creation": creation.product_id.name,
            "serial_number": creation.serial_number,
            "is_provisional": creation.is_provisional,
            "size": creation.measure_label or "",
            "metals": ", ".join(creation.metal_ids.mapped("name")),
            "gems": ", ".join(creation.gem_ids.mapped("name")),
            "timeline": timeline,
            "present": next(step for step in timeline if step["status"] == "present"),
            "promise": self._get_portal_promise(),
            "delay": self._get_portal_delay(),
            "lines": []
            if estimate
            else [
                line._get_portal_values()
                for line in (lines - nothing - left).with_prefetch(self.line_ids._prefetch_ids)
            ],
            "nothing_to_mend": [line._get_portal_name() for line in nothing],
            "left": [line._get_portal_name() for line in left if line.line_type == "service"],
            "totals": None if estimate else self._get_portal_totals(),
            "is_ended": self._is_portal_way_ended(),
            "is_lost": self.disposition == "lost",
            "estimate": estimate,
            "estimate_note": self._get_portal_estimate_note(),
            "is_received": bool(self.date_received),
            "condition": self.condition_note or "",
            "photos": [
                {
                    "id": photo.id,
                    "name": photo.name or self.env._("Your creation"),
                    "is_after": photo.stage == "after",
                    "marks": photo.mark_ids._get_shown_values(),
                }
                for photo in self._get_portal_photos()
            ],
            "invoices": invoices,
            "settled_note": self._get_portal_settled_note(invoices),
            "signed_estimates": [
                {
                    "id": estimate.id,
                    "label": self.env._("Signed estimate %(number)s", number=estimate.name),
                }
                for estimate in self._get_portal_signed_estimates()
            ],
            "place": self._get_portal_place(),
            "advisor": self.user_id.name or "",
            "can_withdraw": self._can_be_withdrawn(),
        }

    def _has_answered(self):
        """Tell whether the time to choose optional services is over."""
        self.ensure_one()
        return self.state not in ("draft", "received", "estimated")

    def _get_portal_estimate_note(self):
        """Return what to say about an estimate that was answered or ran out."""
        self.ensure_one()
        estimate = self.estimate_id
        if estimate.state == "accepted" and estimate.signed_by:
            return self.env._(
                "Approved by %(name)s on %(date)s.",
                name=estimate.signed_by,
                date=self._format_day(estimate.signed_on),
            )
        if self.state == "estimated" and not self._can_answer_estimate():
            return self.env._(
                "This estimate was valid until %(date)s. Your advisor gladly prepares a new one: "
                "write to us below.",
                date=self._format_day(estimate.date_valid_until),
            )
        return ""

    def _get_portal_photos(self):
        """Return the photos that the client may see."""
        return self.photo_ids.filtered(lambda photo: not photo.is_internal)

    def _get_portal_engraving_lines(self):
        """Return the lines with a design that the client may see."""
        return self.line_ids.filtered("engraving_image")

    def _get_portal_moves(self):
        """Return the invoices and credit notes that the client may see: the posted ones."""
        return self.invoice_ids.filtered(lambda move: move.state == "posted").sorted(
            lambda move: (move.invoice_date or fields.Date.today(), move.id)
        )

    def _get_portal_invoices(self):
        """Return the invoices as the page lists them."""
        self.ensure_one()
        due = dict(self._get_invoices_to_pay())
        open_credit_notes = self._get_open_credit_notes()
        result = []
        for move in self._get_portal_moves():
            is_credit = move.move_type == "out_refund"
            # What Odoo lets nobody pay, such as what is just being paid, gets no button.
            is_payable = move in due and move._has_to_be_paid()
            amount = format_amount(self.env, due.get(move, 0.0), move.currency_id)
            if move in open_credit_notes:
                rest = format_amount(self.env, move.amount_residual, move.currency_id)
                note = self.env._("Credit note: %(amount)s to give back to you", amount=rest)
            elif is_credit:
                note = self.env._("Credit note")
            elif move not in due:
                note = self.env._("Settled")
            elif not is_payable and move.transaction_ids.filtered(
                lambda payment: payment.state in ("pending", "authorized")
            ):
                note = self.env._("Your payment is on its way")
            else:
                note = self.env._("To pay: %(amount)s", amount=amount)
            result.append(
                {
                    "id": move.id,
                    "name": move.name,
                    "is_credit": is_credit,
                    "date": self._format_day(move.invoice_date),
                    "total": format_amount(self.env, move.amount_total, move.currency_id),
                    "note": note,
                    "shared": self._get_portal_sharing(move),
                    "pay_label": self.env._("Pay %(amount)s", amount=amount),
                    "is_due": move in due,
                    "is_open": move in due or move in open_credit_notes,
                    "is_payable": is_payable,
                }
            )
        return result

    def _get_portal_sharing(self, move):
        """Return which other care an invoice is for: its amounts are those of all of it."""
        names = self._get_sharing_names(move)
        return names and self.env._("Also for your care %(orders)s", orders=names)

    def _get_portal_settled_note(self, invoices):
        """Return that nothing is left to pay or to give back, once something was billed.

        :param list invoices: the invoices as the page lists them
        """
        if not invoices or any(invoice["is_open"] for invoice in invoices):
            return ""
        return self.env._("All is settled, thank you.")

    def _get_portal_place(self):
        """Return the boutique and how to reach it."""
        self.ensure_one()
        address = self.location_id.partner_id
        return {
            "name": self.location_id.name or self.company_id.name,
            "street": ", ".join(filter(None, [address.street, address.city])),
            "phone": address.phone or self.company_id.phone or "",
        }

    def _can_be_withdrawn(self):
        """Tell whether the client may take the request back: made on the portal, not received."""
        self.ensure_one()
        return self.state == "draft" and self.intake_id.channel == "portal"

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------
    def _get_portal_documents(self):
        """Return the documents of the order that exist by now.

        :return: ``{kind: (xml id of the report, record)}``
        :rtype: dict
        """
        self.ensure_one()
        documents = {}
        # A request is no receipt: anybody could have one for what the house never held.
        if self.intake_id and self.date_received:
            documents["receipt"] = ("cartier_care.action_report_care_receipt", self.intake_id)
        if self.estimate_id.state in ("sent", "accepted", "declined"):
            documents["estimate"] = ("cartier_care.action_report_care_estimate", self.estimate_id)
        if self.state == "done" and self.disposition in ("serviced", "reproduced"):
            documents["certificate"] = ("cartier_care.action_report_care_certificate", self)
        return {
            kind: (xml_id, record)
            for kind, (xml_id, record) in documents.items()
            if self.env["ir.model.data"]._xmlid_to_res_id(xml_id)
        }

    def _get_portal_signed_estimates(self):
        """Return earlier versions that the client has signed: what was signed stays to be read."""
        self.ensure_one()
        return self.estimate_ids.filtered(
            lambda estimate: (
                estimate != self.estimate_id and estimate.signed_on and estimate.attachment_id
            )
        ).sorted("version")

    def _get_portal_document_of_the_moment(self):
        """Return the kind of document that matters now (design: portal and reports)."""
        self.ensure_one()
        documents = self._get_portal_documents()
        if self.state == "estimated" and "estimate" in documents:
            return "estimate"
        return "certificate" if "certificate" in documents else "receipt"

    def _get_report_base_filename(self):
        """Return the name of the order's documents as files."""
        self.ensure_one()
        return re.sub(r"\W+", "-", self.name)
