# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Security-and-faults, *Requests that must get nothing*: over real HTTP, kind by kind.

What `test_portal` proves of pages and answers is not said again here; this is RPC, reports, stored
files, the conversation, what survives a new link, and what no answer may hold.
"""

import base64
import io
import json
import re
import uuid
from unittest.mock import patch

from PIL import Image
from werkzeug.exceptions import TooManyRequests

from odoo.exceptions import UserError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .test_portal import SCRIPT, CarePortalCase, make_picture

#: What every model has and a stranger may try, with arguments that would do harm.
ORM_CALLS = {
    "create": ([{}],),
    "write": ({"name": "Mine", "state": "done", "active": False, "partner_id": 1},),
    "unlink": (),
    "copy": (),
    "web_save": ({"name": "Mine"}, {}),
    "action_archive": (),
    "action_unarchive": (),
    "message_post": (),
    "message_subscribe": ([1],),
    "activity_schedule": (),
    "read": (["display_name"],),
    "web_read": ({"display_name": {}},),
    "export_data": (["id", "display_name"],),
    "onchange": ({}, [], {"display_name": {}}),
}

#: Calls that take no ids.
MODEL_CALLS = {
    "search_read": ([], ["display_name"]),
    "web_search_read": ([], {"display_name": {}}),
    "search": ([],),
    "name_search": ("",),
    "web_name_search": ("", {"display_name": {}}),
    "read_group": ([], ["id"], ["display_name"]),
    "web_read_group": ([], ["id"], ["__count"]),
    "name_create": ("Mine",),
    "formatted_read_group": ([], ["id"], ["__count"]),
    "load": (["name"], [["Mine"]]),
}

#: All that a client may read over RPC, beside what Odoo's own mixins add to every record.
READABLE = {
    "care.order": """
        access_token access_url amount_tax amount_total amount_untaxed collected_by
        collection_signature collector_role company_id condition_note consented_by creation_id
        currency_id date_done date_order date_promised date_ready date_received declared_value
        decline_reason disposition estimate_id estimate_ids has_owner_authorization intake_id
        invoice_count invoice_ids invoice_status is_collector_verified is_discreet line_ids
        location_id name partner_id pre_approved_amount priority redo_of_id
        reproduction_id return_method state tax_totals weight_in weight_out
    """,
    "care.order.line": """
        adjustment adjustment_unit alternative_service_id category_id clasp_request company_id
        cord_color creation_id currency_id engraving_image engraving_language engraving_position
        engraving_text is_accepted is_beyond_limit is_counted is_feasible is_optional
        is_price_manual is_recommended line_type name order_id outcome outcome_note part_line_ids
        partner_id price_explanation price_origin price_policy price_subtotal price_tax price_total
        price_unit product_id quantity requested_detail requires_proof sequence service_id
        service_line_id state
    """,
    "care.estimate": """
        amount_tax amount_total amount_untaxed company_id currency_id date_valid_until line_ids name
        order_id partner_id signature signed_by signed_on state version
    """,
    "care.creation": """
        active allows_ultrasonic collection_id creation_type engraving_capacity gem_ids
        has_silk_cord image_1024 image_128 image_1920 image_256 image_512 is_bangle is_paved
        is_provisional is_resizable measure measure_label metal_ids order_ids original_id
        part_count partner_id product_id purchase_date reproduction_ids serial_key serial_number
        state
    """,
    "care.estimate.line": """
        adjustment adjustment_unit clasp_request company_id cord_color currency_id engraving_image
        engraving_language engraving_position engraving_text estimate_id is_accepted is_counted
        is_optional line_type name order_line_id price_explanation price_origin price_subtotal
        price_total price_unit quantity sequence service_id tax_names
    """,
    "care.service": """
        accepts_part adjustment_limit adjustment_unit base_price category_id category_sequence code
        conditions currency_id description impossible_alternative_id in_boutique
        included_service_ids is_limit_negotiable lead_days name needs_wear_advice
        price_is_minimum price_policy product_id requested_detail requires_part requires_proof
        retires_creation sequence single_fee superficial_alternative_id
    """,
    "care.service.category": """
        code description name needs_verdict sequence service_ids single_fee
    """,
    "care.collection": "code name sequence",
    "care.metal": "code is_rhodium_finished name sequence",
    "care.gem": "allows_ultrasonic code name sequence",
}

#: Fields of Odoo's own mixins.
GENERIC = re.compile(
    r"id|display_name|create_date|write_date|active|access_warning"
    r"|activity_type_icon|message_(has|is|needaction)\w*"
)


class SafetyCase(CarePortalCase):
    """Odoo's RPC as a browser calls it, and what must not be in its answers."""

    def setUp(self):
        super().setUp()
        self.before = {}

    def _call(self, model, method, *args):
        """Call a method over HTTP; give the answer as text, an error included."""
        params = {"model": model, "method": method, "args": args, "kwargs": {}}
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "params": params}),
            headers={"Content-Type": "application/json"},
        ).text

    def _rows(self):
        """What the order of the tests consists of, as the database holds it."""
        self.env.flush_all()
        order = self.order.sudo()
        rows = {}
        for records in (
            order,
            order.line_ids,
            order.estimate_ids,
            order.estimate_ids.line_ids,
            order.operation_ids,
            order.intake_id,
            order.creation_id,
            self.client,
            self._service("reshaping"),
        ):
            self.env.cr.execute(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM \"{records._table}\" t"  # noqa: S608
                " WHERE id = ANY(%s)",
                [records.ids],
            )
            rows[records._name] = self.env.cr.fetchone()[0]
        self.env.cr.execute(
            "SELECT count(*) FROM mail_message WHERE model = 'care.order' AND res_id = %s",
            [order.id],
        )
        rows["messages"] = self.env.cr.fetchone()[0]
        return rows

    def _records(self):
        """The record of each model that a stranger aims at."""
        order = self.order.sudo()
        return {
            "care.order": order,
            "care.order.line": order.line_ids,
            "care.estimate": order.estimate_ids,
            "care.estimate.line": order.estimate_ids.line_ids,
            "care.order.operation": order.operation_ids,
            "care.intake": order.intake_id,
            "care.creation": order.creation_id,
            "care.service": self._service("reshaping"),
        }

    def _models(self):
        return sorted(
            name
            for name, model in self.env.items()
            if name.startswith("care.") and not model._abstract
        )

    def _own_methods(self, model):
        """The public methods that the addon itself gives a model."""
        names = set()
        for parent in type(self.env[model]).mro():
            if "cartier_care" in (parent.__module__ or ""):
                names.update(
                    name
                    for name, value in vars(parent).items()
                    if callable(value) and not name.startswith("_")
                )
        return sorted(names - set(ORM_CALLS))

    def _try_everything(self, model):
        """Call all that a model answers to; give the answers as one text."""
        records = self._records().get(model)
        ids = records.ids if records else [1]
        answers = [
            self._call(model, method, ids if method != "create" else [{}], *arguments)
            for method, arguments in ORM_CALLS.items()
        ]
        answers += [
            self._call(model, method, *arguments) for method, arguments in MODEL_CALLS.items()
        ]
        for method in self._own_methods(model):
            answers += [self._call(model, method, ids), self._call(model, method, ids, "A reason")]
        return "\n".join(answers)


@tagged("post_install", "-at_install")
class TestPortalRpc(SafetyCase):
    """Every model and public method over RPC: refused, rows unchanged."""

    def _secrets(self):
        return (
            self.order.creation_id.serial_number,
            self.order.name,
            self.client.name,
            self.client.email,
            self.token,
        )

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.models", "odoo.addons.base.models.ir_model")
    def test_another_client_gets_nothing_of_any_model(self):
        self.authenticate("care_t_other_client", "care_t_other_client")
        before = self._rows()
        for model in self._models():
            answers = self._try_everything(model)
            for secret in self._secrets():
                self.assertNotIn(secret, answers, model)
            self.assertEqual(self._rows(), before, model)

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.models", "odoo.addons.base.models.ir_model")
    def test_the_client_reads_and_changes_nothing(self):
        """A client's own order: nothing over RPC but reading what the page shows."""
        self.order.sudo().internal_note = "<p>Difficult client</p>"
        self.jeweler.name = "Joan at the Bench"
        self.authenticate("care_t_client", "care_t_client")
        before = self._rows()
        for model in self._models():
            answers = self._try_everything(model)
            for secret in ("Difficult client", self.jeweler.name, self.other_client.name):
                self.assertNotIn(secret, answers, model)
            self.assertEqual(self._rows(), before, model)

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.models", "odoo.addons.base.models.ir_model")
    def test_another_boutique_and_another_house_get_nothing(self):
        other = self._create_house("Another house of the tests")
        manager = self._create_user("care_t_other_house", "group_care_manager", other)
        models = (
            "care.order",
            "care.order.line",
            "care.estimate",
            "care.estimate.line",
            "care.order.operation",
            "care.intake",
        )
        for user in (self.advisor_2, manager):
            self.authenticate(user.login, user.login)
            before = self._rows()
            for model in models:
                answers = self._try_everything(model)
                self.assertNotIn(self.token, answers, f"{model} {user.login}")
                self.assertNotIn(self.order.name, answers, f"{model} {user.login}")
                self.assertEqual(self._rows(), before, f"{model} {user.login}")

    def test_what_clients_read_is_listed(self):
        """Design, roles: readable fields are listed, every other one carries `groups=`."""
        for model, listed in READABLE.items():
            readable = self.env[model].with_user(self.portal_client).fields_get()
            found = {name for name in readable if not GENERIC.fullmatch(name)}
            self.assertEqual(found - set(listed.split()), set(), model)

    def test_what_clients_are_told_of_they_read(self):
        """No field is listed to clients that would then be refused to them."""
        order = self.order.with_user(self.portal_client)
        service = order.line_ids.service_id[:1]
        for records in (
            order,
            order.line_ids,
            order.estimate_id,
            order.estimate_id.line_ids,
            order.creation_id,
            service,
            service.category_id,
        ):
            self.assertTrue(records)
            for name in records.fields_get():
                self.env.invalidate_all()
                with self.subTest(model=records._name, field=name):
                    self.assertTrue(records.read([name]))

    def test_what_clients_do_not_read_is_of_no_use(self):
        """Not read, sorted, filtered, grouped by, exported, nor reached from another record."""
        order = self.order.with_user(self.portal_client)
        for model, records in (
            ("care.order", order),
            ("care.order.line", order.line_ids),
            ("care.estimate", order.estimate_id),
            ("care.creation", order.creation_id),
        ):
            hidden = set(self.env[model]._fields) - set(records.fields_get())
            # Odoo's own field of activities finds those of the reader, of whom clients have none.
            hidden.discard("my_activity_date_deadline")
            self.assertTrue(hidden, model)
            for name in hidden:
                for use in (
                    lambda name=name, records=records: records.read([name]),
                    lambda name=name, records=records: records.search([(name, "!=", False)]),
                    lambda name=name, records=records: records.search([(f"{name}.id", ">", 0)]),
                    lambda name=name, records=records: records.search([], order=name),
                    lambda name=name, records=records: records._read_group([], [name], ["__count"]),
                    lambda name=name, records=records: records.export_data([name]),
                    lambda name=name, records=records: records.web_read({name: {}}),
                ):
                    self.assertFalse(self._is_of_use(use), f"{model}.{name}")

    def _is_of_use(self, use):
        """Tell whether a call gives anything: Odoo refuses some by a ValueError."""
        try:
            with self.env.cr.savepoint():
                return bool(use())
        except (UserError, ValueError, KeyError):
            return False

    def test_what_is_said_of_creations_and_services_is_the_house_s(self):
        """No internal note: comments on records that clients read are not theirs to read."""
        records = (self.order.creation_id, self._service("reshaping"))
        for record in records:
            record.sudo().message_post(
                body="Said among us", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.order.sudo().message_post(body="Said among us", subtype_xmlid="mail.mt_note")
        self.env.flush_all()
        self.authenticate("care_t_client", "care_t_client")
        for path in (
            "message_ids.body",
            "website_message_ids.body",
            "message_ids.author_id.email",
            "line_ids.service_id.message_ids.body",
            "creation_id.message_ids.body",
        ):
            answer = self._call("care.order", "search_count", [[path, "ilike", "a"]])
            self.assertIn("error", answer, f"what is found tells what is said: {path}")
        for record in (*records, self.order):
            domain = [("model", "=", record._name), ("res_id", "=", record.id)]
            answer = self._call("mail.message", "search_read", domain, ["body"])
            self.assertNotIn("Said among us", answer, record._name)
            thread = {"thread_model": record._name, "thread_id": record.id}
            with mute_logger("odoo.http"):
                for path in ("/mail/thread/messages", "/mail/chatter_fetch"):
                    data = json.dumps({"jsonrpc": "2.0", "params": thread})
                    headers = {"Content-Type": "application/json"}
                    answer = self.url_open(path, data=data, headers=headers).text
                    self.assertNotIn("Said among us", answer, f"{record._name} {path}")

    @mute_logger("odoo.http")
    def test_messages_are_written_on_the_page_alone(self):
        """Over RPC neither length nor pace of messages would be kept, nor an author be sure."""
        self.authenticate("care_t_client", "care_t_client")
        before = self._rows()
        for model, record in self._records().items():
            values = {
                "model": model,
                "res_id": record[:1].id,
                "body": "x" * 10_000,
                "author_id": self.advisor.partner_id.id,
                "message_type": "comment",
            }
            self.assertIn("error", self._call("mail.message", "create", [values]))
        self.assertEqual(self._rows(), before)


@tagged("post_install", "-at_install")
class TestPortalFiles(SafetyCase):
    """Reports by their addresses, stored files, pictures."""

    def setUp(self):
        super().setUp()
        self._answer()
        self.env.invalidate_all()
        self.estimate = self.order.sudo().estimate_id
        self.photo = self.env["care.order.photo"].create(
            {"order_id": self.order.id, "name": "Front", "image_1920": make_picture("JPEG")}
        )
        self.stored = self.env["ir.attachment"].create(
            [
                {"name": "signed.pdf", "raw": b"%PDF-1.4 stored", "res_model": model, "res_id": key}
                for model, key in (
                    ("care.estimate", self.estimate.id),
                    ("care.order", self.order.id),
                    ("care.intake", self.order.intake_id.id),
                    ("care.creation", self.order.creation_id.id),
                )
            ]
        )
        self.env.flush_all()

    def _paths(self):
        """Where Odoo gives reports and files of the order."""
        order = self.order
        for kind, record in (
            ("certificate", order),
            ("label", order),
            ("worksheet", order),
            ("receipt", order.intake_id),
            ("estimate", self.estimate),
        ):
            for converter in ("pdf", "html", "text"):
                yield f"/report/{converter}/cartier_care.report_care_{kind}/{record.id}"
        for attachment in self.stored:
            yield f"/web/content/{attachment.id}"
            yield f"/web/content/{attachment.id}?access_token=wrong"
            yield f"/web/image/{attachment.id}"
        yield f"/web/image/care.order.photo/{self.photo.id}/image_1920"
        yield f"/web/content/care.order.photo/{self.photo.id}/image_1920"
        yield f"/web/image/care.creation/{order.creation_id.id}/image_1920"
        yield f"/web/image/care.estimate/{self.estimate.id}/signature"
        yield f"/web/content/care.estimate/{self.estimate.id}/signature"
        yield f"/web/image/care.order.line/{self._line(order, 'engraving').id}/engraving_image"

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_actions_report")
    def test_strangers_get_no_report_nor_file(self):
        """A stored PDF skips no check; nothing is given but the placeholder of a picture."""
        signature = base64.b64decode(self.estimate.signature)
        picture = base64.b64decode(self.photo.image_1920)
        for login in (None, "care_t_other_client", "care_t_advisor_2"):
            self.authenticate(login, login)
            for path in self._paths():
                if login == "care_t_advisor_2" and self._is_of_creation(path):
                    # Creations are shared by all boutiques.
                    continue
                answer = self.url_open(path, allow_redirects=False)
                place = f"{login} {path}"
                self.assertNotIn(b"%PDF", answer.content, place)
                self.assertNotIn(self.order.creation_id.serial_number, answer.text, place)
                self.assertNotIn(self.order.name, answer.text, place)
                self.assertNotIn(self.client.name, answer.text, place)
                self.assertNotIn(answer.content, (signature, picture), place)

    def _is_of_creation(self, path):
        """Tell whether a path gives a file of the creation."""
        return "care.creation" in path or any(
            f"/{attachment.id}" in path and attachment.res_model == "care.creation"
            for attachment in self.stored
        )

    def test_the_client_gets_no_file_of_the_house(self):
        """What staff keep with an order, a creation or an intake is not the client's to fetch."""
        self.authenticate("care_t_client", "care_t_client")
        for attachment in self.stored.filtered(lambda file: file.res_model != "care.estimate"):
            answer = self.url_open(f"/web/content/{attachment.id}", allow_redirects=False)
            self.assertNotIn(b"stored", answer.content, attachment.res_model)


@tagged("post_install", "-at_install")
class TestPortalLinks(SafetyCase):
    """What a link opens, what it leaves behind, and how it ends."""

    def setUp(self):
        super().setUp()
        self.photo = self.env["care.order.photo"].create(
            {"order_id": self.order.id, "name": "Front", "image_1920": make_picture("JPEG")}
        )
        self._line(self.order, "engraving").sudo()._write_by_system(
            {"engraving_image": make_picture()}
        )
        self.env.flush_all()

    def _ready(self):
        """An order with an invoice, ready."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        order.sudo()._portal_ensure_token()
        self.env.flush_all()
        return order

    def _suffixes(self, order):
        """What the page of an order leads to."""
        yield from ("", "/document/receipt", "/document/estimate", "/picture/large")
        yield from (f"/photo/{photo.id}/small" for photo in order.photo_ids)
        yield from (f"/invoice/{move.id}" for move in order.sudo().invoice_ids)
        for line in order.line_ids.filtered("engraving_image"):
            yield f"/design/{line.id}/small"

    def _posts(self, order):
        """What is sent to an order, with what it takes."""
        yield "/decline", {"reason": "No"}
        yield "/withdraw", {}
        yield "/link", {}
        yield "/arrived", {"arrival": "good"}
        yield "/pre_approve/withdraw", {}
        yield f"/invoice/{order.sudo().invoice_ids[:1].id or 1}/pay", {}

    def _json(self, path, **params):
        """Ask a JSON route; give the answer with its headers."""
        return self.url_open(
            path,
            data=json.dumps({"jsonrpc": "2.0", "params": params}),
            headers={"Content-Type": "application/json"},
        )

    def test_no_answer_by_link_is_kept_or_tells_where_it_was(self):
        """Referrer-Policy and Cache-Control on every answer that a link gives."""
        ready = self._ready()
        for order in (self.order, ready):
            token = order.sudo().access_token
            answers = [self._page(order, token, suffix) for suffix in self._suffixes(order)]
            answers.append(self._page(order, "wrong"))
            answers.append(self._page(order, "wrong", "/picture/small"))
            answers.append(self._page(order, token, report_type="pdf"))
            answers.append(self._json(f"/my/care/{order.id}/total", access_token=token))
            answers.append(self._json(f"/my/care/{order.id}/accept", access_token=token))
            # What leads there holds the link as well.
            answers.append(self._page(order, token, "/"))
            answers.append(self._view(token, order))
            answers.append(
                self.url_open(f"/en/my/care/{order.id}?access_token={token}", allow_redirects=False)
            )
            for answer in answers[-3:]:
                self.assertIn(token, answer.headers["Location"], answer.request.url)
            csrf = self._csrf()
            for suffix, data in self._posts(order):
                answers.append(
                    self.url_open(
                        f"/my/care/{order.id}{suffix}",
                        data={"access_token": token, "csrf_token": csrf, **data},
                        allow_redirects=False,
                    )
                )
            for answer in answers:
                if "/web/login" in answer.headers.get("Location", ""):
                    continue
                place = answer.request.url.replace(token, "…")
                self.assertEqual(answer.headers["Cache-Control"], "no-store", place)
                self.assertIn(
                    answer.headers["Referrer-Policy"], ("same-origin", "no-referrer"), place
                )
                self.assertIn("noindex", answer.headers["X-Robots-Tag"], place)

    def test_missing_and_forbidden_are_answered_alike(self):
        """Whatever is sent: what is missing and what is another's look the same."""
        missing = self.env["care.order"].search([], order="id desc", limit=1).id + 1000
        self.authenticate("care_t_other_client", "care_t_other_client")
        csrf = self._csrf(token="")
        for suffix, data in self._posts(self.order):
            answers = []
            for order_id in (self.order.id, missing):
                for token in (None, "wrong"):
                    self.env["care.portal.attempt"].search([]).unlink()
                    sent = {"csrf_token": csrf, **data}
                    if token:
                        sent["access_token"] = token
                    answer = self.url_open(
                        f"/my/care/{order_id}{suffix}", data=sent, allow_redirects=False
                    )
                    text = re.sub(r'csrf_token: "[^"]*"', "", answer.text)
                    # An id alone may be a part of any other number of the page.
                    text = text.replace(f"/my/care/{order_id}", "")
                    answers.append((answer.status_code, text))
            self.assertEqual(answers[0][0], 404, suffix)
            self.assertEqual(len(set(answers)), 1, suffix)
        for path in ("total", "accept", "pre_approve"):
            texts = {
                self._json(
                    f"/my/care/{order_id}/{path}", access_token="wrong", csrf_token=csrf
                ).text
                for order_id in (self.order.id, missing)
            }
            self.assertEqual(len(texts), 1, path)

    def test_numbers_without_end_lead_nowhere(self):
        """More digits than Python reads or a database holds: a polite page, and no error."""
        self.authenticate("care_t_client", "care_t_client")
        csrf = self._csrf(token="")
        for number in ("1" * 5000, "-" + "1" * 5000, "9" * 10, "0" * 11 + "1" * 5000):
            for suffix in self._suffixes(self.order):
                answer = self.url_open(f"/my/care/{number}{suffix}")
                self.assertEqual(answer.status_code, 404, suffix)
            for path in (
                f"/my/care/{self.order.id}/estimate/{number}",
                f"/my/care/{self.order.id}/invoice/{number}",
                f"/my/care/{self.order.id}/photo/{number}/small",
                f"/my/creations/{number}/picture",
                f"/my/care/new?creation_id={number}",
            ):
                self.assertEqual(self.url_open(path).status_code, 404, path[:40])
            self.assertEqual(self.url_open(f"/my/care/page/{number}").status_code, 200)
            for suffix, data in self._posts(self.order):
                answer = self.url_open(
                    f"/my/care/{number}{suffix}", data={"csrf_token": csrf, **data}
                )
                self.assertEqual(answer.status_code, 404, suffix)
            answer = self.url_open(
                f"/my/creations/claim/{number}/withdraw", data={"csrf_token": csrf}
            )
            self.assertEqual(answer.status_code, 404)
            for suffix in ("total", "accept", "pre_approve"):
                answer = self._json(f"/my/care/{number}/{suffix}", csrf_token=csrf)
                self.assertIn("error", answer.json()["result"], suffix)

    def test_posts_are_not_got(self):
        """GET on what is sent by POST: refused, and nothing moves."""
        before = self._snapshot()
        for suffix, data in self._posts(self.order):
            answer = self._page(token=self.token, suffix=suffix, **data)
            self.assertIn(answer.status_code, (404, 405), suffix)
        self.assertEqual(self._snapshot(), before)

    def test_nothing_is_sent_without_the_token_against_forgery(self):
        before = self._snapshot()
        for suffix, data in self._posts(self.order):
            answer = self.url_open(
                f"/my/care/{self.order.id}{suffix}",
                data={"access_token": self.token, **data},
                allow_redirects=False,
            )
            is_login = "/web/login" in answer.headers.get("Location", "")
            self.assertTrue(answer.status_code == 400 or is_login, suffix)
        self.assertEqual(self._snapshot(), before)

    def test_a_link_without_its_secret_opens_nothing(self):
        """A column without token, and an empty one: on pages and in the conversation."""
        self.order.with_user(self.advisor).message_post(
            body="Good news", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertIn("Good news", self._fetch(token=self.token))
        for stored in (False, ""):
            self.order.sudo()._write_by_system({"access_token": stored})
            self.env.flush_all()
            for token in ("", "False", "None", "null", "0"):
                self.env["care.portal.attempt"].search([]).unlink()
                for suffix in self._suffixes(self.order):
                    answer = self._page(token=token, suffix=suffix)
                    self.assertEqual(answer.status_code, 404, f"{stored!r} {token!r} {suffix}")
                with mute_logger("odoo.http"):
                    answer = self._fetch(token=token)
                self.assertNotIn("Good news", answer, f"{stored!r} {token!r}")

    def _fetch(self, **params):
        """What the conversation of the order gives, as text."""
        thread = {"thread_model": "care.order", "thread_id": self.order.id}
        return self._json("/mail/chatter_fetch", **thread, **params).text

    def _speak_up(self, token):
        """Write in the conversation; give the answer as text."""
        return self._json(
            "/mail/message/post",
            thread_model="care.order",
            thread_id=self.order.id,
            post_data={
                "body": "Hello",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
            },
            token=token,
        ).text

    @mute_logger("odoo.http")
    def test_an_old_link_opens_nothing_any_more(self):
        """Page, PDF, photos, designs, invoices, answers, conversation, uploads: all of it ends."""
        order = self._ready()
        order.sudo().photo_ids = self.photo.copy({"order_id": order.id})
        old = order.sudo().access_token
        move = order.sudo().invoice_ids
        invoice_link = move.get_portal_url()
        self.env.flush_all()
        for suffix in self._suffixes(order):
            self.assertEqual(self._page(order, old, suffix).status_code, 200, suffix)
        self.assertEqual(self.url_open(invoice_link, allow_redirects=False).status_code, 200)
        csrf = self._csrf()
        order.with_user(self.advisor).action_renew_link()
        self.env.flush_all()
        for suffix in self._suffixes(order):
            self.env["care.portal.attempt"].search([]).unlink()
            self.assertEqual(self._page(order, old, suffix).status_code, 404, suffix)
            new = self._page(order, order.sudo().access_token, suffix)
            self.assertEqual(new.status_code, 200, suffix)
        self.assertNotEqual(self.url_open(invoice_link, allow_redirects=False).status_code, 200)
        for suffix, data in self._posts(order):
            answer = self.url_open(
                f"/my/care/{order.id}{suffix}",
                data={"access_token": old, "csrf_token": csrf, **data},
                allow_redirects=False,
            )
            is_login = "/web/login" in answer.headers.get("Location", "")
            self.assertTrue(answer.status_code == 404 or is_login, suffix)
        self.order.with_user(self.advisor).action_renew_link()
        self.env.flush_all()
        before = self._snapshot()
        self.assertTrue(self._answer(access_token=self.token, csrf_token=csrf)["error"])
        self.assertIn("error", self._speak_up(self.token))
        self.assertIn("error", self._fetch(token=self.token))
        self.assertEqual(self._snapshot(), before)
        self.assertNotIn("error", self._fetch(token=self.order.sudo().access_token))

    @mute_logger("odoo.http")
    def test_files_of_a_conversation_end_with_the_link_too(self):
        """Odoo signs the address of a file for weeks: what an old link gave opens nothing more.

        Neither the files of the order's conversation nor those of its invoices', whether they
        came from the house or were sent by the page; nor can they be deleted by what it gave.
        """
        order = self._ready()
        move = order.sudo().invoice_ids
        kept = self._send_file(order)
        for record in (order.sudo(), move):
            record.message_post(
                body="See here",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.client.id,
                attachments=[("ring.txt", b"ring of the tests")],
            )
        self.env.flush_all()
        old = kept + self._get_files(order) + self._get_files(move)
        self.assertEqual(len(old), 4)
        for file in old:
            self.assertTrue(self._opens(file), file)
        order.with_user(self.advisor).action_renew_link()
        self.env.flush_all()
        for file in old:
            self.assertFalse(self._opens(file), file)
            self._json(
                "/mail/attachment/delete",
                attachment_id=file["id"],
                access_token=file["ownership_token"],
            )
        renewed = self._get_files(order) + self._get_files(move)
        self.assertEqual({file["id"] for file in renewed}, {file["id"] for file in old})
        for file in renewed:
            self.assertTrue(self._opens(file), file)
        order.with_user(self.advisor).action_renew_link()
        self.env.flush_all()
        for file in renewed:
            self.assertFalse(self._opens(file), file)

    def _send_file(self, order):
        """Send a file by the page of an order and write a message with it; give what came back."""
        token = order.sudo().access_token
        answer = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self._csrf(),
                "thread_model": "care.order",
                "thread_id": str(order.id),
                "is_pending": "true",
                "token": token,
            },
            files={"ufile": ("ring.png", base64.b64decode(make_picture()), "image/png")},
        )
        files = answer.json()["data"]["store_data"]["ir.attachment"]
        self._json(
            "/mail/message/post",
            thread_model="care.order",
            thread_id=order.id,
            token=token,
            post_data={
                "body": "Mine",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "attachment_ids": [files[0]["id"]],
                "attachment_tokens": [files[0]["ownership_token"]],
            },
        )
        return files

    def _get_files(self, record):
        """What a conversation gives of its files to who has the link."""
        answer = self._json(
            "/mail/chatter_fetch",
            thread_model=record._name,
            thread_id=record.id,
            token=record.sudo().access_token or record._portal_ensure_token(),
        )
        messages = answer.json()["result"]["data"]["mail.message"]
        return [file for message in messages for file in message["attachment_ids"]]

    def _opens(self, file):
        """Tell whether the signed address of a file gives it."""
        answer = self.url_open(
            f"/web/content/{file['id']}?access_token={file['raw_access_token']}",
            allow_redirects=False,
        )
        return answer.status_code == 200

    @mute_logger("odoo.http")
    def test_guesses_at_the_conversation_are_limited_and_right_links_never(self):
        """Ten wrong links a minute and address, wherever they are tried.

        A refusal undoes its request, and in a test whatever was counted meanwhile: how it is
        counted is looked at apart.
        """
        Attempt = self.env["care.portal.attempt"]
        with patch.object(type(Attempt), "_refuse", autospec=True) as refuse:
            self._fetch(token=str(uuid.uuid4()))
            self._speak_up("guess")
            self._upload_with("guess")
            self._view("guess")
        self.assertEqual([call.args[1] for call in refuse.call_args_list], ["127.0.0.1"] * 4)
        for _guess in range(10):
            Attempt._refuse("127.0.0.1")
        with self.assertRaises(TooManyRequests):
            Attempt._refuse("127.0.0.1")
        self.assertEqual(Attempt.search_count([]), 10)
        self.env.flush_all()
        self.assertIn("429", self._fetch(token=str(uuid.uuid4())))
        self.assertIn("429", self._speak_up("guess"))
        self.assertEqual(self._upload_with("guess").status_code, 429)
        self.assertEqual(self._page(token="guess").status_code, 429)
        self.assertEqual(self._view("guess").status_code, 429)
        self.assertIn(f"/my/care/{self.order.id}", self._view(self.token).headers["Location"])
        self.assertNotIn('"error"', self._fetch(token=self.token))
        self.assertNotIn('"error"', self._speak_up(self.token))
        self.assertEqual(self._page(token=self.token).status_code, 200)

    def _view(self, token, order=None):
        """Follow the address that mails of Odoo hold."""
        order = order or self.order
        query = {"model": "care.order", "res_id": order.id, "access_token": token}
        return self.url_open("/mail/view", params=query, allow_redirects=False)

    def _upload_with(self, token):
        """Send a file with a token."""
        data = {
            "csrf_token": self._csrf(),
            "thread_model": "care.order",
            "thread_id": str(self.order.id),
            "token": token,
        }
        picture = ("ring.png", base64.b64decode(make_picture()), "image/png")
        return self.url_open("/mail/attachment/upload", data=data, files={"ufile": picture})

    @mute_logger("odoo.http")
    def test_a_conversation_gives_nothing_that_surrounds_it(self):
        """No task, follower, file or contact of the house, by link or signed in."""
        self.advisor.partner_id.email = "advisor.private@example.com"
        order = self.order.sudo()
        order.message_subscribe(self.advisor.partner_id.ids)
        order.activity_schedule(
            "mail.mail_activity_data_todo",
            summary="Mind this client",
            note="Never on time",
            user_id=self.manager.id,
        )
        order.message_post(
            body="Said among us", subtype_xmlid="mail.mt_note", attachments=[("own.txt", b"Ours")]
        )
        intake = order.intake_id
        intake._portal_ensure_token()
        intake.message_post(body="Said among us", message_type="comment")
        self.env.flush_all()
        around = [
            "activities",
            "attachments",
            "contact_fields",
            "display_name",
            "followers",
            "scheduledMessages",
            "suggestedRecipients",
        ]
        for login, record, token in (
            (None, order, self.token),
            ("care_t_client", order, None),
            (None, intake, intake.access_token),
            (None, order.creation_id, "guess"),
        ):
            self.authenticate(login, login)
            thread = {"thread_model": record._name, "thread_id": record.id}
            access = {"access_params": {"token": token}} if token else {}
            fetch = [["mail.thread", {**thread, **access, "request_list": around}]]
            answers = [
                self._json("/mail/data", fetch_params=fetch).text,
                self._json("/mail/action", fetch_params=fetch).text,
                self._json("/portal/chatter_init", **thread, token=token).text,
                self._json("/mail/chatter_fetch", **thread, token=token).text,
                self._json("/mail/thread/recipients", **thread).text,
            ]
            for secret in (
                "Mind this client",
                "Never on time",
                "Said among us",
                "own.txt",
                "advisor.private",
                self.manager.name,
            ):
                self.assertNotIn(secret, "".join(answers), f"{login} {record._name}")

    @mute_logger("odoo.http")
    def test_odd_tokens_are_wrong_tokens(self):
        """A token that is a list, a number or a megabyte opens nothing, and breaks nothing."""
        for token in (["x"], {"a": 1}, 7, True, "é", "\x00", "x" * 1_000_000):
            self.env["care.portal.attempt"].search([]).unlink()
            self.assertIn("error", self._fetch(token=token))
            answer = self._json(f"/my/care/{self.order.id}/total", access_token=token).json()
            self.assertEqual(set(answer["result"]), {"error"})


@tagged("post_install", "-at_install")
class TestPortalUploads(SafetyCase):
    """What clients send: by content, by size, by number."""

    def _upload(self, name="ring.png", content=None, content_type="image/png"):
        answer = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self.csrf,
                "thread_model": "care.order",
                "thread_id": str(self.order.id),
                "is_pending": "true",
                "token": self.token,
            },
            files={"ufile": (name, content or base64.b64decode(make_picture()), content_type)},
        )
        return answer.json()

    def setUp(self):
        super().setUp()
        self.csrf = self._csrf()

    def test_files_are_counted(self):
        for _number in range(20):
            self.assertIn("data", self._upload())
        self.assertIn("wait a minute", self._upload()["error"])
        self.env["care.portal.attempt"].search([]).unlink()
        self.assertIn("data", self._upload())

    def test_pictures_that_unfold_are_refused(self):
        """A small file that becomes a huge picture is judged before it is unfolded."""
        for side in (9_000, 30_000):
            stream = io.BytesIO()
            Image.new("1", (side, side)).save(stream, "PNG")
            self.assertIn("error", self._upload(content=stream.getvalue()), side)

    def test_what_calls_itself_a_page_is_never_one(self):
        """A PDF that is named or written as a page or a drawing is text to whoever opens it."""
        for name, content in (
            ("page.html", b"%PDF-1.4 <html><script>alert(1)</script></html>"),
            ("page.xhtml", b"%PDF-1.4 <html><script>alert(1)</script></html>"),
            ("drawing.svg", b"%PDF-1.4 <svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ):
            data = self._upload(name, content, "text/html")["data"]
            attachment = self.env["ir.attachment"].sudo().browse(data["attachment_id"])
            self.assertIn(attachment.mimetype, ("text/plain", "application/pdf"), name)
            token = attachment.generate_access_token()[0]
            self.env.flush_all()
            answer = self.url_open(f"/web/content/{attachment.id}?access_token={token}")
            self.assertNotRegex(answer.headers["Content-Type"], "html|xml|svg")
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_odd_names_of_files_are_kept_as_text(self):
        """A name with a NUL or without end is shortened; its type stays at its end."""
        data = self._upload("x" * 300 + "\x00.png")["data"]
        name = self.env["ir.attachment"].sudo().browse(data["attachment_id"]).name
        self.assertEqual(name, "x" * 196 + ".png")

    def test_script_in_the_name_of_a_file_is_text(self):
        data = self._upload(f"{SCRIPT}.png")["data"]
        body = {
            "body": "See here",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "attachment_ids": [data["attachment_id"]],
        }
        store = data["store_data"]["ir.attachment"][0]
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "care.order",
                "thread_id": self.order.id,
                "post_data": {**body, "attachment_tokens": [store["ownership_token"]]},
                "token": self.token,
            },
        )
        self.assertTrue(self._last_comment().attachment_ids)
        self.assertNotIn(SCRIPT, self._page(token=self.token).text)

    def _say(self, **post_data):
        """Write in the conversation by link."""
        return self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "care.order",
                "thread_id": self.order.id,
                "post_data": {"body": "Hello", **post_data},
                "token": self.token,
            },
        )

    @mute_logger("odoo.http")
    def test_whatever_a_message_calls_itself_it_is_counted(self):
        """A client's message is a comment: neither a notice of the house nor an internal note."""
        for _turn in range(5):
            for kind in ("notification", "auto_comment"):
                self._say(message_type=kind, subtype_xmlid="mail.mt_note", body="Half \ud800")
        message = self._last_comment()
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        with self.assertRaises(JsonRpcException):
            self._say(message_type="notification")

    def test_a_message_is_words(self):
        """A picture from elsewhere in a message would tell when and where the house reads it."""
        self._say(
            body='<p class="x" style="background: url(http://spy.example/1)">Dear <b>house</b>,<br>'
            '<img src="http://spy.example/2"><svg><image href="http://spy.example/3"></svg>'
            '<a href="https://example.com/a?b=1&amp;c=2">here</a> 1 &lt; 2</p>'
            '<video poster="http://spy.example/4"></video><!-- note --><font size=7>end</font>'
        )
        body = self._last_comment().body
        self.assertNotIn("spy.example", body)
        self.assertIn("Dear <b>house</b>,<br>", body)
        self.assertIn("here</a> 1 &lt; 2", body)
        self.assertIn('href="https://example.com/a?b=1&amp;c=2"', body)
        self.assertIn("end", body)
        self.assertNotIn("<font", body)
        for text, expected in (("1 < 2 & 3", "1 &lt; 2 &amp; 3"), ("Só\x00", "Só")):
            self._say(body=text)
            self.assertIn(expected, self._last_comment().body)

    @mute_logger("odoo.http")
    def test_files_that_came_another_way_are_judged_too(self):
        """Other documents of a client, such as invoices, take any kind of file."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        move = order.sudo().invoice_ids
        answer = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self.csrf,
                "thread_model": "account.move",
                "thread_id": str(move.id),
                "is_pending": "true",
                "token": move._portal_ensure_token(),
            },
            files={"ufile": ("page.html", b"<html><script>alert(1)</script></html>", "text/html")},
        )
        data = answer.json()["data"]
        own = data["store_data"]["ir.attachment"][0]["ownership_token"]
        with self.assertRaises(JsonRpcException):
            self._say(attachment_ids=[data["attachment_id"]], attachment_tokens=[own])
        self.assertFalse(self._last_comment().attachment_ids)

    @mute_logger("odoo.http")
    def test_reactions_are_signs_at_a_pace(self):
        """No text as long as one likes beside a message, nor any number of them."""
        self._say()
        message = self._last_comment()

        def react(content):
            params = {"message_id": message.id, "content": content, "action": "add"}
            return self.make_jsonrpc_request(
                "/mail/message/reaction", {**params, "token": self.token}
            )

        for content in ("x" * 1000, ["x"], None):
            with self.assertRaises(JsonRpcException):
                react(content)
        for number in range(20):
            react(f"❤️{number}")
        with self.assertRaises(JsonRpcException):
            react("👍")
        self.env.invalidate_all()
        self.assertEqual(len(message.sudo().reaction_ids), 20)

    @mute_logger("odoo.http")
    def test_a_message_does_not_grow_when_it_is_written_anew(self):
        self.authenticate("care_t_client", "care_t_client")
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "care.order",
                "thread_id": self.order.id,
                "post_data": {
                    "body": "Hello",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        message = self._last_comment()
        update = {"message_id": message.id, "update_data": {"body": "x" * 10_000}}
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request("/mail/message/update_content", update)
        update["update_data"] = {"body": "Good day", "attachment_ids": []}
        self.make_jsonrpc_request("/mail/message/update_content", update)
        self.env.invalidate_all()
        self.assertIn("Good day", message.body)


@tagged("post_install", "-at_install")
class TestPortalWords(SafetyCase):
    """Script in any text is text on paper too; nothing of the house is said to clients."""

    REPORTS = {
        "receipt": lambda order: order.intake_id,
        "estimate": lambda order: order.estimate_id,
        "certificate": lambda order: order,
        "label": lambda order: order,
        "worksheet": lambda order: order,
    }

    def _documents(self, order, reports=REPORTS):
        """The documents of an order as the PDF engine reads them, and its invoices."""
        Report = self.env["ir.actions.report"].sudo()
        for kind, find in reports.items():
            record = find(order.sudo())
            content = Report._render_qweb_html(
                f"cartier_care.action_report_care_{kind}", record.ids
            )[0]
            yield kind, content.decode()
        for move in order.sudo().invoice_ids:
            yield (
                "invoice",
                Report._render_qweb_html("account.account_invoices", move.ids)[0].decode(),
            )

    def test_script_in_any_text_is_printed_as_text(self):
        """Names, reasons, engravings, notes, marks: escaped in every PDF."""
        self.client.name = f"Ada {SCRIPT}"
        creation = self._creation(serial_number=f"S {SCRIPT}", engraving_capacity=50)
        order = self._order(
            creation,
            "reshaping",
            ("engraving", {"engraving_text": SCRIPT, "engraving_position": SCRIPT}),
            condition_note=SCRIPT,
        )
        photo = self.env["care.order.photo"].create(
            {"order_id": order.id, "name": SCRIPT, "image_1920": make_picture()}
        )
        self.env["care.order.photo.mark"].create(
            {"photo_id": photo.id, "x": 0.5, "y": 0.5, "note": SCRIPT}
        )
        self._receive(order)
        order.sudo().intake_id.note = SCRIPT
        order.action_propose()
        order.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.assertIn("redirect_url", self._answer(order, name=SCRIPT))
        self.env.invalidate_all()
        order.action_start()
        self._finish(order)
        self._pay(order)
        order.write({**self._hand_over_vals(), "collected_by": SCRIPT})
        order.action_hand_over()
        seen = [kind for kind, text in self._documents(order) if "alert(1)" in text]
        self.assertEqual(set(seen), {*self.REPORTS, "invoice"}, "it is on each of them")
        for kind, text in self._documents(order):
            self.assertNotIn(SCRIPT, text, kind)
        page = self._page(order, order.sudo().access_token).text
        self.assertNotIn(SCRIPT, page)

    def test_nothing_of_the_house_is_in_a_client_s_document(self):
        """No internal note, goodwill reason, cost, or staff beyond the advisor on paper."""
        order = self._order(self._creation(), "reshaping", "component_replacement")
        part = self._add_part(order, "component_replacement", price_unit=45.0)
        part.product_id.standard_price = 12.34
        self._receive(order)
        self._line(order, "reshaping").with_user(self.manager).write(
            {"price_unit": 100.0, "price_reason": "Friend of the director"}
        )
        self.jeweler.name = "Joan at the Bench"
        order.sudo().internal_note = "<p>Difficult client</p>"
        order.sudo().intake_id.note = "Mind the dog"
        order.creation_id.sudo().note = "<p>Bought second hand</p>"
        self._start(order)
        self._finish(order)
        order.sudo()._portal_ensure_token()
        self.env.flush_all()
        texts = dict(
            self._documents(
                order,
                {k: v for k, v in self.REPORTS.items() if k not in ("label", "worksheet")},
            )
        )
        texts["page"] = self._page(order, order.sudo().access_token).text
        path = f"/my/care/{order.id}/accept"
        texts["refusal"] = str(
            self.make_jsonrpc_request(path, {"access_token": order.sudo().access_token})
        )
        for kind, text in texts.items():
            for secret in (
                "Friend of the director",
                "Joan at the Bench",
                "Difficult client",
                "Mind the dog",
                "Bought second hand",
                "12.34",
                self.workshop.name,
            ):
                self.assertNotIn(secret, text, kind)
