# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The counter: a visit on one screen, by hand, by keyboard and by scanner (issue 4)."""

import time
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .common import PIXEL, CareCommon

#: What the tours and the keyboard type.
RING = "VISIT 1847-R"
BRACELET = "VISIT 1902-B"

#: Longer than between two keys of a scanner, in seconds.
PAUSE = 0.06

#: The most keys, beside the typed text, that two creations with a service each may take.
MOST_KEYS = 40


class VisitCommon(CareCommon):
    """A visit with its creations, still to be received."""

    def _visit(self, *creations, user=None, **values):
        return (
            self.env["care.intake"]
            .with_user(user or self.advisor)
            .create(
                {
                    "partner_id": self.client.id,
                    "location_id": self.boutique.id,
                    "order_ids": [
                        Command.create(self._order_vals(creation, "shining"))
                        for creation in creations
                    ],
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestVisit(VisitCommon):
    """What stands behind the screen of a visit."""

    def test_one_receipt_for_all(self):
        """One gesture receives what the visit brought and prints one receipt, numbered 1 of 2."""
        visit = self._visit(self._creation(), self._creation("bracelet"))
        self.assertTrue(visit.is_to_receive)
        action = visit.action_receive_and_print()
        self.assertEqual(visit.order_ids.mapped("state"), ["received"] * 2)
        report = self.env.ref("cartier_care.action_report_care_receipt")
        self.assertEqual(action["report_name"], report.report_name)
        self.assertEqual(action["context"]["active_ids"], visit.ids)
        html = self.env["ir.actions.report"]._render_qweb_html(report, visit.ids)[0].decode()
        for rank in ("1 of 2", "2 of 2"):
            self.assertIn(rank, html)
        self.assertFalse(visit.is_to_receive)
        self.assertRefused(visit.action_receive_and_print)

    def test_a_visit_without_creations_is_not_received(self):
        self.assertRefused(self._visit().action_receive_and_print)

    def test_what_comes_after_the_signature(self):
        """A receipt that the client has signed takes no other creation; one unsigned does."""
        visit = self._visit(self._creation(), signature=PIXEL, signed_by="Ada Client")
        self._order(self._creation(), "shining", user=self.advisor, intake_id=visit.id)
        visit.action_receive()
        self.assertEqual(visit.order_count, 2)
        late = self._order(self._creation(), "shining").with_user(self.advisor)
        message = self.assertRefused(late.write, {"intake_id": visit.id})
        self.assertIn("new visit", message)
        unsigned = self._visit(self._creation())
        unsigned.action_receive()
        late.intake_id = unsigned
        self.assertTrue(unsigned.is_to_receive)

    def test_who_else_may_collect_is_on_the_receipt(self):
        """The client names who may collect: on the receipt, and before the advisor at the end."""
        visit = self._visit(self._creation(), authorized_collector="Théo Martin")
        visit.action_receive_and_print()
        report = self.env.ref("cartier_care.action_report_care_receipt")
        html = self.env["ir.actions.report"]._render_qweb_html(report, visit.ids)[0].decode()
        self.assertIn("Théo Martin", html)
        self.assertEqual(visit.order_ids.authorized_collector, "Théo Martin")

    def test_requests_follow_their_visit(self):
        """The client of a visit is that of its requests; what is received stays as it was."""
        visit = self._visit(self._creation(), self._creation())
        first, second = visit.order_ids
        first.action_receive()
        visit.partner_id = self.other_client
        self.assertEqual(first.partner_id, self.client)
        self.assertEqual(second.partner_id, self.other_client)

    def test_expected_day_is_what_a_receipt_promises(self):
        """The promised day follows lead times and priority, and shows before the receipt."""
        ring = self._creation()
        normal = self._order(ring, "reshaping", user=self.advisor)
        urgent = self._order(self._creation(), "reshaping", user=self.advisor, priority="1")
        self.assertLess(urgent.date_expected, normal.date_expected)
        self.assertFalse(self._order(self._creation()).date_expected)
        expected = (normal | urgent).mapped("date_expected")
        (normal | urgent).action_receive()
        self.assertEqual((normal | urgent).mapped("date_promised"), expected)

    def test_found_by_number(self):
        """A scanned number finds its creation, however it is written; the living one first."""
        ring = self._creation(serial_number=RING)
        intakes = self.env["care.intake"].with_user(self.advisor)
        for code in (RING, "visit1847r", "VISIT-1847 R"):
            self.assertEqual(intakes.find_creation(code)["id"], ring.id)
        self.assertFalse(intakes.find_creation("VISIT1847"))
        self.assertRefused(intakes.find_creation, "")

    def test_pieces_of_the_client(self):
        """The client's pieces are proposed: in use, and not with the house already."""
        ring, held, lost = self._creation(), self._creation(), self._creation()
        self._creation(partner_id=self.other_client.id)
        self._receive(self._order(held, "shining"))
        lost.with_user(self.advisor).action_report_lost("The police called")
        pieces = self.env["care.intake"].with_user(self.advisor).get_own_pieces(self.client.id)
        self.assertIn(ring.id, [piece["id"] for piece in pieces])
        self.assertFalse({held.id, lost.id} & {piece["id"] for piece in pieces})

    def test_the_counter_is_for_advisors(self):
        ring = self._creation(serial_number=RING)
        for user in (self.jeweler, self.portal_client):
            intakes = self.env["care.intake"].with_user(user)
            for call, argument in (
                (intakes.find_creation, ring.serial_number),
                (intakes.get_own_pieces, self.client.id),
            ):
                with self.subTest(user=user.login, call=call.__name__):
                    self.assertRaises(AccessError, call, argument)

    def test_client_found_by_phone(self):
        """A phone number finds its client at the counter, however either side writes it."""
        self.client.phone = "+1 (212) 555-01 99"
        partners = self.env["res.partner"].with_user(self.advisor)
        at_counter = partners.with_context(care_search_phone=True)
        for typed in ("2125550199", "212 555 0199", "+1 212-555-0199", "5550199", "0199"):
            with self.subTest(typed=typed):
                found = at_counter.name_search(typed, limit=None)
                self.assertIn(self.client.id, [partner_id for partner_id, _name in found])
        self.assertFalse(partners.name_search("2125550199"))
        self.assertFalse(at_counter.name_search("019"), "too few figures mean nobody")
        orders = self.env["care.order"].with_user(self.advisor)
        order = self._order(self._creation(), "shining", user=self.advisor)
        self.assertIn(order, orders.search([("partner_id.phone_key", "ilike", "01 99")]))
        self.assertFalse(orders.search([("partner_id.phone_key", "ilike", "no number")]))

    def test_new_pieces_and_clients_on_the_spot(self):
        """Few fields make a client and a creation while they wait."""
        with Form(
            self.env["res.partner"].with_user(self.advisor),
            "cartier_care.res_partner_view_form_client",
        ) as form:
            form.name = "Iris Newcomer"
            form.phone = "+33 6 12 34 56 78"
        client = form.record
        with Form(
            self.env["care.creation"]
            .with_user(self.advisor)
            .with_context(default_serial_number=BRACELET, default_partner_id=client.id),
            "cartier_care.care_creation_view_form_quick",
        ) as form:
            form.product_id = self.creation_product
        self.assertEqual((form.record.serial_number, form.record.partner_id), (BRACELET, client))


class Keyboard:
    """Hands on a keyboard: real keys, through the browser, each of them counted.

    :param browser: the ``ChromeBrowser`` of a test
    """

    CODES = {"Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), " ": ("Space", 32, " ")}

    def __init__(self, browser):
        self.browser = browser
        self.count = 0

    def type(self, text):
        """Type text, which does not count; a hand is slower than a scanner."""
        for letter in text:
            self._send("keyDown", key=letter, text=letter)
            self._send("keyUp", key=letter)
        time.sleep(PAUSE)

    def scan(self, code):
        """Scan a code: all of its keys faster than any hand, then Enter.

        A scanner waits for no answer between two keys, which a busy page gives late.
        """
        for letter in code:
            for kind, text in (("keyDown", {"text": letter}), ("keyUp", {})):
                self.browser._websocket_send(
                    "Input.dispatchKeyEvent", params={"type": kind, "key": letter, **text}
                )
        self.press("Enter")

    def press(self, key, alt=False):
        """Press a key that is no text; with Alt it counts as two."""
        self.count += 2 if alt else 1
        letter = key.upper()[0]
        code, number, text = self.CODES.get(key, (f"Key{letter}", ord(letter), ""))
        common = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": 1 if alt else 0,
        }
        self._send(
            "keyDown" if text else "rawKeyDown", **common, **({"text": text} if text else {})
        )
        self._send("keyUp", **common)

    def press_until(self, key, script, most):
        """Press a key again and again until the page is where one wants to be."""
        for _again in range(most):
            self.press(key)
            if self._evaluate(script):
                return
        raise AssertionError(f"{most} × {key} do not reach: {script}")

    def wait(self, script, seconds=60):
        """Look at the screen until something is there.

        :raise AssertionError: when it does not come
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._evaluate(script):
                return
            time.sleep(0.1)
        focus = self._evaluate("document.activeElement.outerHTML.slice(0, 200)", "string")
        raise AssertionError(f"Never came: {script}. The cursor is in {focus}")

    def _send(self, kind, **params):
        self.browser._websocket_request("Input.dispatchKeyEvent", params={"type": kind, **params})

    def _evaluate(self, script, kind="boolean"):
        expression = f"Boolean({script})" if kind == "boolean" else script
        answer = self.browser._websocket_request(
            "Runtime.evaluate", params={"expression": expression, "returnByValue": True}
        )
        return answer["result"].get("value")


@tagged("post_install", "-at_install")
class TestVisitInTheBrowser(VisitCommon, HttpCase):
    """The screen itself, as an advisor uses it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tours read English, whatever is installed.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.advisor.lang = "en_US"
        cls.client.name = "Ada Client of the Counter"
        cls.ring = cls._creation(serial_number=RING)
        cls.bracelet = cls._creation("bracelet", serial_number=BRACELET)

    def _by_hand(self, path, hands):
        """Open a visit as the advisor; real keys take the place of a script.

        :param str path: the page of the visit
        :param hands: called with a `Keyboard`
        """

        def run(browser, code, timeout, error_checker=None):
            hands(Keyboard(browser))
            self.assertFalse(browser.had_failure, "the browser's console tells of an error")

        form = "Boolean(document.querySelector('.o_care_intake_form'))"
        with patch.object(ChromeBrowser, "_wait_code_ok", run):
            self.browser_js(path, "", form, login=self.advisor.login)
        self.env.invalidate_all()

    def _take_in(self, keyboard, number, service):
        """Add a creation by its number, and a service by the first letters of its name."""
        keyboard.press("a", alt=True)
        keyboard.wait("document.activeElement.closest('.o_care_visit_order [name=creation_id]')")
        keyboard.type(number)
        keyboard.wait(
            "document.querySelector('.o-autocomplete--dropdown-item')"
            f"?.innerText.includes('{number}')"
        )
        keyboard.press("Enter")
        keyboard.wait("document.querySelector('.o_care_offer_find')")
        keyboard.press_until("Tab", "document.activeElement.matches('.o_care_offer_find')", most=5)
        keyboard.type(service)
        keyboard.wait("document.querySelector('.o_care_offer_first')")
        keyboard.press("Enter")
        keyboard.wait("document.querySelector('.o_care_visit_order .o_data_row')")

    def test_keyboard_alone(self):
        """Two creations with one service each: at most 40 keys beside the typed text."""

        def hands(keyboard):
            keyboard.wait("document.activeElement.closest('.o_field_widget[name=partner_id]')")
            keyboard.type("of the Counter")
            keyboard.wait(
                "document.querySelector('.o-autocomplete--dropdown-item')"
                "?.innerText.includes('Ada Client of the Counter')"
            )
            keyboard.press("Enter")
            self._take_in(keyboard, RING, "resha")
            self._take_in(keyboard, BRACELET, "shin")
            keyboard.press("q", alt=True)
            keyboard.wait(
                "document.querySelectorAll('.o_care_visit_order').length === 2"
                " && !document.querySelector('.o_care_visit_open')"
                " && document.body.innerText.match(/In diagnosis/g)?.length === 2"
            )
            counts.append(keyboard.count)

        counts = []
        self._by_hand("/odoo/care-visit", hands)
        orders = self.ring.order_ids | self.bracelet.order_ids
        self.assertEqual(orders.mapped("state"), ["received"] * 2)
        self.assertEqual(len(orders.intake_id), 1)
        self.assertEqual(orders.intake_id.partner_id, self.client)
        self.assertEqual(self.ring.order_ids.line_ids.service_id.code, "reshaping")
        self.assertEqual(self.bracelet.order_ids.line_ids.service_id.code, "shining")
        self.assertLessEqual(counts[0], MOST_KEYS)

    def test_signature_by_keyboard(self):
        """The client's signature is asked for without a mouse: their name, as they typed it."""
        visit = self._visit(self.ring)
        field = "document.activeElement.closest('.o_field_widget[name={}]')"
        adopt = "document.querySelector('.modal footer .btn-primary:enabled')"

        def hands(keyboard):
            keyboard.wait("document.querySelector('.o_care_visit_new')")
            keyboard.wait(
                "!document.querySelector('[name=signed_by] input').focus()"
                f" && {field.format('signed_by')}"
            )
            keyboard.type("Ada Client")
            keyboard.press("Tab")
            keyboard.wait(field.format("signature"))
            keyboard.press(" ")
            keyboard.wait(adopt)
            keyboard.press_until("Tab", f"document.activeElement === {adopt}", most=8)
            keyboard.press("Enter")
            keyboard.wait(f"!document.querySelector('.modal') && {field.format('signature')}")
            keyboard.press("q", alt=True)
            keyboard.wait("document.body.innerText.match(/In diagnosis/g)?.length === 1")
            # What was signed for stays as it is, and is no button any more.
            keyboard.wait("!document.querySelector('[name=signature] [tabindex]')")

        self._by_hand(f"/odoo/care-intakes/{visit.id}", hands)
        self.assertEqual((visit.order_ids.state, visit.signed_by), ("received", "Ada Client"))
        self.assertTrue(visit.signature)

    def test_one_creation_more(self):
        """What comes out of the bag after the receipt can be received at once, before saving."""
        visit = self._visit(self.ring)
        visit.action_receive()

        def hands(keyboard):
            receive = "document.querySelector('button[name=action_receive]')"
            keyboard.wait("document.querySelector('.o_care_visit_new')")
            keyboard.wait(f"!{receive}")
            keyboard.press("a", alt=True)
            keyboard.wait(receive)
            keyboard.wait(
                "document.activeElement.closest('.o_care_visit_order [name=creation_id]')"
            )
            keyboard.scan(BRACELET)
            keyboard.wait("document.querySelector('.o_care_visit_open .o_care_offer')")
            keyboard.press("q", alt=True)
            keyboard.wait("document.body.innerText.match(/In diagnosis/g)?.length === 2")
            keyboard.wait(f"!{receive}")

        self._by_hand(f"/odoo/care-intakes/{visit.id}", hands)
        self.assertEqual(self.bracelet.order_ids.state, "received")
        self.assertEqual(visit.order_count, 2)

    def test_scan_while_a_box_has_the_cursor(self):
        """Whoever has just ticked a box scans the next piece all the same, and ticks nothing."""
        box = "document.querySelector('.o_care_visit_open [name=is_discreet] input')"

        def hands(keyboard):
            keyboard.wait("document.activeElement.closest('.o_field_widget[name=partner_id]')")
            keyboard.type("of the Counter")
            keyboard.wait(
                "document.querySelector('.o-autocomplete--dropdown-item')"
                "?.innerText.includes('Ada Client of the Counter')"
            )
            keyboard.press("Enter")
            self._take_in(keyboard, RING, "resha")
            # The service is priced: nothing on the page is about to move.
            keyboard.wait(
                "document.querySelector('.o_care_visit_open [name=tax_totals]')"
                "?.innerText.includes('190')"
            )
            keyboard.wait(f"!{box}.focus() && document.activeElement === {box}")
            keyboard.scan(BRACELET)
            keyboard.wait(
                "document.querySelectorAll('.o_care_visit_order').length === 2"
                f" && document.querySelector('.o_care_visit_open').innerText.includes('{BRACELET}')"
            )
            keyboard.press("q", alt=True)
            keyboard.wait("document.body.innerText.match(/In diagnosis/g)?.length === 2")

        self._by_hand("/odoo/care-visit", hands)
        self.assertFalse(self.ring.order_ids.is_discreet)
        self.assertEqual(self.bracelet.order_ids.intake_id, self.ring.order_ids.intake_id)

    def test_counter_intake(self):
        """Two creations with photos, marks and a signature; all of it is then in the database."""
        self.start_tour(
            "/odoo/care-orders", "care_visit_counter", login=self.advisor.login, timeout=180
        )
        self.env.invalidate_all()
        visit = self.ring.order_ids.intake_id
        self.assertEqual(visit, self.bracelet.order_ids.intake_id)
        self.assertEqual(visit.partner_id, self.client)
        self.assertTrue(visit.signature)
        self.assertEqual(visit.authorized_collector, "Théo Martin")
        ring, bracelet = self.ring.order_ids, self.bracelet.order_ids
        self.assertEqual((ring.state, bracelet.state), ("received", "received"))
        self.assertEqual(len(ring.photo_ids), 2, "two chosen at once")
        self.assertEqual(len(bracelet.photo_ids), 1, "one dropped")
        self.assertEqual(set((ring | bracelet).photo_ids.mapped("stage")), {"intake"})
        self.assertTrue(all((ring | bracelet).photo_ids.mapped("image_1920")))
        marks = ring.photo_ids.mark_ids.sorted("number")
        self.assertEqual(marks.mapped("number"), [1, 2])
        self.assertEqual(marks.mapped("kind"), ["dent", "scratch"])
        self.assertEqual(marks[1].note, "Across the shoulder")
        self.assertEqual(ring.condition_note, "Worn at the back")
        self.assertEqual(ring.declared_value, 5200.0)
        self.assertEqual(ring.weight_in, 12.5)
        self.assertEqual(ring.pre_approved_amount, 300.0)
        self.assertTrue(bracelet.is_discreet)

    def test_a_piece_comes_by_its_scan(self):
        """A scan adds the piece once, wherever the cursor is, and leaves no letter behind."""
        visit = self._visit()
        envelope = self._order(self._creation(), "shining", user=self.advisor)
        self.env.cr.execute(
            "UPDATE care_order SET name = 'VISIT/TOUR/1' WHERE id = %s", [envelope.id]
        )
        self.start_tour(
            f"/odoo/care-intakes/{visit.id}", "care_visit_scan", login=self.advisor.login
        )
        self.env.invalidate_all()
        self.assertEqual(visit.order_ids.creation_id, self.ring | self.bracelet)
        self.assertEqual(visit.partner_id, self.client)
        self.assertEqual(visit.return_tracking, "1Z-9999")
        self.assertFalse(visit.authorized_collector)
        notes = visit.order_ids.sorted("id").mapped("condition_note")
        self.assertEqual(notes, ["Worn", False])
