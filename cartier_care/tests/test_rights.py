# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import Error as DatabaseError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import FEE, PIXEL, CareCommon

ACTIONS = {
    "action_receive": "draft",
    "action_propose": "received",
    "action_approve": "estimated",
    "action_start": "approved",
    "action_finish": "in_progress",
    "action_hand_over": "ready",
    "action_cancel": "draft",
    "action_revise": "approved",
    "action_rework": "ready",
    "action_decline": "received",
    "action_report_lost": "received",
    "action_invoice": "ready",
    "action_update_prices": "draft",
}
WITH_REASON = ("action_decline", "action_report_lost")


@tagged("post_install", "-at_install")
class TestRights(CareCommon):
    """Design, roles; security-and-faults, requests that must get nothing."""

    def _ready_for(self, action, **values):
        """An order that nothing but rights keeps from an action."""
        self.company.care_invoice_trigger = "manual"
        order = self._order(self._creation(), "reshaping", **values)
        state = ACTIONS[action]
        self._to(order, state)
        if state == "in_progress":
            self._do_operations(order)
        if action == "action_hand_over":
            order.action_invoice()
            self._pay(order)
            order.write(self._hand_over_vals())
        return order

    def _call(self, order, action):
        arguments = ("A reason",) if action in WITH_REASON else ()
        return getattr(order, action)(*arguments)

    def _snapshot(self):
        """Every row of the addon's tables, as the database holds them."""
        self.env.flush_all()
        tables = [
            model._table
            for name, model in self.env.items()
            if name.startswith("care.")
            and model._auto
            and not model._abstract
            and not model._transient
        ]
        rows = {}
        for table in tables:
            self.env.cr.execute(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM {table} t"  # noqa: S608
            )
            rows[table] = self.env.cr.fetchone()[0]
        return rows

    # -- Roles × actions --------------------------------------------------------------

    def test_advisor_s_actions(self):
        """Roles: the advisor's own gestures, in their boutique."""
        for action in (
            "action_receive",
            "action_propose",
            "action_approve",
            "action_hand_over",
            "action_cancel",
            "action_revise",
            "action_decline",
            "action_invoice",
            "action_update_prices",
        ):
            with self.subTest(action=action):
                order = self._ready_for(action).with_user(self.advisor)
                self._call(order, action)

    def test_jeweler_s_actions(self):
        """Roles: the jeweler's own gestures, in their workshop."""
        for action in ("action_start", "action_finish", "action_rework", "action_revise"):
            with self.subTest(action=action):
                order = self._ready_for(action).with_user(self.jeweler)
                self._call(order, action)

    def test_manager_s_actions(self):
        """Roles: the manager may do all of it."""
        for action in ACTIONS:
            with self.subTest(action=action):
                self._call(self._ready_for(action).with_user(self.manager), action)

    def test_what_a_jeweler_may_not(self):
        """Roles: no intake, no answer for the client, no hand-over, no invoicing."""
        for action in (
            "action_receive",
            "action_approve",
            "action_hand_over",
            "action_cancel",
            "action_invoice",
            "action_report_lost",
        ):
            with self.subTest(action=action):
                order = self._ready_for(action)
                state = order.state
                self.assertForbidden(self._call, order.with_user(self.jeweler), action)
                self.assertEqual(order.state, state)
                if action == "action_invoice":
                    self.assertFalse(self._invoices(order))

    def test_the_counter_is_not_the_jeweler_s(self):
        """Roles: what is agreed and signed for at the counter is written by advisors alone."""
        order = self._order(self._creation(), "reshaping")
        self._receive(order)
        as_jeweler = order.with_user(self.jeweler)
        self.assertFalse(as_jeweler.is_at_counter)
        for vals in (
            {"pre_approved_amount": 10_000.0},
            {"pricelist_id": False},
            {"partner_id": self.other_client.id},
            {"redo_of_id": False},
            {"collected_by": "Somebody"},
            {"collection_signature": PIXEL},
            {"is_collector_verified": True},
            {"date_promised": "2030-01-02"},
        ):
            self.assertForbidden(as_jeweler.write, vals)
        # Over the command of another record neither.
        self.assertForbidden(
            order.creation_id.with_user(self.jeweler).write,
            {"order_ids": [Command.update(order.id, {"pre_approved_amount": 10_000.0})]},
        )
        as_jeweler.write({"weight_out": 5.0, "hold_reason": "part", "priority": "1"})

    def test_what_an_advisor_may_not(self):
        """Roles: losses and releases are the manager's."""
        order = self._ready_for("action_report_lost")
        self.assertForbidden(self._call, order.with_user(self.advisor), "action_report_lost")
        self.assertForbidden(order.with_user(self.advisor).write, {"is_released": True})
        self.assertForbidden(order.with_user(self.jeweler).write, {"is_released": True})
        self.assertForbidden(
            order.creation_id.with_user(self.portal_client).action_report_lost, "Lost"
        )

    def test_release_at_creation(self):
        """Roles: nor is an order created as released by an advisor."""
        creation = self._creation()
        if self._attempt(
            lambda: self._order(creation, "shining", user=self.advisor, is_released=True)
        ):
            orders = self.env["care.order"].search([("creation_id", "=", creation.id)])
            self.assertFalse(orders.is_released)

    def test_strangers_in_the_house(self):
        """Roles: an internal user without a role gets nothing of it."""
        stranger = new_test_user(
            self.env,
            login="care_t_stranger",
            groups="base.group_user",
            company_id=self.company.id,
        )
        for action in ACTIONS:
            order = self._ready_for(action)
            before = order.state
            for user in (stranger, self.accountant):
                self.assertForbidden(self._call, order.with_user(user), action)
                self.assertEqual(order.state, before)
        for model in (
            "care.order",
            "care.order.line",
            "care.intake",
            "care.estimate",
            "care.custody.move",
            "care.transfer",
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(stranger).search([]).read(["id"])

    def test_administrator(self):
        """Roles: Odoo's administrator is a care manager."""
        self.assertTrue(
            self.env.ref("base.user_admin").has_group("cartier_care.group_care_manager")
        )
        self.assertTrue(self.manager.has_group("cartier_care.group_care_boutique"))
        self.assertTrue(self.manager.has_group("cartier_care.group_care_workshop"))
        self.assertFalse(self.advisor.has_group("cartier_care.group_care_manager"))
        self.assertFalse(self.jeweler.has_group("cartier_care.group_care_manager"))

    # -- The catalogue ----------------------------------------------------------------------

    def test_catalogue_is_the_manager_s(self):
        """Roles: all read the catalogue; the manager alone writes it."""
        records = (
            self._service("reshaping"),
            self._service("reshaping").category_id,
            self._service("ring_resizing").restriction_ids[:1],
            self.env["care.operation"].search([], limit=1),
            self.white_gold,
            self.emerald,
            self.collection,
        )
        for record in records:
            for user in (self.advisor, self.jeweler):
                with self.subTest(model=record._name, user=user.login):
                    asked = record.with_user(user)
                    self.assertTrue(asked.read(["display_name"]))
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(asked.has_access(operation), operation)
            self.assertTrue(record.with_user(self.manager).has_access("write"), record._name)
            self.assertFalse(record.with_user(self.portal_client).has_access("write"))
        self._service("reshaping").with_user(self.manager).base_price = 200.0

    def test_settings(self):
        """Roles: company settings aren't written by advisors or jewelers."""
        for user in (self.advisor, self.jeweler, self.portal_client):
            self.assertForbidden(
                self.company.with_user(user).write, {"care_require_payment": False}
            )

    # -- Boutiques, workshops, companies --------------------------------------------------------

    def test_boutiques_are_separate(self):
        """An advisor of boutique 1 on an order of boutique 2: nothing."""
        order = self._ready_for("action_receive")
        foreign = order.with_user(self.advisor_2)
        self.assertFalse(
            self.env["care.order"].with_user(self.advisor_2).search([("id", "=", order.id)])
        )
        with self.assertRaises(AccessError):
            foreign.read(["name", "amount_total"])
        with self.assertRaises(AccessError):
            foreign.write({"condition_note": "Mine now"})
        with self.assertRaises(AccessError):
            foreign.line_ids.read(["price_unit"])
        with self.assertRaises(AccessError):
            foreign.line_ids.write({"sequence": 3})

    def test_staff_of_a_place_counts_at_once(self):
        """Roles: who works in a boutique sees its orders, where nobody does everybody sees them."""
        place = self.env["care.location"].create(
            {"name": "New Boutique", "company_id": self.company.id}
        )
        order = self._order(self._creation(), "shining", location_id=place.id)
        both = self.advisor | self.advisor_2
        for staff in (self.env["res.users"], self.advisor, self.advisor_2, both, both - both):
            place.user_ids = staff
            for user in both:
                with self.subTest(staff=staff.mapped("login"), user=user.login):
                    found = order.with_user(user).search([("id", "=", order.id)])
                    self.assertEqual(bool(found), not staff or user in staff)

    def test_actions_in_another_boutique(self):
        """An advisor of boutique 2 takes no action on an order of boutique 1."""
        for action in ACTIONS:
            with self.subTest(action=action):
                order = self._ready_for(action)
                before = self._snapshot()
                self.assertForbidden(self._call, order.with_user(self.advisor_2), action)
                self.env.invalidate_all()
                self.assertEqual(self._snapshot(), before)

    def test_an_order_is_not_moved_into_one_s_boutique(self):
        """Nor is it taken over, or given away, by writing the boutique."""
        order = self._ready_for("action_receive")
        self.assertForbidden(
            order.with_user(self.advisor_2).write, {"location_id": self.boutique_2.id}
        )
        self.assertEqual(order.location_id, self.boutique)

    def test_orders_made_in_another_boutique(self):
        """An advisor makes no order in another's boutique."""
        creation = self._creation()
        self.assertForbidden(
            lambda: self._order(
                creation, "shining", user=self.advisor, location_id=self.boutique_2.id
            )
        )
        self.assertFalse(self.env["care.order"].search([("creation_id", "=", creation.id)]))

    def test_workshops_are_separate(self):
        """A jeweler of workshop 2 does nothing on an order of workshop 1."""
        order = self._order(self._creation(), "ring_resizing")
        order.action_receive()
        diagnosis = self._operations(order, "diagnosis")
        self.assertForbidden(diagnosis.with_user(self.jeweler_2).action_done)
        self.assertEqual(diagnosis.state, "todo")
        self._diagnose(order.with_user(self.jeweler))
        self.assertEqual(diagnosis.state, "done")
        self.assertForbidden(order.with_user(self.jeweler_2).action_start)
        self.assertForbidden(
            self._line(order, "ring_resizing").with_user(self.jeweler_2).write,
            {"outcome": "not_feasible"},
        )

    def test_no_workshop_yet(self):
        """Roles: as with boutiques, what belongs to no workshop is open to every jeweler."""
        order = self._order(self._creation(), "shining", workshop_id=False)
        order.action_receive()
        self.assertFalse(order.workshop_id)
        self._diagnose(order.with_user(self.jeweler_2))
        self.assertTrue(order.is_diagnosed)

    def test_companies_are_separate(self):
        """A user of company 1 on an order of company 2: nothing, not even for managers."""
        other = self._create_house("Another house of the tests")
        manager = self._create_user("care_t_other_house", "group_care_manager", other)
        for action in ("action_receive", "action_approve", "action_invoice"):
            order = self._ready_for(action)
            foreign = order.with_user(manager)
            self.assertFalse(
                self.env["care.order"].with_user(manager).search([("id", "=", order.id)])
            )
            with self.assertRaises(AccessError):
                foreign.read(["name"])
            self.assertForbidden(self._call, foreign, action)
        for model in (
            "care.location",
            "care.intake",
            "care.estimate",
            "care.custody.move",
            "care.order.operation",
        ):
            self.assertFalse(
                self.env[model].with_user(manager).search([("company_id", "=", self.company.id)])
                if "company_id" in self.env[model]._fields
                else self.env[model]
                .with_user(manager)
                .search([("order_id.company_id", "=", self.company.id)]),
                model,
            )

    def test_creations_are_shared(self):
        """Design, `care.creation`: creations are shared by all boutiques and companies."""
        other = self._create_house("Another house of the tests")
        manager = self._create_user("care_t_other_house", "group_care_manager", other)
        creation = self._creation()
        for user in (self.advisor_2, self.jeweler_2, manager):
            self.assertEqual(
                creation.with_user(user).read(["serial_number"])[0]["serial_number"],
                creation.serial_number,
            )

    def test_company_of_the_order_and_its_boutique(self):
        """Companies are kept apart: an order's boutique is of its company."""
        other = self._create_house("Another house of the tests")
        boutique = self._create_location("Elsewhere", "boutique", self.manager, other)
        self.assertForbidden(
            lambda: self._order(self._creation(), "shining", location_id=boutique.id)
        )

    # -- Nobody writes what is computed -----------------------------------------------------------

    def test_computed_fields_are_not_written(self):
        """Anyone who writes `state`, amounts, totals or `price_origin` directly."""
        order = self._receive(self._order(self._creation(), "reshaping", "ring_resizing"))
        line = self._line(order, "reshaping")
        for record, values in (
            (order, {"state": "done"}),
            (order, {"state": "ready"}),
            (order, {"amount_total": 1.0}),
            (order, {"amount_untaxed": 1.0}),
            (order, {"amount_tax": 1.0}),
            (order, {"invoice_status": "invoiced"}),
            (order, {"disposition": "serviced"}),
            (order, {"date_done": "2020-01-01 00:00:00"}),
            (line, {"price_origin": "complimentary"}),
            (line, {"price_subtotal": 1.0}),
            (line, {"price_total": 1.0}),
            (line, {"price_tax": 1.0}),
        ):
            for user in (self.advisor, self.jeweler, self.manager):
                with self.subTest(values=values, user=user.login):
                    name = next(iter(values))
                    before = record[name]
                    self._attempt(record.with_user(user).write, values)
                    self.env.flush_all()
                    self.env.invalidate_all()
                    self.assertEqual(record[name], before)
        self.assertEqual(order.amount_total, FEE)

    def test_computed_fields_are_not_created(self):
        """Nor are they given at creation, on the order or in its lines."""
        for values in (
            {"state": "ready"},
            {"state": "done"},
            {"amount_total": 1.0, "amount_untaxed": 1.0},
            {"invoice_status": "invoiced"},
            {"disposition": "serviced"},
        ):
            creation = self._creation()
            if self._attempt(lambda v=values, c=creation: self._order(c, "reshaping", **v)):
                order = self.env["care.order"].search([("creation_id", "=", creation.id)])
                self.assertEqual(
                    (order.state, order.amount_total, order.invoice_status, order.disposition),
                    ("draft", FEE, "no", False),
                )
        for values in (
            {"price_origin": "complimentary"},
            {"price_subtotal": 0.0, "price_total": 0.0},
            {"price_origin": "warranty", "price_unit": 0.0},
        ):
            creation = self._creation()
            line = ("reshaping", values)
            if self._attempt(lambda c=creation, one=line: self._order(c, one, user=self.advisor)):
                order = self.env["care.order"].search([("creation_id", "=", creation.id)])
                self.assertEqual(order.amount_total, FEE)
                self.assertEqual(order.line_ids.price_origin, "fee")

    def test_default_context_gives_nothing(self):
        """Nor by `default_*` in the context of a call, or a default that somebody keeps."""
        given = {
            "default_state": "ready",
            "default_amount_total": 0.0,
            "default_is_released": True,
            "default_hold_reason": "manager",
            "default_date_ready": "2020-01-01",
            "default_price_unit": 1.0,
            "default_is_feasible": True,
            "default_outcome": "done",
            "default_date": "2020-01-01",
        }
        self.env["ir.default"].with_user(self.advisor).set("care.order", "state", "ready", True)
        creation = self._creation()
        order = (
            self.env["care.order"]
            .with_user(self.advisor)
            .with_context(**given)
            .create(self._order_vals(creation, "reshaping"))
        )
        order = order.with_context(**given)
        self.assertEqual((order.state, order.amount_total), ("draft", FEE))
        self.assertFalse(order.is_released or order.hold_reason or order.date_ready)
        self.assertEqual(order.line_ids.outcome, "todo")
        # Steps run with rights of their own: they take nothing of it either.
        order.action_receive()
        self.assertEqual(set(order.operation_ids.mapped("state")), {"todo"})
        move = self.env["care.custody.move"].search([("order_id", "=", order.id)])
        self.assertEqual(move.date.date(), order.date_received.date())
        order.with_user(self.jeweler).action_diagnose()
        order.with_context(default_state="accepted").action_propose()
        self.assertEqual(order.estimate_id.state, "sent")
        transfer = self.env["care.transfer"].with_user(self.advisor)
        transfer = transfer.with_context(default_state="sent").create(
            {"from_location_id": self.boutique.id, "to_location_id": self.workshop.id}
        )
        count = self.env["care.count"].with_user(self.advisor).with_context(default_state="done")
        count = count.create({"location_id": self.boutique.id})
        self.assertEqual((transfer.state, count.state), ("draft", "draft"))

    def test_whole_records_are_read(self):
        """Over RPC, who may read a record reads all of it without naming fields."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.assertTrue(order.invoice_ids)
        transfer = self._sent_transfer(
            self._to(self._order(self._creation(), "reshaping"), "received")
        )
        for record in (
            order,
            order.line_ids,
            order.operation_ids,
            order.estimate_ids,
            order.estimate_ids.line_ids,
            order.creation_id,
            order.intake_id,
            transfer,
        ):
            for user in (self.advisor, self.jeweler, self.manager):
                with self.subTest(model=record._name, user=user.login):
                    self.env.invalidate_all()
                    self.assertEqual(len(record.with_user(user).read()), len(record))

    def test_operations_are_not_written(self):
        """An operation's state moves by its actions."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        operation = self._operations(order, "resizing")
        for user in (self.advisor, self.jeweler, self.manager):
            for state in ("done", "skipped"):
                self._attempt(operation.with_user(user).write, {"state": state})
                self.env.invalidate_all()
                self.assertEqual(operation.state, "todo")

    def test_operations_are_not_deleted(self):
        """The final check isn't got rid of by deleting it."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        for user in (self.advisor, self.jeweler):
            self.assertForbidden(self._operations(order, "final_check").with_user(user).unlink)

    def test_estimates_are_not_written(self):
        """A frozen version: nobody writes its state, total or lines."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        estimate = order.estimate_id
        for values in (
            {"state": "accepted"},
            {"amount_total": 1.0},
            {"signed_by": "Somebody"},
            {"version": 7},
        ):
            for user in (self.advisor, self.jeweler, self.manager):
                name = next(iter(values))
                before = estimate[name]
                self._attempt(estimate.with_user(user).write, values)
                self.env.invalidate_all()
                self.assertEqual(estimate[name], before)
        for user in (self.advisor, self.jeweler):
            self.assertForbidden(estimate.with_user(user).unlink)

    def test_creation_state_is_not_written(self):
        """A creation is retired by a reproduction, lost and found by its actions."""
        creation = self._creation()
        for user in (self.advisor, self.jeweler, self.manager):
            for state in ("replaced", "lost"):
                self._attempt(creation.with_user(user).write, {"state": state})
                self.env.invalidate_all()
                self.assertEqual(creation.state, "in_use")

    def test_custody_is_append_only(self):
        """A custody move is append-only, for everybody."""
        order = self._to(self._order(self._creation(), "shining"), "received")
        move = (
            self.env["care.custody.move"]
            .sudo()
            .search([("creation_id", "=", order.creation_id.id)], limit=1)
        )
        self.assertTrue(move)
        for user in (self.advisor, self.jeweler, self.manager):
            self.assertForbidden(move.with_user(user).write, {"creation_id": self._creation().id})
            self.assertForbidden(move.with_user(user).unlink)

    def test_what_was_signed_for_stands(self):
        """Over RPC too: what a screen no longer lets anybody change stays as it is."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        visit = order.intake_id
        visit.sudo().write({"signature": PIXEL, "signed_by": self.client.name})
        done = self._to(self._order(self._creation(), "reshaping"), "done")
        working = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        operation = self._operations(working, "cleaning")
        finished = self._operations(done, "cleaning")
        transfer = self._sent_transfer(
            self._to(self._order(self._creation(), "shining"), "received")
        )
        original = self._creation()
        elsewhere = self._create_house("Another house of what stands")
        photo = self.env["care.order.photo"].create({"order_id": order.id, "image_1920": PIXEL})
        refused = (
            (order, {"is_diagnosed": True}),
            (order, {"currency_id": self.env.ref("base.JPY").id}),
            (order, {"transfer_ids": [Command.link(transfer.id)]}),
            (order, {"active": False}),
            (order.creation_id, {"current_location_id": False}),
            (order.creation_id, {"current_location_id": self.workshop.id}),
            (order.creation_id, {"active": False}),
            (order.creation_id, {"loss_reason": "Somebody said so"}),
            (order.creation_id, {"lineage_key": original.lineage_key}),
            (order.creation_id, {"serial_key": "MINE"}),
            (order.creation_id, {"polishing_count": 0}),
            (self._line(order, "reshaping"), {"is_counted": False}),
            (self._line(order, "reshaping"), {"category_id": False}),
            (photo, {"company_id": elsewhere.id}),
            (operation, {"company_id": elsewhere.id}),
            (visit, {"access_token": "known"}),
            (order, {"intake_id": False}),
            (working, {"pre_approved_amount": 9999.0}),
            (visit, {"signature": False}),
            (visit, {"signed_by": "Somebody else"}),
            (visit, {"name": "VISIT/1"}),
            (operation, {"skip_reason": "No time"}),
            (operation, {"operation_id": self._operations(working, "final_check").operation_id.id}),
            (finished, {"method": "manual"}),
            (transfer, {"state": "draft"}),
            (transfer, {"order_ids": [Command.clear()]}),
            (transfer, {"to_location_id": self.boutique_2.id}),
            (transfer, {"name": "TRANSFER/1"}),
            (done, {"collected_by": "Somebody else"}),
            (done, {"collection_signature": PIXEL}),
            (done, {"is_collector_verified": False}),
            (done, {"declared_value": 1.0}),
            (done, {"intake_id": visit.id}),
        )
        self.env.flush_all()
        before = self._snapshot()
        for user in (self.advisor, self.jeweler, self.manager):
            for record, values in refused:
                with self.subTest(user=user.login, values=values):
                    self.assertForbidden(record.with_user(user).write, values)
        for user in (self.advisor, self.jeweler):
            for record, values in (
                (working, {"condition_note": "It was like that"}),
                (order.creation_id, {"original_id": original.id}),
            ):
                with self.subTest(user=user.login, values=values):
                    self.assertForbidden(record.with_user(user).write, values)
        self.env.invalidate_all()
        self.assertEqual(self._snapshot(), before)
        # The manager puts right what was noted wrongly; whoever works still says how.
        working.with_user(self.manager).condition_note = "Worn at the back"
        operation.with_user(self.jeweler).method = "manual"

    def _sent_transfer(self, *orders):
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": self.boutique.id,
                "to_location_id": self.workshop.id,
                "order_ids": [Command.set([order.id for order in orders])],
            }
        )
        transfer.action_send()
        return transfer

    # -- Clients on the portal -------------------------------------------------------------------

    def test_client_sees_their_orders(self):
        """Roles: clients see their commercial partner's orders."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        company = self._create_partner(name="Ada & Co", is_company=True)
        self.client.parent_id = company
        colleague = self._create_partner(name="Colleague", parent_id=company.id)
        shared = self._to(
            self._order(self._creation(partner_id=colleague.id), "reshaping"), "received"
        )
        visible = self.env["care.order"].with_user(self.portal_client).search([])
        self.assertIn(shared, visible)
        self.assertIn(order, visible)
        values = order.with_user(self.portal_client).read(["name", "state", "amount_total"])[0]
        self.assertEqual(values["amount_total"], FEE)
        line = order.line_ids.with_user(self.portal_client).filtered(
            lambda one: one.outcome != "not_needed"
        )
        self.assertEqual(line.price_unit, FEE)
        self.assertTrue(line.price_explanation)

    def test_other_clients_see_nothing(self):
        """Client B on A's orders, estimates, creations, lines: nothing."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        records = (
            order,
            order.line_ids,
            order.estimate_ids,
            order.operation_ids,
            order.intake_id,
            order.creation_id,
        )
        for record in records:
            with self.subTest(model=record._name):
                self.assertTrue(record)
                stranger = record.with_user(self.portal_other)
                with self.assertRaises(AccessError):
                    stranger.read(["display_name"])
                with self.assertRaises(AccessError):
                    stranger.write({"create_uid": self.portal_other.id})
                with self.assertRaises(AccessError):
                    stranger.unlink()
        for model in (
            "care.order",
            "care.order.line",
            "care.estimate",
            "care.intake",
            "care.creation",
            "care.order.operation",
            "care.custody.move",
            "care.transfer",
        ):
            try:
                found = self.env[model].with_user(self.portal_other).search_count([])
            except AccessError:
                found = 0
            self.assertEqual(found, 0, model)

    def test_clients_write_nothing(self):
        """A client writes, makes and deletes nothing over RPC, of their own neither."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        before = self._snapshot()
        own = order.with_user(self.portal_client)
        for values in (
            {"state": "approved"},
            {"amount_total": 0.0},
            {"partner_id": self.other_client.id},
            {"is_released": True},
            {"pre_approved_amount": 1.0},
            {"line_ids": [Command.clear()]},
        ):
            self.assertForbidden(own.write, values)
        self.assertForbidden(own.line_ids.write, {"price_unit": 0.0})
        self.assertForbidden(own.line_ids.unlink)
        self.assertForbidden(own.estimate_ids.write, {"state": "accepted"})
        self.assertForbidden(own.unlink)
        self.assertForbidden(
            order.creation_id.with_user(self.portal_client).write, {"is_paved": True}
        )
        self.assertForbidden(order.creation_id.with_user(self.portal_client).unlink)
        self.env.invalidate_all()
        self.assertEqual(self._snapshot(), before)

    def test_clients_take_no_staff_action(self):
        """A client calls none of the staff's actions, on their own orders neither."""
        for action in ACTIONS:
            with self.subTest(action=action):
                order = self._ready_for(action)
                before = self._snapshot()
                for user in (self.portal_client, self.portal_other):
                    self.assertForbidden(self._call, order.with_user(user), action)
                self.env.invalidate_all()
                self.assertEqual(self._snapshot(), before)

    def test_clients_get_no_screen(self):
        """The staff's screens are refused to clients, rather than failing on what is left."""
        order = self._order(self._creation(), "reshaping")
        kinds = [
            (False, kind)
            for kind in ("kanban", "list", "form", "search", "calendar", "pivot", "graph")
        ]
        for record in (order, order.line_ids, order.creation_id, order.line_ids.service_id):
            for kind in kinds:
                with self.assertRaises(AccessError):
                    record.with_user(self.portal_client).get_views([kind])
        self.assertEqual(len(order.with_user(self.advisor).get_views(kinds)["views"]), len(kinds))

    def test_dialogs_are_one_s_own(self):
        """What somebody types, signs or photographs in a dialog is read by nobody else."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        transfer = self._sent_transfer(order)
        made = {
            "care.custody.statement": {},
            "care.erase": {"partner_id": self.client.id},
            "care.order.approve": {"order_id": order.id},
            "care.order.rework": {"order_id": order.id},
            "care.payment.register": {"order_id": order.id},
            "care.reason": {"kind": "decline", "reason": "Too dear"},
            "care.transfer.damage": {
                "order_id": order.id,
                "transfer_id": transfer.id,
                "note": "A prong is bent",
            },
        }
        dialogs = {
            name
            for name, model in self.env.items()
            if name.startswith("care.") and model._transient and not model._abstract
        }
        self.assertEqual(dialogs - {"care.closing"}, set(made), "each has its rule")
        for name, vals in made.items():
            dialog = self.env[name].with_user(self.manager).sudo().create(vals).sudo(False)
            self.assertTrue(dialog.with_user(self.manager).has_access("write"), name)
            for user in (self.advisor, self.advisor_2, self.jeweler):
                for operation in ("read", "write", "unlink"):
                    self.assertFalse(dialog.with_user(user).has_access(operation), name)
                self.assertNotIn(dialog, self._search_all(dialog.with_user(user)))

    def _search_all(self, records):
        """Find what there is of a model for a user; nothing where the model is not theirs."""
        return records.search([]) if records.browse().has_access("read") else records.browse()

    def test_hidden_fields(self):
        """Fields that clients must not see can't be read, sorted or filtered on."""
        order = self._order(self._creation(), "reshaping", condition_note="Deep scratch")
        line = self._line(order, "reshaping")
        line.write({"price_unit": 100.0, "price_reason": "Complained"})
        self._to(order, "ready")
        lines = self.env["care.order.line"].with_user(self.portal_client)
        with self.assertRaises(AccessError):
            line.with_user(self.portal_client).read(["price_reason"])
        for use in (
            lambda: lines.search([("price_reason", "ilike", "Complained")]),
            lambda: lines.search([], order="price_reason"),
            lambda: lines._read_group([], ["price_reason"], ["__count"]),
            lambda: (
                self.env["care.order"]
                .with_user(self.portal_client)
                .search([("line_ids.price_reason", "ilike", "Complained")])
            ),
        ):
            self.assertFalse(self._attempt(use))
        operations = order.operation_ids.with_user(self.portal_client)
        with self.assertRaises(AccessError):
            operations.read(["user_id"])
        self.assertNotIn("price_reason", lines.fields_get(), "it isn't even known to be there")

    def test_readable_fields_are_listed(self):
        """Roles: every field that clients must not see carries `groups=`."""
        for model, hidden in (
            ("care.order", ("hold_reason", "is_released")),
            ("care.order.line", ("price_reason",)),
        ):
            readable = self.env[model].with_user(self.portal_client).fields_get()
            for name in hidden:
                self.assertNotIn(name, readable, f"{model}.{name}")

    def test_staff_s_names(self):
        """Roles: clients don't see staff's names beyond the advisor's."""
        order = self._order(self._creation(), "reshaping", user=self.advisor)
        order = self._to(order.with_user(self.manager), "ready")
        names = {self.jeweler.name, self.manager.name}
        for record in (order, order.line_ids, order.estimate_ids, order.creation_id):
            asked = record.with_user(self.portal_client)
            for name, field in asked.fields_get().items():
                if field["type"] not in ("many2one", "char"):
                    continue
                try:
                    rows = asked.read([name])
                except AccessError:
                    continue
                for row in rows:
                    value = row[name]
                    text = value[1] if isinstance(value, tuple) else value
                    self.assertNotIn(text, names, f"{record._name}.{name}")

    def test_public_gets_nothing(self):
        """With no login and no token: nothing."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        public = self.env.ref("base.public_user")
        for record in (order, order.line_ids, order.creation_id, order.intake_id):
            with self.assertRaises(AccessError):
                record.with_user(public).read(["display_name"])

    @mute_logger("odoo.sql_db", "odoo.http")
    def test_every_public_method_for_strangers(self):
        """Client B: every public method of every model over RPC: rows unchanged."""
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        records = {
            "care.order": order,
            "care.order.line": order.line_ids,
            "care.estimate": order.estimate_ids,
            "care.order.operation": order.operation_ids,
            "care.creation": order.creation_id,
            "care.intake": order.intake_id,
        }
        order._portal_ensure_token()
        before = self._snapshot()
        checked = 0
        for model in [name for name in self.env if name.startswith("care.")]:
            for name in self._own_public_methods(model):
                checked += 1
                record = records.get(model, self.env[model].browse(1))
                for user in (self.portal_other, self.portal_client):
                    self._call_rpc(record.with_user(user), name)
                    self.env.invalidate_all()
                    self.assertEqual(self._snapshot(), before, f"{model}.{name} by {user.login}")
        self.assertGreater(checked, 20)

    def _own_public_methods(self, model):
        names = set()
        for parent in type(self.env[model]).mro():
            if "cartier_care" in (parent.__module__ or ""):
                names.update(
                    name
                    for name, value in vars(parent).items()
                    if callable(value) and not name.startswith("_")
                )
        return sorted(names - {"create", "get_offer"})

    def _call_rpc(self, record, name):
        """Call as RPC would; whatever it raises, the rows are compared afterwards."""
        for arguments in ((), ("A reason",)):
            try:
                with self.env.cr.savepoint():
                    method = get_public_method(record, name)
                    method(record, *arguments)
                    self.env.flush_all()
            except (UserError, TypeError, ValueError, AttributeError, KeyError, DatabaseError):
                self.env.invalidate_all()

    # -- Invoices ------------------------------------------------------------------------------

    def test_advisors_have_no_accounting_rights(self):
        """Roles: no advisor needs accounting rights, and none is given any."""
        for user in (self.advisor, self.jeweler):
            self.assertFalse(user.has_group("account.group_account_invoice"))
            moves = self.env["account.move"].with_user(user)
            for operation in ("create", "write", "unlink"):
                self.assertFalse(moves.has_access(operation), operation)

    def test_advisor_bills_in_their_boutique(self):
        """Roles: *bill now* is the advisor's, for orders of their boutique."""
        order = self._ready_for("action_invoice")
        self.assertForbidden(order.with_user(self.advisor_2).action_invoice)
        self.assertForbidden(order.with_user(self.jeweler).action_invoice)
        self.assertFalse(self._invoices(order))
        order.with_user(self.advisor).action_invoice()
        self.assertEqual(len(self._invoices(order)), 1)
