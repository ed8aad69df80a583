# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""French is complete, and a French reader meets no English sentence.

A term that reads the same in French stays empty in `fr.po`, as Odoo exports it, under the
comment ``IDENTICAL``: a term without that comment and without a translation was forgotten.
"""

import re
from pathlib import Path

import polib

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons.cartier_care.tests.common import ADJUSTMENTS, ALL_SERVICES, CareCommon

FOLDER = Path(__file__).parent.parent / "i18n"
IDENTICAL = "Identique en français."

#: What a translation must keep as it is: placeholders of Python and of templates, and tags.
FIXED = re.compile(r"%\(\w+\)[sdg]|%[sd]|%%|\{\{.*?\}\}|</?[a-z][^<>]*>")

#: What French typography never writes: a straight apostrophe in a word, a mark after no space or
#: after one where the line may break.
UNFRENCH = re.compile(r"[^\W\d_]'[^\W\d_]|[\w)\u00bb»][;?!:](?=\s|$)|[ \u00a0][;?!:»](?=\s|$)|« ")


def _fixed_parts(text):
    return sorted(FIXED.findall(text))


@tagged("post_install", "-at_install")
class TestTranslationFiles(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = polib.pofile(str(FOLDER / "cartier_care.pot"))
        cls.french = polib.pofile(str(FOLDER / "fr.po"))

    def test_french_has_the_terms_of_the_template(self):
        self.assertEqual(
            {entry.msgid for entry in self.french if not entry.obsolete},
            {entry.msgid for entry in self.template},
        )

    def test_terms_are_translated_where_they_stand(self):
        """Odoo translates a term of a view only in the views that its references name."""
        places = {entry.msgid: set(entry.occurrences) for entry in self.french}
        self.assertFalse(
            [
                entry.msgid
                for entry in self.template
                if not set(entry.occurrences) <= places[entry.msgid]
            ]
        )

    def test_no_term_is_untranslated_or_uncertain(self):
        untranslated = [
            entry.msgid
            for entry in self.french
            if not entry.msgstr and IDENTICAL not in entry.tcomment
        ]
        self.assertFalse(untranslated)
        self.assertFalse([entry.msgid for entry in self.french if entry.fuzzy])
        self.assertFalse([entry.msgid for entry in self.french if entry.msgstr == entry.msgid])

    def test_placeholders_and_tags_are_kept(self):
        for entry in self.french.translated_entries():
            with self.subTest(entry.msgid):
                self.assertEqual(_fixed_parts(entry.msgstr), _fixed_parts(entry.msgid))

    def test_typography_is_french(self):
        for entry in self.french.translated_entries():
            if "object.name" in entry.msgid and entry.msgid.startswith("'"):
                continue  # an expression in Python, not a sentence
            words = FIXED.sub("x", entry.msgstr)
            with self.subTest(entry.msgid):
                self.assertNotRegex(words, UNFRENCH)

    def test_files_have_the_form_that_is_linted(self):
        for catalogue in (self.template, self.french):
            terms = [entry.msgid for entry in catalogue]
            self.assertEqual(terms, sorted(terms))


@tagged("post_install", "-at_install")
class TestFrenchReader(CareCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"]._load_module_terms(["cartier_care"], ["fr_FR"])
        cls.french = {
            entry.msgid: entry.msgstr or entry.msgid
            for entry in polib.pofile(str(FOLDER / "fr.po"))
        }

    def _explanations(self, order):
        """Return the explanation of each line in English and in French."""
        english = order.line_ids.with_context(lang="en_US").mapped("price_explanation")
        french = order.line_ids.with_context(lang="fr_FR").mapped("price_explanation")
        return list(zip(english, french, strict=True))

    def test_services_are_named_in_french(self):
        for code in ALL_SERVICES:
            service = self._service(code).with_context(lang="fr_FR")
            english = service.with_context(lang="en_US")
            for name in ("name", "description", "conditions"):
                if english[name]:
                    with self.subTest(code, field=name):
                        self.assertEqual(service[name], self.french[english[name]])

    def test_each_price_is_explained_in_french(self):
        creation = self._creation()
        orders = [
            self._order(creation, "shining"),
            self._order(creation, "ring_resizing", "polishing"),
            self._order(creation, "reshaping", "clasp_link_repair"),
            self._order(creation, "restoration"),
        ]
        spent = self._creation(prior_service_ids=self._service("ring_resizing").ids)
        orders.append(self._order(spent, "ring_resizing"))
        beyond = self._creation()
        orders.append(self._order(beyond, ("ring_resizing", {"adjustment": 3.0})))
        seen = set()
        for order in orders:
            seen |= set(order.line_ids.mapped("price_origin"))
            for english, french in self._explanations(order):
                with self.subTest(english):
                    self.assertTrue(french)
                    self.assertNotEqual(french, english)
        self.assertGreaterEqual(
            seen,
            {
                "complimentary",
                "first_complimentary",
                "included",
                "fee",
                "minimum",
                "to_estimate",
            },
        )
        first = orders[0].line_ids.with_context(lang="fr_FR")
        self.assertEqual(first.price_explanation, "Offert, chaque fois.")

    def test_refusals_are_in_french(self):
        paved = self._creation(is_paved=True)
        received = self._receive(self._order(self._creation(), "reshaping"))
        self.env = self.env(context={**self.env.context, "lang": "fr_FR"})
        with self.assertRaises(ValidationError) as caught:
            self._order(paved, "ring_resizing")
        sentence = str(caught.exception)
        self.assertIn("n’est pas possible pour cette création", sentence)
        self.assertIn("pavée", sentence)
        self.assertIn("Nous proposons à la place", sentence)
        with self.assertRaises(UserError) as caught:
            received.with_env(self.env).action_hand_over()
        self.assertIn("Cette étape concerne les dossiers", str(caught.exception))

    def test_offer_refuses_in_french(self):
        creation = self._creation(is_paved=True)
        services = self.env["care.service"].with_context(lang="fr_FR")
        offer = {entry["code"]: entry for entry in services.get_offer(creation.id)}
        for code in ADJUSTMENTS:
            with self.subTest(code):
                self.assertFalse(offer[code]["eligible"])
                self.assertTrue(offer[code]["reasons"])
                for reason in offer[code]["reasons"]:
                    self.assertIn(reason, self.french.values())

    def test_measures_are_written_as_in_french(self):
        bracelet = self._creation("bracelet", measure=18.5)
        self.assertEqual(bracelet.with_context(lang="fr_FR").measure_label, "18,5\u00a0cm")
        ring = self._creation("ring", measure=50)
        self.assertTrue(ring.with_context(lang="fr_FR").measure_label.startswith("EU 50 · US 5,25"))

    def test_every_choice_is_in_french(self):
        """A field that takes its choices from another one shows them in the reader's language."""
        for model in map(self.env.get, sorted(self.env.registry)):
            if not model._name.startswith("care."):
                continue
            english, french = (
                model.with_context(lang=lang).fields_get(attributes=["selection"])
                for lang in ("en_US", "fr_FR")
            )
            for name, description in english.items():
                if "cartier_care" not in model._fields[name]._modules:
                    continue
                for old, new in zip(
                    description.get("selection") or [], french[name].get("selection") or []
                ):
                    if self.french.get(old[1], old[1]) != old[1]:
                        self.assertNotEqual(new[1], old[1], f"{model._name}.{name}")

    def test_names_of_states_are_in_french(self):
        order = self.env["care.order"].with_context(lang="fr_FR")
        labels = dict(order._fields["state"]._description_selection(order.env))
        self.assertEqual(labels["draft"], "Demande")
        self.assertEqual(labels["in_progress"], "À l’établi")
