# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 6, *Access*: prices, dates and numbers in the client's locale, on every page."""

import re

from odoo.tests import tagged
from odoo.tools import format_amount, format_date

from .test_portal import CarePortalCase

#: How a locale writes a change of size, the size of a creation, and where it puts the sign.
NUMBERS = {
    "en_US": ("+2.5", "42.5"),
    "fr_FR": ("+2,5", "42,5"),
}


@tagged("post_install", "-at_install")
class TestPortalLocale(CarePortalCase):
    def setUp(self):
        super().setUp()
        necklace = self._creation("necklace", measure=42.5, purchase_date="2020-03-09")
        order = self._order(
            necklace,
            ("necklace_resizing", {"adjustment": 2.5}),
            "component_replacement",
            ("reshaping", {"is_optional": True}),
        )
        order.action_receive()
        self._add_part(order, "component_replacement", price_unit=12_345.6)
        self._line(order, "necklace_resizing").is_feasible = True
        self._diagnose(order)
        order.action_propose()
        order.sudo()._portal_ensure_token()
        self.order = order.with_env(self.env)
        self.env.flush_all()

    def _amount(self, amount, lang):
        return format_amount(self.env(context={"lang": lang}), amount, self.order.currency_id)

    def _day(self, date, lang):
        return format_date(self.env, date, date_format="long", lang_code=lang)

    def _text(self, text):
        """The words of a page, any space between them being a space."""
        words = re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.S)
        return re.sub(r"[\s\u00a0\u202f]+", " ", words.replace("&#34;", '"'))

    def _assert_said(self, text, *expected):
        for words in expected:
            self.assertIn(self._text(words), self._text(text))

    def test_pages_of_an_order(self):
        """By link and signed in: total, parts, validity, sizes and changes, in both languages."""
        total = self.order.amount_total
        valid_until = self.order.estimate_id.date_valid_until
        for login in (None, "care_t_client"):
            self.authenticate(login, login)
            for lang, numbers in NUMBERS.items():
                self._speak(lang)
                page = self._page(token=self.order.sudo().access_token).text
                self._assert_said(
                    page,
                    self._amount(total, lang),
                    self._amount(12_345.6, lang),
                    self._day(valid_until, lang),
                    *numbers,
                )
                other = next(code for code in NUMBERS if code != lang)
                self.assertNotIn(self._text(self._amount(total, other)), self._text(page))
                self.assertNotIn(self._day(valid_until, other), page)

    def test_days_of_the_other_direction(self):
        """Arabic days keep the order of their parts within our sentences, remarks have their own.

        The marks around them say so: from right to left, until here.
        """
        self.env["res.lang"]._activate_lang("ar_001")
        day = self.order.estimate_id.date_valid_until
        for lang, before, after in (("ar_001", "\u2067", "\u2069"), ("en_US", "", "")):
            said = self.order.with_context(lang=lang)._format_day(day)
            self.assertEqual(said, f"{before}{self._day(day, lang)}{after}")
        self.order.condition_note = "المشبك يعلق، 18 ct."
        self.authenticate(None, None)
        page = self._page(token=self.order.sudo().access_token).text
        self.assertRegex(page, 'class="o_care_condition" dir="auto">المشبك')

    def test_totals_that_follow_a_choice(self):
        """What the page asks for while the client chooses comes in the page's language."""
        reshaping = self._line(self.order, "reshaping")
        for lang in NUMBERS:
            self._speak(lang)
            answer = self.make_jsonrpc_request(
                f"/my/care/{self.order.id}/total",
                {
                    "access_token": self.order.sudo().access_token,
                    "accepted_line_ids": reshaping.ids,
                },
            )
            self._assert_said(answer["html"], self._amount(answer["total"], lang))

    def test_lists_and_catalogue(self):
        """The list, the creations with their passports, the catalogue and an offer."""
        self.authenticate("care_t_client", "care_t_client")
        ring = self._creation(measure=52.5, purchase_date="2019-12-01")
        price = self._service("reshaping").base_price
        self.env.flush_all()
        for lang in NUMBERS:
            self._speak(lang)
            self._assert_said(
                self.url_open("/my/care?filterby=all").text,
                self._amount(self.order.amount_total, lang),
            )
            self._assert_said(
                self.url_open("/my/creations").text,
                self._day(ring.purchase_date, lang),
                NUMBERS[lang][1],
            )
            self._assert_said(self.url_open("/my/care/services").text, self._amount(price, lang))
            offer = self.url_open("/my/care/new", params={"creation_id": ring.id}).text
            self._assert_said(offer, self._amount(price, lang))
