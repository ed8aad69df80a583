"""The main job from nothing to done: ours, Odoo's Repairs', and the invoice that both end in."""

import itertools

from odoo.fields import Command

from .framework import bench, compare

#: Batch size → runs of each path; the small ones are over quickly and vary most.
BATCHES = {1: 5, 10: 3, 100: 2, 300: 1}
#: The smallest picture there is, for a signature.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5E"
    "rkJggg=="
)

_serials = itertools.count(1)


@bench
def order_path(env):
    """Yield time and queries per order of the three paths, at each batch size."""
    paths = {"floor": Floor, "repairs": Repairs, "care": Care}
    for what in list(paths):
        if not paths[what].is_possible(env):
            del paths[what]
    # One round that doesn't count fills the caches that a running server has filled.
    for _row in compare(env, "order_path", 1, paths, 1, "floor"):
        continue
    for count, repeats in BATCHES.items():
        yield from compare(env, "order_path", count, paths, repeats, "floor")


def clients(env, count):
    """Return `count` new clients, one for each order, as in life."""
    return env["res.partner"].create(
        [
            {"name": f"Client {number}", "email": f"client{number}@example.com"}
            for number in range(count)
        ]
    )


def products(env):
    """Return two service products and a part, with the company's taxes."""
    return env["product.product"].create(
        [
            {"name": "Re-sizing", "type": "service", "list_price": 120, "invoice_policy": "order"},
            {"name": "Reshaping", "type": "service", "list_price": 190, "invoice_policy": "order"},
            {"name": "Clasp", "type": "consu", "list_price": 45, "invoice_policy": "order"},
        ]
    )


class Floor:
    """A bare invoice of three lines, created and posted: what nobody can do without."""

    @staticmethod
    def is_possible(env):
        """Tell whether the modules for it are installed."""
        return "account.move" in env

    @staticmethod
    def prepare(env, count):
        """Return clients and products."""
        return clients(env, count), products(env)

    @staticmethod
    def run(env, prepared):
        """Create and post an invoice for each client."""
        partners, items = prepared
        invoices = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_line_ids": [
                        Command.create({"product_id": item.id, "quantity": 1}) for item in items
                    ],
                }
                for partner in partners
            ]
        )
        invoices.action_post()


class Repairs:
    """Odoo's Repairs with two services and a part; one by one where it refuses batches."""

    @staticmethod
    def is_possible(env):
        """Tell whether the modules for it are installed."""
        return "repair.order" in env and "sale.order" in env

    @staticmethod
    def prepare(env, count):
        """Return clients, products, and the product that is repaired."""
        piece = env["product.product"].create({"name": "Piece", "type": "consu"})
        return clients(env, count), products(env), piece

    @staticmethod
    def run(env, prepared):
        """Repair orders, their quotations, confirmation, repair, and posted invoices."""
        partners, (resizing, reshaping, part), piece = prepared
        repairs = env["repair.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": piece.id,
                    "move_ids": [
                        Command.create(
                            {
                                "repair_line_type": "add",
                                "product_id": part.id,
                                "product_uom_qty": 1,
                            }
                        )
                    ],
                }
                for partner in partners
            ]
        )
        for repair in repairs:
            repair.action_validate()
            repair.action_create_sale_order()
        sales = repairs.sale_order_id
        env["sale.order.line"].create(
            [
                {"order_id": sale.id, "product_id": service.id, "product_uom_qty": 1}
                for sale in sales
                for service in (resizing, reshaping)
            ]
        )
        sales.action_confirm()
        repairs.action_repair_start()
        repairs.move_ids.quantity = 1
        repairs.action_repair_end()
        sales._create_invoices().action_post()


class Care:
    """Our orders with two services and a part, from draft to handed over."""

    @staticmethod
    def is_possible(env):
        """Tell whether the modules for it are installed."""
        return "care.order" in env

    @staticmethod
    def prepare(env, count):
        """Return creations, each of a client of its own, the services and a part."""
        company = env.company
        # Payment is another story, and the invoice of the others isn't paid either.
        company.care_require_payment = False
        company.care_invoice_trigger = "ready"
        company.care_auto_post_invoice = True
        resizing = env.ref("cartier_care.care_service_ring_resizing")
        reshaping = env.ref("cartier_care.care_service_reshaping")
        _resizing, _reshaping, part = products(env)
        (resizing | reshaping).product_id.taxes_id = part.taxes_id
        piece = env["product.product"].create({"name": "Ring", "type": "consu"})
        creations = env["care.creation"].create(
            [
                {
                    "product_id": piece.id,
                    "serial_number": f"BENCH{next(_serials):07d}",
                    "partner_id": partner.id,
                    "creation_type": "ring",
                    "is_resizable": True,
                }
                for partner in clients(env, count)
            ]
        )
        return creations, resizing, reshaping, part

    @staticmethod
    def create_orders(env, prepared):
        """Return draft orders."""
        creations, resizing, reshaping, part = prepared
        return env["care.order"].create(
            [
                {
                    "partner_id": creation.partner_id.id,
                    "creation_id": creation.id,
                    "line_ids": [
                        Command.create({"service_id": resizing.id, "adjustment": 1}),
                        Command.create({"service_id": reshaping.id}),
                        Command.create({"line_type": "part", "product_id": part.id}),
                    ],
                }
                for creation in creations
            ]
        )

    @classmethod
    def make_ready(cls, env, prepared):
        """Return orders that were taken in, diagnosed, approved and carried out."""
        orders = cls.create_orders(env, prepared)
        orders.action_receive()
        orders.operation_ids.filtered(
            lambda operation: operation.operation_id.code == "diagnosis"
        ).action_done()
        orders.action_propose()
        orders.action_approve()
        orders.action_start()
        orders.operation_ids.filtered(
            lambda operation: operation.state in ("todo", "in_progress")
        ).action_done()
        orders.action_finish()
        return orders

    @classmethod
    def run(cls, env, prepared):
        """Take in, diagnose, propose, approve, work, finish (which invoices) and hand over."""
        orders = cls.make_ready(env, prepared)
        orders.write(
            {
                "collected_by": "The client",
                "is_collector_verified": True,
                "collection_signature": PIXEL,
            }
        )
        orders.action_hand_over()
        cls.check(orders)

    @staticmethod
    def check(orders):
        """Refuse to measure a path that did not arrive."""
        assert set(orders.mapped("state")) == {"done"}, orders.mapped("state")
        invoices = orders.invoice_ids
        assert len(invoices) == len(orders) and set(invoices.mapped("state")) == {"posted"}
