# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from ..models.care_service import format_number
from .common import CareCommon

TEXTS = (
    "愛をこめて",
    "إلى الأبد",
    "💍✨ 👩‍👩‍👧",
    "<script>alert(1)</script>",
    "' OR 1=1; --",
    "%s %(name)s {0} {name}",
    "  spaces  ",
)


@tagged("post_install", "-at_install")
class TestTexts(CareCommon):
    """Security-and-faults: Arabic, Japanese, emoji, 10,000 characters, NUL, scripts."""

    def test_engraving_texts(self):
        """Section 1: several languages; the text is kept to the character."""
        for text in TEXTS:
            with self.subTest(text=text):
                creation = self._creation(engraving_capacity=50)
                order = self._order(creation, ("engraving", {"engraving_text": text}))
                self.assertEqual(
                    self._line(order, "engraving").engraving_text.strip(), text.strip()
                )
                self._to(order, "ready")

    def test_nul_bytes(self):
        """A NUL byte is refused in a sentence or taken out; nothing crashes."""
        creation = self._creation(engraving_capacity=50)
        self._attempt_texts(
            lambda text: self._order(creation, ("engraving", {"engraving_text": text})),
            "AB\x00CD",
        )
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        self._attempt_texts(order.action_decline, "Too\x00dear")
        self.assertIn(order.state, ("received", "declined"))

    def _attempt_texts(self, action, text):
        """Refused for people, or done; any other error is a crash and fails the test."""
        self._attempt(action, text)

    def test_long_reasons(self):
        """10,000 characters where a reason is typed."""
        reason = "x" * 10_000
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        if self._attempt(order.action_decline, reason):
            self.assertEqual(order.state, "declined")
        else:
            self.assertEqual(order.state, "received")

    def test_reasons_that_are_no_text(self):
        """A list, a dictionary or a number where a reason is expected is refused."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        for reason in (["a"], {"a": 1}, 7, None, True):
            self.assertRefused(order.action_decline, reason)
            self.assertRefused(order.action_report_lost, reason)
        creation = self._creation().with_user(self.manager)
        for reason in (["a"], {"a": 1}, 7, None, True):
            self.assertRefused(creation.action_report_lost, reason)
        self.assertEqual((order.state, creation.state), ("received", "in_use"))

    def test_scripts_are_escaped_in_the_chatter(self):
        """Script in a reason or a name is escaped in the chatter."""
        script = "<script>alert(1)</script>"
        order = self._order(self._creation(), "reshaping", "component_replacement")
        self._line(order, "reshaping").write({"price_unit": 100.0, "price_reason": script})
        self._to(order, "in_progress")
        self._all_done(order)
        self._operations(order, "final_check").action_fail(script)
        self._finish(order)
        order.is_released = True
        bodies = "".join(
            str(body or "")
            for body in (order.message_ids | order.creation_id.message_ids).mapped("body")
        )
        self.assertIn("alert(1)", bodies, "it is on record")
        self.assertNotIn("<script", bodies)

    def test_numbers_as_the_reader_writes_them(self):
        """Limits and percentages: the locale's decimal mark, no decimals that say nothing."""
        self.env["res.lang"]._activate_lang("fr_FR")
        for value, english, french in ((2.0, "2", "2"), (1.5, "1.5", "1,5"), (10.0, "10", "10")):
            self.assertEqual(format_number(self.env(context={"lang": "en_US"}), value), english)
            self.assertEqual(format_number(self.env(context={"lang": "fr_FR"}), value), french)
        service = self._service("bracelet_resizing")
        service.adjustment_limit = 1.5
        reasons = service.with_context(lang="fr_FR")._get_refusals(
            self._creation("bracelet"), {"adjustment": 2.0}
        )
        self.assertIn("1,5 cm", reasons[0].reason)
