# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 4, batch: two hundred orders at once, all or nothing, each refusal named by order."""

from lxml import etree

from odoo.tests import Form, tagged

from ..models.care_order_screen import NAMED_TOGETHER
from .common import CareCommon

MANY, FEW = 200, 20


@tagged("post_install", "-at_install")
class TestBatch(CareCommon):
    """What is pressed on a list of two hundred orders."""

    def _drafts(self, count, *codes, **values):
        """Draft orders on creations of their own, made in one call."""
        creations = self.env["care.creation"].create(
            [
                {
                    "product_id": self.creation_product.id,
                    "serial_number": self._serial(),
                    "partner_id": self.client.id,
                    "creation_type": "ring",
                    "collection_id": self.collection.id,
                    "is_resizable": True,
                }
                for _index in range(count)
            ]
        )
        return (
            self.env["care.order"]
            .with_user(self.manager)
            .create([self._order_vals(creation, *codes, **values) for creation in creations])
        )

    def _count_queries(self, action):
        """Return how many queries an action takes with cold caches, its writes included."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _walk(self, count, *codes, **values):
        """Take the steps of a list on `count` orders; {step: its queries}."""
        orders = self._drafts(count, *codes, **values)
        self.assertEqual(len(orders), count)
        queries = {}
        for step, state in (
            ("action_receive", "received"),
            ("action_diagnose", "received"),
            ("action_start", "in_progress"),
            ("action_make_transfer", "in_progress"),
            ("send", "in_progress"),
            ("arrive", "in_progress"),
            ("action_all_done", "in_progress"),
            ("action_pass_final_check", "in_progress"),
            ("action_finish", "ready"),
        ):
            transfers = orders.transfer_ids.browse(orders.transfer_ids.ids)
            if step == "send":
                action = transfers.action_send
            elif step == "arrive":
                action = transfers.action_receive
            else:
                action = getattr(orders, step)
            queries[step] = self._count_queries(action)
            self.assertEqual(set(orders.mapped("state")), {state}, step)
        self.assertEqual(orders.creation_id.current_location_id, self.workshop)
        return queries

    def assertNoQueryPerOrder(self, few, many):
        """Ten times the orders may cost a query more per chunk of them, but none for each."""
        for step in few:
            with self.subTest(step=step):
                extra = many[step] - few[step]
                self.assertLess(extra, (MANY - FEW) * 0.3, (few[step], many[step]))

    def test_no_query_per_order(self):
        """Speed: each step on 200 orders takes about the queries that it takes on 20."""
        self._walk(2, "ring_resizing", "polishing")  # fills the caches of the registry
        self.assertNoQueryPerOrder(
            self._walk(FEW, "ring_resizing", "polishing"),
            self._walk(MANY, "ring_resizing", "polishing"),
        )

    def test_form_asks_once_for_all_lines(self):
        """Speed: an order's form takes as many queries with ten lines more."""
        few, many = (
            self._order(self._creation(), ("ring_resizing", 1.0), "reshaping") for _turn in "12"
        )
        for order, count in ((few, 1), (many, 11)):
            for _part in range(count):
                self._add_part(order, "reshaping")
            self._to(order, "in_progress")
        # The first opening fills the caches of the registry.
        _first, *queries = [
            self._count_queries(lambda order=order: Form(order.with_user(self.advisor)))
            for order in (few, few, many)
        ]
        self.assertEqual(*queries)

    def test_form_names_one_kind_at_once(self):
        """Speed: a form takes no more queries for a workshop, an advisor and a part of its own."""
        order = self._order(self._creation(), "reshaping")
        self._add_part(order, "reshaping")
        as_advisor = order.with_user(self.advisor)
        view = etree.fromstring(as_advisor.get_view(view_type="form")["arch"])
        names = {path.split(".")[0] for paths in NAMED_TOGETHER for path in paths}
        shown = {name: {"fields": {"display_name": {}}} for name in names}
        shown["line_ids"]["fields"] = {"product_id": {"fields": {"display_name": {}}}}
        self.assertLessEqual(names - set(view.xpath("//field/@name")), {"current_location_id"})
        order.user_id = self.advisor
        _first, apart = [self._count_queries(lambda: as_advisor.web_read(shown)) for _turn in "12"]
        order.line_ids.filtered("product_id").product_id = order.creation_id.product_id
        order.partner_id = self.advisor.partner_id
        order.workshop_id = False
        self.assertEqual(self._count_queries(lambda: as_advisor.web_read(shown)), apart)

    def test_list_asks_once_for_all_orders(self):
        """Speed: what the list can show of six billed orders takes as many queries as of two."""
        orders = self.env["care.order"].concat(
            *(self._to(self._order(self._creation(), "reshaping"), "ready") for _turn in range(8))
        )
        self.assertEqual(set(orders.mapped("invoice_status")), {"invoiced"})
        as_advisor = orders.with_user(self.advisor)
        view = etree.fromstring(as_advisor.get_view(view_type="list")["arch"])
        spec = {node.get("name"): {} for node in view.iter("field")}
        # The first reading fills the caches of the registry.
        _first, *queries = [
            self._count_queries(lambda read=read: read.web_read(spec))
            for read in (as_advisor[:2], as_advisor[:2], as_advisor[2:])
        ]
        self.assertEqual(*queries)

    def test_all_or_nothing(self):
        """Batch: of two hundred, three that cannot go on are named, and none has moved."""
        orders = self._drafts(MANY, "shining")
        self._refused_for(orders, "action_receive", self._spoil_drafts(orders[50:53]), "draft")
        (orders - orders[50:53]).action_receive()
        orders -= orders[50:53]
        # Nothing is diagnosed yet.
        message = self.assertRefused(orders.action_start)
        for order in orders:
            self.assertIn(order.name, message)
        # What is refused for one reason is read at once, and the reason before the numbers.
        head, _blank, reason, names = message.splitlines()
        self.assertIn(f"{len(orders)} of {len(orders)}", head)
        self.assertRegex(reason, "^[A-Z].*diagnosis.*[.]$")
        self.assertEqual(names.split(", "), orders.mapped("name"))
        self.assertEqual(set(orders.mapped("state")), {"received"})
        orders.action_diagnose()
        held = orders[7:10]
        held.hold_reason = "client"
        self._refused_for(orders, "action_start", held, "received")
        held.hold_reason = False
        orders.action_start()
        (orders - held).action_all_done()
        self._refused_for(orders, "action_finish", held, "in_progress")
        # One that is nowhere keeps all of them from travelling.
        away = orders[:2]
        away.sudo().creation_id.current_location_id = False
        message = self.assertRefused(orders.action_make_transfer)
        self.assertIn(f"2 of {len(orders)}", message.splitlines()[0])
        for order in orders:
            self.assertEqual(order.name in message, order in away, order.name)
        self.assertFalse(orders.transfer_ids)

    def _spoil_drafts(self, orders):
        """Let the house hold the creations of some drafts on other orders already."""
        others = (
            self.env["care.order"]
            .with_user(self.manager)
            .create([self._order_vals(order.creation_id, "reshaping") for order in orders])
        )
        others.action_receive()
        return orders

    def _refused_for(self, orders, action, culprits, state):
        """An action on all is refused, for the culprits alone, and nothing has moved."""
        message = self.assertRefused(getattr(orders, action))
        for order in orders:
            self.assertEqual(order.name in message, order in culprits, order.name)
        self.assertEqual(set(orders.mapped("state")), {state})

    def test_buttons_on_the_list(self):
        """Batch: the list has a button for each of these steps."""
        arch = self.env["care.order"].with_user(self.manager).get_view(view_type="list")["arch"]
        for action in ("action_receive", "action_start", "action_finish", "action_make_transfer"):
            self.assertIn(f'name="{action}"', arch)
        arch = self.env["care.transfer"].with_user(self.manager).get_view(view_type="list")["arch"]
        for action in ("action_send", "action_receive_all"):
            self.assertIn(f'name="{action}"', arch)
