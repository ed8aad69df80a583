# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import ADJUSTMENTS, CARE, FEE, KIND_OF_ADJUSTMENT, CareCommon

SHINING = ["diagnosis", "buffing", "cleaning", "technical_check", "aesthetic_check"]


@tagged("post_install", "-at_install")
class TestRoutes(CareCommon):
    """Rules section 6: routes."""

    def _planned(self, creation, *lines):
        order = self._order(creation, *lines)
        order.action_receive()
        return self._route(order)

    def test_shining(self):
        """Section 6: diagnosis → buffing → cleaning → technical check → aesthetic check."""
        self.assertEqual(self._planned(self._creation(), "shining"), SHINING)

    def test_adjustments(self):
        """Section 6: diagnosis → re-sizing or clasp → polishing → cleaning → final check."""
        for code in ADJUSTMENTS:
            with self.subTest(service=code):
                work = "clasp_adjustment" if code == "earring_clasp_adjustment" else "resizing"
                self.assertEqual(
                    self._planned(self._creation(KIND_OF_ADJUSTMENT[code]), code),
                    ["diagnosis", work, "polishing", "cleaning", "final_check"],
                )

    def test_care(self):
        """Section 6: diagnosis → the interventions → cleaning → final check."""
        for code in CARE:
            with self.subTest(service=code):
                route = self._planned(self._creation(), code)
                self.assertEqual(route[0], "diagnosis")
                self.assertEqual(route[-2:], ["cleaning", "final_check"])
                self.assertEqual(len(route), 4, "the intervention is between them")
                if code == "polishing":
                    self.assertEqual(route[1], "polishing")
                else:
                    self.assertNotIn("polishing", route)

    def test_the_other_services(self):
        """Section 6: diagnosis → the work → cleaning → final check."""
        for code, kind in (
            ("engraving", "ring"),
            ("cord_replacement", "bracelet"),
            ("pairing", "earrings"),
            ("restoration", "ring"),
            ("reproduction", "ring"),
        ):
            with self.subTest(service=code):
                route = self._planned(self._creation(kind), code)
                self.assertEqual(route[0], "diagnosis")
                self.assertEqual(route[-2:], ["cleaning", "final_check"])
                self.assertGreaterEqual(len(route), 4)

    def test_each_service_has_work_of_its_own(self):
        """Section 6: the work of a service is on its route and not on every other's."""
        works = [
            set(self._service(code).operation_ids.mapped("code"))
            - {"diagnosis", "cleaning", "final_check", "rhodium_stripping", "rhodium_bath"}
            for code in (*CARE, "engraving", "cord_replacement", "restoration")
        ]
        for index, work in enumerate(works):
            self.assertTrue(work)
            for other in works[index + 1 :]:
                self.assertNotEqual(work, other)

    def test_merged_routes(self):
        """Section 6: several services merge: each operation once, final check always last."""
        route = self._planned(
            self._creation("bracelet"),
            "shining",
            "bracelet_resizing",
            "polishing",
            "reshaping",
            "engraving",
            "cord_replacement",
        )
        self.assertEqual(len(route), len(set(route)))
        self.assertEqual(route[0], "diagnosis")
        self.assertEqual(route[-1], "final_check")
        order = [code for code in route if code in {*SHINING, "resizing", "polishing"}]
        self.assertLess(order.index("resizing"), order.index("polishing"))
        self.assertLess(order.index("polishing"), order.index("cleaning"))
        self.assertLess(order.index("buffing"), order.index("cleaning"))
        self.assertLess(order.index("technical_check"), order.index("aesthetic_check"))

    def test_route_does_not_depend_on_the_typing(self):
        """Section 6: in bench order, whatever the order of the lines."""
        codes = ("shining", "ring_resizing", "reshaping", "clasp_link_repair")
        self.assertEqual(
            self._planned(self._creation(), *codes),
            self._planned(self._creation(), *reversed(codes)),
        )

    def test_routes_keep_in_step_with_the_lines(self):
        """Design, operations: planned at receipt, kept in step with the lines."""
        order = self._order(self._creation(), "shining")
        self.assertFalse(order.operation_ids)
        order.action_receive()
        self._add_line(order, "ring_resizing")
        self.assertIn("resizing", self._route(order))
        self._line(order, "ring_resizing").unlink()
        self.assertEqual(self._route(order), SHINING)

    def test_no_operation_twice_after_edits(self):
        """Design, operations: adding and deleting never doubles what is planned."""
        order = self._order(self._creation(), "reshaping")
        self._receive(order)
        for _time in range(2):
            self._add_line(order, "ring_resizing")
            self._line(order, "ring_resizing").unlink()
        route = self._route(order)
        self.assertEqual(len(route), len(set(route)))
        self.assertEqual(
            self._operations(order, "diagnosis").mapped("state"),
            ["done"],
            "what was done stays done",
        )

    # -- Rhodium --------------------------------------------------------------------

    def test_rhodium(self):
        """Section 6: white gold and platinum: stripped before polishing, bath after it."""
        for metal in (self.white_gold, self.platinum):
            for code, kind in (
                ("polishing", "ring"),
                ("ring_resizing", "ring"),
                ("earring_clasp_adjustment", "earrings"),
            ):
                with self.subTest(metal=metal.name, service=code):
                    creation = self._creation(kind, metal_ids=[Command.set(metal.ids)])
                    route = self._planned(creation, code)
                    self.assertEqual(route.index("polishing"), route.index("rhodium_stripping") + 1)
                    self.assertGreater(route.index("rhodium_bath"), route.index("polishing"))
                    self.assertEqual(route[-1], "final_check")

    def test_no_rhodium_on_other_metals(self):
        """Section 6: no other metal gets either."""
        for code in ("polishing", "ring_resizing"):
            route = self._planned(self._creation(), code)
            self.assertIn("polishing", route)
            self.assertFalse({"rhodium_stripping", "rhodium_bath"} & set(route))

    def test_no_rhodium_without_polishing(self):
        """Section 6: wherever polishing is in the route, and nowhere else."""
        for code in ("reshaping", "clasp_link_repair", "shining", "engraving"):
            route = self._planned(
                self._creation(metal_ids=[Command.set(self.white_gold.ids)]), code
            )
            self.assertFalse({"rhodium_stripping", "rhodium_bath"} & set(route), code)

    def test_rhodium_on_mixed_metals(self):
        """Section 6: on mixed metals the white parts get it."""
        creation = self._creation(metal_ids=[Command.set((self.white_gold | self.yellow_gold).ids)])
        route = self._planned(creation, "polishing")
        self.assertIn("rhodium_stripping", route)
        self.assertIn("rhodium_bath", route)

    def test_rhodium_bath_is_skipped_with_a_reason(self):
        """Section 6: a jeweler may skip the bath, with a reason."""
        order = self._receive(
            self._order(
                self._creation(metal_ids=[Command.set(self.white_gold.ids)]), "ring_resizing"
            )
        )
        order.action_start()
        bath = self._operations(order, "rhodium_bath").with_user(self.jeweler)
        for reason in ("", "  ", False):
            self.assertRefused(bath.action_skip, reason)
        bath.action_skip("The client prefers the natural color")
        self.assertEqual(
            (bath.state, bath.skip_reason), ("skipped", "The client prefers the natural color")
        )
        self._finish(order)
        self.assertEqual(order.state, "ready")

    # -- What can't be skipped -----------------------------------------------------------

    def test_diagnosis_and_final_check_can_not_be_skipped(self):
        """Section 6: the final check, like the diagnosis, can't be skipped."""
        order = self._order(self._creation(), "ring_resizing")
        order.action_receive()
        self.assertRefused(self._operations(order, "diagnosis").action_skip, "No time")
        self._diagnose(order)
        order.action_start()
        self.assertRefused(self._operations(order, "final_check").action_skip, "No time")
        for user in (self.jeweler, self.manager):
            self.assertForbidden(
                self._operations(order, "final_check").with_user(user).write,
                {"state": "skipped"},
            )

    def test_final_check_comes_last(self):
        """Section 6: the final check is always last: not before what it checks."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        self.assertRefused(self._operations(order, "final_check").action_done)
        self._do_operations(order)
        self.assertEqual(self._operations(order, "final_check").state, "done")

    def test_no_work_before_the_start(self):
        """States: operations but the diagnosis wait for the start of the work."""
        order = self._receive(self._order(self._creation(), "reshaping"))
        for operation in self._open(self._operations(order)):
            self.assertRefused(operation.action_done)

    def test_all_done(self):
        """Design, operations: *all done*, for everything but diagnosis and final check."""
        order = self._to(self._order(self._creation(), "ring_resizing", "shining"), "in_progress")
        self._all_done(order)
        open_operations = self._open(self._operations(order))
        self.assertEqual(open_operations.operation_id.mapped("code"), ["final_check"])

    def test_operation_record(self):
        """Design, operations: who, start and end; done straight from todo too."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        operation = self._operations(order, "resizing").with_user(self.jeweler)
        operation.action_start()
        self.assertEqual(operation.state, "in_progress")
        self.assertEqual(operation.user_id, self.jeweler)
        self.assertTrue(operation.date_start)
        operation.action_done()
        self.assertEqual(operation.state, "done")
        self.assertTrue(operation.date_end)
        polishing = self._operations(order, "polishing").with_user(self.jeweler)
        polishing.action_done()
        self.assertEqual((polishing.state, polishing.user_id), ("done", self.jeweler))
        self.assertTrue(polishing.date_end)

    # -- Cleaning -------------------------------------------------------------------------

    def test_cleaning_method(self):
        """Section 6: in the ultrasonic tank if every gem and the creation permit it."""
        for gems, permitted, method in (
            (self.env["care.gem"], True, "ultrasonic"),
            (self.diamond, True, "ultrasonic"),
            (self.emerald, False, "manual"),
            (self.diamond | self.emerald, False, "manual"),
        ):
            with self.subTest(gems=gems.mapped("name")):
                creation = self._creation(gem_ids=[Command.set(gems.ids)])
                self.assertEqual(creation.allows_ultrasonic, permitted)
                order = self._to(self._order(creation, "shining"), "ready")
                self.assertEqual(self._operations(order, "cleaning").method, method)

    def test_cleaning_of_a_creation_that_does_not_permit_it(self):
        """Section 6: every gem *and the creation*: the piece may forbid it by itself."""
        creation = self._creation(gem_ids=[Command.set(self.diamond.ids)])
        creation.allows_ultrasonic = False
        order = self._to(self._order(creation, "shining"), "ready")
        self.assertEqual(self._operations(order, "cleaning").method, "manual")

    def test_the_tank_is_refused(self):
        """Section 6: an emerald doesn't go into the tank, whoever types it."""
        order = self._to(
            self._order(self._creation(gem_ids=[Command.set(self.emerald.ids)]), "shining"),
            "in_progress",
        )
        cleaning = self._operations(order, "cleaning").with_user(self.jeweler)
        self._attempt(cleaning.write, {"method": "ultrasonic"})
        self._attempt(self._finish, order)
        self.assertNotEqual(cleaning.method, "ultrasonic")

    def test_by_hand_is_always_possible(self):
        """Section 6: the record says which: the jeweler's own word stays."""
        order = self._to(self._order(self._creation(), "shining"), "in_progress")
        cleaning = self._operations(order, "cleaning")
        cleaning.method = "manual"
        self._finish(order)
        self.assertEqual(cleaning.method, "manual")

    # -- Checks that fail -----------------------------------------------------------------

    def test_failed_final_check(self):
        """Section 6: a failed final check reopens the operations that failed."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        self._all_done(order)
        check = self._operations(order, "final_check")
        check.with_user(self.jeweler).action_fail("A mark on the shank")
        self.assertEqual(order.state, "in_progress")
        reopened = self._open(self._operations(order))
        self.assertIn("final_check", reopened.operation_id.mapped("code"))
        self.assertGreater(len(reopened), 1, "something is to be done again")
        self.assertNotIn("diagnosis", reopened.operation_id.mapped("code"))
        self.assertRefused(order.action_finish)
        self._finish(order)
        self.assertEqual(order.state, "ready")

    def test_polishing_again_brings_what_follows(self):
        """Section 6: rhodium is stripped before polishing and given after it, then cleaning.

        A failed check and a rework alike; re-sizing did not fail and stays done.
        """
        creation = self._creation(metal_ids=[Command.set(self.white_gold.ids)])
        order = self._to(self._order(creation, "ring_resizing"), "in_progress")
        self._all_done(order)
        polishing = self._operations(order, "polishing")
        work = ["rhodium_stripping", "polishing", "rhodium_bath", "cleaning", "final_check"]
        check = self._operations(order, "final_check").with_user(self.jeweler)
        check.action_fail("A scratch is left", polishing.ids)
        self.assertEqual(self._open(self._operations(order)).operation_id.mapped("code"), work)
        self._finish(order)
        order.action_rework(polishing.ids)
        self.assertEqual(self._open(self._operations(order)).operation_id.mapped("code"), work)

    def test_what_precedes_a_failure_stays_done(self):
        """Section 6: what failed is done again and what follows it, nothing before it.

        A bath that was skipped with a reason stays so, and polishing stands when the tank failed.
        """
        creation = self._creation(metal_ids=[Command.set(self.white_gold.ids)])
        order = self._to(self._order(creation, "polishing"), "in_progress")
        bath = self._operations(order, "rhodium_bath").with_user(self.jeweler)
        bath.action_skip("The client wants the bare metal")
        self._all_done(order)
        check = self._operations(order, "final_check").with_user(self.jeweler)
        for failed, again in (
            ("cleaning", ["cleaning", "final_check"]),
            ("polishing", ["rhodium_stripping", "polishing", "cleaning", "final_check"]),
        ):
            check.action_fail("Not right yet", self._operations(order, failed).ids)
            self.assertEqual(self._open(self._operations(order)).operation_id.mapped("code"), again)
            self._all_done(order)
        self.assertEqual(bath.state, "skipped")

    def test_failing_needs_a_reason(self):
        """Design: `action_fail(reason)` on the final check, and on no other operation."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        self._all_done(order)
        self.assertRefused(self._operations(order, "final_check").action_fail, "")
        self.assertRefused(self._operations(order, "resizing").action_fail, "A reason")

    def test_rework(self):
        """Section 6: so does rework after `ready`, without a second invoice."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        invoice = self._invoices(order)
        order.action_rework()
        self.assertEqual(order.state, "in_progress")
        self.assertTrue(self._open(self._operations(order)))
        self.assertRefused(order.action_finish)
        self._finish(order)
        self.assertEqual(order.state, "ready")
        self.assertEqual(self._invoices(order), invoice)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_revision_reopens_the_diagnosis(self):
        """Section 6: a revision reopens the diagnosis."""
        for state in ("estimated", "approved", "in_progress"):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            order.action_revise()
            self.assertTrue(self._open(self._operations(order, "diagnosis")))
            self.assertRefused(order.action_propose)

    # -- Diagnosis ------------------------------------------------------------------------

    def test_diagnosis_without_further_word(self):
        """Section 6: adjustments feasible, care interventions not on the order not needed."""
        order = self._receive(self._order(self._creation(), "ring_resizing", "reshaping"))
        record = self._care_record(order)
        self.assertEqual(set(record), set(CARE), "all five care interventions are recorded")
        self.assertEqual(record.pop("reshaping"), "todo")
        self.assertEqual(set(record.values()), {"not_needed"})
        self.assertEqual(self._line(order, "ring_resizing").outcome, "todo")
        self.assertEqual(order.amount_total, FEE)

    def test_no_care_record_without_care(self):
        """Section 6: on a care order all five are recorded; on no other order."""
        order = self._receive(self._order(self._creation(), "ring_resizing", "shining"))
        self.assertFalse(self._care_record(order))
        self.assertEqual(len(order.line_ids), 2)

    def test_care_record_once_finished(self):
        """Section 6: carried out, or why not."""
        order = self._to(self._order(self._creation(), "reshaping", "polishing"), "ready")
        record = self._care_record(order)
        self.assertEqual(set(record), set(CARE))
        for code in CARE:
            carried_out = code in ("reshaping", "polishing")
            self.assertEqual(record[code], "done" if carried_out else "not_needed")

    def test_reasons_not_to_carry_out(self):
        """Section 6: metal too thin (not feasible), client declines."""
        order = self._order(self._creation(), "reshaping", "polishing", "clasp_link_repair")
        order.action_receive()
        self._line(order, "polishing").with_user(self.jeweler).outcome = "not_feasible"
        self._line(order, "clasp_link_repair").with_user(self.jeweler).outcome = "declined"
        self._diagnose(order)
        self._start(order)
        self._finish(order)
        record = self._care_record(order)
        self.assertEqual(record["polishing"], "not_feasible")
        self.assertEqual(record["clasp_link_repair"], "declined")
        self.assertEqual(record["reshaping"], "done")
        self.assertEqual(self._invoices(order).amount_untaxed, FEE)

    def test_not_feasible_adjustment(self):
        """Section 6: not feasible: not billed, costs 0 (`not_feasible`)."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        order = self._order(creation, "ring_resizing", "reshaping")
        order.action_receive()
        self.assertEqual(order.amount_total, 2 * FEE)
        self._line(order, "ring_resizing").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(order)
        self.assertPrice(self._line(order, "ring_resizing"), 0.0, "not_feasible")
        self.assertEqual(order.amount_total, FEE)
        self._start(order)
        self.assertNotIn(
            "resizing",
            [
                operation.operation_id.code
                for operation in order.operation_ids.filtered(lambda op: op.state != "skipped")
            ],
        )
        self._finish(order)
        self.assertEqual(self._invoices(order).amount_untaxed, FEE)
        self.assertEqual(self._line(order, "ring_resizing").outcome, "not_feasible")

    def test_not_feasible_includes_nothing(self):
        """Sections 2.2 and 6: an adjustment that isn't carried out includes no polishing."""
        order = self._order(self._creation(), "ring_resizing", "polishing")
        order.action_receive()
        self._line(order, "ring_resizing").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(order)
        self.assertPrice(self._line(order, "polishing"), FEE, "fee")

    def test_verdicts_are_the_jeweler_s(self):
        """Section 6 and roles: the diagnosis of an adjustment is the jeweler's."""
        order = self._order(self._creation(), "ring_resizing")
        order.action_receive()
        line = self._line(order, "ring_resizing")
        self.assertForbidden(line.with_user(self.advisor).write, {"outcome": "not_feasible"})
        self.assertForbidden(line.with_user(self.advisor).write, {"outcome": "done"})
        self.assertEqual(line.outcome, "todo")

    def test_finishing_turns_lines_into_done(self):
        """Section 6: finishing turns lines still to do into done."""
        order = self._to(
            self._order(self._creation(), "shining", "ring_resizing", "engraving"), "in_progress"
        )
        self.assertEqual(set(order.line_ids.mapped("outcome")), {"todo"})
        self._finish(order)
        self.assertEqual(set(order.line_ids.mapped("outcome")), {"done"})

    def test_measure_follows_the_resizing(self):
        """Design, `care.creation`: `measure` is kept up to date by finished re-sizings."""
        for code, change, measure in (
            ("ring_resizing", 1.0, 53.0),
            ("ring_resizing", -2.0, 50.0),
            ("necklace_resizing", -1.5, 50.5),
            ("bracelet_resizing", 0.5, 52.5),
        ):
            creation = self._creation(KIND_OF_ADJUSTMENT[code], measure=52.0)
            order = self._to(self._order(creation, (code, change)), "in_progress")
            self.assertEqual(creation.measure, 52.0)
            self._finish(order)
            self.assertEqual(creation.measure, measure)

    def test_measure_moves_once(self):
        """Section 6: a rework doesn't re-size the record a second time."""
        creation = self._creation(measure=52.0)
        order = self._to(self._order(creation, ("ring_resizing", 1.0)), "ready")
        order.action_rework()
        self._finish(order)
        self.assertEqual(creation.measure, 53.0)

    # -- Who works where --------------------------------------------------------------------

    def test_boutique_staff_do_in_boutique_services(self):
        """Section 6: boutique staff may do the operations of in-boutique services."""
        order = self._order(self._creation(), "shining", user=self.advisor)
        order.action_receive()
        for operation in self._operations(order, "diagnosis"):
            operation.action_done()
        order.action_start()
        self._do_operations(order)
        order.action_finish()
        self.assertEqual(order.state, "ready")

    def test_boutique_staff_do_no_other(self):
        """Section 6: and of no other service."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "in_progress")
        for code in ("resizing", "polishing"):
            operation = self._operations(order, code).with_user(self.advisor)
            self.assertForbidden(operation.action_done)
            self.assertEqual(operation.state, "todo")

    def test_no_transfer_gates_the_work(self):
        """Section 6: no transfer gates the work."""
        order = self._to(self._order(self._creation(), "ring_resizing"), "ready")
        self.assertFalse(
            self.env["care.transfer"].sudo().search_count([("create_uid", "=", self.manager.id)])
        )
        self.assertEqual(order.state, "ready")

    # -- What was removed -------------------------------------------------------------------

    def test_the_queue_tells_what_is_asked(self):
        """Who opens a step of the queue reads the work of the order, and the client's wishes."""
        order = self._order(self._creation(), "ring_resizing", "engraving")
        self._line(order, "ring_resizing").adjustment = 1.5
        self._add_line(order, "shining").outcome = "not_needed"
        order.action_receive()
        asked = order.operation_ids.with_user(self.jeweler)[:1].task.splitlines()
        self.assertEqual(len(asked), 2)
        self.assertIn(self._service("ring_resizing").name, asked[0] + asked[1])
        self.assertIn("1.5", asked[0] + asked[1])
        self.assertIn("M & J", asked[0] + asked[1])

    def test_removed_parts_go_home(self):
        """Issue 4, workshop: removed parts and stones are listed, and returned."""
        order = self._order(self._creation(), "stone_pearl_replacement")
        self._add_part(order, "stone_pearl_replacement", self.pearl, 2.0)
        self.assertRefused(
            self.env["care.order.removal"].create, {"order_id": order.id, "name": "Pearl"}
        )
        self._to(order, "in_progress")
        at_bench = order.with_user(self.jeweler)
        at_bench.removal_ids = [
            Command.create({"name": "Akoya pearl", "quantity": 2, "weight": 0.8}),
            Command.create({"name": "Old silk", "fate": "left"}),
        ]
        self.assertEqual(order.removal_ids.user_id, self.jeweler)
        self._finish(order)
        self._pay(order)
        order.write(self._hand_over_vals())
        self.assertIn("Akoya pearl", order.hand_over_refusals)
        message = self.assertRefused(order.with_user(self.advisor).action_hand_over)
        self.assertIn("Akoya pearl", message)
        self.assertNotIn("Old silk", message)
        self.assertForbidden(at_bench.action_give_back)
        self.assertForbidden(order.with_user(self.advisor_2).action_give_back)
        at_counter = order.with_user(self.advisor)
        self.assertTrue(at_counter.has_removal_to_return)
        self.assertIn("To give back", at_counter.removal_note.splitlines()[0])
        at_counter.action_give_back()
        self.assertEqual(order.removal_ids.mapped("fate"), ["returned", "left"])
        self.assertFalse(at_counter.has_removal_to_return)
        self.assertIn("Given back", at_counter.removal_note.splitlines()[0])
        self.assertIn("Old silk", at_counter.removal_note.splitlines()[1])
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "cartier_care.report_care_certificate", order.ids
        )
        for text in ("Akoya pearl", "Given back to you", "Left to the house"):
            self.assertIn(text, html.decode())
        order.with_user(self.advisor).action_hand_over()
        self.assertRefused(order.removal_ids[:1].write, {"name": "A diamond"})
        self.assertRefused(order.removal_ids.unlink)

    def test_removed_parts_are_the_house_s_to_see(self):
        """Roles: other boutiques, workshops, companies and clients see none of it."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        removal = self.env["care.order.removal"].create({"order_id": order.id, "name": "Prong"})
        other = self._create_house("Another maison of the removals")
        stranger = self._create_user("care_t_removal_stranger", "group_care_manager", other)
        for user in (self.advisor_2, self.jeweler_2, stranger, self.portal_client):
            self.assertForbidden(removal.with_user(user).read, ["name"])
            self.assertForbidden(removal.with_user(user).write, {"fate": "left"})
        self.assertEqual(removal.with_user(self.jeweler).name, "Prong")

    def test_queue_of_the_workshop(self):
        """Issue 4, workshop: urgent first, then by the promised day; what is on hold is apart."""
        today = fields.Date.today()
        late, soon, urgent, held = (
            self._order(self._creation(), "reshaping", date_promised=today + timedelta(days=days))
            for days in (9, 3, 20, 1)
        )
        urgent.priority = "1"
        orders = late | soon | urgent | held
        orders.action_receive()
        held.hold_reason = "stone"
        elsewhere = self._order(self._creation(), "reshaping", workshop_id=self.workshop_2.id)
        elsewhere.action_receive()
        queue = self.env["care.order.operation"].with_user(self.jeweler)
        action = self.env.ref("cartier_care.care_order_operation_action")
        self.assertIn("search_default_no_hold", action.context)
        mine = [("is_next", "=", True), ("order_id", "in", (orders | elsewhere).ids)]
        waiting = queue.search([*mine, ("order_id.hold_reason", "=", False)])
        self.assertEqual(waiting.order_id.ids, (urgent | soon | late).ids)
        on_hold = queue.search([*mine, ("order_id.hold_reason", "!=", False)])
        self.assertEqual(on_hold.order_id.ids, held.ids)
