# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import threading
import uuid

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

TIMEOUT = 120


@tagged("post_install", "-at_install")
class TestConcurrency(TransactionCase):
    """Security-and-faults: many at once, with real cursors on committed data."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        # Threads have environments of their own: nothing of `self.env` may be used in them.
        self.company_id = self.env.ref("base.main_company").id
        self.prefix = f"Concurrency {uuid.uuid4().hex[:8]}"
        with self._committed() as env:
            company = env["res.company"].browse(self.company_id)
            self.trigger_before = company.care_invoice_trigger
            company.care_invoice_trigger = "manual"
            self.partner_id = env["res.partner"].create({"name": self.prefix}).id
            self.location_id = (
                env["care.location"]
                .create(
                    {
                        "name": self.prefix,
                        "location_type": "boutique",
                        "company_id": company.id,
                    }
                )
                .id
            )
            self.product_id = (
                env["product.product"].create({"name": self.prefix, "type": "consu"}).id
            )

    # -- Committed data, and its end ------------------------------------------------------

    def _environment(self, cr):
        return api.Environment(
            cr,
            SUPERUSER_ID,
            {
                "allowed_company_ids": [self.company_id],
                "tracking_disable": True,
                "mail_create_nolog": True,
            },
        )

    def _committed(self):
        """An environment on a cursor of its own that commits at its end."""
        case = self

        class Committed:
            def __enter__(self):
                self.cr = case.registry.cursor()
                return case._environment(self.cr)

            def __exit__(self, exc_type, exc, traceback):
                if exc_type is None:
                    case._environment(self.cr).flush_all()
                    self.cr.commit()  # pylint: disable=invalid-commit
                self.cr.close()

        return Committed()

    def _clean_up(self):
        """Take away what was committed, below the ORM where it refuses to."""
        with self._committed() as env:
            env["res.company"].browse(self.company_id).care_invoice_trigger = self.trigger_before
            orders = env["care.order"].search([("partner_id", "=", self.partner_id)])
            moves = env["account.move"].search([("partner_id", "=", self.partner_id)])
            moves.button_draft()
            order_ids = orders.ids
            creations = (
                env["care.creation"]
                .with_context(active_test=False)
                .search([("partner_id", "=", self.partner_id)])
            )
            creation_ids = creations.ids
            for table, ids in (
                ("care_order", order_ids),
                ("care_creation", creation_ids),
                ("care_location", [self.location_id]),
            ):
                self._delete(env, table, ids)
            env.cr.execute("DELETE FROM care_intake WHERE partner_id = %s", [self.partner_id])
            env.invalidate_all()
            moves.with_context(force_delete=True).unlink()
            env["product.product"].browse(self.product_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _delete(self, env, table, ids):
        """Delete rows and the rows of the addon that point to them."""
        if not ids:
            return
        env.flush_all()
        env.cr.execute(
            """
            SELECT source.relname, attribute.attname
              FROM pg_constraint link
              JOIN pg_class source ON source.oid = link.conrelid
              JOIN pg_class target ON target.oid = link.confrelid
              JOIN pg_attribute attribute
                ON attribute.attrelid = source.oid AND attribute.attnum = link.conkey[1]
             WHERE link.contype = 'f' AND target.relname = %s
               AND link.confdeltype <> 'n' AND source.relname LIKE 'care%%'
               AND source.oid <> target.oid
            """,
            [table],
        )
        for source, column in env.cr.fetchall():
            if not self._has_id(env, source):
                env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(source),
                        SQL.identifier(column),
                        list(ids),
                    )
                )
                continue
            env.cr.execute(
                SQL(
                    "SELECT id FROM %s WHERE %s = ANY(%s)",
                    SQL.identifier(source),
                    SQL.identifier(column),
                    list(ids),
                )
            )
            self._delete(env, source, [row[0] for row in env.cr.fetchall()])
        env.cr.execute(SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(table), list(ids)))

    def _has_id(self, env, table):
        env.cr.execute(
            "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = 'id'",
            [table],
        )
        return bool(env.cr.fetchone())

    def _creation(self, env, serial=None):
        return env["care.creation"].create(
            {
                "product_id": self.product_id,
                "partner_id": self.partner_id,
                "serial_number": serial or uuid.uuid4().hex.upper(),
                "creation_type": "ring",
                "is_resizable": True,
                "engraving_capacity": 10,
            }
        )

    def _order(self, env, creation, code="reshaping"):
        return env["care.order"].create(
            {
                "partner_id": self.partner_id,
                "creation_id": creation.id,
                "location_id": self.location_id,
                "line_ids": [
                    Command.create({"service_id": env.ref(f"cartier_care.care_service_{code}").id})
                ],
            }
        )

    def _diagnose(self, order):
        order.operation_ids.filtered(
            lambda operation: operation.operation_id.code == "diagnosis"
        ).action_done()

    def _estimated(self, env):
        order = self._order(env, self._creation(env))
        order.action_receive()
        self._diagnose(order)
        order.action_propose()
        return order

    def _ready(self, env):
        order = self._estimated(env)
        order.action_approve()
        order.action_start()
        for operation in order.operation_ids.sorted("sequence"):
            if operation.state not in ("done", "skipped"):
                operation.action_done()
        order.action_finish()
        return order

    # -- At once ------------------------------------------------------------------------------

    def _at_once(self, *works):
        """Run the works in threads, as requests do: a transaction each, retried by Odoo.

        :return: the outcome of each: its result, or the exception that people would see
        """
        barrier = threading.Barrier(len(works))
        outcomes = [None] * len(works)

        def run(index, work):
            try:
                with self.registry.cursor() as cr:
                    env = self._environment(cr)
                    barrier.wait(TIMEOUT)
                    outcomes[index] = retrying(lambda: work(env), env)
            except Exception as error:  # noqa: BLE001
                outcomes[index] = error

        threads = [
            threading.Thread(target=run, args=(index, work), daemon=True)
            for index, work in enumerate(works)
        ]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(TIMEOUT)
        self.assertFalse([thread for thread in threads if thread.is_alive()], "no deadlock")
        return outcomes

    def _errors(self, outcomes):
        return [outcome for outcome in outcomes if isinstance(outcome, Exception)]

    def test_two_receive_the_same_creation(self):
        """Section 4: two users at once on the same creation: one order is received."""
        with self._committed() as env:
            creation = self._creation(env)
            ids = [self._order(env, creation, code).id for code in ("shining", "reshaping")]
        outcomes = self._at_once(
            *[
                lambda env, order_id=order_id: env["care.order"].browse(order_id).action_receive()
                for order_id in ids
            ]
        )
        errors = self._errors(outcomes)
        self.assertEqual(len(errors), 1, outcomes)
        self.assertIsInstance(errors[0], UserError, "said to people in a sentence")
        with self._committed() as env:
            states = env["care.order"].browse(ids).mapped("state")
        self.assertEqual(sorted(states), ["draft", "received"])

    def test_two_register_the_same_number(self):
        """Section 7: two users register the same number at once: one creation lives."""
        serial = uuid.uuid4().hex.upper()
        outcomes = self._at_once(
            *[lambda env: self._creation(env, serial).id for _index in range(4)]
        )
        self.assertEqual(len(self._errors(outcomes)), 3)
        for error in self._errors(outcomes):
            self.assertIsInstance(error, UserError)
        with self._committed() as env:
            self.assertEqual(
                env["care.creation"].search_count([("partner_id", "=", self.partner_id)]), 1
            )

    def test_twenty_invoice_the_same_order(self):
        """Design, `action_invoice`: by twenty people at once, it bills nothing twice."""
        with self._committed() as env:
            order_id = self._ready(env).id

        def bill(env):
            env["care.order"].browse(order_id).action_invoice()

        self._at_once(*[bill] * 20)
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            self.assertEqual(len(order.invoice_ids), 1)
            self.assertEqual(order.invoice_ids.state, "posted")
            self.assertEqual(order.invoice_ids.amount_untaxed, 190.0)
            self.assertEqual(order.invoice_status, "invoiced")

    def test_finish_twice(self):
        """Security-and-faults: finishing at once bills once (trigger: ready)."""
        with self._committed() as env:
            env["res.company"].browse(self.company_id).care_invoice_trigger = "ready"
            order = self._estimated(env)
            order.action_approve()
            order.action_start()
            for operation in order.operation_ids.sorted("sequence"):
                if operation.state not in ("done", "skipped"):
                    operation.action_done()
            order_id = order.id
        outcomes = self._at_once(
            *[lambda env: env["care.order"].browse(order_id).action_finish()] * 5
        )
        for error in self._errors(outcomes):
            self.assertIsInstance(error, UserError)
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            self.assertEqual((order.state, len(order.invoice_ids)), ("ready", 1))

    def test_two_take_the_same_payment(self):
        """Issue 5, payment: several advisors take the payment of an order at once: once."""
        with self._committed() as env:
            order = self._ready(env)
            order.action_invoice()
            order_id = order.id

        def pay(env):
            env["care.payment.register"].create({"order_id": order_id}).action_confirm()

        outcomes = self._at_once(*[pay] * 5)
        self.assertEqual(len(self._errors(outcomes)), 4, outcomes)
        for error in self._errors(outcomes):
            self.assertIsInstance(error, UserError, "said to people in a sentence")
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            payments = env["account.payment"].search([("memo", "=", order.name)])
            self.assertEqual(len(payments), 1)
            self.assertEqual(payments.amount, order.invoice_ids.amount_total)
            self.assertEqual(order.amount_due, 0.0)
            # The clean-up takes back invoices and the client, which no payment may hold.
            payments.action_draft()
            payments.unlink()
            env["account.payment.register"].search([("partner_id", "=", self.partner_id)]).unlink()

    def test_two_take_the_payment_of_a_grouped_invoice(self):
        """Issue 5, payment: taken on two orders of one invoice at once: no more than is due."""
        with self._committed() as env:
            orders = self._ready(env) | self._ready(env)
            orders.action_invoice_grouped()
            order_ids = orders.ids
            methods = (
                env["account.journal"]
                .search([("type", "=", "bank"), ("company_id", "=", self.company_id)], limit=1)
                .inbound_payment_method_line_ids
            )
            accounts = {line.id: line.payment_account_id.id for line in methods}
            methods.payment_account_id = False
            journal = str(methods.journal_id.id)

        def pay(order_id):
            return lambda env: (
                env["care.payment.register"]
                .create({"order_id": order_id, "amount": 250.0, "journal": journal})
                .action_confirm()
            )

        outcomes = self._at_once(*[pay(order_id) for order_id in order_ids])
        with self._committed() as env:
            orders = env["care.order"].browse(order_ids)
            payments = env["account.payment"].search([("memo", "in", orders.mapped("name"))])
            count, due = len(payments), orders.mapped("amount_due")
            left = orders[0].invoice_ids.amount_total - 250.0
            payments.action_draft()
            payments.unlink()
            env["account.payment.register"].search([("partner_id", "=", self.partner_id)]).unlink()
            for line_id, account_id in accounts.items():
                line = env["account.payment.method.line"].browse(line_id)
                line.payment_account_id = account_id
        self.assertEqual((count, due), (1, [left, left]), outcomes)
        self.assertEqual(len(self._errors(outcomes)), 1)
        self.assertIsInstance(self._errors(outcomes)[0], UserError)

    def test_approve_and_decline(self):
        """Security-and-faults: approve and decline at once: one outcome."""
        with self._committed() as env:
            order_id = self._estimated(env).id
        outcomes = self._at_once(
            lambda env: env["care.order"].browse(order_id).action_approve(),
            lambda env: env["care.order"].browse(order_id).action_decline("Too dear"),
        )
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            state, estimate = order.state, order.estimate_ids.mapped("state")
        self.assertIn(state, ("approved", "declined"))
        if state == "approved":
            self.assertEqual(estimate, ["accepted"])
            self.assertEqual(len(self._errors(outcomes)), 1)
        else:
            # Approved first and declined right after is an outcome too.
            self.assertNotEqual(estimate, ["sent"])

    def test_approve_twice(self):
        """Security-and-faults: approving at once is one approval of one estimate."""
        with self._committed() as env:
            order_id = self._estimated(env).id
        outcomes = self._at_once(
            *[lambda env: env["care.order"].browse(order_id).action_approve()] * 5
        )
        self.assertEqual(len(self._errors(outcomes)), 4)
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            self.assertEqual(order.state, "approved")
            self.assertEqual(order.estimate_ids.mapped("state"), ["accepted"])

    def test_revise_and_approve(self):
        """Security-and-faults: an order edited while it is approved: the total was signed."""
        with self._committed() as env:
            order_id = self._estimated(env).id

        def revise(env):
            order = env["care.order"].browse(order_id)
            order.action_revise()
            order.line_ids.write({"price_unit": 100.0, "price_reason": "A gesture"})

        self._at_once(lambda env: env["care.order"].browse(order_id).action_approve(), revise)
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            accepted = order.estimate_ids.filtered(lambda one: one.state == "accepted")
            if order.state == "approved":
                self.assertEqual(accepted.amount_total, order.amount_total)
            else:
                self.assertEqual(order.state, "received")
                self.assertFalse(
                    accepted.filtered(lambda one: one.amount_total != order.amount_total)
                )

    def test_start_and_take_back_the_pre_approval(self):
        """Rules 9: work never starts on an amount that the client has just taken back."""
        with self._committed() as env:
            order = self._order(env, self._creation(env))
            order.action_receive()
            order._pre_approve(100_000.0, "Ada Client", False)
            self._diagnose(order)
            order_id = order.id
        outcomes = self._at_once(
            lambda env: env["care.order"].browse(order_id).action_start(),
            lambda env: env["care.order"].browse(order_id)._take_back_pre_approval(),
        )
        self.assertEqual(len(self._errors(outcomes)), 1, outcomes)
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            outcome = (order.state, bool(order.pre_approved_amount))
        self.assertIn(outcome, (("in_progress", True), ("received", False)))

    def test_confirm_an_arrival_twice(self):
        """Issue 4: a parcel is confirmed once, whatever the client clicks."""
        with self._committed() as env:
            order = self._ready(env)
            order.is_released = True
            order.intake_id.write(
                {"return_method": "parcel", "return_carrier": "X", "return_tracking": "1"}
            )
            order.action_hand_over()
            order_id = order.id
        outcomes = self._at_once(
            lambda env: env["care.order"].browse(order_id)._confirm_arrival("good"),
            lambda env: env["care.order"].browse(order_id)._confirm_arrival("remark", "A dent"),
        )
        self.assertEqual(len(self._errors(outcomes)), 1, outcomes)

    def test_two_add_the_same_service(self):
        """Section 4: the same service at most once, though two add it at once."""
        with self._committed() as env:
            order_id = self._order(env, self._creation(env), "shining").id

        def add(env):
            service = env.ref("cartier_care.care_service_polishing")
            env["care.order"].browse(order_id).write(
                {"line_ids": [Command.create({"service_id": service.id})]}
            )

        outcomes = self._at_once(*[add] * 4)
        self.assertEqual(len(self._errors(outcomes)), 3)
        with self._committed() as env:
            self.assertEqual(len(env["care.order"].browse(order_id).line_ids), 2)

    def test_two_add_care_services(self):
        """Section 1: two advisors add care at once: the fee is still one."""
        with self._committed() as env:
            order_id = self._order(env, self._creation(env), "shining").id

        def add(code):
            def work(env):
                service = env.ref(f"cartier_care.care_service_{code}")
                env["care.order"].browse(order_id).write(
                    {"line_ids": [Command.create({"service_id": service.id})]}
                )

            return work

        codes = ("reshaping", "polishing", "clasp_link_repair")
        outcomes = self._at_once(*[add(code) for code in codes])
        self.assertFalse(self._errors(outcomes))
        with self._committed() as env:
            order = env["care.order"].browse(order_id)
            self.assertEqual(len(order.line_ids), 4)
            self.assertEqual(
                sorted(order.line_ids.mapped("price_origin")),
                ["complimentary", "fee", "included", "included"],
            )
            self.assertEqual(order.amount_untaxed, 190.0)

    def test_numbers_of_orders(self):
        """Design, `care.order`: orders made at once have names of their own."""

        def make(env):
            return self._order(env, self._creation(env), "shining").name

        outcomes = self._at_once(*[make] * 8)
        self.assertFalse(self._errors(outcomes))
        self.assertEqual(len(set(outcomes)), 8)
