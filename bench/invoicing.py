"""Ready orders invoiced and posted by the job, beside the same invoices made bare."""

from unittest.mock import patch

from odoo.addons.cartier_care.models.care_order_invoicing import CRON_BATCH

from .framework import bench, fresh, measured, row
from .order_path import Care

COUNT = 1000
#: Fills the caches that a running server has filled.
WARM_UP = 10


@bench
def invoicing(env):
    """Yield time and queries per order of the job and of bare invoices, in the same batches."""
    for _row in compare_billing(env, WARM_UP):
        continue
    yield from compare_billing(env, COUNT)


def compare_billing(env, count):
    """Yield a row for bare invoices and one for the job.

    Commits are left out on both sides, as everything is rolled back; what they do to caches isn't.

    :param odoo.api.Environment env: gives the transaction
    :param int count: how many orders there are
    """
    with fresh(env) as clean:
        orders = ready_orders(clean, count)
        bare_vals = [bare(order._prepare_invoice()) for order in orders.sudo()]
        forget(clean)
        with measured(clean) as base:
            for start in range(0, count, CRON_BATCH):
                moves = clean["account.move"].create(bare_vals[start : start + CRON_BATCH])
                moves.action_post()
                forget(clean)
        with (
            patch.object(
                env.registry["ir.cron"],
                "_commit_progress",
                lambda cron, processed=0, **progress: forget(cron.env),
            ),
            measured(clean) as result,
        ):
            clean["care.order"]._cron_invoice()
        check(orders)
    yield row("invoicing", count, "bare", base, "bare", base)
    yield row("invoicing", count, "job", result, "bare", base)


def forget(env):
    """Leave the caches of records as a commit leaves them."""
    env.flush_all()
    env.invalidate_all()
    return float("inf")


def ready_orders(env, count):
    """Return finished orders of two services and a part that no trigger billed."""
    creations, *things = Care.prepare(env, count)
    # What the demo left behind is not part of the measure.
    env["care.order"].search([("invoice_status", "=", "to_invoice")])._create_invoices()
    env.company.care_invoice_trigger = "manual"
    orders = Care.make_ready(env, (creations, *things))
    env.company.care_invoice_trigger = "ready"
    return orders


def bare(vals):
    """Return the values of an invoice without what ties it to an order of care."""
    vals = dict(vals)
    vals["invoice_line_ids"] = [
        (
            code,
            number,
            {name: value for name, value in line.items() if not name.startswith("care_")},
        )
        for code, number, line in vals["invoice_line_ids"]
    ]
    return vals


def check(orders):
    """Refuse to measure a job that did not bill every order once."""
    invoices = orders.invoice_ids
    if len(invoices) != len(orders) or set(invoices.mapped("state")) != {"posted"}:
        raise RuntimeError(f"{len(orders)} orders have {len(invoices)} invoices")
