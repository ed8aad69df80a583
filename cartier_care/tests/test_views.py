# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The screens: each role opens each of them, and the dialogs do what their buttons say."""

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools.safe_eval import safe_eval

from .browser import BrowserCase
from .common import PIXEL, CareCommon

#: What each role sees in its menus.
ACTIONS = {
    "boutique": (
        "care_order_action",
        "care_intake_action",
        "care_intake_action_visit",
        "care_creation_action",
        "care_order_operation_action",
        "care_custody_holding_action",
        "care_transfer_action",
        "care_service_action",
        "product_template_action_creation",
        "care_order_action_reporting",
        "care_estimate_action",
        "care_custody_move_action",
    ),
    "workshop": (
        "care_order_action",
        "care_creation_action",
        "care_order_operation_action",
        "care_custody_holding_action",
        "care_transfer_action",
        "care_service_action",
        "product_template_action_creation",
    ),
    "manager": (
        "care_order_action",
        "care_intake_action",
        "care_intake_action_visit",
        "care_creation_action",
        "care_order_operation_action",
        "care_custody_holding_action",
        "care_transfer_action",
        "care_service_action",
        "product_template_action_creation",
        "care_collection_action",
        "care_order_action_reporting",
        "care_revenue_report_action",
        "care_order_report_action",
        "care_closing_action",
        "care_closing_report_action",
        "care_estimate_action",
        "care_custody_move_action",
        "care_location_action",
        "care_service_category_action",
        "care_operation_action",
        "care_metal_action",
        "care_gem_action",
    ),
}


@tagged("post_install", "-at_install")
class TestViews(CareCommon):
    """Views open for who sees their menu, with what stands behind them."""

    @property
    def _roles(self):
        return {
            "boutique": self.advisor,
            "workshop": self.jeweler,
            "manager": self.manager,
        }

    def test_every_role_opens_its_actions(self):
        """Every view of every menu loads and its records are read, with no right missing."""
        self._to(self._order(self._creation(), ("ring_resizing", 1.0), "reshaping"), "ready")
        for role, user in self._roles.items():
            for name in ACTIONS[role]:
                with self.subTest(role=role, action=name):
                    action = self.env.ref(f"cartier_care.{name}")
                    model = self.env[action.res_model].with_user(user)
                    modes = action.view_mode.split(",")
                    views = model.get_views(
                        [(False, mode) for mode in modes] + [(False, "search")],
                        {"toolbar": True},
                    )
                    records = model.search([], limit=20)
                    for mode in modes:
                        names = self._get_view_fields(views, mode, action.res_model)
                        records.web_read({field: {} for field in names})

    def _get_view_fields(self, views, mode, model_name):
        """Return the fields that a view asks for, those of sub-views apart."""
        tree = etree.fromstring(views["views"][mode]["arch"])
        known = views["models"][model_name]["fields"]
        return {
            node.get("name")
            for node in tree.iter("field")
            if node.get("name") in known
            and not any(parent.tag == "field" for parent in node.iterancestors())
        }

    def test_every_state_opens(self):
        """The form of an order in each state is read by each role that may see it."""
        for state in ("draft", "received", "estimated", "approved", "in_progress", "ready"):
            order = self._to(self._order(self._creation(), "reshaping"), state)
            for role, user in self._roles.items():
                if role == "workshop" and state == "draft":
                    continue
                with self.subTest(role=role, state=state):
                    form = Form(order.with_user(user))
                    self.assertEqual(form.state, state)

    def test_menus_of_roles(self):
        """Each role has the menus of its work and no other."""
        menus = self.env["ir.ui.menu"]
        for role, user in self._roles.items():
            visible = menus.with_user(user)._visible_menu_ids()
            with self.subTest(role=role):
                configuration = self.env.ref("cartier_care.care_configuration_menu").id
                intakes = self.env.ref("cartier_care.care_intake_menu").id
                self.assertEqual(configuration in visible, role == "manager")
                self.assertEqual(intakes in visible, role != "workshop")

    def test_order_form_as_advisor(self):
        """An advisor makes an order on the form; nothing typed leaves the catalogue's prices."""
        creation = self._creation()
        form = Form(self.env["care.order"].with_user(self.advisor))
        form.creation_id = creation
        with form.line_ids.new() as line:
            line.service_id = self._service("reshaping")
        with form.line_ids.new() as line:
            line.service_id = self._service("clasp_link_repair")
        self.assertEqual(form.amount_total if "amount_total" in form._view["fields"] else 190, 190)
        order = form.save()
        self.assertEqual(order.partner_id, creation.partner_id)
        self.assertEqual(order.amount_total, 190.0)
        self.assertFalse(any(order.line_ids.mapped("is_price_manual")))

    def test_price_typed_on_the_form(self):
        """A starting price is raised on the form after its mark, and given back by unmarking."""
        creation = self._creation()
        creation.prior_service_ids = self._service("ring_resizing")
        order = self._order(creation, ("ring_resizing", 1.0), user=self.advisor)
        with Form(order.with_user(self.advisor)) as form:
            with form.line_ids.edit(0) as line:
                line.is_price_manual = True
                self.assertEqual(line.price_unit, 190.0, "it starts from the catalogue's")
                line.price_unit = 250.0
        self.assertPrice(order.line_ids, 250.0, "manual")
        with Form(order.with_user(self.advisor)) as form, form.line_ids.edit(0) as line:
            line.is_price_manual = False
        self.assertPrice(order.line_ids, 190.0, "minimum")

    def test_estimate_typed_on_the_form(self):
        """Rules 3: writing a price on an on-request line is the estimate, without a switch."""
        order = self._to(self._order(self._creation(), "restoration"), "received")

        def estimate(user, price):
            with Form(order.with_user(user)) as form, form.line_ids.edit(0) as line:
                line.price_unit = price
                self.assertTrue(line.is_price_manual)

        with self.assertRaises(AssertionError, msg="an advisor estimates nothing"):
            estimate(self.advisor, 800.0)
        estimate(self.jeweler, 900.0)
        self.assertPrice(order.line_ids, 900.0, "estimate")

    def test_goodwill_on_the_form(self):
        """The manager types a lower price with its reason; an advisor is refused."""
        order = self._order(self._creation(), "reshaping")

        def lower(user, reason):
            with Form(order.with_user(user)) as form, form.line_ids.edit(0) as line:
                line.is_price_manual = True
                line.price_unit = 100.0
                if reason:
                    line.price_reason = reason

        with self.assertRaises(AssertionError, msg="the fee is no advisor's to change"):
            lower(self.advisor, "")
        with self.assertRaises(AccessError):
            order.line_ids.with_user(self.advisor).price_unit = 100.0
        self.assertRefused(lower, self.manager, "")
        lower(self.manager, "A faithful client")
        self.assertPrice(order.line_ids, 100.0, "goodwill")

    def test_who_may_price_by_hand(self):
        """The screen offers a price by hand where the role has one to set (care-rules.md, 3)."""
        ring = self._creation()
        ring.prior_service_ids = self._service("ring_resizing")
        order = self._order(ring, ("ring_resizing", 1.0), "reshaping", "restoration", "shining")
        order.action_receive()
        for code, who in {
            "ring_resizing": {"boutique", "workshop", "manager"},
            "reshaping": {"manager"},
            "restoration": {"workshop", "manager"},
            "shining": set(),
        }.items():
            for role, user in self._roles.items():
                with self.subTest(code=code, role=role):
                    line = self._line(order, code).with_user(user)
                    self.assertEqual(line.can_price, role in who)

    def test_lines_are_deleted_while_they_may_change(self):
        """The list offers a line's deletion only where the server grants it (care-rules.md, 2)."""
        arch = self.env["care.order"].with_user(self.advisor).get_view()["arch"]
        lines = etree.fromstring(arch).find(".//field[@name='line_ids']")
        domain = safe_eval(lines.get("options"))["delete"]
        for state in ("draft", "received", "estimated", "approved", "in_progress"):
            order = self._to(self._order(self._creation(), "reshaping", "polishing"), state)
            line = self._line(order, "polishing").with_user(self.manager)
            with self.subTest(state=state):
                self.assertEqual(
                    bool(order.filtered_domain(domain)), self._attempt(line.unlink), state
                )

    def test_where_lines_may_be_added(self):
        """Orders that stand still offer no new line, but care that the fee covers."""
        care = self._order(self._creation(), "reshaping")
        other = self._order(self._creation(), ("ring_resizing", 1.0))
        for order, is_care in ((care, True), (other, False)):
            self.assertTrue(order.can_add_line)
            self._receive(order)
            self.assertTrue(order.can_add_line)
            self._start(order)
            self.assertEqual(order.can_add_line, is_care)
            self._finish(order)
            self.assertFalse(order.can_add_line)

    # ------------------------------------------------------------------
    # Filters, groups and search keys
    # ------------------------------------------------------------------
    def _search_arch(self, model, user):
        """Return the search view of a model as a user gets it."""
        views = model.with_user(user).get_views([(False, "search")])
        return etree.fromstring(views["views"]["search"]["arch"])

    def test_every_filter_group_and_key_applies(self):
        """Whatever the search bars of orders and visits offer goes through, in each role."""
        self._receive(self._order(self._creation(), "reshaping"))
        today = fields.Date.context_today(self.env.user)
        for name, roles in (
            ("care.order", ("boutique", "workshop", "manager")),
            ("care.intake", ("boutique", "manager")),
        ):
            for role in roles:
                user = self._roles[role]
                model = self.env[name].with_user(user)
                values = {"uid": user.id, "self": "abc 12", "today": str(today)}
                for node in self._search_arch(model, user).iter("filter", "field"):
                    with self.subTest(model=name, role=role, node=node.get("name")):
                        domain = node.get("filter_domain") or node.get("domain")
                        if domain:
                            model.search(safe_eval(domain, values), limit=1)
                        elif node.tag == "field":
                            model.search([(node.get("name"), "ilike", "abc 12")], limit=1)
                        group = safe_eval(node.get("context") or "{}").get("group_by")
                        if group:
                            model._read_group([], [group], ["__count"])

    def _found(self, name, user):
        """Return the orders of this test that a filter of the search bar leaves."""
        node = self._search_arch(self.env["care.order"], user).find(f".//filter[@name='{name}']")
        domain = safe_eval(node.get("domain"), {"uid": user.id})
        return self.env["care.order"].with_user(user).search(domain)

    def test_filters_people_need(self):
        """Mine, my boutique, awaiting approval, on hold and why, on request to estimate."""
        mine = self._order(self._creation(), "reshaping", user=self.advisor)
        theirs = self._order(self._creation(), "restoration", user_id=self.manager.id)
        (mine | theirs).action_receive()
        self.assertIn(mine, self._found("mine", self.advisor))
        self.assertNotIn(theirs, self._found("mine", self.advisor))
        self.assertLessEqual(mine | theirs, self._found("my_boutique", self.advisor))
        self.assertIn(theirs, self._found("to_estimate", self.advisor))
        self.assertNotIn(mine, self._found("to_estimate", self.advisor))
        for why in ("part", "stone", "client"):
            mine.hold_reason = why
            self.assertIn(mine, self._found(f"hold_{why}", self.advisor))
            self.assertIn(mine, self._found("on_hold", self.advisor))
        self.assertNotIn(mine, self._found("hold_part", self.advisor))
        mine.hold_reason = False
        self._diagnose(mine.with_user(self.manager))
        mine.action_propose()
        self.assertIn(mine, self._found("awaiting_approval", self.advisor))

    def test_found_by_number_client_phone_and_envelope(self):
        """One box finds an order by its number, the engraved one, the client or the phone."""
        self.client.phone = "+1 212 555 0177"
        order = self._order(self._creation(), "reshaping", user=self.advisor)
        order.action_receive()
        orders = self.env["care.order"].with_user(self.advisor)
        tree = self._search_arch(orders, self.advisor)
        phone = tree.find(".//field[@string='Phone']").get("filter_domain")
        number = tree.find(".//field[@name='search_text']").get("filter_domain")
        for domain, typed in (
            (number, order.name),
            (number, order.creation_id.serial_number.lower()),
            (phone, "555-0177"),
        ):
            self.assertIn(order, orders.search(safe_eval(domain, {"self": typed})))
        self.assertIn(order, orders.search([("partner_id", "child_of", self.client.name)]))
        self.assertIn(order, orders.search([("intake_id", "ilike", order.intake_id.name)]))

    # ------------------------------------------------------------------
    # What drives the buttons
    # ------------------------------------------------------------------
    def test_buttons_follow_the_work(self):
        """The work buttons appear one after the other, for who may press them."""
        order = self._start(self._receive(self._order(self._creation(), "reshaping")))
        as_advisor, as_jeweler = order.with_user(self.advisor), order.with_user(self.jeweler)
        self.assertFalse(as_advisor.can_work)
        self.assertTrue(as_jeweler.can_all_done)
        self.assertFalse(as_jeweler.can_check)
        as_jeweler.action_all_done()
        self.assertFalse(as_jeweler.can_all_done)
        self.assertTrue(as_jeweler.can_check)
        as_jeweler.action_pass_final_check()
        self.assertTrue(as_jeweler.can_finish)
        as_jeweler.action_finish()
        self.assertFalse(as_advisor.can_hand_over)
        self.assertIn("payment", as_advisor.hand_over_refusals)
        self._pay(order)
        order.write(self._hand_over_vals())
        self.assertTrue(as_advisor.can_hand_over)

    def test_boutique_work_is_for_advisors(self):
        """What is done in the boutique shows its buttons to the advisor."""
        order = self._order(self._creation(), "shining")
        order.action_receive()
        self.assertTrue(order.with_user(self.advisor).can_work)

    def test_queue_shows_the_next_operation(self):
        """The queue holds one operation per order: the first that can be done now."""
        order = self._order(self._creation(), "reshaping")
        order.action_receive()
        operations = self.env["care.order.operation"].with_user(self.jeweler)
        domain = [("order_id", "=", order.id), ("is_next", "=", True)]
        self.assertEqual(operations.search(domain).code, "diagnosis")
        self._diagnose(order)
        self.assertFalse(operations.search(domain), "nothing before the start")
        self._start(order)
        following = operations.search(domain)
        self.assertEqual(following.code, "reshaping")
        self.assertTrue(following.is_next and following.is_workable)
        following.action_done()
        self.assertEqual(operations.search(domain).code, "cleaning")

    def test_search_bar(self):
        """Orders are found by number, engraved number however written, model or client."""
        creation = self._creation(serial_number="Find 48-21 b")
        order = self._to(self._order(creation, "reshaping"), "received")
        other = self._to(
            self._order(self._creation(partner_id=self.other_client.id), "reshaping"), "received"
        )
        orders = self.env["care.order"].with_user(self.advisor)
        ours = [("id", "in", (order | other).ids)]
        for text, found in (
            (order.name, order),
            (order.name.lower()[3:], order),
            (order.name.replace("/", " - "), order),
            (f"{order.name} find", orders),
            ("find 48-21", order),
            ("find4821b", order),
            ("48 21", order),
            ("ada cl", order),
            ("creation of the tests", order | other),
            ("Nobody of this name", orders),
        ):
            with self.subTest(text=text):
                self.assertEqual(
                    orders.search([*ours, ("search_text", "ilike", text)]).ids, found.sorted().ids
                )
        elsewhere = orders.with_user(self.advisor_2)
        self.assertFalse(elsewhere.search([("search_text", "ilike", order.name)]))
        creation.serial_number = "Found 48-22"
        self.assertFalse(orders.search([*ours, ("search_text", "ilike", "48-21")]))
        self.assertEqual(orders.search([*ours, ("search_text", "ilike", "48-22")]), order)

    def test_late_and_unclaimed(self):
        """The filters find what is late, and what is ready for too long."""
        order = self._start(self._receive(self._order(self._creation(), "reshaping")))
        late = [("id", "=", order.id), ("is_late", "=", True)]
        unclaimed = [("id", "=", order.id), ("is_unclaimed", "=", True)]
        Order = self.env["care.order"]
        self.assertFalse(Order.search(late))
        order.date_promised = "2020-01-01"
        self.assertTrue(order.is_late)
        self.assertEqual(Order.search(late), order)
        self._finish(order)
        self.assertFalse(Order.search(late))
        self.assertFalse(Order.with_company(self.company).search(unclaimed))
        order._write_by_system({"date_ready": "2020-01-01 12:00:00"})
        self.assertTrue(order.is_unclaimed)
        self.assertEqual(
            Order.with_context(allowed_company_ids=self.company.ids).search(unclaimed), order
        )

    def test_history_stays_with_the_number(self):
        """The page of a creation tells what was done and when, without what it cost."""
        creation = self._creation()
        order = self._done(creation, "reshaping")
        history = str(creation.with_user(self.advisor_2).history)
        self.assertIn(self._service("reshaping").name, history)
        self.assertIn(order.name, history)
        self.assertNotIn("190", history)
        self.assertNotIn(f"/odoo/care-orders/{order.id}", history, "not their boutique")
        self.assertIn(
            f"/odoo/care-orders/{order.id}", str(creation.with_user(self.advisor).history)
        )

    def test_page_of_a_creation(self):
        """History: owners over time, photos and documents, each as far as the reader may see it."""
        creation = self._creation()
        order = self._to(self._order(creation, "reshaping"), "received")
        order.photo_ids = [Command.create({"image_1920": PIXEL, "name": "As received"})]
        document = self.env["ir.attachment"].create(
            {
                "name": "Expertise.txt",
                "raw": b"Genuine",
                "res_model": order._name,
                "res_id": order.id,
            }
        )
        creation.with_user(self.advisor).partner_id = self.other_client
        creation.with_user(self.advisor).measure = 52
        page = creation.with_user(self.advisor)
        self.assertEqual(
            [(owner.partner_id, owner.user_id) for owner in page.lineage_owner_ids],
            [(self.other_client, self.advisor), (self.client, self.env.user)],
        )
        self.assertEqual(page.photo_ids, order.photo_ids)
        self.assertIn(document, page.document_ids)
        reproduction = creation._reproduce()
        self.env.invalidate_all()
        self.assertEqual(
            reproduction.lineage_owner_ids.mapped("partner_id"),
            self.other_client | self.client,
            "its original's owners too, each once",
        )
        elsewhere = creation.with_user(self.advisor_2)
        self.assertEqual(len(elsewhere.lineage_owner_ids), 2)
        # A piece of the house's own stock belongs to nobody yet, and its page opens.
        nobodys = self._creation(partner_id=False)
        self.assertFalse(nobodys.with_user(self.advisor).lineage_owner_ids)
        self.assertFalse(elsewhere.photo_ids)
        self.assertFalse(elsewhere.document_ids)
        for user in (self.advisor, self.jeweler, self.manager):
            self.assertForbidden(
                creation.owner_ids.with_user(user).write, {"partner_id": self.client.id}
            )
            self.assertForbidden(creation.owner_ids.with_user(user).unlink)
        self.assertForbidden(creation.owner_ids.with_user(self.portal_client).read, ["partner_id"])

    def test_photos_follow_the_care(self):
        """The photos of the last care come first, whatever was urgent or promised earlier."""
        creation = self._creation()
        vals = {"photo_ids": [Command.create({"image_1920": PIXEL})]}
        orders = self.env["care.order"]
        for priority in "010":
            orders |= self._done(creation, "shining", priority=priority, **vals)
        page = creation.with_user(self.advisor)
        self.assertEqual(page.photo_ids.order_id.ids, orders.sorted("id", reverse=True).ids)

    def test_entitlements(self):
        """First times used and left are told on the creation."""
        creation = self._creation()
        resizing = self._service("ring_resizing")
        self.assertIn(resizing, creation.left_service_ids)
        creation.prior_service_ids = resizing
        creation.invalidate_recordset()
        self.assertIn(resizing, creation.used_service_ids)
        self.assertNotIn(resizing, creation.left_service_ids)

    # ------------------------------------------------------------------
    # Dialogs
    # ------------------------------------------------------------------
    def _wizard(self, model, records, user, **values):
        context = {
            "active_model": records._name,
            "active_id": records[:1].id,
            "active_ids": records.ids,
            **{f"default_{name}": values.pop(name) for name in ("kind",) if name in values},
        }
        form = Form(self.env[model].with_user(user).with_context(**context))
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def test_decline_dialog(self):
        order = self._receive(self._order(self._creation(), "reshaping"))
        with self.assertRaises(AssertionError, msg="a reason is required"):
            self._wizard("care.reason", order, self.advisor, kind="decline")
        wizard = self._wizard("care.reason", order, self.advisor, kind="decline", reason="Too dear")
        wizard.action_confirm()
        self.assertEqual((order.state, order.decline_reason), ("declined", "Too dear"))

    def test_decline_dialog_is_for_advisors(self):
        order = self._receive(self._order(self._creation(), "reshaping"))
        wizard = self._wizard("care.reason", order, self.jeweler, kind="decline", reason="No")
        with self.assertRaises(AccessError):
            wizard.action_confirm()
        self.assertEqual(order.state, "received")

    def test_report_lost_dialog(self):
        order = self._receive(self._order(self._creation(), "reshaping"))
        wizard = self._wizard(
            "care.reason", order, self.manager, kind="report_lost", reason="Stolen in transit"
        )
        wizard.action_confirm()
        self.assertEqual((order.state, order.disposition), ("done", "lost"))

    def test_creation_lost_dialog(self):
        creation = self._creation()
        wizard = self._wizard(
            "care.reason", creation, self.advisor, kind="creation_lost", reason="The police"
        )
        wizard.action_confirm()
        self.assertEqual((creation.state, creation.loss_reason), ("lost", "The police"))

    def test_skip_and_fail_dialogs(self):
        order = self._start(
            self._receive(
                self._order(
                    self._creation(metal_ids=[Command.set(self.white_gold.ids)]), "polishing"
                )
            )
        )
        bath = self._operations(order, "rhodium_bath")
        self._wizard(
            "care.reason", bath, self.jeweler, kind="skip", reason="Kept matt"
        ).action_confirm()
        self.assertEqual((bath.state, bath.skip_reason), ("skipped", "Kept matt"))
        order.action_all_done()
        check = self._operations(order, "final_check")
        polishing = self._operations(order, "polishing")
        wizard = self._wizard("care.reason", check, self.jeweler, kind="fail", reason="A mark")
        self.assertIn(polishing, wizard.candidate_ids)
        wizard.reopen_ids = polishing
        wizard.action_confirm()
        self.assertEqual(polishing.state, "todo")
        # Rules 6: what was polished again is cleaned again; what was skipped stays so.
        self.assertEqual(self._operations(order, "cleaning").state, "todo")
        self.assertEqual(bath.state, "skipped")
        self.assertEqual(check.fail_reason, "A mark")

    def test_one_word_for_status(self):
        """Columns, groups and bars call it the same."""
        words = {
            model._fields["state"].get_description(self.env)["string"]
            for name, model in self.env.items()
            if name.startswith("care.") and "state" in model._fields
        }
        self.assertEqual(words, {"Status"})

    def test_rework_dialog(self):
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        cleaning = self._operations(order, "cleaning")
        wizard = self._wizard("care.order.rework", order, self.jeweler)
        self.assertIn(cleaning, wizard.candidate_ids)
        # The dialog is about one order: its choices are the work alone, in bench order.
        for model, field in (("care.order.rework", "operation_ids"), ("care.reason", "reopen_ids")):
            arch = etree.fromstring(self.env[model].get_view(view_type="form")["arch"])
            (node,) = arch.xpath(f"//field[@name='{field}'][@widget='many2many_checkboxes']")
            choices = wizard.candidate_ids.with_context(
                **safe_eval(node.get("context", "{}"))
            ).name_search("", [("id", "in", wizard.candidate_ids.ids)])
            self.assertEqual(
                [name for _id, name in choices], wizard.candidate_ids.mapped("operation_id.name")
            )
        wizard.operation_ids = cleaning
        wizard.action_confirm()
        self.assertEqual(order.state, "in_progress")
        self.assertEqual(cleaning.state, "todo")
        self.assertEqual(self._operations(order, "reshaping").state, "done")

    def test_approve_dialog(self):
        """The total follows the options, and what was chosen and signed is frozen."""
        order = self._order(
            self._creation(),
            "reshaping",
            ("engraving", {"is_optional": True, "engraving_text": "M"}),
        )
        self._add_line(order, "restoration", is_optional=True)
        restoration = self._line(order, "restoration")
        restoration.price_unit = 400.0
        self._receive(order)
        order.action_propose()
        wizard = self._wizard("care.order.approve", order, self.advisor)
        self.assertEqual(wizard.signed_by, self.client.name)
        self.assertEqual(wizard.amount_total, 190.0)
        self.assertTrue(wizard.gives_proof)
        with Form(wizard) as form:
            form.accepted_line_ids.add(restoration)
            self.assertEqual(form.amount_total, 590.0)
            form.signature = PIXEL
        wizard.action_confirm()
        self.assertEqual((order.state, order.amount_total), ("approved", 590.0))
        self.assertTrue(order.estimate_id.signature)
        self.assertEqual(order.approved_by_id, self.advisor)
        self.assertFalse(self._line(order, "engraving").is_accepted)

    def test_dialogs_of_an_order_of_another_boutique(self):
        """A dialog opens nothing that its user may not touch."""
        order = self._receive(self._order(self._creation(), "reshaping"))
        dialogs = self.env["care.reason"].with_user(self.advisor_2)
        self.assertForbidden(
            lambda: dialogs.create(
                {"kind": "decline", "reason": "No", "order_ids": [Command.set(order.ids)]}
            ).action_confirm()
        )
        self.assertEqual(order.state, "received")

    def test_approve_dialog_tells_nothing_of_other_boutiques(self):
        order = self._to(self._order(self._creation(), "reshaping"), "estimated")
        dialogs = self.env["care.order.approve"].with_user(self.advisor_2)
        for field in ("amount_total", "signed_by", "date_valid_until", "estimate_id"):
            with self.subTest(field=field):
                self.env.invalidate_all()
                self.assertForbidden(
                    lambda field=field: dialogs.onchange(
                        {"order_id": order.id}, ["order_id"], {"order_id": {}, field: {}}
                    )
                )

    # ------------------------------------------------------------------
    # Transfers and intakes
    # ------------------------------------------------------------------
    def test_transfer_screen(self):
        """What arrives is ticked off one by one; what is missing is told."""
        orders = self._order(self._creation(), "reshaping") | self._order(
            self._creation(), "reshaping"
        )
        orders.action_receive()
        transfer = (
            self.env["care.transfer"]
            .with_user(self.advisor)
            .create(
                {
                    "from_location_id": self.boutique.id,
                    "to_location_id": self.workshop.id,
                    "order_ids": [Command.set(orders.ids)],
                }
            )
        )
        transfer.action_send()
        self.assertFalse(transfer.missing_order_ids)
        orders[0].with_user(self.jeweler).with_context(
            care_transfer_id=transfer.id
        ).action_arrived()
        transfer.with_user(self.jeweler).action_receive_ticked()
        self.assertEqual(transfer.missing_order_ids, orders[1])
        transfer.with_user(self.jeweler).action_receive_all()
        self.assertFalse(transfer.missing_order_ids)
        self.assertEqual(orders.creation_id.current_location_id, self.workshop)
        self.assertEqual(orders[0].transfer_ids, transfer)

    def test_make_transfers_from_the_list(self):
        """Orders of a boutique go on one transfer to their workshop, and come back on another."""
        orders = self._order(self._creation(), "reshaping") | self._order(
            self._creation(), "reshaping"
        )
        as_advisor = orders.with_user(self.advisor)
        message = self.assertRefused(as_advisor.action_make_transfer)
        self.assertIn(orders[1].name, message)
        orders.action_receive()
        as_advisor.action_make_transfer()
        transfer = orders.transfer_ids
        self.assertEqual(
            (transfer.from_location_id, transfer.to_location_id, transfer.order_ids),
            (self.boutique, self.workshop, orders),
        )
        # Pressed again, with one more: no creation stands on two manifests.
        more = self._order(self._creation(), "reshaping")
        more.action_receive()
        action = as_advisor.action_make_transfer()
        self.assertEqual(action["res_id"], transfer.id)
        (orders | more).with_user(self.advisor).action_make_transfer()
        self.assertEqual(orders.transfer_ids, transfer)
        self.assertEqual(more.transfer_ids.order_ids, more)
        transfer.action_send()
        self.assertRefused(as_advisor.action_make_transfer)
        transfer.action_receive()
        orders.with_user(self.jeweler).action_make_transfer()
        back = orders.transfer_ids - transfer
        self.assertEqual(back.to_location_id, self.boutique)

    def test_intake_screen(self):
        """Two creations of a visit are received at once."""
        intake = (
            self.env["care.intake"].with_user(self.advisor).create({"partner_id": self.client.id})
        )
        for _index in range(2):
            self._order(self._creation(), "reshaping", user=self.advisor, intake_id=intake.id)
        self.assertTrue(intake.is_to_receive)
        intake.action_receive()
        self.assertFalse(intake.is_to_receive)
        self.assertEqual(set(intake.order_ids.mapped("state")), {"received"})

    def test_smart_buttons(self):
        """Each button opens what it counts."""
        creation = self._creation()
        first = self._done(creation, "reshaping")
        order = self._to(self._order(creation, "clasp_link_repair"), "estimated")
        as_advisor = order.with_user(self.advisor)
        self.assertEqual(as_advisor.earlier_order_count, 1)
        self.assertEqual(as_advisor.action_view_earlier_orders()["res_id"], first.id)
        self.assertEqual(as_advisor.action_view_estimates()["res_id"], order.estimate_id.id)
        self.assertEqual(as_advisor.action_view_intake()["res_id"], order.intake_id.id)
        self.assertEqual(as_advisor.transfer_count, 0)
        self.assertEqual(as_advisor.action_view_transfers()["domain"], [("id", "in", [])])
        self.assertEqual(
            creation.with_user(self.advisor).action_new_order()["context"]["default_creation_id"],
            creation.id,
        )

    def test_care_of_a_number(self):
        """The button of a creation opens what its history tells, the original's care included."""
        original = self._creation()
        first = self._done(original, "reshaping")
        reproduction = original._reproduce()
        order = self._to(self._order(reproduction, "shining"), "received")
        for creation in (original, reproduction):
            seen = creation.with_user(self.advisor)
            found = (
                self.env["care.order"]
                .with_user(self.advisor)
                .search(seen.action_view_orders()["domain"])
            )
            self.assertEqual((seen.order_count, found), (2, order | first))
            self.assertEqual(str(seen.history).count("CARE/"), 2)
        self.assertEqual(reproduction.with_user(self.advisor_2).order_count, 0)
        self.assertEqual(order.with_user(self.advisor).earlier_order_count, 1)
        self.assertEqual(
            order.with_user(self.advisor).action_view_earlier_orders()["res_id"], first.id
        )

    def test_what_orders_are_to_bring(self):
        """Lists and cards add up no money of what was declined; the form keeps what it was."""
        kept, declined, lost = (
            self._to(self._order(self._creation(), "reshaping"), "received") for _i in range(3)
        )
        declined.action_decline("Too dear")
        lost.with_user(self.manager).action_report_lost("Fire")
        cancelled = self._order(self._creation(), "reshaping")
        cancelled.action_cancel()
        orders = (kept | declined | lost | cancelled).with_user(self.advisor)
        self.assertTrue(declined.amount_total, "what was proposed stays readable")
        self.assertEqual(kept.with_user(self.advisor).amount_expected, kept.amount_total)
        for order in orders - kept:
            self.assertEqual(
                (order.amount_expected, order.amount_expected_label), (0.0, "Nothing to pay")
            )
        ((total,),) = orders._read_group([("id", "in", orders.ids)], [], ["amount_expected:sum"])
        self.assertEqual(total, kept.amount_total)
        self.assertEqual(
            orders.search([("id", "in", orders.ids)], order="amount_expected desc")[:1], kept
        )
        with self.assertRaises(AccessError):
            self.env["care.order"].with_user(self.portal_client)._read_group(
                [], [], ["amount_expected:sum"]
            )

    def test_promised_days_to_come_are_offered(self):
        """The filter of promised days offers the months and the year to come."""
        search = etree.fromstring(self.env["care.order"].get_view(view_type="search")["arch"])
        (promised,) = search.xpath("//filter[@date='date_promised']")
        self.assertGreaterEqual(int(promised.get("end_month")), 2)
        self.assertGreaterEqual(int(promised.get("end_year")), 1)
        self.assertTrue(search.xpath("//filter[@date='date_received']"))

    def test_blockers_in_the_reader_s_language(self):
        """What stands in the way is told in the words of who reads it, not of the client."""
        self.env["res.lang"]._activate_lang("fr_FR")
        service = self._service("restoration")
        service.with_context(lang="fr_FR").name = "Restauration entière"
        self.client.lang = "en_US"
        order = self._to(self._order(self._creation(), "restoration"), "received")
        self.assertEqual(self._line(order, "restoration").name, service.name)
        self.assertIn("Restauration entière", order.with_context(lang="fr_FR").blockers)

    def test_models_without_a_price(self):
        """A phone offers the models of a creation by picture and kind: a price says nothing."""
        view = self.env.ref("cartier_care.product_product_view_kanban_creation")
        self.assertNotIn("price", view.arch)
        for name in ("care_creation_view_form", "care_creation_view_form_quick"):
            arch = self.env.ref(f"cartier_care.{name}").arch
            self.assertIn("cartier_care.product_product_view_kanban_creation", arch)

    def test_amount_label(self):
        """A word stands where a total of 0 would say nothing."""
        self.assertEqual(self._order(self._creation(), "shining").amount_label, "Complimentary")
        self.assertEqual(self._order(self._creation(), "restoration").amount_label, "To estimate")
        self.assertFalse(self._order(self._creation(), "reshaping").amount_label)
        # What is known of a total that is not known yet.
        both = self._order(self._creation(), "reshaping", "restoration")
        self.assertEqual(both.amount_label, f"From {both._format_amount(both.amount_total)}")
        optional = self._order(self._creation(), "reshaping")
        self._add_line(optional, "restoration", is_optional=True)
        self.assertFalse(optional.amount_label)
        proposed = self._to(self._order(self._creation(), "reshaping"), "estimated")
        self.assertFalse(proposed.amount_label)
        self.assertFalse(self._order(self._creation()).amount_label)
        # What nobody can do is no gift.
        impossible = self._order(self._creation(), ("ring_resizing", 1.0))
        self._receive(impossible)
        impossible.line_ids.with_user(self.jeweler).outcome = "not_feasible"
        self.assertFalse(impossible.amount_label)
        self.assertNotEqual(impossible._get_total_text(impossible.line_ids, 0.0), "Complimentary")


@tagged("post_install", "-at_install")
class TestKeysOfButtons(CareCommon):
    """A key with Alt presses the first button that has it."""

    #: Odoo's own above each form: back, new, discard, next, previous, save, actions.
    TAKEN = set("bcjnpsu")

    def test_odoo_has_none_of_ours(self):
        """Ours come after Odoo's on the page: with the same key they are never pressed."""
        for model in ("care.order", "care.intake", "care.transfer", "care.creation"):
            arch = etree.fromstring(self.env[model].get_view(view_type="form")["arch"])
            keys = {node.get("data-hotkey") for node in arch.iterfind(".//button[@data-hotkey]")}
            self.assertFalse(keys & self.TAKEN, model)


@tagged("post_install", "-at_install")
class TestCreationIsOne(CareCommon):
    """A creation stands for a piece, which nobody doubles."""

    def test_no_duplicate_is_offered(self):
        """Odoo's *Duplicate* would make a piece without a number."""
        creation = self.env["care.creation"].with_user(self.advisor)
        for kind in ("form", "list"):
            arch = etree.fromstring(creation.get_view(view_type=kind)["arch"])
            self.assertEqual(arch.get("duplicate"), "0", kind)


@tagged("post_install", "-at_install")
class TestScreensInBrowser(BrowserCase, CareCommon, HttpCase):
    """What an advisor does on the screens."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tours look for English words, whatever language the database was made in.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.advisor.write({"lang": "en_US", "company_ids": [Command.set(cls.company.ids)]})
        cls.client.lang = "en_US"

    def test_offer(self):
        """The offer on the order: chosen, asked for, refused with why, proposed instead."""
        creation = self._creation(is_paved=True, serial_number="TOUR 4821")
        self.start_tour("/odoo/care-orders", "care_backend_offer", login="care_t_advisor")
        order = creation.order_ids
        self.assertEqual((order.state, order.amount_total), ("received", 190.0))
        self.assertEqual(
            {line.service_id.code: line.is_optional for line in order.line_ids},
            {
                "reshaping": False,
                "clasp_link_repair": False,
                "engraving": False,
                "reproduction": True,
            },
        )
        self.assertEqual(self._line(order, "engraving").engraving_text, "Toujours")
        self.assertFalse(any(order.line_ids.mapped("is_price_manual")))

    def test_a_line_makes_no_service(self):
        """What is typed into a line is looked for: the catalogue is not written at the counter."""
        order = self._order(self._creation(), "reshaping")
        service = ".o_field_widget[name=service_id]"

        def visit(page):
            page.wait("Boolean(document.querySelector('.o_data_row td[name=service_id]'))")
            page.run("document.querySelector('.o_data_row td[name=service_id]').click()")
            page.wait(f"Boolean(document.querySelector('{service} input'))")
            page.run(f"document.querySelector('{service} input').select()")
            page.type("Gilding")
            page.wait("Boolean(document.querySelector('.o-autocomplete--dropdown-item'))")
            page.wait()
            offered = page.run("document.querySelector('.o-autocomplete--dropdown-menu').innerText")
            self.assertNotIn("Create", offered)

        self.drive(f"/odoo/care-orders/{order.id}", visit, login="care_t_advisor")

    def test_hand_over(self):
        """Payment at the counter, collector, signature, hand-over."""
        order = self._to(self._order(self._creation(), "reshaping"), "ready")
        self.start_tour(
            f"/odoo/care-orders/{order.id}", "care_backend_hand_over", login="care_t_advisor"
        )
        order.invalidate_recordset()
        self.assertEqual((order.state, order.disposition), ("done", "serviced"))
        self.assertEqual((order.collected_by, order.amount_due), ("Ada Client", 0.0))
        self.assertTrue(order.collection_signature)

    def test_totals_on_the_list(self):
        """What is to be estimated says so in the list, as on the cards."""
        self._to(self._order(self._creation(), "restoration"), "received")

        def visit(page):
            page.wait("document.querySelector('.o_data_row')")
            row = page.run("document.querySelector('.o_data_row').innerText")
            self.assertIn("To estimate", row)

        path = "/odoo/action-cartier_care.care_order_action?view_type=list"
        self.drive(path, visit, login="care_t_advisor")

    def _read_status_bar(self, page, order):
        """Open an order and return the steps that its status bar shows, from left to right."""
        page.go(f"/odoo/care-orders/{order.id}")
        page.wait("!!document.querySelector('.o_statusbar_status .o_arrow_button_current')")
        return page.run(
            "[...document.querySelectorAll('.o_statusbar_status .o_arrow_button')]"
            ".filter((step) => step.offsetWidth)"
            ".sort((one, other) => one.offsetLeft - other.offsetLeft)"
            ".map((step) => step.innerText.trim())"
        )

    def test_status_bar_of_what_ends_otherwise(self):
        """A declined or cancelled order shows the way that it took, in order, and no other."""
        straight = self._to(self._order(self._creation(), "reshaping"), "received")
        straight.action_decline("Keeps its marks")
        proposed = self._to(self._order(self._creation(), "reshaping"), "estimated")
        proposed.action_decline("Too dear")
        returned = self._to(self._order(self._creation(), "reshaping"), "declined")
        self._hand_over(returned)
        cancelled = self._order(self._creation(), "reshaping")
        cancelled.action_cancel()
        lost = self._to(self._order(self._creation(), "reshaping"), "received")
        lost.with_user(self.manager).action_report_lost("The bag never came")

        def visit(page):
            start = ["Request", "In diagnosis"]
            end = ["Declined", "Handed over"]
            self.assertEqual(self._read_status_bar(page, straight), start + end)
            long_way = [*start, "Awaiting approval", *end]
            self.assertEqual(self._read_status_bar(page, proposed), long_way)
            self.assertIn(self._read_status_bar(page, returned), (start + end, long_way))
            self.assertEqual(self._read_status_bar(page, cancelled), ["Request", "Cancelled"])
            # What is lost was handed over to nobody.
            page.go(f"/odoo/care-orders/{lost.id}")
            page.wait("!!document.querySelector('.ribbon')")
            self.assertEqual(
                page.run("document.querySelector('.ribbon').textContent").strip(), "Lost"
            )
            self.assertFalse(page.run("document.querySelector('.o_arrow_button_current')"))

        self.drive("/odoo/care-orders", visit, login="care_t_advisor")

    def test_what_the_client_may_choose_is_proposed(self):
        """With something to choose, the estimate comes first; what is free may start anyway."""
        order = self._order(self._creation(), "shining", "ring_resizing", "reshaping")
        self._add_line(order, "clasp_link_repair", is_optional=True)
        order.action_receive()
        for code in ("ring_resizing", "reshaping"):
            self._line(order.with_user(self.jeweler), code).outcome = "not_feasible"
        self._diagnose(order.with_user(self.jeweler))

        def visit(page):
            page.wait("!!document.querySelector('.o_statusbar_buttons .btn-primary')")
            labels = page.run(
                "[...document.querySelectorAll('.o_statusbar_buttons button')]"
                ".map((button) => [button.innerText.trim(), button.matches('.btn-primary')])"
            )
            self.assertIn(["Propose Estimate", True], labels)
            self.assertIn(["Start the Work", False], labels)
            # What has an alternative proposes it; the rest has none.
            rows = page.run(
                "[...document.querySelectorAll('.o_data_row')]"
                ".filter((row) => row.querySelector('button[name=action_add_alternative]'))"
                ".map((row) => row.querySelector('[name=service_id]').innerText.trim())"
            )
            self.assertEqual(rows, ["Ring re-sizing"])

        self.drive(f"/odoo/care-orders/{order.id}", visit, login="care_t_advisor")

    def test_titles_of_dialogs(self):
        """The dialogs over an order are called what the button or the line was called."""
        order = self._order(self._creation(), "reshaping", user=self.advisor)
        self.env["care.order.photo"].create({"order_id": order.id, "image_1920": PIXEL})
        title = "document.querySelector('.modal .modal-title')"

        def open_by(page, script):
            page.run(script)
            page.wait(f"!!{title}")
            text = page.run(f"{title}.innerText")
            page.run("document.querySelector('.modal .o_form_button_cancel, .btn-close').click()")
            page.wait("!document.querySelector('.modal')")
            return text

        def visit(page):
            page.wait("!!document.querySelector('.o_data_row')")
            line = open_by(page, "document.querySelector('.o_list_record_open_form_view').click()")
            self.assertEqual(line, "Reshaping")
            page.run("document.querySelector('.o_care_offer_toggle').click()")
            page.wait("!!document.querySelector('[data-code=ring_resizing] .o_care_offer_add')")
            added = open_by(
                page,
                "document.querySelector('[data-code=ring_resizing] .o_care_offer_add').click()",
            )
            self.assertEqual(added, "Add Ring re-sizing")
            page.run("document.querySelector('.nav-link[name=condition]').click()")
            page.wait("!!document.querySelector('.o_care_photos .o_kanban_record img')")
            photo = open_by(
                page, "document.querySelector('.o_care_photos .o_kanban_record').click()"
            )
            self.assertEqual(photo, "Photo")

        self.drive(f"/odoo/care-orders/{order.id}", visit, login="care_t_advisor")

    def test_photo_of_a_creation(self):
        """A photo on the page of a creation opens large, with its marks and what it is of."""
        creation = self._creation()
        order = self._to(self._order(creation, "shining"), "received")
        self.env["care.order.photo"].create({"order_id": order.id, "image_1920": PIXEL})
        # Read now: while the browser works, the server has the cursor.
        number = order.name

        def visit(page):
            page.wait("!!document.querySelector('.nav-link[name=records]')")
            page.run("document.querySelector('.nav-link[name=records]').click()")
            page.wait("!!document.querySelector('.o_care_photos .o_kanban_record img')")
            page.run("document.querySelector('.o_care_photos .o_kanban_record').click()")
            page.wait("!!document.querySelector('.modal .o_care_marks_board img')")
            self.assertEqual(page.run("document.querySelector('.modal-title').innerText"), "Photo")
            text = page.run("document.querySelector('.modal').innerText")
            self.assertIn(number, text)
            self.assertNotIn("Sequence", text)

        self.drive(f"/odoo/care-creations/{creation.id}", visit, login="care_t_advisor")

    def test_calendar(self):
        """An order stands on its promised day: who it is for, and on a click where it stands."""
        order = self._to(self._order(self._creation(), "restoration"), "received")
        today = fields.Date.today()
        order.sudo().date_promised = today
        entry = f"document.querySelector('.fc-event[data-event-id=\"{order.id}\"]')"

        def visit(page):
            page.wait(f"!!{entry}")
            day = page.run(f"{entry}.closest('[data-date]').dataset.date")
            self.assertEqual(day, str(today))
            self.assertIn("Ada Client", page.run(f"{entry}.innerText"))
            page.run(f"{entry}.click()")
            page.wait("!!document.querySelector('.o_cw_popover')")
            details = page.run("document.querySelector('.o_cw_popover').innerText")
            self.assertIn("To estimate", details)
            self.assertIn("In diagnosis", details)

        path = "/odoo/action-cartier_care.care_order_action?view_type=calendar"
        self.drive(path, visit, login="care_t_advisor")

    def test_visit_in_one_tap(self):
        """The one main button of the board begins a visit, on a phone as on a screen."""
        main = (
            "[...document.querySelectorAll('.o_control_panel_main_buttons > *')]"
            ".filter((button) => button.offsetWidth)"
            ".map((button) => [button.innerText.trim(), button.matches('.btn-primary')])"
        )

        def visit(page):
            for width in (360, 768, 1024, 1366):
                page.resize(width)
                page.go("/odoo/care-orders")
                page.wait("!!document.querySelector('.o_kanban_renderer')")
                self.assertEqual(page.run(main), [["New Visit", True]], f"at {width}")
            page.resize(360)
            page.go("/odoo/care-orders")
            page.wait("!!document.querySelector('.o_control_panel_main_buttons button')")
            page.run("document.querySelector('.o_control_panel_main_buttons button').click()")
            page.wait("!!document.querySelector('.o_care_intake_form')")

        self.drive("/odoo/care-orders", visit, login="care_t_advisor")

    def test_lost_is_told(self):
        """List and cards say *Lost* of what the house lost, and a filter finds it."""
        order = self._to(self._order(self._creation(), "reshaping"), "received")
        order.with_user(self.manager).action_report_lost("Fire")
        self.env["res.lang"]._activate_lang("en_US")
        self.advisor.lang = "en_US"
        card = ".o_kanban_record:not(.o_kanban_ghost)"

        def visit(page):
            page.resize(1366)
            page.wait("!!document.querySelector('.o_searchview_dropdown_toggler')")
            page.run("document.querySelector('.o_searchview_facet .o_facet_remove').click()")
            page.run("document.querySelector('.o_searchview_dropdown_toggler').click()")
            item = "[...document.querySelectorAll('.o_filter_menu .o_menu_item')]"
            page.wait(f"{item}.some(one => one.innerText.trim() === 'Lost')")
            page.run(f"{item}.find(one => one.innerText.trim() === 'Lost').click()")
            shown = f"[...document.querySelectorAll({card!r})].map(one => one.innerText).join()"
            page.wait(f"{shown}.includes('Lost') && {shown}.includes('Nothing to pay')")
            page.run("document.querySelector('.o_switch_view.o_list').click()")
            badge = "document.querySelector('.o_data_row td[name=state] .text-bg-danger')"
            page.wait(f"!!{badge}")
            self.assertEqual(page.run(f"{badge}.innerText"), "Lost")

        self.drive("/odoo/care-orders", visit, login="care_t_advisor")

    def test_group_without_a_hold_has_a_name(self):
        """A heading is a word, also of what has no value to group by."""
        self._to(self._order(self._creation(), "reshaping"), "received")
        self.env["res.lang"]._activate_lang("en_US")
        self.advisor.lang = "en_US"

        def visit(page):
            page.resize(1366)
            page.wait("!!document.querySelector('.o_searchview_dropdown_toggler')")
            page.run("document.querySelector('.o_searchview_dropdown_toggler').click()")
            item = "[...document.querySelectorAll('.o_group_by_menu .o_menu_item')]"
            page.wait(f"{item}.some(one => one.innerText.trim() === 'Hold')")
            page.run(f"{item}.find(one => one.innerText.trim() === 'Hold').click()")
            page.wait(
                "document.querySelector('.o_kanban_header')?.innerText.trim().startsWith('None')"
            )

        self.drive("/odoo/care-orders", visit, login="care_t_advisor")


@tagged("post_install", "-at_install")
class TestScreensOnAPhone(BrowserCase, CareCommon, HttpCase):
    """The same screens on a telephone, where lists are cards."""

    browser_size = "360x740"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.advisor.write({"lang": "en_US", "company_ids": [Command.set(cls.company.ids)]})

    def test_the_answer_to_a_long_number(self):
        """What may be done about an unknown number is read in one piece, however long it is."""

        def visit(page):
            page.wait("!!document.querySelector('.o_field_widget[name=partner_id]')")
            page.run("document.activeElement?.blur()")
            page.scan("ZZ-NEW-4711-ABCDEFGHIJKL")
            button = "document.querySelector('.o_notification_buttons .btn')"
            page.wait(f"!!{button}")
            rects = f"{button}.querySelector('span').getClientRects().length"
            self.assertEqual(page.run(rects), 1, "on one line")
            right = page.run(
                "document.querySelector('.o_notification').getBoundingClientRect().right"
            )
            self.assertLessEqual(right, 360)

        self.drive("/odoo/care-visit", visit, login="care_t_advisor")

    def test_an_added_creation_is_seen(self):
        """The long offer of the last creation folds up, and the next one opens in sight."""
        intake = (
            self.env["care.intake"].with_user(self.advisor).create({"partner_id": self.client.id})
        )
        for _index in range(3):
            self._order(self._creation(), "shining", user=self.advisor, intake_id=intake.id)

        def visit(page):
            page.wait("document.querySelectorAll('.o_care_visit_toggle').length === 3")
            page.run("document.querySelector('.o_care_visit_toggle').click()")
            page.wait("!!document.querySelector('.o_care_visit_open .o_care_offer_toggle')")
            page.run("document.querySelector('.o_care_visit_open .o_care_offer_toggle').click()")
            page.wait("!!document.querySelector('.o_care_visit_open .o_care_offer_add')")
            page.run("document.querySelector('.o_care_visit_new').scrollIntoView()")
            page.run("document.querySelector('.o_care_visit_new').click()")
            page.wait("document.querySelectorAll('.o_care_visit_order').length === 4")
            page.wait()
            head = "document.querySelector('.o_care_visit_open .o_care_visit_head')"
            is_seen = (
                f"(({{ x, y }}) => {head}.contains(document.elementFromPoint(x + 40, y + 20)))"
                f"({head}.getBoundingClientRect())"
            )
            self.assertTrue(page.run(is_seen))

        self.drive(f"/odoo/care-intakes/{intake.id}", visit, login="care_t_advisor")

    def test_change_of_size_is_kept(self):
        """What is typed in the dialog of a service is saved with the order."""
        order = self._order(self._creation(), "shining", user=self.advisor)
        card = ".o_field_widget[name=line_ids] .o_kanban_record"

        def visit(page):
            page.wait(f"!!document.querySelector('{card}')")
            page.run("document.querySelector('.o_care_offer_toggle').click()")
            page.wait("!!document.querySelector('[data-code=ring_resizing] .o_care_offer_add')")
            page.run(
                "document.querySelector('[data-code=ring_resizing] .o_care_offer_add').click()"
            )
            page.wait("!!document.activeElement.closest('.modal [name=adjustment]')")
            page.run("document.activeElement.select()")
            page.type("1")
            page.run("document.querySelector('.modal .o_form_button_save').click()")
            page.wait(f"document.querySelectorAll('{card}:not(.o_kanban_ghost)').length === 2")
            page.run("document.querySelector('.o_form_button_save').click()")
            page.wait("!!document.querySelector('.o_form_saved')")

        self.drive(f"/odoo/care-orders/{order.id}", visit, login="care_t_advisor")
        order.invalidate_recordset()
        self.assertEqual(self._line(order, "ring_resizing").adjustment, 1.0)

    def test_history_fits(self):
        """The past of a creation is read whole, without a column beyond the screen."""
        creation = self._creation()
        self._done(creation, "reshaping", "ring_resizing")

        def visit(page):
            page.wait("!!document.querySelector('.nav-link[name=history]')")
            page.run("document.querySelector('.nav-link[name=history]').click()")
            page.wait("!!document.querySelector('.o_care_history td')")
            right = page.run(
                "Math.max(...[...document.querySelectorAll('.o_care_history *')]"
                ".map((part) => part.getBoundingClientRect().right))"
            )
            self.assertLessEqual(right, 360)

        self.drive(f"/odoo/care-creations/{creation.id}", visit, login="care_t_advisor")
