"""How long the screens take to open with few and many orders, beside Odoo's Repairs and Sales.

Orders, lines, operations, photos' records, custody moves, visits and estimates are copied by SQL
from real ones, one per state, so that every stored value is what the actions would have written.
Each screen asks for what its own view shows, as the web client does, with cold caches of records.
"""

import itertools
import json

from lxml import etree

from odoo.fields import Command
from odoo.tools import SQL

from .framework import bench, best, fresh, measured, row
from .order_path import PIXEL, clients, products

#: How many orders are in the tables.
SIZES = (1000, 100_000)
#: How often each screen is opened; the quickest counts.
TURNS = 7
#: The states that are filled: what is over first, which most orders are, then open ones.
CARE_STATES = ("done", "received", "in_progress", "ready")
REPAIR_STATES = ("done", "draft", "confirmed", "under_repair")
SALE_STATES = ("sale", "draft", "sent")
#: What the filter of the orders' screen calls open.
OPEN_STATES = (
    *("draft", "received", "estimated", "approved"),
    *("in_progress", "ready", "declined"),
)
#: Each open state holds a hundredth, and more than a page even where there are few orders; what a
#: house has finished over the years is the rest.
OPEN_SHARE, FEWEST_OPEN = 0.01, 100
#: Links that are copied too, since what is shown is computed from them.
COPIED_LINKS = {"care.order.line": ("tax_ids",), "sale.order.line": ("tax_ids",)}
#: Beyond every sequence: the copies' ids; a power of ten, so that they are easily told apart.
FIRST_ID = 10_000_000

#: SQL of a copy's number: as many figures for each, so that a part of it is found in as many orders
#: however many there are.
NUMBER = "lpad(({n})::text, 6, '0')"
#: What a search looks for: it finds ten orders.
PART_OF_NUMBER = "FILL/00013"

_serials = itertools.count(1)


@bench
def screens(env):
    """Yield the time and queries of each screen at each size, ours against Odoo's and itself."""
    first = {}
    for size in SIZES:
        base = {}
        for house in (Repairs, Sales, Care):
            if not house.is_possible(env):
                continue
            with fresh(env) as clean:
                house.fill(clean, size)
                for what, measures in _open_all(clean, house).items():
                    result = best(measures)
                    name = f"{house.name}: {what}"
                    first.setdefault(name, result)
                    if house is Care:
                        for other in (Repairs, Sales):
                            peer = f"{other.name}: {what}"
                            if peer in base:
                                yield _row(size, name, result, peer, base[peer])
                    base[name] = result
                    yield _row(size, name, result, f"{name}, {SIZES[0]}", first[name])


def _row(size, what, result, reference, base):
    """Return a row of one opening of a screen, with the size of the tables as its number."""
    return {**row("screens", 1, what, result, reference, base), "n": size}


def _open_all(env, house):
    """Open each screen of a house some times, as its own user, and return the measures.

    :rtype: dict[str, list[Measure]]
    """
    openings = house.get_openings(env)
    measures = {what: [] for what in openings}
    # What the first opening finds missing in caches of the registry, a server has found long ago.
    for turn in range(TURNS + 1):
        for what, opening in openings.items():
            env.invalidate_all()
            with measured(env) as result:
                found = opening()
            if not found:
                raise RuntimeError(f"{house.name}: {what} shows nothing")
            if turn:
                measures[what].append(result)
    return measures


def spec_of(model, view_type):
    """Return what the web client asks for to show a view of a model.

    :param model: an empty recordset, as its reader
    :param str view_type: ``form``, ``list`` or ``kanban``
    :rtype: dict
    """
    return _spec_of_node(model, etree.fromstring(model.get_view(view_type=view_type)["arch"]))


def _spec_of_node(model, view):
    """Return what a view shows; of a relation what the view inside shows, not its dialog's form.

    What is never visible is asked for without the names of its records.
    """
    spec = {}
    owner = next(view.iterancestors("field"), None)
    for node in view.iter("field"):
        if next(node.iterancestors("field"), None) is not owner:
            continue
        field = model._fields[node.get("name")]
        shown = spec.setdefault(field.name, {"fields": {}} if field.relational else {})
        hidden = {node.get("invisible"), node.get("column_invisible")} & {"1", "True"}
        if field.relational and not hidden:
            modes = node.get("mode", "list,kanban").split(",")
            inner = next((view for view in map(node.find, modes) if view is not None), None)
            if inner is None:
                shown["fields"]["display_name"] = {}
            else:
                shown["fields"].update(_spec_of_node(model.env[field.comodel_name], inner))
    return spec


def kanban(model, groupby, domain):
    """Return the opening of a kanban: its columns, and the first cards of each."""
    spec = spec_of(model, "kanban")
    return lambda: model.with_context(bin_size=True).web_read_group(
        domain,
        [groupby],
        ["__count"],
        auto_unfold=True,
        unfold_read_specification=spec,
    )["groups"]


def listing(model, domain):
    """Return the opening of a list: its first page, and how many there are."""
    spec = spec_of(model, "list")
    return lambda: model.with_context(bin_size=True).web_search_read(
        domain, spec, limit=80, count_limit=10001
    )["records"]


def form(record):
    """Return the opening of a form: all that its view shows of a record."""
    spec = spec_of(record.browse(), "form")
    return lambda: record.with_context(bin_size=True).web_read(spec)


def common_openings(model, is_open, number, opened):
    """Return the openings that every house has: what is opened → how.

    :param model: an empty recordset of orders, as their reader
    :param list is_open: the domain of the orders that are not over
    :param list number: the domain of a search by number
    :param str opened: the state of the order whose form is opened
    :rtype: dict
    """
    return {
        "kanban": kanban(model, "state", is_open),
        "list": listing(model, is_open),
        "list of everything": listing(model, []),
        "search by number": listing(model, number),
        "form": form(model.search([("state", "=", opened)], limit=1)),
    }


class Repairs:
    """Odoo's Repairs: repair orders of a product with a part, as an administrator."""

    name = "repairs"

    @staticmethod
    def is_possible(env):
        """Tell whether the modules for it are installed."""
        return "repair.order" in env

    @classmethod
    def fill(cls, env, size):
        """Make one repair per state, and copy them until there are as many as asked."""
        _resizing, _reshaping, part = products(env)
        piece = env["product.product"].create({"name": "Piece", "type": "consu"})
        seeds = {}
        for state in REPAIR_STATES:
            repair = env["repair.order"].create(
                {
                    "partner_id": clients(env, 1).id,
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
            )
            if state != "draft":
                repair.action_validate()
            if state in ("under_repair", "done"):
                repair.action_repair_start()
            if state == "done":
                repair.move_ids.quantity = 1
                repair.action_repair_end()
            moves = repair.move_ids
            seeds[state] = [repair.partner_id, repair, moves, moves.move_line_ids]
        names = {"repair_order": {"name": f"'FILL/' || {NUMBER}"}}
        copy_all(env, seeds, size, names)

    @classmethod
    def get_openings(cls, env):
        """Return what is opened → how."""
        return common_openings(
            env["repair.order"],
            [("state", "not in", ("done", "cancel"))],
            [("name", "ilike", PART_OF_NUMBER)],
            "under_repair",
        )


class Sales:
    """Odoo's Sales: orders of two services and a product, as an administrator."""

    name = "sales"

    @staticmethod
    def is_possible(env):
        """Tell whether the modules for it are installed."""
        return "sale.order" in env

    @classmethod
    def fill(cls, env, size):
        """Make one order per state, and copy them until there are as many as asked."""
        items = products(env)
        seeds = {}
        for state in SALE_STATES:
            sale = env["sale.order"].create(
                {
                    "partner_id": clients(env, 1).id,
                    "order_line": [
                        Command.create({"product_id": item.id, "product_uom_qty": 1})
                        for item in items
                    ],
                }
            )
            if state == "sent":
                sale.action_quotation_sent()
            elif state == "sale":
                sale.action_confirm()
            seeds[state] = [sale.partner_id, sale, sale.order_line]
        names = {"sale_order": {"name": f"'FILL/' || {NUMBER}", "access_token": "NULL"}}
        copy_all(env, seeds, size, names)

    @classmethod
    def get_openings(cls, env):
        """Return what is opened → how."""
        return common_openings(
            env["sale.order"],
            [("state", "in", ("draft", "sent"))],
            [("name", "ilike", PART_OF_NUMBER)],
            "draft",
        )


class Care:
    """Our orders with two services and a part, as an advisor of one of two boutiques."""

    name = "care"

    @staticmethod
    def is_possible(env):
        """Tell whether the addon is installed."""
        return "care.order" in env

    @classmethod
    def fill(cls, env, size):
        """Make one order per state, and copy them until there are as many as asked."""
        company = env.company
        company.write({"care_require_payment": False, "care_invoice_trigger": "manual"})
        advisor = env["res.users"].create(
            {
                "name": "Advisor of the benches",
                "login": "care_bench_advisor",
                "group_ids": [Command.set([env.ref("cartier_care.group_care_boutique").id])],
            }
        )
        boutique, workshop, _elsewhere = env["care.location"].create(
            [
                {"name": "Bench boutique", "user_ids": [Command.set(advisor.ids)]},
                {"name": "Bench workshop", "location_type": "workshop"},
                {"name": "Another boutique", "user_ids": [Command.set(env.user.ids)]},
            ]
        )
        cls.order_vals = {"location_id": boutique.id, "workshop_id": workshop.id}
        resizing = env.ref("cartier_care.care_service_ring_resizing")
        reshaping = env.ref("cartier_care.care_service_reshaping")
        _resizing, _reshaping, part = products(env)
        seeds = {
            state: cls._make_seed(env, state, (resizing, reshaping, part)) for state in CARE_STATES
        }
        names = {
            "care_creation": {
                name: f"'FILL' || {NUMBER}"
                for name in ("serial_number", "serial_key", "lineage_key")
            },
            "care_order": {
                "name": f"'FILL/' || {NUMBER}",
                "search_key": f"'FILL' || {NUMBER} || ' FILL' || {NUMBER}",
                "access_token": "NULL",
            },
            "care_order_line": {"lineage_key": f"'FILL' || {NUMBER}"},
            "care_intake": {"name": f"'FILL/I/' || {NUMBER}", "access_token": "NULL"},
        }
        copy_all(env, seeds, size, names)

    @classmethod
    def _make_seed(cls, env, state, items):
        """Return the records of an order that the actions brought to a state."""
        resizing, reshaping, part = items
        piece = env["product.product"].create({"name": "Ring", "type": "consu"})
        creation = env["care.creation"].create(
            {
                "product_id": piece.id,
                "serial_number": f"SCREEN{next(_serials):06d}",
                "partner_id": clients(env, 1).id,
                "creation_type": "ring",
                "is_resizable": True,
            }
        )
        order = env["care.order"].create(
            {
                **cls.order_vals,
                "creation_id": creation.id,
                "declared_value": 5000,
                "line_ids": [
                    Command.create({"service_id": resizing.id, "adjustment": 1}),
                    Command.create({"service_id": reshaping.id}),
                    Command.create({"line_type": "part", "product_id": part.id}),
                ],
                "photo_ids": [
                    Command.create({"name": stage, "stage": stage}) for stage in ("intake", "after")
                ],
            }
        )
        cls._bring(env, order, state)
        if order.state != state:
            raise RuntimeError(f"the order for {state} is {order.state}")
        moves = env["care.custody.move"].search([("order_id", "=", order.id)])
        return [
            order.partner_id,
            creation,
            order.intake_id,
            order,
            order.line_ids,
            order.operation_ids,
            order.photo_ids,
            order.estimate_ids,
            order.estimate_ids.line_ids,
            moves,
        ]

    @classmethod
    def _bring(cls, env, order, state):
        """Take the steps that lead an order to a state, by the workshop and back."""
        order.action_receive()
        if state == "received":
            return
        order.action_diagnose()
        order.action_propose()
        order.action_approve()
        order.action_start()
        cls._carry(env, order, order.location_id, order.workshop_id)
        if state == "in_progress":
            return
        order.action_all_done()
        order.action_pass_final_check()
        order.action_finish()
        cls._carry(env, order, order.workshop_id, order.location_id)
        if state == "ready":
            return
        order.write(
            {
                "collected_by": "The client",
                "is_collector_verified": True,
                "collection_signature": PIXEL,
            }
        )
        order.action_hand_over()

    @staticmethod
    def _carry(env, order, source, target):
        """Send an order from one place to another."""
        transfer = env["care.transfer"].create(
            {
                "from_location_id": source.id,
                "to_location_id": target.id,
                "order_ids": [Command.link(order.id)],
            }
        )
        transfer.action_send()
        transfer.action_receive()

    @classmethod
    def get_openings(cls, env):
        """Return what is opened → how."""
        advisor = env["res.users"].search([("login", "=", "care_bench_advisor")])
        env = env(user=advisor)
        model = env["care.order"]
        holdings = env["care.custody.holding"]
        return {
            **common_openings(
                model,
                [("state", "in", OPEN_STATES)],
                [("search_text", "ilike", PART_OF_NUMBER)],
                "in_progress",
            ),
            "creation's page": form(model.search([("state", "=", "ready")], limit=1).creation_id),
            "scan of an envelope": lambda: model.find_by_barcode("fill-000137"),
            "workshop's queue": kanban(
                env["care.order.operation"],
                "operation_id",
                [("is_next", "=", True), ("order_id", "not any", [("hold_reason", "!=", False)])],
            ),
            "in our hands": lambda: holdings.web_read_group(
                [], ["location_id"], ["__count", "company_value:sum"]
            )["groups"],
        }


def copy_all(env, seeds, size, names):
    """Copy seeds until there are as many orders as asked.

    :param dict seeds: state → recordsets of one order; each record refers to others of its seed
        or to what is shared. The first is of what is over, and makes up for the rest.
    :param int size: how many orders in all
    :param dict names: table → {column: SQL of what is its own in each copy, with `{n}`}
    """
    env.flush_all()
    next_id = dict.fromkeys({records._table for seed in seeds.values() for records in seed}, 0)
    number = 0
    few = max(int(size * OPEN_SHARE), FEWEST_OPEN)
    for rank, seed in enumerate(seeds.values()):
        count = few if rank else size - few * (len(seeds) - 1)
        filled = [records for records in seed if records]
        first = {records._table: FIRST_ID + next_id[records._table] for records in filled}
        for index, records in enumerate(filled):
            own = dict(names.get(records._table, {}))
            # A circle of references is closed once its last table is copied: its own included,
            # which would be read as a whole for each row while it has no statistics.
            circles = _get_references(records, filled[index:])
            own.update(dict.fromkeys((column for column, _others in circles), "NULL"))
            _copy(env, records, filled, first, number, count, own)
            next_id[records._table] += count * len(records)
            # Without statistics each reference to this table would be checked by reading all of it.
            env.cr.execute(SQL("ANALYZE %s", SQL.identifier(records._table)))
            _copy_links(env, records, first, count)
        for index, records in enumerate(filled):
            for column, others in _get_references(records, filled[index:]):
                _close(env, records, column, others, first, count)
        number += count


def _get_references(records, later):
    """Return the columns of some records that refer to tables copied later, with what is there.

    :rtype: list[tuple]
    """
    models = {others._name: others for others in later}
    return [
        (field.name, models[field.comodel_name])
        for field in records._fields.values()
        if field.type == "many2one" and field.store and field.comodel_name in models
        if records[field.name] & models[field.comodel_name]
    ]


def _close(env, records, column, others, first, count):
    """Let the copies of records refer to the copies of a table that came after theirs."""
    start = first[records._table]
    for rank, record in enumerate(records):
        if record[column] not in others:
            continue
        target = first[others._table] + others.ids.index(record[column].id)
        env.cr.execute(
            f"UPDATE {records._table} SET {column} = %s + (id - %s) / %s * %s "
            "WHERE id >= %s AND id < %s AND (id - %s) %% %s = %s",
            (
                *(target, start, len(records), len(others)),
                *(start, start + count * len(records)),
                *(start, len(records), rank),
            ),
        )


def _copy(env, records, seed, first, number, count, own):
    """Copy the records of one table, with references to the copies of the rest of their seed."""
    table = records._table
    env.cr.execute(
        SQL(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
            table,
        )
    )
    copied = {others._name: others for others in seed}
    values = {}
    for (column,) in env.cr.fetchall():
        field = records._fields.get(column)
        values[column] = f't."{column}"'
        if column in own:
            values[column] = own[column].format(n=f"({number} + n)")
        elif field is not None and field.type == "many2one" and field.comodel_name in copied:
            values[column] = _reference(f't."{column}"', copied[field.comodel_name], first)
    # The fragments are this module's own: names of columns and numbers.
    env.cr.execute(
        f"INSERT INTO {table} (id, {', '.join(json.dumps(name) for name in values)}) "
        f"SELECT {_reference('t.id', records, first)}, {', '.join(values.values())} "
        f"FROM {table} t CROSS JOIN generate_series(0, %s - 1) n WHERE t.id IN %s ORDER BY n, t.id",
        (count, records._ids),
    )


def _copy_links(env, records, first, count):
    """Copy the links of records to what is shared."""
    for name in COPIED_LINKS.get(records._name, ()):
        field = records._fields[name]
        mine, theirs = field.column1, field.column2
        env.cr.execute(
            f"INSERT INTO {field.relation} ({mine}, {theirs}) "
            f"SELECT {_reference(f't.{mine}', records, first)}, t.{theirs} "
            f"FROM {field.relation} t CROSS JOIN generate_series(0, %s - 1) n WHERE t.{mine} IN %s",
            (count, records._ids),
        )


def _reference(column, records, first):
    """Return the SQL that turns the id of a record of the seed into that of its n-th copy."""
    ranks = " ".join(f"WHEN {record.id} THEN {rank}" for rank, record in enumerate(records))
    start = first[records._table]
    return f"COALESCE({start} + n * {len(records)} + CASE {column} {ranks} END, {column})"
