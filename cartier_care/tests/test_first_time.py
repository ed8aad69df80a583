# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from .common import ADJUSTMENTS, FEE, KIND_OF_ADJUSTMENT, CareCommon


@tagged("post_install", "-at_install")
class TestFirstTime(CareCommon):
    """Rules section 4: the first time."""

    def assertFirst(self, creation, code="ring_resizing"):
        line = self._line(self._order(creation, code), code)
        self.assertPrice(line, 0.0, "first_complimentary")

    def assertNotFirst(self, creation, code="ring_resizing"):
        line = self._line(self._order(creation, code), code)
        self.assertPrice(line, FEE, "minimum")

    # -- Used up ---------------------------------------------------------------

    def test_used_up_by_a_finished_order(self):
        """Section 4: used up by a line carried out on an order that is done."""
        for code in ADJUSTMENTS:
            with self.subTest(service=code):
                creation = self._creation(KIND_OF_ADJUSTMENT[code])
                self.assertFirst(creation, code)
                self._done(creation, code)
                self.assertNotFirst(creation, code)

    def test_used_up_once_ready(self):
        """Section 4: `ready` is finished already; in progress is not."""
        creation = self._creation()
        order = self._to(self._order(creation, "ring_resizing"), "in_progress")
        self.assertFirst(creation)
        self._finish(order)
        self.assertNotFirst(creation)

    def test_rework_gives_it_back_while_it_lasts(self):
        """Section 4 with 6: an order reworked is not finished; finished again, it counts once."""
        creation = self._creation()
        order = self._to(self._order(creation, "ring_resizing"), "ready")
        order.action_rework()
        self.assertFirst(creation)
        self.assertPrice(self._line(order, "ring_resizing"), 0.0, "first_complimentary")
        self._finish(order)
        self.assertNotFirst(creation)
        self.assertPrice(self._line(order, "ring_resizing"), 0.0, "first_complimentary")

    def test_used_up_whatever_was_charged(self):
        """Section 4: whatever was charged: the second time doesn't free the third."""
        creation = self._creation()
        for _time in range(2):
            self._done(creation, "ring_resizing")
            self.assertNotFirst(creation)

    def test_used_up_even_by_goodwill(self):
        """Section 4: a goodwill of 0 uses nothing up twice, nor gives anything back."""
        creation = self._creation(
            prior_service_ids=[Command.link(self._service("ring_resizing").id)]
        )
        order = self._order(creation, "ring_resizing")
        self._line(order, "ring_resizing").write({"price_unit": 0.0, "price_reason": "A gift"})
        self._to(order, "done")
        self.assertNotFirst(creation)

    # -- Not used up -------------------------------------------------------------

    def test_not_used_by_a_cancelled_order(self):
        """Section 4: not by cancelled work."""
        creation = self._creation()
        self._to(self._order(creation, "ring_resizing"), "cancel")
        self.assertFirst(creation)

    def test_not_used_by_a_declined_order(self):
        """Section 4: not by declined work, handed back or not."""
        creation = self._creation()
        order = self._to(self._order(creation, "ring_resizing", "reshaping"), "declined")
        self.assertFirst(creation)
        self._hand_over(order)
        self.assertEqual((order.state, order.disposition), ("done", "returned_unserviced"))
        self.assertFirst(creation)

    def test_not_used_by_what_was_not_feasible(self):
        """Section 4: not by what the diagnosis found not feasible."""
        creation = self._creation()
        order = self._order(creation, "ring_resizing", "reshaping")
        order.action_receive()
        self._line(order, "ring_resizing").with_user(self.jeweler).outcome = "not_feasible"
        self._diagnose(order)
        self._start(order)
        self._finish(order)
        self.assertFirst(creation)

    def test_not_used_by_an_optional_line_not_taken(self):
        """Section 4: not by what the client refused: an optional line not accepted."""
        creation = self._creation()
        order = self._order(
            creation, "reshaping", ("ring_resizing", {"is_optional": True, "is_accepted": False})
        )
        self._to(order, "done")
        self.assertFirst(creation)

    def test_not_used_by_a_redo(self):
        """Section 4: not by redone work: a first time recorded nowhere else stays."""
        creation = self._creation()
        first = self._done(creation, ("ring_resizing", {"adjustment": 3.0, "is_feasible": True}))
        self.assertFirst(creation)
        redo = self._order(
            creation,
            ("ring_resizing", {"adjustment": 1.0}),
            redo_of_id=first.id,
        )
        self.assertPrice(self._line(redo, "ring_resizing"), 0.0, "warranty")
        self._to(redo, "done")
        self.assertFirst(creation)

    def test_not_used_by_a_ring_beyond_two_sizes(self):
        """Section 4: not by a ring re-sizing beyond 2 sizes."""
        creation = self._creation()
        for change in (3.0, -3.0):
            self._done(creation, ("ring_resizing", {"adjustment": change, "is_feasible": True}))
            self.assertFirst(creation)
        self._done(creation, ("ring_resizing", 2.0))
        self.assertNotFirst(creation)

    def test_not_used_by_a_lost_creation(self):
        """Section 4: used up on `ready` or `done` as serviced or reproduced, not as lost."""
        creation = self._creation()
        order = self._to(self._order(creation, "ring_resizing"), "in_progress")
        order.action_report_lost("Lost in transit")
        self.assertEqual((order.state, order.disposition), ("done", "lost"))
        creation.with_user(self.manager).action_found()
        self.assertFirst(creation)

    def test_not_used_by_drafts_and_open_orders(self):
        """Section 4: a draft, a received, an estimated and an approved order use nothing."""
        creation = self._creation()
        order = self._order(creation, "ring_resizing", "reshaping")
        for state in ("received", "estimated", "approved"):
            if state == "received":
                self._receive(order)
            elif state == "estimated":
                order.action_propose()
            else:
                order.action_approve()
            self.assertEqual(order.state, state)
            self.assertFirst(creation)

    # -- The piece is the subject ---------------------------------------------------

    def test_counted_per_creation(self):
        """Section 4: counted per creation: another piece of the same model has its own."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        self.assertFirst(self._creation())

    def test_counted_per_service(self):
        """Section 4: and per service: earlier use of one leaves the others."""
        creation = self._creation(
            "bracelet", prior_service_ids=[Command.link(self._service("necklace_resizing").id)]
        )
        self.assertFirst(creation, "bracelet_resizing")

    def test_counted_across_owners(self):
        """Section 4: across owners."""
        creation = self._creation()
        self._done(creation, "ring_resizing")
        creation.partner_id = self.other_client
        self.assertNotFirst(creation)

    def test_counted_across_boutiques(self):
        """Section 4: across boutiques."""
        creation = self._creation()
        self._done(creation, "ring_resizing", location_id=self.boutique_2.id)
        self.assertNotFirst(creation)
        order = self._order(creation, "ring_resizing", user=self.advisor)
        self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")

    def test_counted_across_companies(self):
        """Section 4: across companies, whoever asks and whatever they may read."""
        creation = self._creation()
        company = self._create_house("Another house of the tests")
        manager = self._create_user("care_t_abroad", "group_care_manager", company)
        boutique = self._create_location("Abroad", "boutique", manager, company)
        workshop = self._create_location("Abroad, bench", "workshop", manager, company)
        order = self._order(
            creation,
            "ring_resizing",
            user=manager,
            company_id=company.id,
            location_id=boutique.id,
            workshop_id=workshop.id,
        )
        self._to(order, "ready")
        self._hand_over(order)
        self.assertEqual(order.company_id, company)
        self.assertNotFirst(creation)
        order = self._order(creation, "ring_resizing", user=self.advisor)
        self.assertPrice(self._line(order, "ring_resizing"), FEE, "minimum")

    def test_prior_services(self):
        """Section 4: earlier use from before the system is recorded on the creation."""
        for code in ADJUSTMENTS:
            creation = self._creation(
                KIND_OF_ADJUSTMENT[code],
                prior_service_ids=[Command.link(self._service(code).id)],
            )
            self.assertNotFirst(creation, code)

    def test_reproduction_inherits(self):
        """Section 4: entitlement follows the number: a reproduction inherits what was used."""
        original = self._creation()
        self._done(original, "ring_resizing")
        order = self._order(original, "reproduction")
        self._line(order, "reproduction").price_unit = 3000.0
        self._to(order, "done")
        copy = original.reproduction_ids
        self.assertEqual(len(copy), 1)
        self.assertNotFirst(copy)

    def test_reproduction_inherits_what_is_left(self):
        """Section 4: and it inherits what is left as well."""
        original = self._creation()
        order = self._order(original, "reproduction")
        self._line(order, "reproduction").price_unit = 3000.0
        self._to(order, "done")
        copy = original.reproduction_ids
        self.assertFirst(copy)
        self._done(copy, "ring_resizing")
        self.assertNotFirst(copy)

    def test_reproduction_inherits_prior_use(self):
        """Section 4: earlier use recorded on the original counts for its reproduction."""
        original = self._creation(
            prior_service_ids=[Command.link(self._service("ring_resizing").id)]
        )
        order = self._order(original, "reproduction")
        self._line(order, "reproduction").price_unit = 3000.0
        self._to(order, "done")
        self.assertNotFirst(original.reproduction_ids)

    def test_reproduction_of_a_reproduction(self):
        """Section 4: over two generations, the number remembers."""
        original = self._creation()
        self._done(original, "ring_resizing")
        piece = original
        for _generation in range(2):
            order = self._order(piece, "reproduction")
            self._line(order, "reproduction").price_unit = 3000.0
            self._to(order, "done")
            piece = piece.reproduction_ids
            self.assertEqual(len(piece), 1)
        self.assertNotFirst(piece)

    # -- One order at a time ------------------------------------------------------

    def test_drafts_do_not_count_as_open(self):
        """Section 4: drafts and the client's requests don't count."""
        creation = self._creation()
        orders = self._order(creation, "ring_resizing")
        orders |= self._order(creation, "reshaping")
        orders[1].action_receive()
        self.assertEqual(orders.mapped("state"), ["draft", "received"])

    def test_receiving_a_second_order_is_refused(self):
        """Section 4: receiving a second one is refused, in every open state of the first."""
        for state in ("received", "estimated", "approved", "in_progress", "ready", "declined"):
            with self.subTest(state=state):
                creation = self._creation()
                first = self._to(self._order(creation, "reshaping"), state)
                second = self._order(creation, "shining")
                message = self.assertRefused(second.action_receive)
                self.assertIn(first.name, message, "the sentence names the open order")
                self.assertEqual(second.state, "draft")
        # Nobody archives what the house holds; an import may have.
        first.sudo().active = False
        self.assertIn(first.name, self.assertRefused(second.action_receive), "archived or not")

    def test_receiving_after_the_first_left(self):
        """Section 4: once the first has left the house the second is received."""
        creation = self._creation()
        second = self._order(creation, "shining")
        first = self._to(self._order(creation, "reshaping"), "declined")
        self.assertRefused(second.action_receive)
        self._hand_over(first)
        second.action_receive()
        self.assertEqual(second.state, "received")

    def test_two_orders_of_one_creation_in_one_batch(self):
        """Section 4: nor are two received in the same call."""
        creation = self._creation()
        orders = self._order(creation, "shining") | self._order(creation, "reshaping")
        self.assertRefused(orders.action_receive)
        self.assertEqual(orders.mapped("state"), ["draft", "draft"])

    def test_same_service_once_per_order(self):
        """Section 4: the same service is asked for at most once per order."""
        order = self._order(self._creation(), "reshaping")
        self.assertRefused(self._add_line, order, "reshaping")
        self.assertRefused(
            lambda: self._order(self._creation(), "ring_resizing", ("ring_resizing", 2.0))
        )
        self.assertEqual(len(order.line_ids), 1)
