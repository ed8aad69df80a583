# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestPromise(CareCommon):
    """More work than a day was promised for: the advisor is warned, the client is told once."""

    def _received(self, *codes, **values):
        return self._to(self._order(self._creation(), *codes, **values), "received")

    def _events(self, order):
        messages = self.env["care.order.message"].search([("order_id", "=", order.id)])
        return [message.event for message in messages.sorted("id")]

    def _summaries(self, order):
        return order.sudo().activity_ids.mapped("summary")

    def test_added_services(self):
        """A restoration that is added needs a later day: it is proposed, and nothing moves."""
        order = self._received("shining")
        promised = order.date_promised
        self.assertFalse(order.is_promise_at_risk)
        self.assertNotIn("The promised day is at risk", self._summaries(order))
        self._add_line(order.with_user(self.jeweler), "restoration")
        self.assertEqual(order.date_promised, promised, "the client was told of this day")
        self.assertTrue(order.is_promise_at_risk)
        lead = timedelta(days=self._service("restoration").lead_days)
        self.assertEqual(order.date_expected, order.sudo()._get_local_today() + lead)
        self.assertEqual(self._summaries(order).count("The promised day is at risk"), 1)
        self.assertNotIn("delayed", self._events(order))

        order.sudo()._schedule_once("Something else", order.date_promised)
        as_advisor = order.with_user(self.advisor)
        self.assertForbidden(order.with_user(self.jeweler).action_promise_anew)
        as_advisor.action_promise_anew()
        self.assertGreater(order.date_promised, promised)
        self.assertEqual(order.date_promised, order.date_expected)
        self.assertFalse(order.is_promise_at_risk)
        left = self._summaries(order)
        self.assertNotIn("The promised day is at risk", left, "nothing is to be seen to any more")
        self.assertIn("Something else", left)
        self.assertEqual(self._events(order).count("delayed"), 1)
        self.assertIn("no later day", self.assertRefused(as_advisor.action_promise_anew))

    def test_a_typed_promise_stands(self):
        """A day that somebody typed, shorter than the lead times, is no risk of itself."""
        soon = fields.Date.context_today(self.env["care.order"]) + timedelta(days=1)
        order = self._received("restoration", date_promised=soon)
        self.assertEqual(order.date_promised, soon)
        self.assertFalse(order.is_promise_at_risk)
        # Nor is what takes no longer than what the day was promised for.
        self._add_line(order, "shining")
        self.assertFalse(order.is_promise_at_risk)
        self.assertFalse(order.date_expected)

    def test_a_service_that_becomes_another(self):
        """What is exchanged for something longer is added as well; at the counter nothing is."""
        order = self._order(self._creation(), "shining")
        self._add_line(order, "reshaping")
        self.assertFalse(order.line_ids.filtered("date_added"))
        self._to(order, "received")
        line = self._line(order, "reshaping")
        self.assertFalse(order.is_promise_at_risk)
        line.service_id = self._service("restoration")
        self.assertTrue(line.date_added)
        self.assertTrue(order.is_promise_at_risk)
        self.assertForbidden(line.with_user(self.manager).write, {"date_added": False})

    def test_what_is_not_carried_out(self):
        """What has nothing to mend, or is left out by the client, needs no time."""
        order = self._received("shining")
        line = self._add_line(order, "restoration", is_optional=True)
        self.assertFalse(order.is_promise_at_risk)
        line.is_optional = False
        self.assertTrue(order.is_promise_at_risk)
        line.outcome = "not_feasible"
        self.assertFalse(order.is_promise_at_risk)

    def test_the_warning_outlives_the_estimate(self):
        """What the estimate settles is taken off the list of things to do; the risk stays there."""
        order = self._received("shining")
        self._add_line(order, "reproduction")
        self._line(order, "reproduction").price_unit = 2000.0
        self._diagnose(order)
        order.action_propose()
        self.assertIn("The promised day is at risk", self._summaries(order))

    def test_discreet(self):
        """Who asked for discretion is not written to."""
        order = self._received("shining", is_discreet=True)
        self._add_line(order, "restoration")
        order.with_user(self.advisor).action_promise_anew()
        self.assertNotIn("delayed", self._events(order))
