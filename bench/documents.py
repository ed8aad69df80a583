"""A receipt as a PDF, beside Odoo's own sale order of as many lines."""

import contextlib

import odoo.http
import odoo.service.server
import odoo.tools
from odoo.fields import Command

from devtools.server import free_port

from .framework import bench, best, fresh, measured, row
from .order_path import Care, clients, products

REPEATS = 5


@bench
def documents(env):
    """Yield what a document takes from its record to its PDF, drawn by the real engine."""
    with fresh(env) as clean, answering(clean):
        papers = {
            "sale order": ("sale.action_report_saleorder", sale_order(clean)),
            "receipt": ("cartier_care.action_report_care_receipt", intake(clean)),
        }
        clean.flush_all()
        measures = {what: [] for what in papers}
        # One round more: the first fills the caches that a running server has filled.
        for _turn in range(REPEATS + 1):
            for what, (report, record) in papers.items():
                clean.flush_all()
                clean.invalidate_all()
                with measured(clean) as result:
                    content, _type = clean["ir.actions.report"]._render_qweb_pdf(report, record.ids)
                if not content.startswith(b"%PDF"):
                    raise RuntimeError(f"the {what} is no PDF")
                measures[what].append(result)
        base = best(measures["sale order"][1:])
        for what in papers:
            yield row("documents", 1, what, best(measures[what][1:]), "sale order", base)


@contextlib.contextmanager
def answering(env):
    """Answer the PDF engine, which asks for styles and fonts over HTTP."""
    port = free_port()
    odoo.tools.config["http_interface"] = "127.0.0.1"
    odoo.tools.config["http_port"] = port
    odoo.service.server.load_server_wide_modules()
    server = odoo.service.server.ThreadedServer(odoo.http.root)
    server.http_spawn()
    env["ir.config_parameter"].set_param("report.url", f"http://127.0.0.1:{port}")
    try:
        yield
    finally:
        if server.httpd:
            server.httpd.shutdown()


def sale_order(env):
    """Return a quotation of three lines."""
    return env["sale.order"].create(
        {
            "partner_id": clients(env, 1).id,
            "order_line": [
                Command.create({"product_id": item.id, "product_uom_qty": 1})
                for item in products(env)
            ],
        }
    )


def intake(env):
    """Return a visit with an order of two services and a part."""
    orders = Care.create_orders(env, Care.prepare(env, 1))
    orders.action_receive()
    return orders.intake_id
