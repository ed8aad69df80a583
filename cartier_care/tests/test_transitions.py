# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 4: each step allowed and refused, in each role and state.

One table per model says from which states a step goes on and who may take it. Every action of the
table is tried by everybody in every state; what is refused has changed nothing.
"""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import STATES, CareCommon

#: Everybody: who works on the order under test, and who has nothing to do with it.
ADVISOR, JEWELER, MANAGER = "advisor", "jeweler", "manager"
ROLES = (
    ADVISOR,
    JEWELER,
    MANAGER,
    "advisor_elsewhere",
    "jeweler_elsewhere",
    "manager_elsewhere",
    "accountant",
    "nobody",
    "client",
    "other_client",
)
COUNTER = {ADVISOR, MANAGER}
BENCH = {JEWELER, MANAGER}
HOUSE = {ADVISOR, JEWELER, MANAGER}
HELD = {"received", "estimated", "approved", "in_progress", "ready", "declined"}

#: Action → (states it starts from, who may take it, its arguments). The order asks for work of
#: the workshop at a price, is diagnosed, and lacks nothing but the step itself.
ORDER_STEPS = {
    "action_receive": ({"draft"}, COUNTER, ()),
    "action_cancel": ({"draft"}, COUNTER, ()),
    "action_propose": ({"received", "estimated"}, HOUSE, ()),
    "action_approve": ({"estimated"}, COUNTER, ()),
    "action_start": ({"approved"}, HOUSE, ()),
    "action_revise": ({"estimated", "approved", "in_progress"}, HOUSE, ()),
    "action_finish": ({"in_progress"}, HOUSE, ()),
    "action_rework": ({"ready"}, HOUSE, ()),
    "action_decline": ({"received", "estimated", "approved"}, COUNTER, ("Too dear",)),
    "action_hand_over": ({"ready", "declined"}, COUNTER, ()),
    "action_report_lost": (HELD, {MANAGER}, ("Stolen",)),
    "action_invoice": ({"ready", "done"}, COUNTER, ()),
    # Nothing was added since the receipt: no day is promised anew.
    "action_promise_anew": (set(), set(), ()),
    "action_make_transfer": (HELD, HOUSE, ()),
}
#: Action → (states of the operation, who may take it, its arguments), on work for the workshop.
OPERATION_STEPS = {
    "action_start": ({"todo"}, BENCH, ()),
    "action_done": ({"todo", "in_progress"}, BENCH, ()),
    "action_skip": ({"todo", "in_progress"}, BENCH, ("Not needed",)),
}
CHECK_STEPS = {"action_fail": ({"todo", "in_progress", "done"}, BENCH, ("A scratch is left",))}
TRANSFER_STEPS = {
    "action_send": ({"draft"}, HOUSE, ()),
    "action_cancel": ({"draft"}, HOUSE, ()),
    # From the boutique to the workshop: the advisor, who sends, signs for nothing there.
    "action_receive": ({"sent", "received"}, BENCH, ()),
    "action_receive_all": ({"sent", "received"}, BENCH, ()),
    "action_receive_ticked": ({"sent", "received"}, BENCH, ()),
}
COUNT_STEPS = {
    "action_update_expected": ({"draft"}, COUNTER, ()),
    "action_done": ({"draft"}, COUNTER, ()),
}
#: Creations are shared by all boutiques and companies.
CREATION_STEPS = {
    "action_report_lost": (
        {"in_use"},
        {ADVISOR, MANAGER, "advisor_elsewhere", "manager_elsewhere"},
        ("Reported by the police",),
    ),
    "action_found": ({"lost"}, {MANAGER, "manager_elsewhere"}, ()),
}


class _UndoError(Exception):
    """Takes back a step that was allowed."""


@tagged("post_install", "-at_install")
class TestSteps(CareCommon):
    """Who may do what, and when; over RPC as on the screens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whoever bills or pays has tests of their own: here nothing but the step is looked at.
        cls.company.write({"care_require_payment": False, "care_invoice_trigger": "manual"})
        elsewhere = cls._create_house("Another maison of the steps")
        cls.people = {
            ADVISOR: cls.advisor,
            JEWELER: cls.jeweler,
            MANAGER: cls.manager,
            "advisor_elsewhere": cls.advisor_2,
            "jeweler_elsewhere": cls.jeweler_2,
            "manager_elsewhere": cls._create_user(
                "care_t_steps_manager", "group_care_manager", elsewhere
            ),
            "accountant": cls.accountant,
            "nobody": new_test_user(
                cls.env,
                login="care_t_steps_nobody",
                groups="base.group_user",
                company_id=cls.company.id,
            ),
            "client": cls.portal_client,
            "other_client": cls.portal_other,
        }

    # ------------------------------------------------------------------
    # Trying
    # ------------------------------------------------------------------
    def _get_facts(self, record):
        """What a step may change, of the record and of what hangs on it."""
        record = record.sudo()
        self.env.flush_all()
        facts = [record.state]
        order = record
        if record._name == "care.order.operation":
            order = record.order_id
        elif record._name in ("care.transfer", "care.count"):
            facts += [record.activity_ids.ids, record.message_ids.ids]
            order = record.order_ids if record._name == "care.transfer" else None
        elif record._name == "care.creation":
            return [*facts, record.loss_reason, record.message_ids.ids]
        if order:
            facts += [
                order.mapped("state"),
                order.mapped("disposition"),
                order.mapped("invoice_status"),
                order.creation_id.mapped("state"),
                order.creation_id.current_location_id.ids,
                [(one.state, one.user_id, one.done_count) for one in order.operation_ids],
                order.estimate_ids.mapped("state"),
                order.transfer_ids.ids,
                self.env["care.custody.move"].sudo().search_count([("order_id", "in", order.ids)]),
            ]
        return facts

    def _is_allowed(self, record, action, arguments, user):
        """Take a step as somebody, and take it back; whether it was allowed."""
        asked = record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        before = self._get_facts(record)
        self.env.invalidate_all()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                try:
                    getattr(asked, action)(*arguments)
                    self.env.flush_all()
                except (AccessError, UserError):
                    self.env.invalidate_all()
                    self.assertEqual(self._get_facts(record), before, "refused, yet changed")
                    return False
                raise _UndoError
        except _UndoError:
            return True
        finally:
            self.env.invalidate_all()

    def _try_all(self, steps, records):
        """Try each step in each role and state.

        :param dict steps: one of the tables above
        :param dict records: state → the record that is in it
        """
        for action, (states, roles, arguments) in steps.items():
            for state, record in records.items():
                allowed = {
                    role
                    for role in ROLES
                    if self._is_allowed(record, action, arguments, self.people[role])
                }
                with self.subTest(action=action, state=state):
                    self.assertEqual(allowed, roles if state in states else set())

    # ------------------------------------------------------------------
    # What is in each state
    # ------------------------------------------------------------------
    def _order_in(self, state):
        order = self._to(self._order(self._creation(), "reshaping"), state)
        if state == "in_progress":
            self._do_operations(order)
        if state in ("ready", "declined"):
            order.write(self._hand_over_vals())
        self.assertEqual(order.state, state)
        return order

    def _transfer_in(self, state):
        orders = self._order(self._creation(), "reshaping") | self._order(
            self._creation(), "reshaping"
        )
        orders.action_receive()
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": self.boutique.id,
                "to_location_id": self.workshop.id,
                "order_ids": [Command.set(orders.ids)],
            }
        )
        if state == "cancel":
            transfer.action_cancel()
        if state in ("sent", "received"):
            transfer.action_send()
            if state == "received":
                transfer.action_receive(orders[0].creation_id.ids)
            transfer.scan_envelope(orders[1].name)
        self.assertEqual(transfer.state, state)
        return transfer

    # ------------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------------
    def test_orders(self):
        """Orders: every step of the table, by everybody, in every state."""
        self._try_all(ORDER_STEPS, {state: self._order_in(state) for state in STATES})

    def test_prices_are_updated(self):
        """Orders: prices are looked up again while they may move, by who sees the order."""
        records = {state: self._order_in(state) for state in STATES}
        draft = {"draft": records.pop("draft")}
        self._try_all({"action_update_prices": ({"draft"}, COUNTER, ())}, draft)
        self._try_all({"action_update_prices": ({"received"}, HOUSE, ())}, records)

    def test_gestures_at_the_bench(self):
        """Orders: diagnosis, *all done* and the final check in one gesture, at their time."""
        diagnosing = self._order(self._creation(), "reshaping")
        diagnosing.action_receive()
        working = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        checking = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        checking.action_all_done()
        records = {"diagnosing": diagnosing, "working": working, "checking": checking}
        records.update({state: self._order_in(state) for state in STATES})
        self._try_all(
            {
                "action_diagnose": ({"diagnosing"}, BENCH, ()),
                "action_all_done": ({"working"}, BENCH, ()),
                "action_pass_final_check": ({"checking"}, BENCH, ()),
            },
            records,
        )

    def test_operations(self):
        """Operations: in each state of theirs, while the order is at the bench."""
        order = self._order(self._creation(), "ring_resizing", "reshaping", "clasp_link_repair")
        self._to(order, "in_progress")
        todo, started, done, skipped = self._open(self._operations(order)).filtered(
            lambda operation: not operation.is_check
        )[:4]
        started.action_start()
        done.action_done()
        skipped.action_skip("Not needed")
        records = {"todo": todo, "in_progress": started, "done": done, "skipped": skipped}
        for state, operation in records.items():
            self.assertEqual(operation.state, state)
        self._try_all(OPERATION_STEPS, records)

    def test_checks(self):
        """Operations: a check fails while the order is at the bench, and nothing else does."""
        records = {}
        for state in ("todo", "in_progress", "done"):
            order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
            order.action_all_done()
            check = self._operations(order, "final_check")
            if state == "in_progress":
                check.action_start()
            if state == "done":
                check.action_done()
            records[state] = check
        self._try_all(CHECK_STEPS, records)
        self._try_all(
            {"action_fail": (set(), BENCH, ("A scratch",))},
            {"cleaning": self._operations(order, "cleaning")},
        )

    def test_operations_in_other_states_of_the_order(self):
        """Operations: nothing moves before the start, nor once the work is over."""
        for state in ("estimated", "approved", "ready", "declined", "done"):
            order = self._order_in(state)
            self._try_all(
                {
                    action: (set(), roles, arguments)
                    for action, (_states, roles, arguments) in {
                        **OPERATION_STEPS,
                        **CHECK_STEPS,
                    }.items()
                },
                {f"{state}: {one.code}": one for one in order.operation_ids[:1]},
            )
            check = self._operations(order, "final_check")
            self._try_all({"action_done": (set(), BENCH, ())}, {f"{state}: check": check})

    def test_work_in_the_boutique(self):
        """Operations: in-boutique services are the advisor's too, without a transfer."""
        order = self._to(self._order(self._creation(), "shining"), "in_progress")
        operation = self._open(self._operations(order))[:1]
        self._try_all(
            {"action_start": ({"todo"}, HOUSE, ()), "action_done": ({"todo"}, HOUSE, ())},
            {"todo": operation},
        )

    def test_transfers(self):
        """Transfers: made by who works at either end, received by who works where they go."""
        records = {
            state: self._transfer_in(state) for state in ("draft", "sent", "received", "cancel")
        }
        self._try_all(TRANSFER_STEPS, records)
        for state, transfer in records.items():
            order = transfer.order_ids[0]
            self._try_all(
                {"action_report_damage": ({"sent", "received"}, BENCH, (order.id, "A dent"))},
                {state: transfer},
            )

    def test_intakes(self):
        """Intakes: received and billed at the counter of their boutique."""
        records = {}
        for state in ("draft", "ready"):
            order = self._order_in(state)
            if not order.intake_id:
                order.intake_id = self.env["care.intake"].create(
                    {
                        "partner_id": order.partner_id.id,
                        "location_id": order.location_id.id,
                        "company_id": order.company_id.id,
                    }
                )
            records[state] = order
        for action, state in (("action_receive", "draft"), ("action_invoice", "ready")):
            order = records[state]
            allowed = {
                role for role in ROLES if self._is_visit_moved(order, action, self.people[role])
            }
            self.assertEqual(allowed, COUNTER, action)

    def _is_visit_moved(self, order, action, user):
        """Take a step from the visit, and take it back; whether the order has followed it."""
        before = (order.state, order.invoice_status)
        moved = False
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                getattr(order.intake_id.with_user(user), action)()
                self.env.flush_all()
                self.env.invalidate_all()
                moved = (order.state, order.invoice_status) != before
                raise _UndoError
        except (_UndoError, AccessError, UserError):
            return moved
        finally:
            self.env.invalidate_all()

    def test_creations(self):
        """Creations: reported lost by any boutique, found again by a manager."""
        lost = self._creation()
        lost.action_report_lost("Reported by the police")
        replaced = self._creation()
        replaced._reproduce()
        self._try_all(
            CREATION_STEPS, {"in_use": self._creation(), "lost": lost, "replaced": replaced}
        )

    def test_counts(self):
        """Closing counts: by who works at the place, until they are closed."""
        self._to(self._order(self._creation(), "shining"), "received")
        counts = self.env["care.count"].create([{"location_id": self.boutique.id}] * 2)
        counts[1].action_done()
        self._try_all(COUNT_STEPS, {"draft": counts[0], "done": counts[1]})
