# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The client's pages for everybody: WCAG 2.1 A and AA, checked by axe on every page and state."""

import base64
import json
import tempfile
import time
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools.misc import file_open

from .browser import BrowserCase
from .test_portal import CarePortalCase, make_picture

AXE = "cartier_care/static/tests/lib/axe/axe.min.js"

#: Desktop, a phone, and what is left of a desktop's width at 200 and at 400 % (WCAG 1.4.4, 1.4.10).
DESK, PHONE = 1366, 360
WIDTHS = (DESK, DESK // 2, PHONE, 320)

#: The rules of WCAG 2.1 A and AA, and the target sizes of 2.2.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

#: Lists what axe finds: the rule and where.
RUN_AXE = """
axe.run(document, {runOnly: {type: "tag", values: RULES}, resultTypes: ["violations"]}).then(
    ({violations}) => violations.flatMap(({id, nodes}) => nodes.map(
        (node) => `${id}: ${node.target.flat().join(" ")}: ${node.failureSummary}`)))
""".replace("RULES", json.dumps(RULES))

#: Unfolds what is folded, so that it is audited too.
UNFOLD = "document.querySelectorAll('.o_care details').forEach((fold) => (fold.open = true))"

#: What a page says of itself.
READ_PAGE = """
({
    lang: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll(".o_care h1").length,
    isOurs: Boolean(document.querySelector(".o_care")),
})
"""

#: What sticks out at the side, when the page can be scrolled sideways.
READ_OVERFLOW = """
document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map((element) => element.tagName + "." + element.className)
        .slice(0, 10)
"""


#: Where the focus is: what it is on, whether that shows, and whether it is in sight.
READ_FOCUS = """
(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const frame = element.closest(".o-mail-Composer, .o_care_line_choice") || element;
    const around = getComputedStyle(frame);
    const hasRing = ({outlineStyle, outlineWidth, boxShadow}) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    return {
        name: [element.tagName.toLowerCase(), ...element.classList].join("."),
        label: (element.innerText || element.name || "").trim().slice(0, 40),
        isShown: hasRing(style) || hasRing(around),
        isInSight: box.width > 0 && box.height > 0 && box.bottom > 0
            && box.top < window.innerHeight && box.right > 0 && box.left < window.innerWidth,
        tabindex: element.tabIndex,
    };
})()
"""

#: How many elements of a page may take the focus until it comes round again.
MANY = 90

#: The root of Odoo's conversation, and the frame of its page of an invoice.
CHATTER = "document.querySelector('#chatterRoot')?.shadowRoot"
FRAME = "document.querySelector('#invoice_html')"


class AccessibilityCase(BrowserCase, CarePortalCase):
    """Pages in each state that a client meets, and the audit of each."""

    def setUp(self):
        super().setUp()
        with file_open(AXE) as stream:
            self.axe = stream.read()

    # ------------------------------------------------------------------
    # Pages
    # ------------------------------------------------------------------
    def _link(self, order, **query):
        """The address of an order's page by its link."""
        order.sudo()._portal_ensure_token()
        parameters = "".join(f"&{name}={value}" for name, value in query.items())
        return f"/my/care/{order.id}?access_token={order.sudo().access_token}{parameters}"

    def _orders_by_state(self):
        """An order in each state that looks different."""
        orders = {
            state: self._to(self._order(self._creation(), "reshaping"), state)
            for state in ("received", "approved", "in_progress", "ready", "done", "declined")
        }
        orders["estimated"] = self._marked(self.order)
        orders["answered"] = self._estimated_order()
        self._approve_with(orders["answered"], "clasp_link_repair")
        orders["expired"] = self._estimated_order()
        orders["expired"].estimate_id.sudo()._write_by_system(
            {"date_valid_until": fields.Date.today() - timedelta(days=1)}
        )
        orders["proof"] = self._estimated_order("engraving")
        self._line(orders["proof"], "engraving").sudo()._write_by_system(
            {"engraving_image": make_picture(size=(300, 100))}
        )
        orders["surrender"] = self._reproduction()
        orders["cancel"] = self._to(self._order(self._creation(), "shining"), "cancel")
        orders["lost"] = self._estimated_order()
        orders["lost"].with_user(self.manager).action_report_lost("Missing")
        return orders

    def _marked(self, order):
        """Photos on an order, one of them with marks."""
        Photo = self.env["care.order.photo"]
        values = {"order_id": order.id, "image_1920": make_picture("JPEG", (600, 400))}
        marked = Photo.create({**values, "name": "From above"})
        Photo.create({**values, "name": "From the side"})
        self.env["care.order.photo.mark"].create(
            [
                {"photo_id": marked.id, "x": 0.2, "y": 0.4, "note": "A scratch"},
                {"photo_id": marked.id, "x": 0.98, "y": 0.02, "note": "A dent at the edge"},
            ]
        )
        order.condition_note = "Worn with love.\nTwo scratches."
        for author in (self.advisor.partner_id, self.client):
            order.sudo().message_post(
                author_id=author.id,
                body="A question, and its answer.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return order

    def _reproduction(self):
        order = self._order(self._creation(), "reproduction", "engraving")
        order.action_receive()
        self._line(order, "reproduction").with_user(self.jeweler).write({"price_unit": 900.0})
        self._diagnose(order)
        order.action_propose()
        return order

    def _pages_by_link(self):
        """What is reached without a login, by name."""
        pages = {state: self._link(order) for state, order in self._orders_by_state().items()}
        parcel = self._order(self._creation(), "shining")
        parcel.intake_id = self.env["care.intake"].create(
            {
                "partner_id": self.client.id,
                "location_id": self.boutique.id,
                "return_method": "parcel",
                "return_carrier": "Carrier",
                "return_tracking": "T1",
            }
        )
        self._to(parcel, "done")
        pages["parcel"] = self._link(parcel)
        pages["thanks"] = self._link(self.order, message="approved")
        pages["wrong link"] = f"/my/care/{self.order.id}?access_token=wrong"
        return pages

    def _pages_signed_in(self):
        """What a client with a login sees, by name."""
        self._orders_by_state()
        request = self._order(self._creation(), "shining")
        request.intake_id = self.env["care.intake"].create(
            {
                "partner_id": self.client.id,
                "location_id": self.boutique.id,
                "channel": "portal",
            }
        )
        for _number in range(20):
            self._order(self._creation(), "shining")
        ring = self._creation(measure=52)
        return {
            "home": "/my",
            "list": "/my/care?filterby=all&sortby=promised",
            "last page": "/my/care/page/2?filterby=all",
            "completed": "/my/care?filterby=done",
            "search without result": "/my/care?search=nothing+of+the+kind",
            "estimate": f"/my/care/{self.order.id}",
            "request": f"/my/care/{request.id}?message=requested",
            "services": "/my/care/services",
            "creations": "/my/creations",
            "claim of a creation": "/my/creations/claim",
            "choice of a creation": "/my/care/new",
            "offer": f"/my/care/new?creation_id={ring.id}",
            "offer of a paved ring": f"/my/care/new?creation_id={self._creation(is_paved=True).id}",
            "offer of a necklace": f"/my/care/new?creation_id={self._creation('necklace').id}",
            "offer in care": f"/my/care/new?creation_id={self.order.creation_id.id}",
            "another's": "/my/care/1000000",
        }

    def _pages_of_a_newcomer(self):
        """What a client without any creation sees, by name, but for a claim of one."""
        self.env["care.creation.claim"].create(
            {
                "partner_id": self.other_client.id,
                "serial_number": "X123",
                "company_id": self.company.id,
                "location_id": self.boutique.id,
            }
        )
        pages = ("/my", "/my/care", "/my/care?filterby=done", "/my/creations", "/my/care/new")
        return {f"nothing on {path}": path for path in pages}

    # ------------------------------------------------------------------
    # The focus
    # ------------------------------------------------------------------
    def _walk(self, page, target=None):
        """Press Tab until the focus is on a target, or has been everywhere.

        :param CarePage page: what to walk through
        :param str target: a CSS selector; to the end of the page when there is none
        :return: each place of the focus, in order
        :rtype: list[dict]
        """
        places = []
        for _step in range(MANY):
            page.press("Tab")
            focus = self._read_focus(page)
            if not focus:
                break
            places.append(focus)
            if target and page.run(f"document.activeElement.matches({json.dumps(target)})"):
                return places
        self.assertFalse(target, f"{target} is never reached: {places}")
        return places

    def _read_focus(self, page):
        """Tell where the focus is, once the page has moved there: it does so softly."""
        for _moment in range(10):
            focus = page.run(READ_FOCUS)
            if not focus or focus["isInSight"]:
                break
            time.sleep(0.2)
        return focus

    def _sign_by_keyboard(self, page):
        """Sign the estimate of a page by a typed name, from where the focus is."""
        self._walk(page, ".o_web_sign_name_input")
        page.run("document.activeElement.select()")
        page.type("Ada by Keyboard")
        self._wait_for_signature(page)
        self._walk(page, ".o_portal_sign_submit")
        page.press("Enter")
        page.wait("document.querySelector('.o_care_message')?.innerText.includes('Thank you')")

    def _wait_for_signature(self, page):
        """Wait until the name is drawn: until then the button takes no focus, and Tab passes it."""
        page.wait()
        page.wait("Boolean(document.querySelector('.o_portal_sign_submit:enabled'))")

    # ------------------------------------------------------------------
    # The audit
    # ------------------------------------------------------------------
    def _audit(self, pages, login=None, lang="en_US"):
        """Audit pages, each on a desk and on a phone.

        :param dict pages: addresses by name
        :param str login: who is signed in
        :param str lang: the language of the pages
        """
        self.env.flush_all()
        found = {}

        def visit(page):
            for name, path in pages.items():
                page.resize(DESK)
                page.go(path)
                page.run(UNFOLD)
                page.wait()
                page.run(self.axe)
                for problem, width in self._audit_page(page, lang):
                    found.setdefault(problem, []).append(f"{name} ({width})")

        self.drive(next(iter(pages.values())), visit, login, lang)
        report = [f"{', '.join(places)}\n{problem}" for problem, places in found.items()]
        self.assertFalse(found, "\n\n".join(["", *report]))

    def _audit_page(self, page, lang):
        """Give the problems of one page, each with the width of the screen that shows it."""
        facts = page.run(READ_PAGE)
        if facts["lang"] != lang.replace("_", "-"):
            yield f"lang: {facts['lang']}", DESK
        if not facts["title"].strip():
            yield "no title", DESK
        if facts["isOurs"] and facts["headings"] != 1:
            yield f"{facts['headings']} main headings", DESK
        for width in WIDTHS:
            page.resize(width)
            overflow = page.run(READ_OVERFLOW)
            if overflow:
                yield f"scrolls sideways: {overflow}", width
            # What the audit looks at is the same in each language, but for how long words are.
            if width == PHONE or (width == DESK and lang == "en_US"):
                for violation in page.run(RUN_AXE):
                    yield violation, width


@tagged("post_install", "-at_install")
class TestPortalAccessibility(AccessibilityCase):
    """Issue 6, *Access*: no violation of WCAG 2.1 A or AA, on a desk and on a phone."""

    def test_pages_by_link_in_english(self):
        self._audit(self._pages_by_link())

    def test_pages_by_link_in_french(self):
        self._speak("fr_FR")
        self._audit(self._pages_by_link(), lang="fr_FR")

    def test_pages_signed_in_in_english(self):
        self._audit(self._pages_signed_in(), "care_t_client")

    def test_pages_signed_in_in_french(self):
        self._speak("fr_FR")
        self._audit(self._pages_signed_in(), "care_t_client", "fr_FR")

    def test_what_is_odoo_s_on_the_way(self):
        """The conversation with files and a draft, and where invoices are listed, read and paid."""
        order = self._marked(self._to(self._order(self._creation(), "reshaping"), "ready"))
        files = self.env["ir.attachment"].create(
            [
                {"name": name, "raw": raw, "res_model": "care.order", "res_id": order.id}
                for name, raw in (
                    ("A ring.png", base64.b64decode(make_picture())),
                    ("A question.pdf", b"%PDF-1.4"),
                )
            ]
        )
        message = order.sudo().message_post(
            author_id=self.client.id,
            body="This is what I mean.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=files.ids,
        )
        self.env["mail.message.reaction"].sudo().create(
            {
                "message_id": message.id,
                "content": "👍",
                "partner_id": self.advisor.partner_id.id,
            }
        )
        invoice = order.sudo().invoice_ids
        self.env.flush_all()
        found = []

        def audit(page, width, is_framed=False):
            if is_framed:
                page.run(f"{FRAME}.contentWindow.eval({json.dumps(self.axe)}), true")
            page.run(self.axe)
            found.extend(f"{width}: {problem}" for problem in page.run(RUN_AXE))

        def visit(page):
            for width in (DESK, PHONE):
                page.resize(width)
                page.go(f"/my/care/{order.id}")
                page.wait(f"Boolean({CHATTER}?.querySelector('.o-mail-Message'))")
                # Nobody reacts to, changes or deletes what was said.
                self.assertFalse(page.run(f"{CHATTER}.querySelectorAll('[name=edit]').length"))
                page.run(f"{CHATTER}.querySelector('.o-mail-Composer-input').focus()")
                page.type("A question")
                page.wait()
                audit(page, width)
                page.go("/my/invoices")
                audit(page, width)
                page.go(f"/my/invoices/{invoice.id}?payment=True")
                page.wait(f"{FRAME}.contentDocument?.readyState === 'complete'")
                audit(page, width, is_framed=True)

        self.drive(f"/my/care/{order.id}", visit, "care_t_client")
        self.assertFalse(found, "\n\n".join(["", *found]))

    def test_pages_of_a_newcomer(self):
        self._audit(self._pages_of_a_newcomer(), "care_t_other_client")


@tagged("post_install", "-at_install")
class TestPortalKeyboard(AccessibilityCase):
    """Issue 6, *Access*: all of it by keyboard, in the order of the page, and always in sight."""

    def _position(self, places, name):
        """Where in the order of the focus an element comes, by a class of it."""
        found = [index for index, place in enumerate(places) if name in place["name"]]
        self.assertTrue(found, f"{name}: {[place['name'] for place in places]}")
        return found[0]

    def test_the_focus_goes_through_the_page_and_shows(self):
        """Focus order and visible focus, on the page with most to do, and on the request's."""
        ring = self._creation(measure=52)
        link = self._link(self._marked(self.order))
        self.env.flush_all()

        def visit(page):
            for width in (DESK, PHONE):
                page.resize(width)
                page.go(link)
                self._wait_for_signature(page)
                places = self._walk(page)
                self._check_focus(places)
                order = [
                    self._position(places, name)
                    for name in (
                        "o_care_main_action",
                        "o_care_option",
                        "o_web_sign_name_input",
                        "o_portal_sign_submit",
                        "summary",
                        "o_care_marked_board",
                    )
                ]
                self.assertEqual(order, sorted(order))
                page.go(f"/my/care/new?creation_id={ring.id}")
                self._check_focus(self._walk(page))

        self.drive(link, visit, "care_t_client")

    def _check_focus(self, places):
        self.assertGreater(len(places), 10)
        for place in places:
            self.assertTrue(place["isShown"], f"the focus cannot be seen: {place}")
            self.assertTrue(place["isInSight"], f"the focus is out of sight: {place}")
            self.assertEqual(place["tabindex"], 0, place)

    def test_an_estimate_is_signed_by_keyboard(self):
        """The alternative to drawing: choose, type one's name, send; not a finger nor a mouse."""
        link = self._link(self.order)
        self.env.flush_all()

        def visit(page):
            page.go(link)
            self._walk(page, ".o_care_option")
            page.press("Space")
            page.wait("Boolean(document.querySelector(\".o_care_estimate[data-total='190']\"))")
            self._sign_by_keyboard(page)

        self.drive(link, visit)
        self.order.invalidate_recordset()
        self.assertEqual(self.order.state, "approved")
        self.assertEqual(self.order.estimate_id.signed_by, "Ada by Keyboard")
        self.assertTrue(self.order.estimate_id.signature)
        self.assertTrue(self._line(self.order, "clasp_link_repair").is_accepted)

    def test_an_estimate_is_declined_by_keyboard(self):
        link = self._link(self.order)
        self.env.flush_all()

        def visit(page):
            page.go(link)
            self._walk(page, ".o_care_decline summary")
            page.press("Enter")
            self._walk(page, "#care_reason")
            page.type("I keep its marks")
            self._walk(page, ".o_care_decline button")
            page.press("Enter")
            page.wait("Boolean(document.querySelector('.o_care_message'))")

        self.drive(link, visit)
        self.order.invalidate_recordset()
        self.assertEqual(
            (self.order.state, self.order.decline_reason), ("declined", "I keep its marks")
        )

    def test_care_is_asked_for_by_keyboard(self):
        """Choose a creation, then a service; a form that is refused leads to what is wrong."""
        self._creation(measure=52)
        self.env.flush_all()
        with tempfile.NamedTemporaryFile(suffix=".jpg") as photo:
            photo.write(base64.b64decode(make_picture("JPEG", (300, 200))))
            photo.flush()

            def visit(page):
                page.go("/my/care/new")
                self._walk(page, ".o_care_card")
                page.press("Enter")
                page.wait("Boolean(document.querySelector('.o_care_request'))")
                page.wait()
                self._check_focus(self._walk(page, ".o_care_request button[type=submit]"))
                page.press("Enter")
                page.wait("Boolean(document.querySelector('.o_care_request_problem'))")
                page.wait()
                self.assertTrue(
                    page.run("document.activeElement.matches('.o_care_request_problem')")
                )
                self._walk(page, "#care_service_ring_resizing")
                page.press("Space")
                self._walk(page, "#care_adjustment_ring_resizing")
                page.type("1,5")
                self._walk(page, "#care_photos")
                page.give("#care_photos", photo.name)
                self._walk(page, ".o_care_request button[type=submit]")
                page.press("Enter")
                page.wait(
                    "document.querySelector('.o_care_message')?.innerText.includes('request')"
                )

            self.drive("/my/care/new", visit, "care_t_client")
        order = self.env["care.order"].search([("intake_id.channel", "=", "portal")], limit=1)
        self.assertEqual(order.partner_id, self.client)
        self.assertEqual(self._line(order, "ring_resizing").adjustment, 1.5)
        self.assertEqual(len(order.photo_ids), 1)
