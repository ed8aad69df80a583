# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FEE, CareCommon


@tagged("post_install", "-at_install")
class TestIntegrity(CareCommon):
    """Rules sections 4 and 7: guarded by the database, told to people in a sentence."""

    def assertDatabaseRefuses(self, query, *parameters):
        """SQL beside the ORM is refused by a constraint."""
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(query, parameters)

    # -- One living creation per number ------------------------------------------------

    def test_number_is_unique(self):
        """Section 7: one number never has two living creations."""
        creation = self._creation()
        self.assertRefused(lambda: self._creation(serial_number=creation.serial_number))

    def test_number_is_compared_normalised(self):
        """Section 7: compared without case, spaces or dashes."""
        serial = self._serial()
        spelled = f"{serial[:3]}-{serial[3:]}"
        self._creation(serial_number=spelled)
        for other in (
            serial,
            serial.lower(),
            f" {serial} ",
            f"{serial[:5]} {serial[5:]}",
            f"{serial[0]}--{serial[1:]}-",
            spelled.swapcase(),
        ):
            with self.subTest(number=other):
                self.assertRefused(lambda number=other: self._creation(serial_number=number))
        self._creation(serial_number=serial + "1")

    def test_number_is_found_as_it_is_typed(self):
        """Rules 7: numbers are compared without case, spaces or dashes, in a search too."""
        creation = self._creation(serial_number="QRS-19 02")
        Creation = self.env["care.creation"].with_user(self.advisor)
        for typed in ("QRS-19 02", "qrs1902", "QRS 1902", "qrs-1902", "rs 19"):
            found = Creation.name_search(typed)
            self.assertIn(creation.id, [record_id for record_id, _name in found], typed)
        order = self._order(creation, "shining")
        orders = self.env["care.order"].search([("creation_id", "ilike", "qrs 1902")])
        self.assertEqual(orders, order.sudo())

    def test_number_is_shown_as_engraved(self):
        """Section 7: the number stays as it is engraved; only the comparison is normalised."""
        serial = f"ab-{self._serial()} x"
        self.assertEqual(self._creation(serial_number=serial).serial_number, serial)

    def test_lost_is_living(self):
        """Section 7: living is `in_use` or `lost`."""
        creation = self._creation()
        creation.with_user(self.manager).action_report_lost("Lost")
        self.assertRefused(lambda: self._creation(serial_number=creation.serial_number))

    def test_replaced_is_not_living(self):
        """Section 7: a retired original leaves its number to its reproduction alone."""
        original = self._creation()
        order = self._order(original, "reproduction")
        self._line(order, "reproduction").price_unit = 1.0
        self._to(order, "done")
        self.assertRefused(lambda: self._creation(serial_number=original.serial_number))
        copy = original.reproduction_ids
        self.assertDatabaseRefuses(
            "UPDATE care_creation SET state = 'in_use' WHERE id = %s", original.id
        )
        self.assertEqual(copy.state, "in_use")

    def test_number_changed_to_one_that_lives(self):
        """Section 7: a write is refused like a create, and by the database."""
        one, two = self._creation(), self._creation()
        self.assertRefused(two.write, {"serial_number": one.serial_number.lower()})
        self.assertNotEqual(one.serial_number, two.serial_number)

    def test_numbers_in_one_create(self):
        """Section 7: nor do two of one call share a number."""
        serial = self._serial()
        values = {
            "product_id": self.creation_product.id,
            "partner_id": self.client.id,
            "creation_type": "ring",
        }
        self.assertRefused(
            self.env["care.creation"].create,
            [
                {**values, "serial_number": serial},
                {**values, "serial_number": serial.lower()},
            ],
        )

    def test_dashes_are_no_number(self):
        """Section 7: dashes and spaces alone are no number: refused, or made provisional."""
        pieces = self.env["care.creation"]
        before = pieces.search([])
        self._attempt(lambda: self._creation(serial_number="-- "))
        for creation in pieces.search([]) - before:
            self.assertTrue(creation.serial_number.strip(" -"))

    # -- One open order per creation -------------------------------------------------------

    def test_open_order_is_unique_in_the_database(self):
        """Section 4: only one order per creation is open, and the database guarantees it."""
        creation = self._creation()
        first = self._to(self._order(creation, "shining"), "received")
        second = self._order(creation, "reshaping")
        for state in ("received", "estimated", "approved", "in_progress", "ready", "declined"):
            self.assertDatabaseRefuses(
                "UPDATE care_order SET state = %s WHERE id = %s", state, second.id
            )
        self.assertEqual((first.state, second.state), ("received", "draft"))

    def test_declined_is_open_in_the_database(self):
        """Section 4: `declined` is open until handed back."""
        creation = self._creation()
        self._to(self._order(creation, "shining"), "declined")
        second = self._order(creation, "reshaping")
        self.assertDatabaseRefuses(
            "UPDATE care_order SET state = 'received' WHERE id = %s", second.id
        )

    def test_closed_orders_are_many(self):
        """Section 4: closed orders, drafts and requests don't count."""
        creation = self._creation()
        self._done(creation, "shining")
        self._done(creation, "reshaping")
        self._to(self._order(creation, "shining"), "cancel")
        self._order(creation, "shining")
        order = self._to(self._order(creation, "shining"), "received")
        self.assertEqual(order.state, "received")

    # -- One line per service ----------------------------------------------------------------

    def test_one_line_per_service_in_the_database(self):
        """Section 4: the same service at most once per order, by the database too."""
        order = self._order(self._creation(), "reshaping", "polishing")
        self.assertDatabaseRefuses(
            "UPDATE care_order_line SET service_id = %s WHERE id = %s",
            self._service("reshaping").id,
            self._line(order, "polishing").id,
        )

    def test_a_service_changed_to_one_that_is_there(self):
        """Section 4: a write is refused like a create."""
        order = self._order(self._creation(), "reshaping", "polishing")
        self.assertRefused(
            self._line(order, "polishing").write, {"service_id": self._service("reshaping").id}
        )

    def test_several_parts(self):
        """Section 1: an intervention takes several parts, the same product twice too."""
        order = self._order(self._creation(), "component_replacement")
        self._add_part(order, "component_replacement")
        self._add_part(order, "component_replacement")
        self.assertEqual(order.amount_total, FEE + 90.0)

    def test_a_part_belongs_to_an_intervention_of_its_order(self):
        """Design, lines: `service_line_id` is the intervention a part belongs to."""
        order = self._order(self._creation(), "component_replacement")
        stranger = self._order(self._creation(), "component_replacement")
        self.assertRefused(
            order.write,
            {
                "line_ids": [
                    Command.create(
                        {
                            "line_type": "part",
                            "product_id": self.component.id,
                            "service_line_id": self._line(stranger, "component_replacement").id,
                        }
                    )
                ]
            },
        )
        part = self._add_part(order, "component_replacement")
        self.assertRefused(
            part.write, {"service_line_id": self._line(stranger, "component_replacement").id}
        )

    def test_a_line_does_not_change_orders(self):
        """Section 2: a line isn't moved to another order."""
        order = self._order(self._creation(), "reshaping")
        other = self._order(self._creation())
        line = self._line(order, "reshaping")
        self._attempt(line.write, {"order_id": other.id})
        self.env.invalidate_all()
        self.assertEqual(
            (order.amount_total, other.amount_total),
            (sum(order.line_ids.mapped("price_total")), sum(other.line_ids.mapped("price_total"))),
        )

    # -- What stays ----------------------------------------------------------------------------

    def test_codes_are_unique(self):
        """Design, the catalogue: external systems know services by code."""
        service = self._service("reshaping")
        self.assertRefused(
            lambda: service.copy({"code": service.code, "product_id": service.product_id.id})
        )

    def test_used_records_are_not_deleted(self):
        """Issue 3: what orders were made of isn't deleted under them."""
        creation = self._creation()
        order = self._done(creation, "reshaping")
        for record in (
            creation,
            self._service("reshaping"),
            self._service("reshaping").product_id,
            self.boutique,
        ):
            with self.subTest(model=record._name):
                self.assertFalse(self._attempt(record.unlink))
                self.assertTrue(record.exists())
        self.assertTrue(order.exists())

    def test_archiving_leaves_old_orders_whole(self):
        """Issue 3: archiving a service leaves old orders whole."""
        order = self._done(self._creation(), "reshaping", "polishing")
        before = self._prices(order), order.amount_total
        self._service("reshaping").active = False
        self._service("reshaping").restriction_ids.active = False
        self._service("reshaping").product_id.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self._prices(order), order.amount_total), before)
        self.assertTrue(self._line(order, "reshaping").price_explanation)

    def test_archived_service_on_an_open_order(self):
        """Issue 3: an order under way is finished and billed although it was archived."""
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        self._service("reshaping").active = False
        order.action_start()
        self._finish(order)
        self.assertEqual(self._invoices(order).amount_untaxed, FEE)

    def test_lineage_is_no_circle(self):
        """Section 7: a creation is no original of itself."""
        creation = self._creation()
        self.assertRefused(creation.write, {"original_id": creation.id})
