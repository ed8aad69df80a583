# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A piece that the house holds already is asked for again (issue 4; care-rules.md, 4)."""

from odoo.tests import Form, HttpCase, tagged

from .browser import BrowserCase
from .common import CareCommon


@tagged("post_install", "-at_install")
class TestHeldElsewhere(CareCommon):
    """Whoever asks again is told at once where the piece is, and is refused nothing."""

    def _request(self, creation, user=None):
        return self._order(creation, "shining", user=user or self.advisor)

    def test_told_before_it_is_received(self):
        """The open order is named from the choice on; more is asked for there."""
        held = self._creation()
        request = self._request(held)
        self.assertFalse(request.holder_id or request.holder_note)
        with Form(self.env["care.order"].with_user(self.advisor)) as form:
            form.creation_id = self._creation()
            self.assertFalse(form.holder_id)
            holder = self._to(self._order(held, "reshaping"), "received")
            form.creation_id = held
            self.assertEqual(form.holder_id, holder)
            self.assertIn("Add further services", form.holder_note)
        request.invalidate_recordset()
        self.assertEqual(request.holder_id, holder)
        self.assertFalse(holder.holder_id, "not by itself")
        self.assertFalse(self._request(self._creation()).holder_id)
        self.assertIn(holder.name, self.assertRefused(request.action_receive))

    def test_what_waits_to_go_home_goes_home_first(self):
        """Neither a finished nor a declined order takes more services."""
        for state in ("ready", "declined"):
            with self.subTest(state=state):
                creation = self._creation()
                holder = self._to(self._order(creation, "reshaping"), state)
                request = self._request(creation)
                self.assertEqual(request.holder_id, holder)
                self.assertIn("Hand it over there first", request.holder_note)
                if state == "declined":
                    self._hand_over(holder)
                    request.invalidate_recordset()
                    self.assertFalse(request.holder_id or request.holder_note)

    def test_elsewhere_it_is_named_alone(self):
        """An order that the advisor may not open is no link; its number is told all the same."""
        creation = self._creation()
        holder = self._to(self._order(creation, "reshaping"), "received")
        holder.sudo().location_id = self.boutique_2
        request = self._request(creation)
        self.assertFalse(holder.with_user(self.advisor).has_access("read"))
        self.assertFalse(request.holder_id)
        self.assertIn(holder.name, request.holder_note)

    def test_the_list_of_pieces_tells_it(self):
        """What can't be received says so in the list to choose from, and nowhere else."""
        held, home, lost = self._creation(), self._creation(), self._creation()
        self._to(self._order(held, "shining"), "received")
        lost.with_user(self.advisor).action_report_lost("The police called")
        pieces = self.env["care.creation"].with_user(self.advisor)
        specification = {"display_name": {}}
        for creation, told in ((held, "\t--In our hands--"), (home, ""), (lost, "\t--Lost--")):
            (found,) = pieces.web_name_search(creation.serial_number, specification)
            self.assertEqual(found["display_name"], creation.display_name)
            self.assertEqual(found["__formatted_display_name"], f"{creation.display_name}{told}")


@tagged("post_install", "-at_install")
class TestHeldElsewhereInBrowser(BrowserCase, CareCommon, HttpCase):
    """The same on the screen of a visit."""

    def test_on_a_visit(self):
        """The advisor chooses a piece, reads where it is and goes there."""
        self.env["res.lang"]._activate_lang("en_US")
        self.advisor.lang = "en_US"
        creation = self._creation(serial_number="HELD 1847")
        holder = self._to(self._order(creation, "reshaping"), "received")
        # Read now: while the browser works, the server has the cursor.
        number = holder.name
        visit = self.env["care.intake"].with_user(self.advisor)
        visit = visit.create({"partner_id": self.client.id, "location_id": self.boutique.id})
        field = "document.querySelector('.o_care_visit_open [name=creation_id] input')"
        choice = "document.querySelector('.o-autocomplete--dropdown-item')"
        told = "document.querySelector('.o_care_visit_open .o_care_held')"

        def read(page):
            page.resize(1366)
            page.wait("!!document.querySelector('.o_care_visit_new')")
            page.run("document.querySelector('.o_care_visit_new').click()")
            page.wait(f"!!{field}")
            page.run(f"{field}.focus(), {field}.value = 'HELD 1847'")
            page.run(f"{field}.dispatchEvent(new InputEvent('input', {{bubbles: true}}))")
            page.wait(f"{choice}?.innerText.includes('In our hands')")
            page.run(f"{choice}.querySelector('a').click()")
            page.wait(f"{told}?.innerText.includes({number!r})")
            self.assertIn("Add further services", page.run(f"{told}.innerText"))
            self.assertNotIn("In our hands", page.run(f"{field}.value"))
            page.run(f"{told}.querySelector('a').click()")
            page.wait(
                "document.querySelector('.o_care_order_form .oe_title')"
                f"?.innerText.includes({number!r})"
            )

        self.drive(f"/odoo/care-intakes/{visit.id}", read, login="care_t_advisor")
