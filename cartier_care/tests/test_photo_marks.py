# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 4: marks on the photos, numbered, settled with the intake, compared at hand-over."""

import base64
import io

from PIL import Image
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import CareCommon


def make_photo():
    """A picture that is not square, so that width and height are told apart."""
    buffer = io.BytesIO()
    Image.new("RGB", (600, 400), "#d8cfc0").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue())


class MarksCase(CareCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.picture = make_photo()

    def setUp(self):
        super().setUp()
        order = self._order(self._creation(), "reshaping", user=self.advisor)
        self.order = order.with_env(self.env)
        self.photo = self._photo(self.order)

    def _photo(self, order, user=None, **values):
        return (
            self.env["care.order.photo"]
            .with_user(user or self.advisor)
            .create(
                {
                    "order_id": order.id,
                    "name": "As received",
                    "image_1920": self.picture,
                    **values,
                }
            )
        )

    def _mark(self, photo, user=None, **values):
        return (
            self.env["care.order.photo.mark"]
            .with_user(user or self.advisor)
            .create({"photo_id": photo.id, "x": 0.5, "y": 0.5, **values})
        )


@tagged("post_install", "-at_install")
class TestPhotoMarks(MarksCase):
    # ------------------------------------------------------------------
    # Numbers and limits
    # ------------------------------------------------------------------
    def test_numbers_run_through_the_order(self):
        """Numbers are the order's: two photos never show the same one."""
        second = self._photo(self.order)
        marks = self._mark(self.photo) | self._mark(second) | self._mark(self.photo)
        self.assertEqual(marks.mapped("number"), [1, 2, 3])
        elsewhere = self._photo(self._order(self._creation(), "reshaping"))
        self.assertEqual(self._mark(elsewhere).number, 1)

    def test_numbers_stay(self):
        """Removing a mark renumbers nothing, and a number is never given twice."""
        first, second = self._mark(self.photo), self._mark(self.photo)
        first.unlink()
        self.assertEqual(second.number, 2)
        self.assertEqual(self._mark(self.photo).number, 3)
        for vals in ({"number": 7}, {"photo_id": self._photo(self.order).id}):
            with self.assertRaises(UserError):
                second.write(vals)
        second.write({"number": 2, "photo_id": self.photo.id, "note": "Deep"})
        self.assertEqual(second.note, "Deep")

    def test_numbers_as_shown(self):
        """What the screen showed before saving is what is saved, whatever comes first."""
        self.order.with_user(self.advisor).write(
            {
                "photo_ids": [
                    Command.create(
                        {
                            "image_1920": self.picture,
                            "mark_ids": [
                                Command.create({"number": 2, "x": 0.1, "y": 0.1}),
                                Command.create({"number": 3, "x": 0.2, "y": 0.2}),
                            ],
                        }
                    ),
                    Command.create(
                        {
                            "image_1920": self.picture,
                            "mark_ids": [Command.create({"number": 1, "x": 0.3, "y": 0.3})],
                        }
                    ),
                ]
            }
        )
        places = {mark.number: mark.x for mark in self.order.photo_ids.mark_ids}
        self.assertEqual(places, {1: 0.3, 2: 0.1, 3: 0.2})

    def test_taken_number_gives_the_next(self):
        self._mark(self.photo, number=4)
        self.assertEqual(self._mark(self.photo, number=4).number, 5)
        self.assertEqual(self._mark(self.photo, number=-1).number, 6)

    def test_places_and_limits(self):
        """A ring stands on the picture; the edges belong to it."""
        self._mark(self.photo, x=0.0, y=1.0)
        for values in (
            {"x": -0.01},
            {"x": 1.01},
            {"y": -0.01},
            {"y": 1.01},
            {"x": float("nan")},
            {"number": 100},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._mark(self.photo, **values)
                self.env.flush_all()

    def test_place_in_percent(self):
        """The place is written for every locale alike."""
        mark = self._mark(self.photo, x=0.125, y=2 / 3)
        self.assertEqual(mark.with_context(lang="fr_FR")._get_place(), "left: 12.50%; top: 66.67%;")

    # ------------------------------------------------------------------
    # Settled with the intake
    # ------------------------------------------------------------------
    def test_open_in_diagnosis(self):
        """While the order is received advisor and jeweler still mark what they see."""
        self._receive(self.order)
        self.assertTrue(self.photo.is_markable)
        mark = self._mark(self.photo)
        self.assertEqual(self._mark(self.photo, user=self.jeweler).number, 2)
        mark.write({"kind": "bent"})
        mark.unlink()

    def test_settled_afterwards(self):
        """What the client has signed for is the manager's alone to correct."""
        mark = self._mark(self.photo)
        self._to(self.order, "in_progress")
        for user in (self.advisor, self.jeweler):
            self.assertFalse(self.photo.with_user(user).is_markable)
            as_user = mark.with_user(user)
            photo = self.photo.with_user(user)
            for attempt in (
                lambda: self._mark(self.photo, user=user),  # noqa: B023
                lambda: as_user.write({"note": "It was there before"}),  # noqa: B023
                lambda: as_user.unlink(),  # noqa: B023
                lambda: photo.write({"image_1920": self.picture}),  # noqa: B023
                lambda: photo.write({"stage": "after"}),  # noqa: B023
                lambda: photo.write({"is_internal": True}),  # noqa: B023
                lambda: photo.write({"mark_ids": [Command.clear()]}),  # noqa: B023
                lambda: photo.unlink(),  # noqa: B023
                lambda: self._photo(self.order, user=user),  # noqa: B023
                lambda: self._photo(self.order, user=user, stage="before").write(  # noqa: B023
                    {"stage": "intake"}
                ),
            ):
                message = self.assertRefused(attempt)
                self.assertIn(self.order.name, message)
        bare = self._photo(self.order, user=self.manager)
        self.assertRefused(bare.with_user(self.advisor).unlink)
        bare.with_user(self.manager).unlink()
        mark.with_user(self.manager).write({"note": "Corrected with the client"})
        self.assertEqual(self._mark(self.photo, user=self.manager).number, 2)
        self.photo.with_user(self.advisor).name = "Seen from above"

    def test_photos_of_the_bench_stay_open(self):
        """Photos before and after are the bench's own; they do not turn into the intake's."""
        self._to(self.order, "in_progress")
        photo = self._photo(self.order, user=self.jeweler, stage="before")
        self._mark(photo, user=self.jeweler)
        self.assertTrue(photo.is_markable)
        self.assertRefused(photo.write, {"stage": "intake"})
        photo.write({"stage": "after"})
        photo.unlink()

    def test_marked_photo_stays_on_its_order(self):
        self._mark(self.photo)
        other = self._order(self._creation(), "reshaping", user=self.advisor)
        self.assertRefused(self.photo.write, {"order_id": other.id})

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------
    def test_rights_follow_the_photo(self):
        """Other boutiques and workshops neither see nor touch the marks; clients never do."""
        mark = self._mark(self.photo)
        Mark = self.env["care.order.photo.mark"]
        own = [("id", "=", mark.id)]
        self.assertTrue(Mark.with_user(self.advisor).search(own))
        self.assertTrue(Mark.with_user(self.manager).search(own))
        # A request is not the workshop's yet.
        self.assertFalse(Mark.with_user(self.jeweler).search(own))
        self._receive(self.order)
        self.order.workshop_id = self.workshop
        self.assertTrue(Mark.with_user(self.jeweler).search(own))
        for user in (self.advisor_2, self.jeweler_2):
            self.assertFalse(Mark.with_user(user).search(own))
            with self.assertRaises(AccessError):
                mark.with_user(user).write({"note": "Mine"})
            with self.assertRaises(AccessError):
                mark.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self._mark(self.photo, user=user)
        for user in (self.portal_client, self.accountant):
            with self.assertRaises(AccessError):
                Mark.with_user(user).search(own)
            with self.assertRaises(AccessError):
                mark.with_user(user).read(["note"])
        with self.assertRaises(AccessError):
            self.order.with_user(self.portal_client).read(["intake_mark_ids"])

    def test_other_company(self):
        mark = self._mark(self.photo)
        house = self._create_house("Another house of the tests")
        manager = self._create_user("care_t_manager_other", "group_care_manager", company=house)
        self.assertFalse(
            self.env["care.order.photo.mark"].with_user(manager).search([("id", "=", mark.id)])
        )

    # ------------------------------------------------------------------
    # Where they are shown
    # ------------------------------------------------------------------
    def test_client_page(self):
        """The client sees the rings of the photos shown, none of a photo for the house only."""
        self._mark(self.photo, x=0.25, y=0.5, kind="missing_stone", note="<b>Third</b> stone")
        internal = self._photo(self.order, is_internal=True)
        self._mark(internal, note="Was repaired elsewhere")
        values = self.order.sudo()._get_portal_values()["photos"]
        self.assertEqual(
            values,
            [
                {
                    "id": self.photo.id,
                    "name": "As received",
                    "is_after": False,
                    "marks": [
                        {
                            "number": 1,
                            "place": "left: 25.00%; top: 50.00%;",
                            "kind": "Missing stone",
                            "note": "<b>Third</b> stone",
                        }
                    ],
                }
            ],
        )

    def test_documents(self):
        """The same numbers are on the receipt and the worksheet; notes are text."""
        self._mark(self.photo, x=0.25, y=0.5, kind="dent", note="<b>Third</b> link")
        internal = self._photo(self.order, is_internal=True)
        self._mark(internal, note="Was repaired elsewhere")
        self._receive(self.order)
        Report = self.env["ir.actions.report"].with_user(self.advisor)
        receipt = self._html(Report, "report_care_receipt", self.order.intake_id)
        worksheet = self._html(Report, "report_care_worksheet", self.order)
        for html in (receipt, worksheet):
            self.assertIn("left: 25.00%; top: 50.00%;", html)
            self.assertIn("Dent", html)
            self.assertIn("&lt;b&gt;Third&lt;/b&gt; link", html)
        self.assertNotIn("Was repaired elsewhere", receipt)
        self.assertIn("Was repaired elsewhere", worksheet)

    def _html(self, Report, name, records):
        html, _kind = Report._render_qweb_html(f"cartier_care.{name}", records.ids)
        return html.decode()

    # ------------------------------------------------------------------
    # Hand-over
    # ------------------------------------------------------------------
    def test_compared_at_hand_over(self):
        """The intake's marks are listed at hand-over, those of the bench are not; the check is
        on record and not asked for."""
        marks = self._mark(self.photo) | self._mark(self.photo)
        self._to(self.order, "ready")
        after = self._photo(self.order, user=self.jeweler, stage="after")
        self._mark(after, user=self.jeweler)
        order = self.order.with_user(self.advisor)
        order.invalidate_recordset()
        self.assertEqual(order.intake_mark_ids, marks)
        self.assertFalse(order.is_condition_compared)
        with Form(order) as form:
            form.is_condition_compared = True
        self.assertTrue(order.is_condition_compared)
        self.assertFalse(order.copy().is_condition_compared)

    def test_hand_over_needs_no_comparison(self):
        self._mark(self.photo)
        order = self._to(self.order, "done")
        self.assertFalse(order.is_condition_compared)
        self.assertEqual(order.state, "done")


@tagged("post_install", "-at_install")
class TestPhotoMarksInBrowser(MarksCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tour looks for English words, whatever language the database was made in.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.advisor.write({"lang": "en_US", "company_ids": [Command.set(cls.company.ids)]})

    def test_place_marks(self):
        """Two marks by click and one by the keyboard, saved with the order."""
        self.start_tour(
            f"/odoo/care-orders/{self.order.id}", "care_photo_marks", login="care_t_advisor"
        )
        marks = self.photo.mark_ids.sorted("number")
        self.assertEqual(
            [(mark.number, mark.kind, mark.note or "") for mark in marks],
            [(1, "dent", ""), (2, "scratch", "Across the shoulder"), (3, "scratch", "")],
        )
        for mark, place in zip(marks, [(0.25, 0.75), (0.8, 0.2), (0.55, 0.49)], strict=True):
            self.assertAlmostEqual(mark.x, place[0], delta=0.01)
            self.assertAlmostEqual(mark.y, place[1], delta=0.01)

    def test_photo_of_what_is_done(self):
        """Once nothing but the check is left, a photo from the bench shows the creation after."""
        order = self._to(self._order(self._creation(), "reshaping"), "in_progress")
        order.action_all_done()
        self.jeweler.write({"lang": "en_US", "company_ids": [Command.set(self.company.ids)]})
        self.start_tour(f"/odoo/care-orders/{order.id}", "care_photo_after", login="care_t_jeweler")
        order.invalidate_recordset()
        self.assertEqual(order.photo_ids.stage, "after")


@tagged("post_install", "-at_install")
class TestPhotoMarksOnPhone(TestPhotoMarksInBrowser):
    browser_size = "375x667"
    touch_enabled = True
