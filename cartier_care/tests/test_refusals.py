# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command
from odoo.tests import tagged

from .common import ADJUSTMENTS, CARE, KIND_OF_ADJUSTMENT, PIXEL, CareCommon

KINDS = ("ring", "necklace", "bracelet", "earrings", "brooch", "cufflinks", "other")


@tagged("post_install", "-at_install")
class TestRefusals(CareCommon):
    """Rules section 5: what a creation may have."""

    def _accepted(self, creation, code, **values):
        order = self._order(creation, (code, values))
        line = self._line(order, code)
        self.assertEqual(len(line), 1)
        return line

    def _refused_by_restriction(self, creation, code, **values):
        """Refused; the message gives the reason that the catalogue's data states."""
        reasons = self._reasons_of(creation, code)
        self.assertTrue(reasons, f"a restriction of the catalogue refuses {code}")
        message = self._refusal_of(creation, code, **values)
        self.assertTrue(any(reason in message for reason in reasons), message)
        return message

    # -- Kinds --------------------------------------------------------

    def test_adjustments_by_kind(self):
        """Section 5, rows 1-4: not a necklace, bracelet, ring, earrings."""
        for code in ADJUSTMENTS:
            for kind in KINDS:
                with self.subTest(service=code, kind=kind):
                    creation = self._creation(kind)
                    if kind == KIND_OF_ADJUSTMENT[code]:
                        self._accepted(creation, code)
                    else:
                        self._refused_by_restriction(creation, code)

    def test_cord_replacement_by_kind(self):
        """Section 5, cord_replacement: not a bracelet."""
        for kind in KINDS:
            with self.subTest(kind=kind):
                creation = self._creation(kind, has_silk_cord=True)
                if kind == "bracelet":
                    self._accepted(creation, "cord_replacement")
                else:
                    self._refused_by_restriction(creation, "cord_replacement")

    def test_cord_replacement_needs_a_silk_cord(self):
        """Section 5, cord_replacement: no silk cord."""
        self._refused_by_restriction(
            self._creation("bracelet", has_silk_cord=False), "cord_replacement"
        )

    def test_everything_else_is_for_every_kind(self):
        """Section 5: what no row refuses, every kind of creation may have."""
        for kind in KINDS:
            for code in ("shining", "engraving", *CARE, "restoration", "reproduction"):
                with self.subTest(service=code, kind=kind):
                    self._accepted(self._creation(kind), code)

    # -- Paving, LOVE, bangles, style -----------------------------------

    def test_paved(self):
        """Section 5, rows 1-3: paved necklaces, bracelets and rings can't be re-sized."""
        reproduction = self._service("reproduction").name
        for code in ("necklace_resizing", "bracelet_resizing", "ring_resizing"):
            with self.subTest(service=code):
                creation = self._creation(KIND_OF_ADJUSTMENT[code], is_paved=True)
                message = self._refused_by_restriction(creation, code)
                self.assertIn(reproduction, message, "the refusal names the alternative")

    def test_paved_earrings(self):
        """Section 5: earrings have no paved exclusion."""
        self._accepted(self._creation("earrings", is_paved=True), "earring_clasp_adjustment")

    def test_not_resizable_style(self):
        """Section 5, rows 1-3: style not resizable; the clasp of earrings doesn't care."""
        reproduction = self._service("reproduction").name
        for code in ("necklace_resizing", "bracelet_resizing", "ring_resizing"):
            with self.subTest(service=code):
                creation = self._creation(KIND_OF_ADJUSTMENT[code], is_resizable=False)
                message = self._refused_by_restriction(creation, code)
                self.assertIn(reproduction, message, "the refusal names the alternative")
        self._accepted(self._creation("earrings", is_resizable=False), "earring_clasp_adjustment")

    def test_love_bracelet(self):
        """Section 5, bracelet_resizing: a LOVE bracelet is refused."""
        self.assertTrue(self.love, "the LOVE collection is in the data")
        creation = self._creation("bracelet", collection_id=self.love.id)
        message = self._refused_by_restriction(creation, "bracelet_resizing")
        self.assertIn(self._service("reproduction").name, message)

    def test_love_ring_and_necklace(self):
        """Section 5: LOVE excludes bracelets alone; a LOVE ring may be re-sized."""
        self.assertTrue(self.love, "the LOVE collection is in the data")
        self._accepted(self._creation("ring", collection_id=self.love.id), "ring_resizing")
        self._accepted(self._creation("necklace", collection_id=self.love.id), "necklace_resizing")

    def test_bangle(self):
        """Section 5, bracelet_resizing: bangle-style is refused."""
        creation = self._creation("bracelet", is_bangle=True)
        message = self._refused_by_restriction(creation, "bracelet_resizing")
        self.assertIn(self._service("reproduction").name, message)

    def test_bangle_excludes_bracelets_alone(self):
        """Section 5: bangle-style is a row of bracelets only."""
        self._accepted(self._creation("ring", is_bangle=True), "ring_resizing")

    # -- Limits ---------------------------------------------------------

    def _check_limit(self, code, accepted, refused):
        service = self._service(code)
        for change in accepted:
            with self.subTest(service=code, change=change):
                line = self._accepted(
                    self._creation(KIND_OF_ADJUSTMENT[code]), code, adjustment=change
                )
                self.assertEqual(line.adjustment, change)
        for change in refused:
            with self.subTest(service=code, change=change):
                message = self._refusal_of(
                    self._creation(KIND_OF_ADJUSTMENT[code]), code, adjustment=change
                )
                if change:
                    self.assertIn(
                        f"{service.adjustment_limit:g}", message, "the limit is in the reason"
                    )

    def test_necklace_limit(self):
        """Section 5, necklace_resizing: ±4 cm inclusive, zero refused."""
        self._check_limit(
            "necklace_resizing",
            accepted=(0.01, 4.0, -0.01, -4.0),
            refused=(4.01, -4.01, 0.0, 100.0),
        )

    def test_bracelet_limit(self):
        """Section 5, bracelet_resizing: ±2 cm inclusive, zero refused."""
        self._check_limit(
            "bracelet_resizing",
            accepted=(0.01, 2.0, -0.01, -2.0),
            refused=(2.01, -2.01, 0.0, 4.0),
        )

    def test_limit_proposes_reproduction(self):
        """Section 5, rows 1-2: a change beyond the limit proposes reproduction."""
        reproduction = self._service("reproduction").name
        for code, change in (("necklace_resizing", 4.01), ("bracelet_resizing", -2.01)):
            message = self._refusal_of(
                self._creation(KIND_OF_ADJUSTMENT[code]), code, adjustment=change
            )
            self.assertIn(reproduction, message, code)

    def test_ring_limit(self):
        """Section 5, ring_resizing: zero is refused; beyond ±2 sizes is saved."""
        self._check_limit(
            "ring_resizing",
            accepted=(1.0, 2.0, 2.01, 3.0, -1.0, -2.0, -2.01, -3.0),
            refused=(0.0,),
        )

    def test_ring_beyond_two_sizes_awaits_feasibility(self):
        """Section 5: a ring beyond 2 sizes is neither proposed nor started until confirmed."""
        for change in (3.0, -3.0, 2.5):
            with self.subTest(change=change):
                order = self._receive(self._order(self._creation(), ("ring_resizing", change)))
                self.assertFalse(self._line(order, "ring_resizing").is_feasible)
                self.assertRefused(order.action_propose)
                self.assertRefused(order.action_start)
                self.assertEqual(order.state, "received")
                self._line(order, "ring_resizing").with_user(self.jeweler).is_feasible = True
                order.action_propose()
                self.assertEqual(order.state, "estimated")

    def test_ring_within_two_sizes_awaits_nothing(self):
        """Section 5: limits are inclusive: 2 sizes need no confirmation."""
        for change in (2.0, -2.0):
            order = self._receive(self._order(self._creation(), ("ring_resizing", change)))
            order.action_start()
            self.assertEqual(order.state, "in_progress")

    def test_only_jewelers_confirm_feasibility(self):
        """Section 5: only a jeweler (or the manager) confirms what awaits feasibility."""
        order = self._receive(self._order(self._creation(), ("ring_resizing", 3.0)))
        line = self._line(order, "ring_resizing")
        self.assertForbidden(line.with_user(self.advisor).write, {"is_feasible": True})
        self.assertFalse(line.is_feasible)
        line.with_user(self.manager).is_feasible = True
        self.assertTrue(line.is_feasible)

    def test_an_advisor_can_not_create_a_confirmed_line(self):
        """Section 5: the jeweler's word is not given at creation by somebody else."""
        creation = self._creation()
        went_through = self._attempt(
            lambda: self._order(
                creation,
                ("ring_resizing", {"adjustment": 3.0, "is_feasible": True}),
                user=self.advisor,
            )
        )
        if went_through:
            order = self.env["care.order"].search([("creation_id", "=", creation.id)])
            self.assertFalse(order.line_ids.is_feasible)
        else:
            self.assertFalse(
                self.env["care.order"].search_count([("creation_id", "=", creation.id)])
            )

    def test_change_after_confirmation(self):
        """Section 5: a jeweler's word is for the change that was asked, not for a larger one."""
        order = self._receive(self._order(self._creation(), ("ring_resizing", 3.0)))
        line = self._line(order, "ring_resizing")
        line.with_user(self.jeweler).is_feasible = True
        line.with_user(self.advisor).adjustment = 6.0
        self.assertRefused(order.action_propose)

    # -- Engraving --------------------------------------------------------

    def test_engraving_needs_text_or_image(self):
        """Section 5, engraving: neither text nor image is refused, even in draft."""
        self._refusal_of(self._creation(), "engraving", engraving_text=False)
        self._refusal_of(self._creation(), "engraving", engraving_text="")
        self._refusal_of(self._creation(), "engraving", engraving_text="   ")
        self._accepted(self._creation(), "engraving", engraving_text="J")
        self._accepted(self._creation(), "engraving", engraving_text=False, engraving_image=PIXEL)

    def test_engraving_capacity(self):
        """Section 5, engraving: the text fits the engraving space, to the character."""
        creation = self._creation(engraving_capacity=5)
        self._accepted(creation, "engraving", engraving_text="ABCDE")
        self._refusal_of(creation, "engraving", engraving_text="ABCDEF")

    def test_engraving_in_other_scripts(self):
        """Section 1, engraving: several languages; characters are counted, not bytes."""
        creation = self._creation(engraving_capacity=4)
        for text in ("愛永遠に", "حبيب", "été!"):
            self._accepted(creation, "engraving", engraving_text=text)

    def test_engraving_not_taken(self):
        """Section 5, engraving: a creation that takes no engraving (capacity 0)."""
        creation = self._creation(engraving_capacity=0)
        self._refusal_of(creation, "engraving", engraving_text="A")
        self._refusal_of(creation, "engraving", engraving_text=False, engraving_image=PIXEL)

    def test_engraving_image_is_confirmed_by_a_jeweler(self):
        """Section 1, engraving: an image of a symbol or design is confirmed by a jeweler."""
        order = self._receive(
            self._order(
                self._creation(), ("engraving", {"engraving_text": False, "engraving_image": PIXEL})
            )
        )
        self.assertRefused(order.action_propose)
        self._line(order, "engraving").with_user(self.jeweler).is_feasible = True
        order.action_propose()
        self.assertEqual(order.state, "estimated")

    def test_engraving_text_needs_no_jeweler(self):
        """Section 1, engraving: only an image waits for a jeweler's word."""
        order = self._receive(self._order(self._creation(), "engraving"))
        order.action_propose()
        self.assertEqual(order.state, "estimated")

    # -- The rest of the table ----------------------------------------------

    def test_pairing_needs_two_parts(self):
        """Section 5, pairing: not made of two parts."""
        self._refused_by_restriction(self._creation("earrings", part_count=1), "pairing")
        self._refused_by_restriction(self._creation("other", part_count=3), "pairing")
        self._accepted(self._creation("earrings", part_count=2), "pairing")
        self._accepted(self._creation("other", part_count=2), "pairing")

    def test_stone_replacement_without_part(self):
        """Section 5, stone_pearl_replacement: without a part it is saved, not proposed."""
        order = self._receive(self._order(self._creation(), "stone_pearl_replacement"))
        message = self.assertRefused(order.action_propose)
        self.assertIn(self._service("stone_pearl_replacement").name, message)
        self.assertEqual(order.state, "received")
        self._add_part(order, "stone_pearl_replacement", self.pearl)
        order.action_propose()
        self.assertEqual(order.state, "estimated")

    def test_component_repair_without_part(self):
        """Section 1, component_replacement: a repair needs no part."""
        order = self._receive(self._order(self._creation(), "component_replacement"))
        order.action_propose()
        self.assertEqual(order.state, "estimated")

    def test_restoration_and_reproduction_are_never_refused(self):
        """Section 5, last row: restoration and reproduction are never refused."""
        creation = self._creation(
            "bracelet",
            is_paved=True,
            is_bangle=True,
            is_resizable=False,
            engraving_capacity=0,
            has_silk_cord=False,
            part_count=1,
            gem_ids=[Command.set(self.emerald.ids)],
        )
        self._accepted(creation, "restoration")
        self._accepted(creation, "reproduction")

    # -- How refusals work ----------------------------------------------------

    def test_refusal_on_write(self):
        """Section 5: a change that makes a line impossible is refused as well."""
        order = self._order(self._creation("necklace"), ("necklace_resizing", 4.0))
        line = self._line(order, "necklace_resizing")
        self.assertRefused(line.write, {"adjustment": 4.5})
        self.assertEqual(line.adjustment, 4.0)

    def test_refusal_when_the_creation_of_an_order_changes(self):
        """Section 5: another creation on the order is checked like a new line."""
        order = self._order(self._creation("ring"), "ring_resizing")
        paved = self._creation("ring", is_paved=True)
        self.assertRefused(order.write, {"creation_id": paved.id})

    def test_refusal_when_received(self):
        """Section 5: a creation found to be paved at the counter is not received for it."""
        creation = self._creation("ring")
        order = self._order(creation, "ring_resizing")
        creation.is_paved = True
        self.assertRefused(order.action_receive)
        self.assertEqual(order.state, "draft")

    def test_one_refused_line_saves_none(self):
        """Section 5: an order with a refused line isn't saved at all."""
        creation = self._creation("ring", is_paved=True)
        self.assertRefused(lambda: self._order(creation, "shining", "ring_resizing"))
        self.assertFalse(self.env["care.order"].search([("creation_id", "=", creation.id)]))

    def test_alternative_is_never_added_by_itself(self):
        """Section 5: an alternative is proposed, never added by itself."""
        creation = self._creation("ring", is_paved=True)
        order = self._order(creation, "shining")
        self.assertRefused(self._add_line, order, "ring_resizing")
        self.assertEqual(order.line_ids.service_id.mapped("code"), ["shining"])

    def test_house_restriction_without_code(self):
        """Section 5: a house adds a restriction as data: domain, reason, alternative."""
        self.env["care.service.restriction"].create(
            {
                "service_id": self._service("reshaping").id,
                "domain": repr([("gem_ids", "in", self.emerald.ids)]),
                "reason": "Emeralds do not stand the heat",
                "alternative_service_id": self._service("restoration").id,
            }
        )
        creation = self._creation(gem_ids=[Command.set(self.emerald.ids)])
        message = self._refusal_of(creation, "reshaping")
        self.assertIn("Emeralds do not stand the heat", message)
        self.assertIn(self._service("restoration").name, message)
        self._accepted(self._creation(gem_ids=[Command.set(self.diamond.ids)]), "reshaping")

    def test_archived_restriction(self):
        """Section 5: a house archives a restriction, without code."""
        creation = self._creation("bracelet", is_bangle=True)
        self._refusal_of(creation, "bracelet_resizing")
        self._service("bracelet_resizing").restriction_ids.filtered(
            lambda restriction: "is_bangle" in restriction.domain
        ).active = False
        self._accepted(creation, "bracelet_resizing")

    def test_the_piece_differs_from_its_product(self):
        """Design, attributes: a piece may differ from its product; the piece's own count."""
        template = self.env["product.template"].create(
            {
                "name": "A paved model",
                "is_creation": True,
                "creation_type": "ring",
                "is_paved": True,
                "engraving_capacity": 3,
                "metal_ids": [Command.set(self.white_gold.ids)],
            }
        )
        creation = self.env["care.creation"].create(
            {
                "product_id": template.product_variant_id.id,
                "serial_number": self._serial(),
                "partner_id": self.client.id,
            }
        )
        self.assertEqual(creation.creation_type, "ring")
        self.assertTrue(creation.is_paved)
        self.assertEqual(creation.engraving_capacity, 3)
        self.assertEqual(creation.metal_ids, self.white_gold)
        self._refused_by_restriction(creation, "ring_resizing")
        creation.is_paved = False
        self._accepted(creation, "ring_resizing")
        self.assertTrue(template.is_paved, "the model itself stays what it is")

    def test_wishes_may_wait_until_receipt(self):
        """Design, lines: a wish not yet given is saved in draft and asked for at receipt."""
        for code, kind, wish in (
            ("cord_replacement", "bracelet", "cord_color"),
            ("earring_clasp_adjustment", "earrings", "clasp_request"),
        ):
            with self.subTest(service=code):
                order = self._order(self._creation(kind), (code, {wish: False}))
                self.assertRefused(order.action_receive)
                self.assertEqual(order.state, "draft")
                self._line(order, code)[wish] = "Navy"
                order.action_receive()
                self.assertEqual(order.state, "received")

    # -- Polishing ------------------------------------------------------------

    def test_polishing_past_the_threshold_is_saved(self):
        """Section 5, polishing: past the threshold it is saved, not proposed."""
        self.company.care_polishing_threshold = 1
        creation = self._creation()
        self._done(creation, "polishing")
        order = self._receive(self._order(creation, "polishing"))
        message = self.assertRefused(order.action_propose)
        self.assertIn(self._service("polishing").name, message)
        self.assertIn(self._service("shining").name, message, "shining when wear is superficial")
        self._line(order, "polishing").with_user(self.jeweler).is_feasible = True
        order.action_propose()
        self.assertEqual(order.state, "estimated")
