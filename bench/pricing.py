"""The offer of one creation, and orders created and priced in one call, on small and big tables."""

import itertools

from odoo.fields import Command
from odoo.tools import SQL

from .framework import bench, best, fresh, measured, row

#: Services of the four price policies and of the single fee: what a line can cost.
SERVICES = ("ring_resizing", "reshaping", "polishing", "shining")
ORDERS = 1000
#: Orders that are in the table before: what an order costs must not grow with them.
TABLE_SIZES = (100, 100_000)

_serials = itertools.count(1)


@bench
def offer(env):
    """Yield what `get_offer` takes for one creation, with warm caches of the registry.

    The caches of records are cold, as they are at the start of each request.
    """
    measures = []
    with fresh(env) as clean:
        creation = creations(clean, 1)
        for _turn in range(6):
            clean.flush_all()
            clean.invalidate_all()
            with measured(clean) as result:
                offered = clean["care.service"].get_offer(creation.id)
            if len(offered) < 15:
                raise RuntimeError(f"an offer of {len(offered)} services is not the catalogue")
            measures.append(result)
    # Making the creation emptied caches of the registry, which the first turn filled again.
    yield row("offer", 1, "get_offer", best(measures[1:]))


@bench
def pricing(env):
    """Yield what 1,000 orders of 4 lines take, with 100 and with 100,000 orders in the table."""
    with fresh(env) as warm:
        make_orders(warm, creations(warm, 10))
    base = None
    for size in TABLE_SIZES:
        with fresh(env) as clean:
            fill(clean, size)
            pieces = creations(clean, ORDERS)
            clean.flush_all()
            clean.invalidate_all()
            with measured(clean) as result:
                make_orders(clean, pieces)
        base = base or result
        yield row(
            "pricing",
            ORDERS,
            f"{size} orders before",
            result,
            f"{TABLE_SIZES[0]} orders before",
            base,
        )


def creations(env, count):
    """Return `count` new rings of one client."""
    piece = env["product.product"].create({"name": "Ring", "type": "consu"})
    partner = env["res.partner"].create({"name": "Client of the benches"})
    return env["care.creation"].create(
        [
            {
                "product_id": piece.id,
                "serial_number": f"PRICE{next(_serials):07d}",
                "partner_id": partner.id,
                "creation_type": "ring",
            }
            for _index in range(count)
        ]
    )


def make_orders(env, pieces):
    """Create and price an order of four lines for each creation, in one call."""
    services = [env.ref(f"cartier_care.care_service_{code}") for code in SERVICES]
    return env["care.order"].create(
        [
            {
                "creation_id": piece.id,
                "line_ids": [
                    Command.create(
                        {
                            "service_id": service.id,
                            "adjustment": 1 if service.adjustment_unit else 0,
                        }
                    )
                    for service in services
                ],
            }
            for piece in pieces
        ]
    )


def fill(env, size):
    """Fill the tables with `size` finished orders and their lines, by SQL from a real one.

    Each order has a creation of its own, as in life; all of it is rolled back with the bench.
    """
    order = make_orders(env, creations(env, 1))
    env.flush_all()
    copies = {
        "care_creation": order.creation_id.ids,
        "care_order": order.ids,
        "care_order_line": order.line_ids.ids,
    }
    for table, ids in copies.items():
        env.cr.execute(
            SQL(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
                table,
            )
        )
        columns = [name for (name,) in env.cr.fetchall()]
        changed = {
            # numbers beyond all sequences, the same for the creation, its order and its lines
            "care_creation": {
                "serial_number": "'FILL' || n",
                "serial_key": "'FILL' || n",
                "lineage_key": "'FILL' || n",
            },
            "care_order": {
                "name": "'FILL/' || n",
                "state": "'done'",
                "disposition": "'serviced'",
                "creation_id": "c.id",
            },
            "care_order_line": {
                "order_id": "o.id",
                "outcome": "'done'",
                "lineage_key": "'FILL' || n",
                "uses_first_time": "t.is_first_time",
            },
        }[table]
        joins = {
            "care_creation": "",
            "care_order": "JOIN care_creation c ON c.serial_key = 'FILL' || n",
            "care_order_line": "JOIN care_order o ON o.name = 'FILL/' || n",
        }[table]
        # The fragments are this function's own; only numbers come from outside.
        env.cr.execute(
            "INSERT INTO {table} ({names}) SELECT {values} FROM {table} t "
            "CROSS JOIN generate_series(1, %s) n {joins} WHERE t.id IN %s".format(
                table=table,
                names=", ".join(f'"{name}"' for name in columns),
                values=", ".join(changed.get(name, f't."{name}"') for name in columns),
                joins=joins,
            ),
            (size, tuple(ids)),
        )
        env.cr.execute(f"ANALYZE {table}")
