# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import CareCommon


@tagged("post_install", "-at_install")
class TestPolishing(CareCommon):
    """Rules section 8: polishing wears metal."""

    def test_default_threshold(self):
        """Section 8: the threshold is a company setting, 3 by default."""
        self.assertEqual(self.company.care_polishing_threshold, 3)

    def test_every_polishing_counts(self):
        """Section 8: every polishing operation counts, the adjustments' too."""
        creation = self._creation()
        self.assertEqual(self._polishing_count(creation), 0)
        self.assertFalse(self._polishing_last_date(creation))
        self._done(creation, "polishing")
        self.assertEqual(self._polishing_count(creation), 1)
        self._done(creation, "ring_resizing")
        self.assertEqual(self._polishing_count(creation), 2)
        self.assertEqual(
            fields.Date.to_date(self._polishing_last_date(creation)), fields.Date.today()
        )

    def test_one_order_polishes_once(self):
        """Sections 6 and 8: merged routes hold one polishing operation: it counts once."""
        creation = self._creation()
        self._done(creation, "polishing", "ring_resizing")
        self.assertEqual(self._polishing_count(creation), 1)

    def test_buffing_is_no_polishing(self):
        """Section 8: shining buffs; it wears nothing."""
        creation = self._creation()
        self._done(creation, "shining", "reshaping")
        self.assertEqual(self._polishing_count(creation), 0)

    def test_skipped_polishing_does_not_count(self):
        """Section 8: a polishing that was not carried out does not count."""
        creation = self._creation()
        order = self._to(self._order(creation, "ring_resizing"), "in_progress")
        self._operations(order, "polishing").with_user(self.jeweler).action_skip("Matte finish")
        self._finish(order)
        self.assertEqual(self._polishing_count(creation), 0)

    def test_threshold(self):
        """Section 8: at or past the threshold a jeweler must recommend it."""
        self.company.care_polishing_threshold = 2
        creation = self._creation()
        for count in range(4):
            self.assertEqual(self._polishing_count(creation), count)
            order = self._receive(self._order(creation, "polishing"))
            if count >= 2:
                self.assertRefused(order.action_propose)
                self.assertForbidden(
                    self._line(order, "polishing").with_user(self.advisor).write,
                    {"is_feasible": True},
                )
                self.assertRefused(order.action_propose)
                self._line(order, "polishing").with_user(self.jeweler).is_feasible = True
            self._start(order)
            self._finish(order)
            self._pay(order)
            self._hand_over(order)

    def test_not_advised_before_a_date(self):
        """Section 8: a jeweler may set a date before which it is not advised."""
        creation = self._creation()
        today = fields.Date.today()
        self._set_polishing_not_before(creation.with_user(self.jeweler), today + timedelta(days=1))
        order = self._receive(self._order(creation, "polishing"))
        self.assertRefused(order.action_propose)
        self._set_polishing_not_before(creation.with_user(self.jeweler), today)
        order.action_propose()
        self.assertEqual(order.state, "estimated")

    def test_threshold_of_zero(self):
        """Section 8: at or past the threshold: at 0 every polishing wants a recommendation."""
        self.company.care_polishing_threshold = 0
        order = self._receive(self._order(self._creation(), "polishing"))
        self.assertRefused(order.action_propose)
