# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import FEE, PIXEL, STATES, CareCommon

#: The table of the design: action → states from which it is allowed → the state it leads to.
TRANSITIONS = {
    "action_receive": {"draft": "received"},
    "action_propose": {"received": "estimated", "estimated": "estimated"},
    "action_approve": {"estimated": "approved"},
    "action_start": {"approved": "in_progress"},
    "action_finish": {"in_progress": "ready"},
    "action_hand_over": {"ready": "done", "declined": "done"},
    "action_cancel": {"draft": "cancel"},
    "action_revise": {
        "estimated": "received",
        "approved": "received",
        "in_progress": "received",
    },
    "action_rework": {"ready": "in_progress"},
    "action_decline": {
        "received": "declined",
        "estimated": "declined",
        "approved": "declined",
    },
    "action_report_lost": {
        "received": "done",
        "estimated": "done",
        "approved": "done",
        "in_progress": "done",
        "ready": "done",
        "declined": "done",
    },
}
WITH_REASON = ("action_decline", "action_report_lost")


@tagged("post_install", "-at_install")
class TestTransitions(CareCommon):
    """Design, states and actions: each transition allowed or refused in each state."""

    def _in_state(self, state):
        """An order that nothing but its state keeps from going on."""
        order = self._to(self._order(self._creation(), "reshaping"), state)
        if state == "in_progress":
            self._do_operations(order)
        if state == "ready":
            self._pay(order)
        order.write(self._hand_over_vals()) if state in ("ready", "declined") else None
        self.assertEqual(order.state, state)
        return order

    def _check_action(self, name):
        arguments = ("Because of a reason",) if name in WITH_REASON else ()
        for state in STATES:
            with self.subTest(action=name, state=state):
                order = self._in_state(state)
                action = getattr(order, name)
                target = TRANSITIONS[name].get(state)
                if target:
                    with self.env.cr.savepoint():
                        action(*arguments)
                    self.assertEqual(order.state, target)
                else:
                    self.assertRefused(action, *arguments)
                    self.assertEqual(order.state, state)

    def test_receive(self):
        """States: `action_receive`, from draft alone."""
        self._check_action("action_receive")

    def test_propose(self):
        """States: `action_propose`, from received, and again as a new version."""
        self._check_action("action_propose")

    def test_approve(self):
        """States: `action_approve`, from estimated alone."""
        self._check_action("action_approve")

    def test_start(self):
        """States: `action_start`, from approved; from received when nothing needs approval."""
        self._check_action("action_start")

    def test_finish(self):
        """States: `action_finish`, from in progress alone."""
        self._check_action("action_finish")

    def test_hand_over(self):
        """States: `action_hand_over`, from ready and from declined."""
        self._check_action("action_hand_over")

    def test_cancel(self):
        """States and rules 9: once the house holds a creation, its order isn't cancelled."""
        self._check_action("action_cancel")

    def test_revise(self):
        """States: `action_revise`, back to received before and in mid-work."""
        self._check_action("action_revise")

    def test_rework(self):
        """States: `action_rework`, from ready alone."""
        self._check_action("action_rework")

    def test_decline(self):
        """States and rules 9: declined from any point before work; mid-work revised first."""
        self._check_action("action_decline")
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        order.action_revise()
        order.action_decline("The client changed their mind")
        self.assertEqual(order.state, "declined")

    def test_report_lost(self):
        """States: `action_report_lost` from any state in the house's hands."""
        self._check_action("action_report_lost")


@tagged("post_install", "-at_install")
class TestFlow(CareCommon):
    """Design, states and actions; rules sections 6 and 9."""

    # -- The whole path -------------------------------------------------------------

    def test_whole_path(self):
        """Issue 2: a ring, +1 size and reshaping: complimentary + 190, to the hand-over."""
        creation = self._creation(measure=52.0)
        order = self._order(creation, ("ring_resizing", 1.0), "reshaping", user=self.advisor)
        self.assertTrue(order.name.startswith("CARE/"))
        self.assertEqual(order.state, "draft")
        order.action_receive()
        self.assertEqual(order.state, "received")
        self.assertTrue(order.intake_id, "receiving makes the missing intake")
        self.assertEqual(order.intake_id.partner_id, self.client)
        self.assertTrue(order.date_received)
        self.assertTrue(order.operation_ids)
        self._diagnose(order.with_user(self.jeweler))
        order.action_propose()
        self.assertEqual(order.state, "estimated")
        self.assertEqual(order.estimate_id.amount_total, FEE)
        order.action_approve()
        self.assertEqual(order.state, "approved")
        self.assertEqual(order.estimate_id.state, "accepted")
        at_bench = order.with_user(self.jeweler)
        at_bench.action_start()
        self.assertEqual(order.state, "in_progress")
        self._do_operations(at_bench)
        at_bench.action_finish()
        self.assertEqual(order.state, "ready")
        self.assertTrue(order.date_ready)
        self.assertEqual(
            set(
                order.line_ids.filtered(lambda line: line.outcome != "not_needed").mapped("outcome")
            ),
            {"done"},
        )
        invoice = self._invoices(order)
        self.assertEqual(len(invoice), 1)
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", FEE))
        self._pay(order)
        self._hand_over(order)
        self.assertEqual((order.state, order.disposition), ("done", "serviced"))
        self.assertTrue(order.date_done)
        self.assertEqual(creation.measure, 53.0)

    def test_states_are_reached_by_actions_alone(self):
        """Design: transitions live in one table; nobody writes the state."""
        order = self._order(self._creation(), "shining")
        for state in STATES[1:]:
            self._attempt(order.write, {"state": state})
            order.invalidate_recordset()
            self.assertEqual(order.state, "draft")

    # -- Batches ----------------------------------------------------------------------

    def test_batches(self):
        """Design, contract: every action takes recordsets of any size."""
        orders = self.env["care.order"].with_user(self.manager)
        for _index in range(3):
            orders |= self._order(self._creation(), "reshaping")
        orders.action_receive()
        self._open(
            orders.operation_ids.filtered(
                lambda operation: operation.operation_id.code == "diagnosis"
            )
        ).action_done()
        orders.action_propose()
        orders.action_approve()
        orders.action_start()
        for order in orders:
            self._do_operations(order)
        orders.action_finish()
        self.assertEqual(orders.mapped("state"), ["ready"] * 3)
        self.assertEqual([len(self._invoices(order)) for order in orders], [1, 1, 1])
        for order in orders:
            self._pay(order)
        orders.write(self._hand_over_vals())
        orders.action_hand_over()
        self.assertEqual(orders.mapped("state"), ["done"] * 3)

    def test_empty_recordset(self):
        """Design, contract: of any size, none included."""
        nothing = self.env["care.order"].with_user(self.manager)
        for name in TRANSITIONS:
            arguments = ("A reason",) if name in WITH_REASON else ()
            getattr(nothing, name)(*arguments)
        self.assertFalse(nothing)

    def test_a_batch_is_all_or_nothing(self):
        """Design, contract: a batch is all or nothing, and the refusal names the order."""
        for name, state, bad_state in (
            ("action_receive", "draft", "cancel"),
            ("action_propose", "received", "draft"),
            ("action_approve", "estimated", "received"),
            ("action_start", "approved", "received"),
            ("action_finish", "in_progress", "approved"),
            ("action_cancel", "draft", "received"),
            ("action_revise", "approved", "ready"),
            ("action_rework", "ready", "in_progress"),
            ("action_decline", "received", "in_progress"),
            ("action_report_lost", "received", "draft"),
        ):
            with self.subTest(action=name):
                good = self._to(self._order(self._creation(), "reshaping"), state)
                if state == "in_progress":
                    self._do_operations(good)
                bad = self._to(self._order(self._creation(), "reshaping"), bad_state)
                arguments = ("A reason",) if name in WITH_REASON else ()
                for batch in (good | bad, bad | good):
                    message = self.assertRefused(getattr(batch, name), *arguments)
                    self.assertIn(bad.name, message, "the refusal names the order")
                    self.assertEqual((good.state, bad.state), (state, bad_state))

    def test_every_refusal_is_named(self):
        """Issue 4: all or nothing, with each refusal named by order."""
        good = self._order(self._creation(), "reshaping")
        bad = self.env["care.order"].with_user(self.manager)
        for _index in range(3):
            bad |= self._to(self._order(self._creation(), "reshaping"), "cancel")
        message = self.assertRefused((good | bad).action_receive)
        for order in bad:
            self.assertIn(order.name, message)
        self.assertNotIn(good.name, message)

    # -- The one check before propose, approve and start ----------------------------------

    def test_diagnosis_comes_first(self):
        """Rules 6: nothing is proposed, approved or started before the diagnosis is done."""
        for code in ("shining", "reshaping"):
            order = self._order(self._creation(), code)
            order.action_receive()
            for action in (order.action_propose, order.action_approve, order.action_start):
                self.assertRefused(action)
            self.assertEqual(order.state, "received")

    def test_an_order_without_lines_goes_nowhere(self):
        """States: an order that asks for nothing can't be started."""
        order = self._order(self._creation())
        self._attempt(order.action_receive)
        if order.state == "received":
            self._attempt(self._diagnose, order)
            self.assertRefused(order.action_start)

    def test_start_at_zero(self):
        """Rules 9: an order at 0 without an engraving proof starts without an estimate."""
        order = self._receive(self._order(self._creation(), "shining", "ring_resizing"))
        order.action_start()
        self.assertEqual(order.state, "in_progress")
        self.assertFalse(order.estimate_ids)

    def test_start_with_proof_needs_approval(self):
        """Rules 9: at 0, an engraving's proof still needs the client's approval."""
        order = self._receive(self._order(self._creation(), "engraving"))
        self.assertEqual(order.amount_total, 0.0)
        self.assertRefused(order.action_start)
        self._approve(order)
        order.action_start()
        self.assertEqual(order.state, "in_progress")

    def test_start_with_a_price_needs_approval(self):
        """Rules 9: others need the client's approval of an estimate."""
        order = self._receive(self._order(self._creation(), "reshaping"))
        self.assertRefused(order.action_start)
        self.assertEqual(order.state, "received")

    def test_pre_approved_amount(self):
        """Rules 9: a total within the amount signed for in advance, to the cent."""
        for amount, starts in ((FEE, True), (FEE + 10, True), (FEE - 0.01, False), (0.0, False)):
            with self.subTest(amount=amount):
                order = self._order(self._creation(), "reshaping", pre_approved_amount=amount)
                self._receive(order)
                if starts:
                    order.action_start()
                    self.assertEqual(order.state, "in_progress")
                else:
                    self.assertRefused(order.action_start)

    def test_pre_approved_amount_is_with_taxes(self):
        """Rules 9: the total with taxes is what counts."""
        tax = self.env["account.tax"].create(
            {
                "name": "10% of the tests",
                "amount": 10.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        self._service("reshaping").product_id.taxes_id = tax
        for amount, starts in ((FEE, False), (208.99, False), (209.0, True)):
            order = self._order(self._creation(), "reshaping", pre_approved_amount=amount)
            self._receive(order)
            self.assertEqual(order.amount_total, 209.0)
            if starts:
                order.action_start()
            else:
                self.assertRefused(order.action_start)

    def test_pre_approved_amount_gives_no_proof(self):
        """States: no proof, and at 0 or within the pre-approved amount."""
        order = self._order(self._creation(), "engraving", "reshaping", pre_approved_amount=1000.0)
        self._receive(order)
        self.assertRefused(order.action_start)

    def test_pre_approved_amount_raised_too_late(self):
        """States: the pre-approved amount doesn't skip what needs an estimate of its own."""
        order = self._order(self._creation(), "restoration", pre_approved_amount=1000.0)
        self._receive(order)
        self.assertRefused(order.action_start)
        self._line(order, "restoration").with_user(self.jeweler).price_unit = 999.0
        order.action_start()
        self.assertEqual(order.state, "in_progress")

    # -- Estimates --------------------------------------------------------------------------

    def test_estimate_versions(self):
        """Rules 9: an estimate is a frozen version; a newer one supersedes it."""
        order = self._receive(self._order(self._creation(), "reshaping"))
        order.action_propose()
        first = order.estimate_id
        self.assertEqual((first.version, first.state, first.amount_total), (1, "sent", FEE))
        order.action_propose()
        second = order.estimate_id
        self.assertEqual((second.version, second.state), (2, "sent"))
        self.assertEqual(first.state, "superseded")
        self.assertEqual(order.estimate_ids, first | second)

    def test_estimate_validity(self):
        """Settings: an estimate is valid for the company's days, 30 by default."""
        self.assertEqual(self.company.care_estimate_validity_days, 30)
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        today = fields.Date.today()
        self.assertEqual(order.estimate_id.date_valid_until, today + timedelta(days=30))
        self.company.care_estimate_validity_days = 5
        order.action_propose()
        self.assertEqual(order.estimate_id.date_valid_until, today + timedelta(days=5))

    def test_estimate_expires(self):
        """Rules 9: it expires: an expired one can't be approved, a new version can."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.estimate_id.sudo().date_valid_until = fields.Date.today() - timedelta(days=1)
        self.assertRefused(order.action_approve)
        self.assertEqual(order.state, "estimated")
        estimate = order.estimate_id
        self.env["care.estimate"]._cron_expire()
        order.action_propose()
        self.assertEqual(estimate.state, "expired")
        order.action_approve()
        self.assertEqual(order.state, "approved")

    def test_estimate_on_its_last_day(self):
        """Rules 9: on its last day it is still valid."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.estimate_id.sudo().date_valid_until = fields.Date.today()
        order.action_approve()
        self.assertEqual(order.state, "approved")

    def test_estimate_is_frozen(self):
        """Rules 9: its lines and total stay what the client was shown."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        first = order.estimate_id
        order.action_revise()
        self._diagnose(order)
        self._add_part(self._with_component(order), "component_replacement")
        self.assertEqual(order.amount_total, FEE + 45.0)
        self.assertEqual(first.amount_total, FEE)

    def _with_component(self, order):
        self._add_line(order, "component_replacement")
        return order

    def test_estimate_lines_are_frozen(self):
        """Rules 9: its own frozen lines say what the order's lines said then."""
        order = self._order(self._creation(), "reshaping", "polishing", "component_replacement")
        self._add_part(order, "component_replacement", quantity=2.0)
        self._to(order, "estimated")
        estimate = order.estimate_id
        lines = self._estimate_lines(estimate)
        before = [(line.name, line.price_unit, line.price_total) for line in lines]
        self.assertEqual(sum(lines.mapped("price_total")), order.amount_total)
        self.assertIn(45.0, lines.mapped("price_unit"))
        order.action_revise()
        self._parts(order).unlink()
        self._diagnose(order)
        order.action_propose()
        self.assertEqual(
            [
                (line.name, line.price_unit, line.price_total)
                for line in self._estimate_lines(estimate)
            ],
            before,
        )
        self.assertEqual(estimate.amount_total, FEE + 90.0)

    def test_estimate_of_optional_lines(self):
        """Rules 9 with 2.6: taking or leaving an optional line moves the bearer as shown."""
        pricelist = self._pricelist(
            prices=self._service_prices(reshaping=150.0, clasp_link_repair=180.0)
        )
        for taken, total in (
            ((), 0.0),
            (("reshaping",), 150.0),
            (("clasp_link_repair",), 180.0),
            (("reshaping", "clasp_link_repair"), 180.0),
        ):
            with self.subTest(taken=taken):
                optional = {"is_optional": True, "is_accepted": False}
                order = self._order(
                    self._creation(),
                    "engraving",
                    ("reshaping", optional),
                    ("clasp_link_repair", optional),
                    pricelist_id=pricelist.id,
                )
                self._to(order, "estimated")
                self._approve_with(order, *taken)
                self.assertEqual(order.amount_total, total)
                order.action_start()
                self._finish(order)
                self.assertEqual(sum(self._invoices(order).mapped("amount_total")), total)

    def test_approval_by_staff(self):
        """States: by staff it needs no signature and records who."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.with_user(self.advisor).action_approve()
        self.assertEqual(order.estimate_id.state, "accepted")
        self.assertTrue(order.estimate_id.signed_on)
        self.assertFalse(order.estimate_id.signature)
        self.assertTrue(order.estimate_id.signed_by, "who approved is on record")

    def test_change_of_price_voids_the_estimate(self):
        """Rules 9: a later change of price voids it and needs a new one."""
        order = self._to(self._order(self._creation(), "component_replacement"), "approved")
        accepted = order.estimate_id
        order.action_revise()
        self._diagnose(order)
        self._add_part(order, "component_replacement")
        self.assertRefused(order.action_start)
        self.assertNotEqual(accepted.state, "accepted")
        self._approve(order)
        self.assertEqual(order.estimate_id.amount_total, FEE + 45.0)
        order.action_start()
        self.assertEqual(order.state, "in_progress")

    def test_revised_without_change(self):
        """States: from received, when the accepted estimate still matches."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        order.action_revise()
        self.assertEqual(order.state, "received")
        self._diagnose(order)
        order.action_start()
        self.assertEqual(order.state, "in_progress")
        self.assertEqual(len(order.estimate_ids), 1)

    def test_added_within_the_fee(self):
        """Rules 6: what is added within the one fee voids no estimate; work goes on."""
        for state in ("estimated", "approved", "in_progress"):
            with self.subTest(state=state):
                order = self._to(self._order(self._creation(), "reshaping"), state)
                estimate = order.estimate_id
                estimate_state = estimate.state
                jeweler_s = order.with_user(self.jeweler)
                clasp = self._line(jeweler_s, "clasp_link_repair")
                if clasp:
                    clasp.outcome = "todo"
                else:
                    self._add_line(jeweler_s, "clasp_link_repair")
                self.assertPrice(self._line(order, "clasp_link_repair"), 0.0, "included")
                self.assertEqual(order.amount_total, FEE)
                self.assertEqual(order.state, state)
                self.assertEqual((order.estimate_id, estimate.state), (estimate, estimate_state))

    def test_a_part_in_mid_work_needs_an_estimate(self):
        """Rules 6: a part or a price does void the estimate: it isn't slipped in."""
        for state in ("approved", "in_progress"):
            order = self._to(self._order(self._creation(), "component_replacement"), state)
            self._attempt(self._add_part, order.with_user(self.jeweler), "component_replacement")
            order.invalidate_recordset()
            unapproved = order.estimate_id.state != "accepted" or (
                order.estimate_id.amount_total != order.amount_total
            )
            self.assertFalse(
                unapproved and order.state in ("approved", "in_progress"),
                "work doesn't go on at a total that the client has not approved",
            )

    def test_optional_lines(self):
        """Rules 9: lines may be optional: the client takes or leaves them."""
        order = self._order(
            self._creation(),
            "reshaping",
            (
                "ring_resizing",
                {"adjustment": 3.0, "is_optional": True, "is_accepted": False, "is_feasible": True},
            ),
        )
        self._receive(order)
        order.action_propose()
        self._approve_with(order, "ring_resizing")
        self.assertEqual(order.amount_total, 2 * FEE)
        self._start_and_finish(order)
        self.assertEqual(self._invoices(order).amount_untaxed, 2 * FEE)

    def test_optional_line_left(self):
        """Rules 9: an optional line that the client left is neither done nor billed."""
        order = self._order(
            self._creation(),
            "reshaping",
            (
                "ring_resizing",
                {"adjustment": 3.0, "is_optional": True, "is_accepted": False, "is_feasible": True},
            ),
        )
        self._receive(order)
        order.action_propose()
        self._approve_with(order)
        self.assertNotIn(
            "resizing",
            [
                operation.operation_id.code
                for operation in order.operation_ids.filtered(lambda op: op.state != "skipped")
            ],
        )
        self._start_and_finish(order)
        self.assertEqual(self._invoices(order).amount_untaxed, FEE)
        self.assertNotEqual(self._line(order, "ring_resizing").outcome, "done")

    def _start_and_finish(self, order):
        order.action_start()
        self._finish(order)

    # -- Finish and hand-over ----------------------------------------------------------------

    def test_finish_needs_every_operation(self):
        """States: `action_finish` needs every operation done or skipped."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        self.assertRefused(order.action_finish)
        self._do_operations(order)
        order.action_finish()
        self.assertEqual(order.state, "ready")

    def test_hand_over_needs_a_collector(self):
        """Rules 9: a collector's name, the identity checked, and a signature."""
        values = self._hand_over_vals()
        for missing in values:
            with self.subTest(missing=missing):
                order = self._to(self._order(self._creation(), "shining"), "ready")
                order.write({key: value for key, value in values.items() if key != missing})
                self.assertRefused(order.action_hand_over)
                order.write({missing: values[missing]})
                order.action_hand_over()
                self.assertEqual(order.state, "done")

    def test_hand_over_by_parcel(self):
        """Rules 9: by parcel a carrier and tracking number instead of a signature."""
        order = self._to(self._order(self._creation(), "shining"), "ready")
        order.intake_id.write({"return_method": "parcel"})
        order.write({"collected_by": "Ada Client", "is_collector_verified": True})
        self.assertRefused(order.action_hand_over)
        self._set_return_tracking(order)
        order.action_hand_over()
        self.assertEqual(order.state, "done")

    def _set_return_tracking(self, order):
        order.intake_id.write({"return_carrier": "Courier", "return_tracking": "1Z999"})

    def test_hand_over_needs_payment(self):
        """Rules 9: a creation is handed over when its invoice is paid."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        order.write(self._hand_over_vals())
        self.assertRefused(order.action_hand_over)
        self.assertEqual(order.state, "ready")
        self._pay(order)
        order.action_hand_over()
        self.assertEqual(order.state, "done")

    def test_hand_over_released(self):
        """Rules 9: or the care manager releases it; nobody else does."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        order.write(self._hand_over_vals())
        for user in (self.advisor, self.jeweler):
            self.assertForbidden(order.with_user(user).write, {"is_released": True})
        order.is_released = True
        order.with_user(self.advisor).action_hand_over()
        self.assertEqual(order.state, "done")

    def test_hand_over_where_payment_is_not_required(self):
        """Rules 9: unless the company says otherwise."""
        self.company.care_require_payment = False
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self._hand_over(order)
        self.assertEqual(order.state, "done")

    def test_hand_over_partly_paid(self):
        """Rules 9: a part of the amount is not the amount."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 100.0, "payment_difference_handling": "open"})._create_payments()
        order.write(self._hand_over_vals())
        self.assertRefused(order.action_hand_over)

    # -- Unhappy ends -----------------------------------------------------------------------

    def test_decline_needs_a_reason(self):
        """States: `action_decline(reason)`."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        self.assertRefused(order.action_decline, "")
        self.assertEqual(order.state, "received")

    def test_declined_goes_back_unserviced(self):
        """Rules 9: declined, it goes back unserviced and costs nothing."""
        for state in ("received", "estimated", "approved"):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            order.action_decline("Too dear")
            self._hand_over(order)
            self.assertEqual((order.state, order.disposition), ("done", "returned_unserviced"))
            self.assertFalse(self._invoices(order))
            self.assertEqual(order.invoice_status, "no")

    def test_declined_estimate(self):
        """Rules 9: a declined order's estimate is not one that stands."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        order.action_decline("Too dear")
        self.assertNotIn(order.estimate_ids.state, ("sent", "accepted"))

    def test_report_lost_is_the_manager_s(self):
        """States: `action_report_lost(reason)`, manager; done, disposition lost."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        for user in (self.advisor, self.jeweler):
            self.assertForbidden(order.with_user(user).action_report_lost, "Gone")
        order.action_report_lost("Gone from the safe")
        self.assertEqual((order.state, order.disposition), ("done", "lost"))
        self.assertFalse(self._invoices(order))
        self.assertEqual(order.creation_id.state, "lost")

    def test_creation_lost_and_found(self):
        """Design, `care.creation`: `action_report_lost(reason)`, `action_found`."""
        creation = self._creation().with_user(self.manager)
        self.assertEqual(creation.state, "in_use")
        creation.action_report_lost("The client lost it on a journey")
        self.assertEqual(creation.state, "lost")
        creation.action_found()
        self.assertEqual(creation.state, "in_use")

    # -- Holds --------------------------------------------------------------------------------

    def test_holds(self):
        """States: holds stop propose, start and hand-over until cleared."""
        for reason in ("part", "stone", "client", "manager"):
            with self.subTest(reason=reason):
                order = self._receive(self._order(self._creation(), "reshaping"))
                order.hold_reason = reason
                self.assertRefused(order.action_propose)
                order.hold_reason = False
                self._approve(order)
                order.hold_reason = reason
                self.assertRefused(order.action_start)
                order.hold_reason = False
                order.action_start()
                self._finish(order)
                self._pay(order)
                order.write({**self._hand_over_vals(), "hold_reason": reason})
                self.assertRefused(order.action_hand_over)
                order.hold_reason = False
                order.action_hand_over()
                self.assertEqual(order.state, "done")

    def test_a_manager_s_hold_is_cleared_by_the_manager(self):
        """States: `manager` by the manager alone."""
        order = self._receive(self._order(self._creation(), "reshaping"))
        order.with_user(self.manager).hold_reason = "manager"
        for user in (self.advisor, self.jeweler):
            for value in (False, "client"):
                self.assertForbidden(order.with_user(user).write, {"hold_reason": value})
        self.assertEqual(order.hold_reason, "manager")
        order.with_user(self.manager).hold_reason = False
        self.assertFalse(order.hold_reason)

    def test_other_holds_are_cleared_by_staff(self):
        """States: the others are cleared by those who set them."""
        order = self._receive(self._order(self._creation(), "reshaping"))
        order.with_user(self.jeweler).hold_reason = "part"
        order.with_user(self.jeweler).hold_reason = False
        order.with_user(self.advisor).hold_reason = "client"
        order.with_user(self.advisor).hold_reason = False
        order.action_propose()
        self.assertEqual(order.state, "estimated")

    # -- Deletion and duplication -----------------------------------------------------------

    def test_only_drafts_are_deleted(self):
        """Rules 9: an order of the house's hands is not made to disappear."""
        for state in STATES:
            if state in ("draft", "cancel"):
                continue
            order = self._to(self._order(self._creation(), "reshaping"), state)
            with self.assertRaises(UserError):
                order.unlink()

    def test_copy_starts_anew(self):
        """States: a duplicate is a draft that carries nothing of what happened."""
        order = self._to(
            self._order(self._creation(), "reshaping", condition_note="A dent", weight_in=4.2),
            "done",
        )
        copy = order.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.condition_note, "as it came the other time")
        self.assertFalse(copy.weight_in)
        self.assertFalse(copy.sudo().invoice_ids)
        self.assertFalse(copy.estimate_ids)
        self.assertFalse(copy.operation_ids)
        self.assertFalse(copy.collected_by)
        self.assertFalse(copy.collection_signature)
        self.assertFalse(copy.is_released)
        self.assertNotEqual(copy.name, order.name)

    def test_copy_is_priced_anew(self):
        """Rules 2: a duplicate costs what it costs today, with no price typed by anybody."""
        creation = self._creation()
        order = self._done(creation, "ring_resizing", "component_replacement")
        self.component.list_price = 50.0
        copy = order.copy()
        self.assertPrice(self._line(copy, "ring_resizing"), FEE, "minimum")
        self.assertPrice(self._line(copy, "component_replacement"), FEE, "fee")
        self.assertFalse(any(copy.line_ids.mapped("is_price_manual")))
        self.assertEqual(set(copy.line_ids.mapped("outcome")), {"todo"})

    def test_copy_with_parts(self):
        """Design, lines: the parts of a duplicate belong to the duplicate's interventions."""
        order = self._order(self._creation(), "component_replacement")
        self._add_part(order, "component_replacement", quantity=2.0)
        copy = order.copy()
        self.assertEqual(copy.amount_total, order.amount_total)
        self.assertEqual(
            self._parts(copy).service_line_id, self._line(copy, "component_replacement")
        )

    # -- Defaults -----------------------------------------------------------------------------

    def test_defaults(self):
        """Design, `care.order`: the boutique is by default the user's first."""
        creation = self._creation()
        for user, location in ((self.advisor, self.boutique), (self.advisor_2, self.boutique_2)):
            order = (
                self.env["care.order"]
                .with_user(user)
                .create({"partner_id": self.client.id, "creation_id": creation.id})
            )
            self.assertEqual(order.location_id, location)
            self.assertEqual(order.company_id, self.company)
            self.assertEqual(order.currency_id, self.usd)
            self.assertTrue(order.date_order)

    def test_default_boutique_of_the_company(self):
        """Design, `care.order`: else the company's first."""
        order = (
            self.env["care.order"]
            .with_user(self.manager)
            .create({"partner_id": self.client.id, "creation_id": self._creation().id})
        )
        self.assertEqual(order.location_id.company_id, self.company)
        self.assertEqual(order.location_id.location_type, "boutique")

    def test_names_are_unique(self):
        """Design, `care.order`: CARE/YYYY/NNNNN."""
        orders = self._order(self._creation()) | self._order(self._creation())
        self.assertEqual(len(set(orders.mapped("name"))), 2)
        for name in orders.mapped("name"):
            self.assertRegex(name, r"^CARE/\d{4}/\d{5,}$")

    def test_intake_is_kept(self):
        """States: `action_receive` makes the missing intake, and only the missing one."""
        intake = (
            self.env["care.intake"]
            .with_user(self.advisor)
            .create(
                {
                    "partner_id": self.client.id,
                    "location_id": self.boutique.id,
                    "channel": "boutique",
                }
            )
        )
        orders = self.env["care.order"].with_user(self.advisor)
        for _index in range(2):
            orders |= self._order(
                self._creation(), "shining", user=self.advisor, intake_id=intake.id
            )
        orders.action_receive()
        self.assertEqual(orders.intake_id, intake)
        self.assertEqual(intake.order_ids, orders)

    def test_receive_needs_no_signature_or_photo(self):
        """States: it needs no signature, photo or transfer."""
        order = self._order(self._creation(), "shining", user=self.advisor)
        self.assertFalse(order.photo_ids)
        order.action_receive()
        self.assertEqual(order.state, "received")

    def test_custody_is_written_by_the_actions(self):
        """Design: a custody move says who handed the creation to whom; append-only."""
        creation = self._creation()
        order = self._order(creation, "shining", user=self.advisor)
        moves = self.env["care.custody.move"].sudo()
        before = moves.search([])
        order.action_receive()
        received = moves.search([]) - before
        self.assertTrue(received)
        self.assertEqual(creation.current_location_id, self.boutique)
        for user in (self.advisor, self.jeweler, self.manager):
            self.assertForbidden(received.with_user(user).unlink)
        before = moves.search([])
        self._diagnose(order.with_user(self.manager))
        self._start(order)
        self._finish(order.with_user(self.manager))
        self._hand_over(order)
        self.assertTrue(moves.search([]) - before)
        self.assertFalse(creation.current_location_id)

    def test_signature_is_kept(self):
        """Rules 9: what the collector signed stays on the order."""
        order = self._to(self._order(self._creation(), "shining"), "done")
        self.assertEqual(order.collection_signature, PIXEL)
        self.assertEqual(order.collected_by, "Ada Client")
        self.assertTrue(order.is_collector_verified)
