"""Once and only once, on a running server with several processes (issue: faults lose nothing).

A real Odoo with workers runs on a copy of the tests' database. Requests arrive over HTTP, jobs run
in their own process, and processes are killed while they bill. What counts is what PostgreSQL holds
afterwards: one invoice per order, an order wholly billed or not at all.
"""

import concurrent.futures
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import psycopg2
import pytest
import requests

import odoo
import odoo.sql_db
from odoo.tests.common import get_db_name
from odoo.tools import config

from devtools import process, server as servers
from devtools.database import link_tree

#: Processes that answer requests: more than the cores of most machines, so that they do collide.
WORKERS = 4
#: Orders of the job that is killed twice: several of its commits.
BATCH = 160
SECONDS = 180

#: Starts Odoo without its process for live updates, which needs more than the tests have, and with
#: connections that tell which of the processes has them.
START = """
import os

import odoo.cli
import odoo.service.server as server
import odoo.sql_db as sql_db

borrow = sql_db.ConnectionPool.borrow
sql_db.ConnectionPool.borrow = lambda pool, info: borrow(
    pool, {**info, "application_name": f"odoo-{os.getpid()}"}
)
server.PreforkServer.long_polling_spawn = lambda self: None
odoo.cli.main()
"""

#: Who bills an order and with what, as PostgreSQL knows it after everybody is done.
BILLED = """
    SELECT care.id,
           care.invoice_status,
           (SELECT count(*) FROM care_order_billing billing WHERE billing.order_id = care.id),
           (SELECT count(*) FROM account_move move WHERE move.invoice_origin = care.name),
           (SELECT count(*) FROM account_move move
             WHERE move.invoice_origin = care.name AND move.state = 'posted'
               AND move.amount_total = care.amount_total)
      FROM care_order care
     WHERE care.id = ANY(%s)
"""
NOTHING = ("to_invoice", 0, 0, 0)
ONCE = ("invoiced", 1, 1, 1)

#: By which connection, and in which process, something is done with a table.
BUSY = """
    SELECT activity.pid, substring(activity.application_name FROM '^odoo-([0-9]+)$')::integer
      FROM pg_stat_activity activity
     WHERE activity.datname = current_database() AND activity.query ILIKE %s
       AND activity.pid <> pg_backend_pid()
"""


class House:
    """A running server, its database, and people who use both.

    :param str url: where the server listens
    :param str database: its database
    :param subprocess.Popen odoo: the process that keeps the workers
    """

    def __init__(self, url, database, odoo_process):
        self.url = url
        self.database = database
        self.odoo = odoo_process
        self._ids = itertools.count(1)
        self._cookies = {login: self._log_in(login) for login in ("admin", "advisor")}
        self.company_id = self.sql("SELECT id FROM res_company ORDER BY id LIMIT 1")[0][0]

    # -- HTTP -----------------------------------------------------------------------------------

    def _log_in(self, login):
        answer = requests.post(
            f"{self.url}/web/session/authenticate",
            json={"params": {"db": self.database, "login": login, "password": login}},
            timeout=SECONDS,
        )
        assert answer.json()["result"]["uid"], login
        return answer.cookies

    def call(self, model, method, *arguments, login="admin", **keywords):
        """Call a method as the web client does.

        :raise RuntimeError: with the message that people would see
        """
        answer = requests.post(
            f"{self.url}/web/dataset/call_kw/{model}/{method}",
            json={
                "id": next(self._ids),
                "params": {
                    "model": model,
                    "method": method,
                    "args": list(arguments),
                    "kwargs": keywords,
                },
            },
            cookies=self._cookies[login],
            timeout=SECONDS,
        ).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    # -- Data -----------------------------------------------------------------------------------

    def sql(self, query, *parameters):
        """Return the rows of a query, as they are committed."""
        return query_rows(self.database, query, *parameters)

    def set_trigger(self, trigger):
        """Choose when orders are billed by themselves."""
        self.call("res.company", "write", [self.company_id], {"care_invoice_trigger": trigger})

    def ready_orders(self, count):
        """Return the ids of finished orders that nobody billed yet."""
        self.set_trigger("manual")
        partner_id = self.call("res.partner", "create", {"name": f"Load {uuid.uuid4().hex[:6]}"})
        product_id = self.call("product.product", "create", {"name": "Ring", "type": "consu"})
        service_id = self.sql(
            "SELECT res_id FROM ir_model_data WHERE module = 'cartier_care' AND name = %s",
            "care_service_reshaping",
        )[0][0]
        location_id = self.sql(
            "SELECT location.id FROM care_location location"
            "  JOIN care_location_res_users_rel link ON link.care_location_id = location.id"
            "  JOIN res_users users ON users.id = link.res_users_id"
            " WHERE users.login = 'advisor' AND location.company_id = %s LIMIT 1",
            self.company_id,
        )[0][0]
        creation_ids = self.call(
            "care.creation",
            "create",
            [
                {
                    "product_id": product_id,
                    "partner_id": partner_id,
                    "serial_number": uuid.uuid4().hex.upper(),
                    "creation_type": "ring",
                }
                for _index in range(count)
            ],
        )
        order_ids = self.call(
            "care.order",
            "create",
            [
                {
                    "partner_id": partner_id,
                    "creation_id": creation_id,
                    "location_id": location_id,
                    "line_ids": [[0, 0, {"service_id": service_id}]],
                }
                for creation_id in creation_ids
            ],
        )
        self.call("care.order", "action_receive", order_ids)
        self._do_operations(order_ids, "=")
        for step in ("propose", "approve", "start"):
            self.call("care.order", f"action_{step}", order_ids)
        self._do_operations(order_ids, "!=")
        self.call("care.order", "action_finish", order_ids)
        return order_ids

    def _do_operations(self, order_ids, operator):
        """Do the diagnosis of the orders, or all but that."""
        operation_ids = self.call(
            "care.order.operation",
            "search",
            [("order_id", "in", order_ids), ("operation_id.code", operator, "diagnosis")],
        )
        self.call("care.order.operation", "action_done", operation_ids)

    def billing(self, order_ids):
        """Return how often each order is billed, by id."""
        return {row[0]: tuple(row[1:]) for row in self.sql(BILLED, list(order_ids))}

    # -- The job --------------------------------------------------------------------------------

    def run_job(self):
        """Have the job that bills what the triggers left behind start now."""
        self.sql(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE id = (SELECT res_id FROM ir_model_data"
            "              WHERE module = 'cartier_care' AND name = 'cron_care_order_invoice')"
            " RETURNING id"
        )
        self._wake_job()

    def _wake_job(self):
        """Tell the process that runs jobs to look what is due: a new one may have missed it."""
        query_rows("postgres", "SELECT pg_notify('cron_trigger', %s)", self.database)

    def wait_until(self, ask, pause=0.2):
        """Wait until a question is answered by something, and return the answer.

        :raise AssertionError: when it takes too long
        """
        deadline = time.monotonic() + SECONDS
        woken = time.monotonic()
        while not (answer := ask()):
            assert self.odoo.poll() is None, "the server is down"
            assert time.monotonic() < deadline, "the job does not come to its end"
            time.sleep(pause)
            if time.monotonic() > woken + 2:
                woken = time.monotonic()
                self._wake_job()
        return answer

    def count_billed(self, order_ids):
        """Return how many of the orders have been billed."""
        query = "SELECT count(DISTINCT order_id) FROM care_order_billing WHERE order_id = ANY(%s)"
        return self.sql(query, list(order_ids))[0][0]

    def wait_until_billed(self, order_ids):
        """Wait until every order is billed, and check that none is billed twice."""
        self.wait_until(lambda: self.count_billed(order_ids) == len(order_ids))
        assert set(self.billing(order_ids).values()) == {ONCE}

    def children(self):
        """Return the pids of the server's processes."""
        path = Path(f"/proc/{self.odoo.pid}/task/{self.odoo.pid}/children")
        return [int(pid) for pid in path.read_text(encoding="utf-8").split()]


def query_rows(database, query, *parameters):
    """Return the rows of a query, committed by itself."""
    _name, info = odoo.sql_db.connection_info_for(database)
    with contextlib.closing(psycopg2.connect(**info)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall()


@pytest.fixture(scope="module")
def house():
    """A server with several processes on a copy of the tests' database."""
    source = get_db_name()
    database = f"{source}-load"
    files = Path(config["data_dir"], "filestore", database)
    odoo.sql_db.close_db(source)
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
    subprocess.run(["createdb", "-T", source, database], check=True)
    port = servers.free_port()
    try:
        link_tree(Path(config.filestore(source)), files)
        with process.spawned(
            [
                *(sys.executable, "-c", START, "-d", database, f"--db-filter=^{database}$"),
                *(f"--workers={WORKERS}", "--max-cron-threads=1", "--log-level=critical"),
                *(f"--http-port={port}", "--limit-time-real=300", "--limit-time-cpu=300"),
            ],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
        ) as odoo_process:
            wait_for_login(odoo_process, port)
            yield House(f"http://127.0.0.1:{port}", database, odoo_process)
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
        shutil.rmtree(files, ignore_errors=True)


def wait_for_login(odoo_process, port):
    """Wait until the server answers."""
    deadline = time.monotonic() + SECONDS
    while True:
        assert odoo_process.poll() is None and time.monotonic() < deadline, "no server"
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{port}/web/login", timeout=SECONDS).ok:
                return
        time.sleep(0.2)


def at_once(works):
    """Run the works at the same time and return what each returned or raised."""
    barrier = threading.Barrier(len(works))

    def run(work):
        barrier.wait(SECONDS)
        try:
            return work()
        except RuntimeError as error:
            return error

    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_twenty_people_bill_an_order(house):
    """Issue 5: twenty simultaneous `action_invoice` over HTTP make one invoice."""
    (order_id,) = house.ready_orders(1)

    def bill(login):
        return lambda: house.call("care.order", "action_invoice", [order_id], login=login)

    outcomes = at_once([bill("admin"), bill("advisor")] * 10)
    assert house.billing([order_id]) == {order_id: ONCE}
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert not errors, "who came too late is shown the invoice"
    # Repeated clicks, one after the other.
    for _click in range(3):
        house.call("care.order", "action_invoice", [order_id], login="advisor")
    assert house.billing([order_id]) == {order_id: ONCE}


def test_the_job_beside_users(house):
    """Issue 5: the job and users who bill the same orders at once bill each of them once."""
    order_ids = house.ready_orders(24)
    house.set_trigger("ready")
    chunks = [order_ids[start::3] for start in range(3)]

    def bill(chunk):
        def work():
            for order_id in chunk:
                house.call("care.order", "action_invoice", [order_id], login="advisor")

        return work

    outcomes = at_once([house.run_job, *map(bill, chunks), *map(bill, chunks)])
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    house.run_job()
    house.wait_until_billed(order_ids)


def kill_process(house, backend, pid):
    """End the process that runs the job, without a word."""
    assert pid in house.children(), "only what this test started is killed"
    os.kill(pid, signal.SIGKILL)


def cut_connection(house, backend, pid):
    """End the connection of the process that runs the job, as PostgreSQL does when it dies."""
    house.sql("SELECT pg_terminate_backend(%s)", backend)


def test_the_job_is_killed_while_it_bills(house):
    """Faults: each order is wholly billed or not at all, and running again completes them."""
    order_ids = house.ready_orders(BATCH)
    house.set_trigger("ready")
    for strike in (kill_process, cut_connection):
        before = house.count_billed(order_ids)
        house.run_job()
        # It has committed one of its batches and is busy with another one.
        house.wait_until(lambda before=before: house.count_billed(order_ids) > before, 0.05)
        strike(house, *house.wait_until(lambda: house.sql(BUSY, "%account_move%"), 0.01)[0])
        assert set(house.billing(order_ids).values()) == {ONCE, NOTHING}, "killed in mid-batch"
    house.run_job()
    house.wait_until_billed(order_ids)


def test_a_request_is_killed_while_it_bills(house):
    """Faults: a batch whose process is killed is billed not at all, and then once."""
    order_ids = house.ready_orders(30)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        request = pool.submit(house.call, "care.order", "action_invoice", order_ids)
        kill_process(house, *house.wait_until(lambda: house.sql(BUSY, "%account_move%"), 0.01)[0])
        assert isinstance(request.exception(SECONDS), requests.RequestException)
    assert set(house.billing(order_ids).values()) == {NOTHING}
    house.call("care.order", "action_invoice", order_ids)
    assert set(house.billing(order_ids).values()) == {ONCE}
