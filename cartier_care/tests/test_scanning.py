# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .browser import BrowserCase
from .common import CareCommon


class ScanCommon(CareCommon):
    """What a scan by somebody gives."""

    def _scan(self, code, user=None):
        return self.env["care.order"].with_user(user or self.advisor).find_by_barcode(code)

    def assertOpens(self, action, record):
        self.assertEqual(action["res_model"], record._name)
        self.assertEqual(action["res_id"], record.id)

    def assertUnknown(self, action):
        self.assertEqual(action["tag"], "display_notification")
        self.assertTrue(action["params"]["message"])
        self.assertNotIn("res_id", action)


@tagged("post_install", "-at_install")
class TestFindByBarcode(ScanCommon):
    """Envelope, receipt, engraved number and manifest, in each role."""

    def test_envelope_however_it_is_written(self):
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        for code in (
            order.name,
            order.name.lower(),
            f"  {order.name} ",
            order.name.replace("/", "-"),
            order.name.replace("/", " "),
            order.name.replace("/", ""),
        ):
            with self.subTest(code=code):
                self.assertOpens(self._scan(code), order)
        self.assertOpens(self._scan(order.name, self.jeweler), order)
        self.assertOpens(self._scan(order.name, self.manager), order)

    def test_a_piece_of_a_number_is_not_the_number(self):
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        self.assertUnknown(self._scan(order.name[:-1]))
        self.assertUnknown(self._scan(f"{order.name}0"))
        for code in ("%%%a", "CARE_______", "' OR 1=1; --", "a\\"):
            self.assertUnknown(self._scan(code))

    def test_receipt(self):
        """A receipt opens the order of its visit, or the list of them."""
        first = self._order(self._creation(), "reshaping", user=self.advisor)
        first.action_receive()
        intake = first.intake_id
        self.assertOpens(self._scan(intake.name.lower()), first)
        second = self._order(self._creation(), "reshaping", user=self.advisor, intake_id=intake.id)
        second.action_receive()
        action = self._scan(intake.name)
        self.assertEqual(
            self.env["care.order"].search(action["domain"]), first.sudo() | second.sudo()
        )
        self.assertFalse(action.get("res_id"))

    def test_receipt_code_of_the_client(self):
        """The QR code opens the order with its secret, and only then."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        other = self._to(self._order(self._creation(), "reshaping"), "received")
        address = order.get_base_url() + order.get_portal_url()
        self.assertOpens(self._scan(address), order)
        token = order.sudo().access_token
        self.assertUnknown(self._scan(address.replace(token, "")))
        self.assertUnknown(self._scan(address.replace(token, token[:-1])))
        self.assertUnknown(
            self._scan(address.replace(f"/my/care/{order.id}", f"/my/care/{other.id}"))
        )

    def test_engraved_number(self):
        """The creation's open order, else the creation."""
        creation = self._creation(serial_number="Scan 48-21 b")
        self.assertOpens(self._scan("scan4821B"), creation)
        done = self._done(creation, "reshaping")
        self.assertOpens(self._scan("SCAN-4821-B"), creation)
        order = self._to(self._order(creation, "clasp_link_repair"), "received")
        self.assertNotEqual(order, done)
        self.assertOpens(self._scan("SCAN-4821-B"), order)

    def test_reproduction_bears_the_number(self):
        """The living creation is opened, not the one that it replaced."""
        creation = self._creation()
        reproduction = creation._reproduce()
        self.assertOpens(self._scan(creation.serial_number), reproduction)

    def test_manifest(self):
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        transfer = self.env["care.transfer"].create(
            {
                "from_location_id": self.boutique.id,
                "to_location_id": self.workshop.id,
                "order_ids": [Command.set(order.ids)],
            }
        )
        self.assertOpens(self._scan(transfer.name.replace("/", "-")), transfer)

    def test_nothing_of_another_boutique(self):
        """An order elsewhere is as unknown as one that does not exist, by any of its codes."""
        creation = self._creation()
        order = self._to(self._order(creation, "reshaping"), "received")
        order.sudo().location_id = self.boutique_2
        order.sudo().intake_id.location_id = self.boutique_2
        self.assertOpens(self._scan(order.name, self.advisor_2), order)
        missing = self._scan("CARE/1999/99999")["params"]["message"]
        for code in (
            order.name,
            order.intake_id.name,
            order.get_base_url() + order.get_portal_url(),
        ):
            action = self._scan(code)
            self.assertUnknown(action)
            self.assertEqual(
                action["params"]["message"].replace(code[:64], "x"),
                missing.replace("CARE/1999/99999", "x"),
            )
        # The creation itself is shared: it opens, without its order.
        self.assertOpens(self._scan(creation.serial_number), creation)
        self.assertUnknown(self._scan(order.name, self.jeweler_2))

    def test_nothing_of_another_company(self):
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        company = self._create_house("Another maison of the scans")
        stranger = self._create_user("care_t_scan_stranger", "group_care_manager", company)
        self.assertUnknown(self._scan(order.name, stranger))

    def test_drafts_are_not_for_the_bench(self):
        order = self._order(self._creation(), "reshaping")
        self.assertOpens(self._scan(order.name), order)
        self.assertUnknown(self._scan(order.name, self.jeweler))

    def test_clients_scan_nothing(self):
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        for user in (self.portal_client, self.accountant):
            orders = self.env["care.order"].with_user(user)
            with self.assertRaises(AccessError):
                orders.find_by_barcode(order.name)
            with self.assertRaises(AccessError):
                orders.scan_operation(order.name)

    def test_what_is_no_code(self):
        for code in ("", "   ", "\x00", "---", None, 7, ["a"], {"a": 1}, "x" * 501):
            with self.subTest(code=code):
                self.assertRefused(self._scan, code)
        self.assertUnknown(self._scan("No\x00such"))


@tagged("post_install", "-at_install")
class TestScanOperation(ScanCommon):
    """A scan at the bench: starts what is next, finishes what is in progress."""

    def _work(self, code, user=None):
        orders = self.env["care.order"].with_user(user or self.jeweler)
        return orders.scan_operation(code)

    def test_from_diagnosis_to_ready(self):
        """Two scans an operation, in bench order; each says what comes next."""
        order = self._order(self._creation(), "shining")
        order.action_receive()
        diagnosis = self._operations(order, "diagnosis")
        result = self._work(order.name.lower())
        self.assertEqual((diagnosis.state, diagnosis.user_id), ("in_progress", self.jeweler))
        self.assertIn(order.name, result["message"])
        self.assertIn(diagnosis.name, result["message"])
        self._work(order.name)
        self.assertEqual(diagnosis.state, "done")
        # The bench waits for the start: a scan is refused, nothing moves.
        self.assertIn(order.name, self.assertRefused(self._work, order.name))
        order.action_start()
        route = order.operation_ids.filtered(lambda operation: operation.code != "diagnosis")
        route = route.sorted(lambda operation: (operation.is_always_last, operation.sequence))
        for index, operation in enumerate(route):
            self.assertEqual(operation.state, "todo")
            self.assertEqual(self._work(order.name)["operation_id"], operation.id)
            self.assertEqual(operation.state, "in_progress")
            result = self._work(order.creation_id.serial_number)
            self.assertEqual(operation.state, "done")
            if index + 1 < len(route):
                self.assertIn(route[index + 1].name, result["message"])
        self.assertRefused(self._work, order.name)
        order.action_finish()
        self.assertRefused(self._work, order.name)

    def test_final_check_is_never_early(self):
        """While something else is left, a scan gives that, however often it is scanned."""
        order = self._to(self._order(self._creation(), "polishing"), "in_progress")
        check = self._operations(order, "final_check")
        others = order.operation_ids - check
        while others.filtered(lambda operation: operation.state in ("todo", "in_progress")):
            self._work(order.name)
            self.assertEqual(check.state, "todo")
        self._work(order.name)
        self.assertEqual(check.state, "in_progress")

    def test_what_is_in_progress_is_finished_first(self):
        """Even when a jeweler has started operations out of their order."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        cleaning = self._operations(order, "cleaning").with_user(self.jeweler)
        cleaning.action_start()
        self.assertEqual(self._work(order.name)["operation_id"], cleaning.id)
        self.assertEqual(cleaning.state, "done")

    def test_refused_in_other_states(self):
        for state in ("estimated", "approved", "ready", "declined", "done"):
            with self.subTest(state=state):
                order = self._to(self._order(self._creation(), "reshaping"), state)
                before = order.operation_ids.mapped("state")
                message = self.assertRefused(self._work, order.name)
                self.assertIn(order.name, message)
                self.assertEqual(order.operation_ids.mapped("state"), before)

    def test_roles_and_places(self):
        """Jewelers of other workshops and advisors do not work on it; in-boutique they do."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        for user in (self.jeweler_2, self.advisor, self.advisor_2):
            self.assertRefused(self._work, order.name, user)
        self.assertFalse(
            order.operation_ids.filtered(lambda operation: operation.state == "in_progress")
        )
        shine = self._to(self._order(self._creation(), "shining"), "in_progress")
        self.assertEqual(self._work(shine.name, self.advisor)["state"], "in_progress")
        self.assertEqual(self._work(order.name, self.manager)["state"], "in_progress")

    def test_receipt_of_several(self):
        first = self._order(self._creation(), "reshaping")
        first.action_receive()
        second = self._order(self._creation(), "reshaping", intake_id=first.intake_id.id)
        second.action_receive()
        self.assertRefused(self._work, first.intake_id.name)
        self.assertEqual(
            set((first | second).operation_ids.mapped("state")), {"todo"}, "nothing was started"
        )


@tagged("post_install", "-at_install")
class TestScanTransfer(ScanCommon):
    """A manifest filled and ticked off by scanning."""

    def _transfer(self, *orders):
        return (
            self.env["care.transfer"]
            .with_user(self.advisor)
            .create(
                {
                    "from_location_id": self.boutique.id,
                    "to_location_id": self.workshop.id,
                    "order_ids": [Command.set([order.id for order in orders])],
                }
            )
        )

    def _received(self, **values):
        order = self._order(self._creation(), "reshaping", **values)
        order.action_receive()
        return order

    def test_fill_send_tick_receive(self):
        first, second, late = (self._received() for _index in range(3))
        transfer = self._transfer()
        for order in (first, second, late):
            self.assertEqual(transfer.scan_envelope(order.name.lower())["type"], "success")
        self.assertEqual(transfer.scan_envelope(first.name)["type"], "info")
        self.assertEqual(transfer.sudo().order_ids, (first | second | late).sudo())
        transfer.action_send()
        at_workshop = transfer.with_user(self.jeweler)
        self.assertEqual(at_workshop.scan_envelope(first.name)["type"], "success")
        self.assertEqual(
            at_workshop.scan_envelope(second.creation_id.serial_number)["type"], "success"
        )
        self.assertEqual(at_workshop.scan_envelope(first.name)["type"], "info")
        self.assertEqual(transfer.state, "sent", "ticking off receives nothing yet")
        self.assertEqual(transfer.ticked_count, 2)
        at_workshop.action_receive_ticked()
        self.assertEqual(transfer.state, "received")
        self.assertEqual(first.creation_id.current_location_id, self.workshop)
        self.assertEqual(transfer.sudo().missing_order_ids, late.sudo())
        self.assertEqual(len(transfer.sudo().activity_ids), 2, "one reminder at each end")
        self.assertRefused(at_workshop.action_receive_ticked)
        # The late one.
        at_workshop.scan_envelope(late.name)
        at_workshop.action_receive_ticked()
        self.assertFalse(transfer.sudo().missing_order_ids)

    def test_refused(self):
        here = self._received()
        elsewhere = self._received(location_id=self.boutique_2.id)
        transfer = self._transfer(here)
        self.assertRefused(transfer.scan_envelope, elsewhere.name)
        self.assertRefused(transfer.scan_envelope, "CARE/1999/99999")
        at_workshop = self._received()
        at_workshop.sudo().creation_id.current_location_id = self.workshop
        self.assertIn(
            at_workshop.name, self.assertRefused(transfer.scan_envelope, at_workshop.name)
        )
        transfer.action_send()
        self.assertRefused(transfer.scan_envelope, at_workshop.name)
        self.assertRefused(transfer.action_receive_ticked)
        self.assertForbidden(transfer.with_user(self.jeweler_2).scan_envelope, here.name)
        self.assertForbidden(transfer.with_user(self.portal_client).scan_envelope, here.name)
        with self.assertRaises(AccessError):
            transfer.write({"ticked_order_ids": [Command.link(here.id)]})

    def test_whoever_receives_holds_the_manifest(self):
        """The receiving jeweler ticks off what another workshop is to work on."""
        order = self._received(workshop_id=self.workshop_2.id)
        transfer = self._transfer(order)
        transfer.action_send()
        result = transfer.with_user(self.jeweler).scan_envelope(order.name)
        self.assertEqual(result["type"], "success")
        transfer.with_user(self.jeweler).action_receive_ticked()
        self.assertEqual(order.creation_id.current_location_id, self.workshop)


@tagged("post_install", "-at_install")
class TestScanInBrowser(ScanCommon, BrowserCase, HttpCase):
    """Scans as a scanner sends them: keys, faster than a hand."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        (cls.advisor | cls.jeweler).write(
            {"lang": "en_US", "company_ids": [Command.set(cls.company.ids)]}
        )

    def _rename(self, order, name):
        """Give an order a number that a tour can know."""
        self.env.cr.execute("UPDATE care_order SET name = %s WHERE id = %s", [name, order.id])
        order.invalidate_recordset()

    def test_advisor_scans_an_envelope(self):
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        self._rename(order, "SCAN/TOUR/1")
        self.start_tour("/odoo/care-orders", "care_scan_envelope", login="care_t_advisor")

    def test_a_scan_loses_nothing_typed(self):
        """What was typed in the field that the cursor is in is saved before the scan leads away."""
        order, scanned = (
            self._to(self._order(self._creation(), "reshaping"), "received") for _i in range(2)
        )
        self._rename(scanned, "SCAN/TOUR/6")
        self.start_tour(
            f"/odoo/care-orders/{order.id}", "care_scan_while_typing", login="care_t_advisor"
        )
        order.invalidate_recordset()
        self.assertEqual(order.condition_note, "A scratch inside")

    def test_a_scan_into_a_note(self):
        """A note with an editor of its own is left as it was, what was selected included."""
        order, scanned = (
            self._to(self._order(self._creation(), "reshaping"), "received") for _i in range(2)
        )
        self._rename(scanned, "SCAN/TOUR/7")

        def visit(page):
            page.wait("!!document.querySelector('.nav-link[name=note]')")
            page.run("document.querySelector('.nav-link[name=note]').click()")
            note = "document.querySelector('[name=internal_note] .odoo-editor-editable')"
            page.wait(f"!!{note}")
            page.run(f"{note}.focus()")
            page.type("Handle with care")
            page.run("getSelection().modify('extend', 'backward', 'word')")
            page.scan("NO-SUCH/CODE")
            page.wait("!!document.querySelector('.o_notification')")
            self.assertEqual(page.run(f"{note}.innerText.trim()"), "Handle with care")
            page.scan("SCAN/TOUR/7")
            page.wait("document.querySelector('.oe_title')?.innerText.includes('SCAN/TOUR/7')")

        self.drive(f"/odoo/care-orders/{order.id}", visit, login="care_t_advisor")
        order.invalidate_recordset()
        self.assertIn("Handle with care<", order.internal_note)

    def test_what_was_said_goes_with_the_state(self):
        """That something is not here is over when the transfer is on its way."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        order.with_user(self.advisor).action_make_transfer()
        self.workshop.user_ids |= self.advisor

        def visit(page):
            page.wait("!!document.querySelector('.o_care_scan_code')")
            page.run("document.activeElement?.blur()")
            page.scan("NO-SUCH-CODE")
            said = "document.querySelector('.o_care_scan_said')"
            page.wait(f"{said}.innerText.includes('NO-SUCH-CODE')")
            page.run("document.querySelector('button[name=action_send]').click()")
            page.wait("!!document.querySelector('button[name=action_receive_all]')")
            self.assertEqual(page.run(f"{said}.innerText.trim()"), "")

        transfer = order.transfer_ids
        self.drive(f"/odoo/care-transfers/{transfer.id}", visit, login="care_t_advisor")

    def test_an_empty_bench_says_so(self):
        """Issue 4: no board is blank, and what else may wait is told."""
        self.browser_js(
            "/odoo/care-workshop",
            "console.log('test successful')",
            "!!document.querySelector('.o_kanban_renderer .o_view_nocontent_smiling_face')",
            login="care_t_jeweler",
        )

    def test_jeweler_scans_twice(self):
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        self._rename(order, "SCAN/TOUR/2")
        operation = order._get_due_operations()[:1]
        self.start_tour("/odoo/care-workshop", "care_scan_bench", login="care_t_jeweler")
        operation.invalidate_recordset()
        self.assertEqual((operation.state, operation.user_id), ("done", self.jeweler))

    def test_a_jeweler_s_afternoon(self):
        """Issue 4: diagnosis, work and final check of several creations by scanning alone."""
        arrived = self._order(self._creation(), "clasp_link_repair")
        arrived.action_receive()
        working = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        asking = self._to(self._order(self._creation(), "reshaping"), "estimated")
        for number, order in enumerate((arrived, working, asking), 1):
            self._rename(order, f"DAY/{number}")
        self.start_tour("/odoo/care-workshop", "care_scan_afternoon", login="care_t_jeweler")
        (arrived | working | asking).invalidate_recordset()
        self.assertTrue(arrived.is_diagnosed)
        self.assertEqual((working.state, asking.state), ("ready", "estimated"))
        self.assertEqual(
            working.operation_ids.filtered(lambda one: one.code != "diagnosis").user_id,
            self.jeweler,
        )

    def test_advisor_counts_the_safe(self):
        here, missing = (
            self._to(self._order(self._creation(), "reshaping"), "received") for _i in range(2)
        )
        self._rename(here, "SCAN/TOUR/3")
        self._rename(missing, "SCAN/TOUR/4")
        self.start_tour("/odoo/care-counts", "care_count_safe", login="care_t_advisor")
        count = self.env["care.count"].search([("location_id", "=", self.boutique.id)])
        self.assertEqual(count.state, "done")
        self.assertEqual((count.present_count, count.missing_count, count.extra_count), (1, 1, 1))
        self.assertTrue(count.activity_ids)
