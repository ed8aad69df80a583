# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The client's pages read many creations and orders together (issue 6: speed)."""

from odoo.tests import tagged

from .test_portal import CarePortalCase


@tagged("post_install", "-at_install")
class TestPortalBatch(CarePortalCase):
    def _count(self, read):
        """How many queries it takes, with nothing read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        read()
        return self.env.cr.sql_log_count - before

    def test_no_query_per_creation_or_order(self):
        """Design: batch everywhere, no query per record."""
        orders = self.env["care.order"]
        for _number in range(8):
            orders |= self._order(self._creation(measure=52), "reshaping")
        orders.action_receive()
        few, many = orders[:3].sudo(), orders.sudo()
        for read in (
            lambda some: some._get_portal_exports(),
            lambda some: some.creation_id._get_portal_passports(self.client),
        ):
            read(many)
            self.assertLessEqual(
                self._count(lambda read=read: read(many)),
                self._count(lambda read=read: read(few)) + 2,
            )
