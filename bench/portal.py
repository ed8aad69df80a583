"""The client's pages beside Odoo's own of equal content, on a real server with 1 and 2 workers."""

import itertools

from odoo.fields import Command

from .framework import Measure, bench, row
from .order_path import products
from .server import running_server

LOGIN = "bench.client"
ORDERS = 200
#: Odoo shows 80 orders a page and we 20: of 180, its third page has 20 too.
SALES = 180
WORKERS = (1, 2)
REQUESTS = 40
READERS = 4
ROUNDS = 3

_serials = itertools.count(1)


@bench
def portal(env):
    """Yield time and queries per request of the list and the page of an order, ours and Odoo's.

    What a server is to show has to be committed: the client and the orders stay in the database.
    """
    with env.registry.cursor() as cursor:
        pairs = make_client(env(cr=cursor))
        cursor.commit()
    for workers in WORKERS:
        with running_server(env.cr.dbname, workers) as server:
            session = server.log_in(LOGIN, LOGIN)
            for ours, theirs in pairs:
                yield from compare_pages(server, session, workers, ours, theirs)


def compare_pages(server, session, workers, ours, theirs):
    """Yield a row for each of two pages, asked for in turns so that both suffer alike.

    :param server.Server server: who gives them
    :param str session: of the client
    :param int workers: how many processes answer
    :param str ours: a page of care
    :param str theirs: Odoo's page of the same content
    """
    seconds = {ours: [], theirs: []}
    for path in seconds:
        server.ask(path, session, workers * 4, READERS)
    for _round in range(ROUNDS):
        for path, taken in seconds.items():
            taken.append(server.ask(path, session, REQUESTS, READERS))
    measures = {
        path: Measure(min(taken), server.queries(path) * REQUESTS)
        for path, taken in seconds.items()
    }
    for path in (theirs, ours):
        plural = "workers" if workers > 1 else "worker"
        what = f"{path}, {workers} {plural}"
        yield row("portal", REQUESTS, what, measures[path], theirs, measures[theirs])


def make_client(env):
    """Make a client with orders of care and of sale; return the pages to compare.

    :return: pairs of our page and Odoo's
    :rtype: list[tuple[str, str]]
    """
    partner = env["res.partner"].create({"name": "Client of the bench", "email": "b@example.com"})
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": partner.name,
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": partner.id,
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    )
    items = products(env)
    orders = make_orders(env, partner, items)
    sales = make_sales(env, partner, items)
    return [
        ("/my/care", "/my/orders/page/3"),
        (f"/my/care/{orders[:1].id}", f"/my/orders/{sales[:1].id}"),
    ]


def make_orders(env, partner, items):
    """Make orders of care, each of two services and a part, in the states of a client's list."""
    piece = env["product.product"].create({"name": "Ring", "type": "consu"})
    resizing = env.ref("cartier_care.care_service_ring_resizing")
    reshaping = env.ref("cartier_care.care_service_reshaping")
    creations = env["care.creation"].create(
        [
            {
                "product_id": piece.id,
                "serial_number": f"PORTAL{next(_serials):07d}",
                "partner_id": partner.id,
                "creation_type": "ring",
                "is_resizable": True,
            }
            for _number in range(ORDERS)
        ]
    )
    orders = env["care.order"].create(
        [
            {
                "partner_id": partner.id,
                "creation_id": creation.id,
                "line_ids": [
                    Command.create({"service_id": resizing.id, "adjustment": 1}),
                    Command.create({"service_id": reshaping.id}),
                    Command.create({"line_type": "part", "product_id": items[2].id}),
                ],
            }
            for creation in creations
        ]
    )
    orders.action_receive()
    quarter = ORDERS // 4
    # The latest are listed first: a page of the list has all of the states.
    proposed = orders.browse(orders.ids[::2] + orders.ids[1::4])
    proposed.operation_ids.filtered(lambda operation: operation.code == "diagnosis").action_done()
    proposed.action_propose()
    approved = proposed[-2 * quarter :]
    approved.action_approve()
    approved[:quarter].action_start()
    return proposed


def make_sales(env, partner, items):
    """Make quotations of three lines that await their client's signature, as our estimates do."""
    sales = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "require_signature": True,
                "require_payment": False,
                "order_line": [
                    Command.create({"product_id": item.id, "product_uom_qty": 1}) for item in items
                ],
            }
            for _number in range(SALES)
        ]
    )
    sales.action_quotation_sent()
    # Odoo lists confirmed orders; one stays open for its signature.
    sales[1:].action_confirm()
    extra = sales[:1].copy()
    extra.action_confirm()
    return sales
