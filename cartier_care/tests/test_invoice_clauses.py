# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Issue 5, automatic invoices: each clause that test_invoicing does not speak of."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import FEE, CareCommon


@tagged("post_install", "-at_install")
class TestInvoiceClauses(CareCommon):
    """Who gets an invoice by email, how several orders share one, and what accounting adds."""

    def _ready(self, *lines, creation=None, **values):
        return self._to(
            self._order(creation or self._creation(), *(lines or ("reshaping",)), **values),
            "ready",
        )

    def _by_hand(self):
        self.company.care_invoice_trigger = "manual"

    # -- By email -------------------------------------------------------------------------

    def test_invoice_is_sent_with_its_pdf(self):
        """Issue 5: e-mailed with PDF when the client has an address, by a job of its own."""
        order = self._ready()
        invoice = self._invoices(order)
        self.assertTrue(invoice.sending_data, "the job knows of it")
        self.assertFalse(invoice.is_move_sent, "nothing goes out within a step")
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        invoice.invalidate_recordset()
        self.assertFalse(invoice.sending_data)
        self.assertTrue(invoice.is_move_sent)
        message = invoice.message_ids.filtered(lambda message: message.attachment_ids)
        self.assertEqual(len(message), 1)
        self.assertEqual(message.partner_ids, self.client)
        self.assertEqual(message.attachment_ids.mimetype, "application/pdf")
        self.assertEqual(message.attachment_ids.name, invoice.invoice_pdf_report_id.name)

    def test_invoice_is_sent_on_the_letter_of_the_house(self):
        """Issue 5, messages: the client's language, the tracking link, nothing of Odoo."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.email = "house@example.com"
        template = self.env.ref("cartier_care.mail_template_care_invoice")
        template.with_context(lang="fr_FR").subject = "Votre facture · {{ object.name }}"
        order = self._ready()
        invoice = self._invoices(order)
        accountant = new_test_user(
            self.env, "care_books", "account.group_account_invoice", company_id=self.company.id
        )
        for user, lang, subject in (
            (self.env.user, "en_US", "Your invoice"),
            (accountant, "fr_FR", "Votre facture"),
        ):
            self.client.lang = lang
            with self.subTest(lang=lang):
                self.env["account.move.send"].with_user(user)._generate_and_send_invoices(
                    invoice.with_user(user), sending_methods=["email"]
                )
                mail = self.env["mail.mail"].search(
                    [("model", "=", "account.move"), ("res_id", "=", invoice.id)],
                    order="id desc",
                    limit=1,
                )
                self.assertTrue(mail.subject.startswith(subject), mail.subject)
                self.assertIn(order.get_portal_url(), mail.body_html)
                self.assertIn(order.creation_id.serial_number, mail.body_html)
                self.assertIn(self.company.name, mail.email_from)
                self.assertNotIn("Odoo", mail.body_html)
                self.assertIn(self.client, mail.recipient_ids)

    def test_other_invoices_are_sent_as_before(self):
        """Design: an invoice that is none of care has Odoo's own mail."""
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client.id,
                "company_id": self.company.id,
                "invoice_line_ids": [Command.create({"name": "Other", "price_unit": 1.0})],
            }
        )
        odoo_s = self.env.ref("account.email_template_edi_invoice")
        self.assertEqual(other._get_mail_template(), odoo_s)
        care = self._invoices(self._ready())
        template = care._get_mail_template()
        self.assertEqual(template, self.env.ref("cartier_care.mail_template_care_invoice"))
        self.assertEqual((care | other)._get_mail_template(), odoo_s)
        credit = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=care.ids)
            .create({"journal_id": care.journal_id.id})
            .reverse_moves()
        )
        credit = self.env["account.move"].browse(credit["res_id"])
        self.assertEqual(
            credit._get_mail_template(),
            self.env.ref("cartier_care.mail_template_care_credit_note"),
        )
        template.unlink()
        self.assertEqual(care._get_mail_template(), odoo_s, "the house deleted ours")

    def test_who_gets_no_email(self):
        """Issue 5: only when the client has an address and the company wants it."""
        for why, change in (
            ("no address", lambda: self.client.write({"email": False})),
            ("not wanted", lambda: self.company.write({"care_send_invoice": False})),
            ("draft", lambda: self.company.write({"care_auto_post_invoice": False})),
        ):
            with self.subTest(why=why), self.env.cr.savepoint() as savepoint:
                change()
                self.assertFalse(self._invoices(self._ready()).sending_data)
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(self._invoices(self._ready(is_discreet=True)).sending_data)

    def test_invoice_address_gets_the_email(self):
        """Issue 5: the invoice goes to the invoice address, as Odoo's sales do."""
        self.client.email = False
        self._create_partner(
            name="Office", type="invoice", parent_id=self.client.id, email="office@example.com"
        )
        self.assertTrue(self._invoices(self._ready()).sending_data)

    # -- Together ---------------------------------------------------------------------------

    def test_grouped_from_the_list(self):
        """Issue 5: grouped by client, currency and company, a section for each creation."""
        self._by_hand()
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        first, second = self._ready(), self._ready()
        foreign = self._ready(pricelist_id=self._pricelist(euro).id)
        other = self._ready(creation=self._creation(partner_id=self.other_client.id))
        orders = first | second | foreign | other
        action = self.env.ref("cartier_care.care_order_action_invoice_grouped")
        action.with_user(self.advisor).with_context(
            active_model="care.order", active_ids=orders.ids
        ).run()
        self.assertEqual(self._invoices(first), self._invoices(second))
        self.assertEqual(len(self._invoices(orders)), 3)
        shared = self._invoices(first)
        self.assertEqual(shared.amount_untaxed, 2 * FEE)
        self.assertEqual(shared.care_order_ids, first | second)
        lines = shared.invoice_line_ids.sorted("sequence")
        sections = lines.filtered(lambda line: line.display_type == "line_section")
        self.assertEqual(len(sections), 2)
        for order, section in zip((first, second), sections, strict=True):
            self.assertIn(order.name, section.name)
            self.assertIn(order.creation_id.serial_number, section.name)
        self.assertEqual(lines[0], sections[0], "each section stands before its lines")
        self.assertEqual(orders.mapped("invoice_status"), ["invoiced"] * 4)

    def test_invoices_are_found_by_their_care(self):
        """Issue 5: accounting finds invoices of care, and asks nothing of orders themselves."""
        first, second = self._ready(), self._ready()
        foreign = self._ready(creation=self._creation(), location_id=self.boutique_2.id)
        orders = first | second | foreign
        plain = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.client.id}
        )
        invoices = self._invoices(orders)
        moves = self.env["account.move"].with_user(self.accountant)
        ours = [("id", "in", (invoices | plain).ids)]
        self.assertEqual(moves.search([*ours, ("care_order_ids", "!=", False)]), invoices)
        self.assertEqual(moves.search([*ours, ("care_order_ids", "=", False)]), plain)
        self.assertEqual(
            moves.search([("care_order_ids", "in", second.ids)]), self._invoices(second)
        )
        self.assertEqual(
            moves.sudo().search([("care_order_ids", "ilike", first.name)]),
            self._invoices(first),
        )
        with self.assertRaises(AccessError):
            moves.search([("care_order_ids.internal_note", "ilike", "scratch")])

    def test_grouped_with_a_discreet_order(self):
        """Design: a discreet order sends no message, in company either."""
        self._by_hand()
        orders = self._ready() | self._ready(is_discreet=True)
        orders.action_invoice_grouped()
        self.assertEqual(len(self._invoices(orders)), 1)
        self.assertFalse(self._invoices(orders).sending_data)

    def test_invoice_a_visit(self):
        """Issue 5: or per intake: one invoice for what is ready of a visit, none for others."""
        self._by_hand()
        visits = self.env["care.intake"].create(
            [{"partner_id": self.client.id, "location_id": self.boutique.id} for _index in range(2)]
        )
        orders = self.env["care.order"]
        for visit in visits:
            for _index in range(2):
                orders |= self._ready(intake_id=visit.id)
        left = self._to(
            self._order(self._creation(), "reshaping", intake_id=visits[0].id), "received"
        )
        self.assertEqual(visits.mapped("is_to_invoice"), [True, True])
        visits.with_user(self.advisor).action_invoice()
        self.assertEqual(len(self._invoices(orders)), 2, "one for each visit")
        for visit in visits:
            billed = visit.order_ids - left
            self.assertEqual(len(self._invoices(billed)), 1)
            self.assertEqual(self._invoices(billed).amount_untaxed, 2 * FEE)
        self.assertFalse(self._invoices(left))
        self.assertEqual(visits.mapped("is_to_invoice"), [False, False])
        self.assertRefused(visits.with_user(self.advisor).action_invoice)

    def test_visit_is_invoiced_by_who_may(self):
        """Design, roles: jewelers do not invoice; advisors invoice in their boutiques."""
        self._by_hand()
        order = self._ready()
        visit = order.intake_id
        self.assertTrue(visit.is_to_invoice)
        self.assertForbidden(visit.with_user(self.jeweler).action_invoice)
        self.assertForbidden(visit.with_user(self.advisor_2).action_invoice)
        self.assertFalse(self._invoices(order))

    # -- Lines --------------------------------------------------------------------------------

    def test_free_lines_bear_no_fixed_tax(self):
        """Issue 5: included and complimentary lines stand at 0 with their reason, no fixed tax."""
        fixed = self.env["account.tax"].create(
            {
                "name": "Eco of the tests",
                "amount": 3.0,
                "amount_type": "fixed",
                "type_tax_use": "sale",
            }
        )
        self._services("shining", "reshaping", "polishing").product_id.taxes_id = fixed
        order = self._ready("shining", "reshaping", "polishing")
        invoice = self._invoices(order)
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (FEE, 3.0))
        self.assertEqual(invoice.amount_total, order.amount_total)
        free = invoice.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and not line.price_unit
        )
        self.assertEqual(len(free), 2)
        for line in free:
            self.assertFalse(line.tax_ids)
            self.assertIn(line.care_line_ids.price_explanation, line.name)

    def test_differences_bear_a_fixed_tax_per_unit(self):
        """Design: a revision bills the difference, and invoices and order agree to the cent."""
        taxes = self.env["account.tax"].create(
            [
                {"name": f"{kind} of the tests", "amount": amount, "amount_type": kind}
                for kind, amount in (("fixed", 5.0), ("percent", 10.0))
            ]
        )
        self._service("restoration").product_id.taxes_id = taxes
        self.component.taxes_id = taxes
        order = self._order(self._creation(), "restoration")
        line = self._line(order, "restoration")
        line.price_unit = 200.0
        part = self._add_part(order, "restoration")
        self._to(order, "ready")
        for price, quantity in ((230.0, 3.0), (230.0, 1.0), (180.0, 2.0), (0.0, 1.0)):
            order.action_rework()
            order.action_revise()
            line.price_unit = price
            part.quantity = quantity
            self._diagnose(order)
            if order._needs_approval():
                self._approve(order)
            order.action_start()
            self._finish(order)
            with self.subTest(price=price, quantity=quantity):
                billed = sum(self._invoices(order).mapped("amount_total_signed"))
                self.assertAlmostEqual(billed, order.amount_total, 2)
                self.assertNotEqual(order.invoice_status, "to_invoice")
        for note in self._invoices(order).filtered(lambda move: move.move_type == "out_refund"):
            items = note.invoice_line_ids.filtered(lambda item: item.display_type == "product")
            self.assertTrue(all(item.price_unit >= 0 for item in items), "read as given back")

    # -- Analytic distribution ---------------------------------------------------------------

    def _analytic_account(self, name):
        plan = self.env["account.analytic.plan"].create({"name": f"Plan of {name}"})
        return self.env["account.analytic.account"].create(
            {"name": name, "plan_id": plan.id, "company_id": self.company.id}
        )

    def test_analytic_models_apply(self):
        """Issue 5: analytic distribution as Odoo's sales do it: its models find the lines."""
        boutiques, clients = self._analytic_account("Care"), self._analytic_account("Clients")
        self.env["account.analytic.distribution.model"].create(
            [
                {
                    "product_id": self._service("reshaping").product_id.id,
                    "analytic_distribution": {str(boutiques.id): 100},
                    "company_id": self.company.id,
                },
                {
                    "partner_id": self.client.id,
                    "analytic_distribution": {str(clients.id): 100},
                    "company_id": self.company.id,
                },
            ]
        )
        line = self._invoices(self._ready()).invoice_line_ids.filtered("care_line_ids")
        self.assertEqual(
            set(",".join(line.analytic_distribution).split(",")),
            {str(boutiques.id), str(clients.id)},
        )

    def test_analytic_distribution_of_a_line(self):
        """Issue 5: what the manager chose on a line wins, on its invoice line and the books."""
        model, chosen = self._analytic_account("Model"), self._analytic_account("Chosen")
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": self.client.id,
                "analytic_distribution": {str(model.id): 100},
                "company_id": self.company.id,
            }
        )
        order = self._order(self._creation(), "reshaping", "restoration")
        self._line(order, "restoration").price_unit = 100.0
        self._line(order, "reshaping").analytic_distribution = {str(chosen.id): 100}
        self._to(order, "ready")
        for code, account in (("reshaping", chosen), ("restoration", model)):
            billed = self._line(order, code).sudo().invoice_line_ids
            self.assertEqual(billed.analytic_distribution, {str(account.id): 100})
        entry = self.env["account.analytic.line"].search([("auto_account_id", "=", chosen.id)])
        self.assertEqual(entry.amount, FEE)

    def test_analytic_distribution_of_a_down_payment(self):
        """Issue 5: as Odoo's sales do it: by what it is for, and the deduction takes it back."""
        self.company.care_down_payment_percent = 30.0
        account = self._analytic_account("Chosen")
        order = self._order(self._creation(), "reshaping")
        order.line_ids.analytic_distribution = {str(account.id): 100}
        self._to(order, "approved")
        entries = [("auto_account_id", "=", account.id)]
        self.assertEqual(self.env["account.analytic.line"].search(entries).amount, 0.3 * FEE)
        order.action_start()
        self._finish(order)
        booked = self.env["account.analytic.line"].search(entries).mapped("amount")
        self.assertEqual(sorted(booked), [-0.3 * FEE, 0.3 * FEE, FEE])

    def test_analytic_distribution_is_the_manager_s(self):
        """Roles: advisors and clients neither read nor write where accounting puts a line."""
        order = self._order(self._creation(), "reshaping")
        line = self._line(order, "reshaping")
        account = self._analytic_account("Secret")
        for user in (self.advisor, self.jeweler):
            self.assertForbidden(
                line.with_user(user).write, {"analytic_distribution": {str(account.id): 100}}
            )
        readable = line.with_user(self.portal_client).fields_get()
        for name in (
            "analytic_distribution",
            "distribution_analytic_account_ids",
            "catalogue_subtotal",
        ):
            self.assertNotIn(name, readable)
        copied = order.with_user(self.advisor).copy()
        self.assertFalse(copied.sudo().line_ids.analytic_distribution)

    # -- Reset ----------------------------------------------------------------------------------

    def test_reset_invoice_with_less_on_it(self):
        """Issue 5: a reset invoice reopens what is left, for billing by hand alone."""
        order = self._ready()
        invoice = self._invoices(order)
        invoice.button_draft()
        self.assertEqual(order.invoice_status, "invoiced", "it is on its invoice still")
        invoice.invoice_line_ids.filtered("care_line_ids").price_unit = 100.0
        order.invalidate_recordset()
        self.assertEqual(order.invoice_status, "to_invoice")
        orders = self.env["care.order"]
        self.assertNotIn(order, orders.search(orders._get_cron_invoice_domain()))
        order.action_invoice()
        self.assertEqual(sum(self._invoices(order).mapped("amount_untaxed")), FEE)
        self.assertEqual(order.invoice_status, "invoiced")

    # -- Payment state ---------------------------------------------------------------------------

    def test_payment_state(self):
        """Issue 5: the payment state always tells the truth, and is found by it."""
        order = self._ready()
        register = self.env["care.payment.register"].with_user(self.advisor)
        self.assertPaymentState(order, "unpaid")
        register.create({"order_id": order.id, "amount": 90.0}).action_confirm()
        self.assertPaymentState(order, "partial")
        register.create({"order_id": order.id, "amount": 100.0}).action_confirm()
        self.assertPaymentState(order, "paid")
        self._invoices(order).line_ids.remove_move_reconcile()
        self.env["account.payment"].search([("memo", "=", order.name)]).action_draft()
        self.assertPaymentState(order, "unpaid")
        self._invoices(order)._reverse_moves([{}], cancel=True)
        self.assertPaymentState(order, "no")
        order.action_invoice()
        self.assertPaymentState(order, "unpaid")
        self.assertPaymentState(self._ready("shining"), "no")

    def test_payment_state_with_a_down_payment(self):
        """Issue 5: an order of which a part was paid in advance is found as partly paid."""
        self.company.care_down_payment_percent = 50.0
        order = self._to(self._order(self._creation(), "reshaping"), "approved")
        self.env["care.payment.register"].create({"order_id": order.id}).action_confirm()
        self.assertPaymentState(order, "paid")
        [advance] = self._invoices(order)
        self.assertEqual(order.payment_note, f"{advance.name}: $\xa095.00 paid in advance")
        order.action_start()
        self._finish(order)
        self.assertPaymentState(order, "partial")
        final = self._invoices(order) - advance
        self.assertEqual(order.payment_note, f"{final.name}: $\xa095.00 left")
        # What is paid is not all of it, while the rest waits for accounting.
        final.button_draft()
        self.assertEqual(order.payment_note, f"{advance.name}: $\xa095.00 paid in advance")

    def test_payment_of_a_grouped_invoice(self):
        """Issue 5: an invoice of several orders is paid as a whole, and every screen says so."""
        self._by_hand()
        orders = self._ready() | self._ready()
        orders.action_invoice_grouped()
        first, second = orders
        invoice = self._invoices(first)
        self.assertEqual(invoice, self._invoices(second))
        orders.write(self._hand_over_vals())
        register = self.env["care.payment.register"].with_user(self.advisor)
        for amount, left, state in ((100.0, "280.00", "partial"), (FEE, "90.00", "partial")):
            dialog = register.create({"order_id": first.id, "amount": amount})
            self.assertIn(second.name, dialog.due_note, "the dialog says for whom it is")
            dialog.action_confirm()
            for order, other in ((first, second), (second, first)):
                self.assertPaymentState(order, state)
                message = self.assertRefused(order.with_user(self.advisor).action_hand_over)
                note = order.with_user(self.advisor).payment_note
                for words in (message, note):
                    for expected in (invoice.name, left, "380.00", other.name):
                        self.assertIn(expected, words)
                [shown] = order.sudo()._get_portal_values()["invoices"]
                self.assertIn(other.name, shown["shared"])
                self.assertIn(left, shown["note"])
        second.with_user(self.manager).is_released = True
        second.with_user(self.advisor).action_hand_over()
        self.assertPaymentState(second, "partial")
        register.create({"order_id": first.id}).action_confirm()
        for order in orders:
            self.assertPaymentState(order, "paid")
            self.assertFalse(order.payment_note)
        first.with_user(self.advisor).action_hand_over()
        self.assertEqual(orders.mapped("state"), ["done", "done"])

    def test_an_invoice_of_one_order_needs_no_word(self):
        """Look: what everybody sees is not said again."""
        order = self._ready()
        invoice = self._invoices(order)
        self.assertEqual(order.payment_note, f"{invoice.name}: $\xa0190.00 left")
        dialog = self.env["care.payment.register"].create({"order_id": order.id})
        self.assertFalse(dialog.due_note)
        self.assertFalse(order.sudo()._get_portal_values()["invoices"][0]["shared"])

    def test_many_orders_on_an_invoice(self):
        """Look: of many others the first are named."""
        self._by_hand()
        orders = self.env["care.order"]
        for _index in range(6):
            orders |= self._ready()
        orders.action_invoice_grouped()
        names = orders[0]._get_sharing_names(self._invoices(orders[0]))
        self.assertEqual(names, f"{', '.join(orders[1:4].mapped('name'))} and 2 more")

    def test_a_draft_invoice_is_no_payment_to_take(self):
        """Section 9: what accounting has not posted cannot be paid; the refusal says who acts."""
        self.company.care_auto_post_invoice = False
        order = self._ready()
        order.write(self._hand_over_vals())
        message = self.assertRefused(order.with_user(self.advisor).action_hand_over)
        self.assertIn("accounting", message)
        self._invoices(order).action_post()
        message = self.assertRefused(order.with_user(self.advisor).action_hand_over)
        self.assertIn(self._invoices(order).name, message)

    def test_a_credit_note_of_billing_asks_for_less(self):
        """Issue 5: what a revision gives back is asked for no longer, once it is posted."""
        order = self._order(self._creation(), "component_replacement")
        self._add_part(order, "component_replacement", quantity=2.0)
        self._to(order, "ready")
        invoice = self._invoices(order)
        self.assertEqual(order.amount_due, 280.0)
        self._take_back_part(order)
        credit = self._invoices(order) - invoice
        self.assertEqual((credit.move_type, credit.state), ("out_refund", "draft"))
        self.assertEqual(order.amount_due, 280.0, "a draft gives nothing back")
        credit.with_user(self.accountant).action_post()
        order.invalidate_recordset()
        self.assertEqual(order.amount_due, FEE)
        self.assertPaymentState(order, "unpaid")
        self.env["care.payment.register"].create({"order_id": order.id}).action_confirm()
        self.assertPaymentState(order, "paid")
        self.assertEqual((invoice.amount_residual, credit.amount_residual), (0.0, 0.0))

    def test_a_credit_note_after_the_payment_is_owed_to_the_client(self):
        """Issue 5: nothing is matched where nothing is owed."""
        order = self._order(self._creation(), "component_replacement")
        self._add_part(order, "component_replacement", quantity=2.0)
        self._to(order, "ready")
        self._pay(order)
        self._take_back_part(order)
        credit = self._invoices(order).filtered(lambda move: move.move_type == "out_refund")
        credit.action_post()
        self.assertEqual(credit.amount_residual, 90.0)
        self.assertPaymentState(order, "paid")
        self.assertEqual(order.payment_note, f"{credit.name}: $\xa090.00 to give back")
        page = order.sudo()._get_portal_values()
        self.assertFalse(page["settled_note"], "not all is settled")
        self.assertIn("90.00 to give back", page["invoices"][-1]["note"])
        # The house pays it back.
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=credit.ids
        ).create({})._create_payments()
        order.invalidate_recordset()
        self.assertFalse(order.payment_note)
        self.assertTrue(order.sudo()._get_portal_values()["settled_note"])

    def _take_back_part(self, order):
        """A revision of a billed order, without its part."""
        order.action_rework()
        order.action_revise()
        self._parts(order).outcome = "declined"
        self._diagnose(order)
        self._start(order)
        self._finish(order)

    def assertPaymentState(self, order, state):
        """The state of an order, and the searches that find it or not."""
        order.invalidate_recordset()
        self.env.flush_all()
        self.assertEqual(order.payment_state, state)
        for other in ("no", "unpaid", "partial", "paid"):
            found = order.with_user(self.manager).search([("payment_state", "=", other)])
            self.assertEqual(order in found, other == state, other)

    # -- What the triggers left behind -----------------------------------------------------------

    def test_bad_order_stops_no_other(self):
        """Issue 5: one bad order is flagged with an activity; the others are billed."""
        self._by_hand()
        orders = self._ready() | self._ready() | self._ready()
        bad = orders[1]
        self.company.care_invoice_trigger = "ready"
        prepare = type(bad)._prepare_invoice

        for error in (UserError("No journal"), KeyError("account")):
            with self.subTest(error=error):

                def refuse(order, error=error):
                    if order == bad:
                        raise error
                    return prepare(order)

                cron = self.env.ref("cartier_care.cron_care_order_invoice")
                with (
                    patch.object(type(bad), "_prepare_invoice", refuse),
                    mute_logger("odoo.addons.cartier_care.models.care_order_invoicing"),
                    self.enter_registry_test_mode(),
                ):
                    cron.method_direct_trigger()
                    cron.method_direct_trigger()
                self.env.invalidate_all()
                self.assertFalse(self._invoices(bad))
                self.assertEqual(len(bad.sudo().activity_ids), 1, "once, however often it fails")
                for order in orders - bad:
                    self.assertEqual(len(self._invoices(order)), 1)
        with self.enter_registry_test_mode():
            self.env.ref("cartier_care.cron_care_order_invoice").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self._invoices(bad)), 1, "and once it is mended it is billed too")

    def test_batches_are_committed(self):
        """Issue 5: the job commits each batch; what is done stays done when it is killed."""
        self._by_hand()
        orders = self.env["care.order"]
        for _index in range(3):
            orders |= self._ready()
        self.company.care_invoice_trigger = "ready"
        commits = []

        def commit(_cron, processed=0, remaining=None, **_values):
            commits.append((processed, remaining))
            return len(commits) < 2

        module = "odoo.addons.cartier_care.models.care_order_invoicing"
        with (
            patch(f"{module}.CRON_BATCH", 1),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", commit),
        ):
            self.env["care.order"]._cron_invoice()
        left = len(self.env["care.order"].search(orders._get_cron_invoice_domain()) & orders)
        self.assertEqual(len(commits), 2, "it stops when its time is over")
        self.assertEqual(left, 1, "and the next run goes on from there")

    # -- Down payments ----------------------------------------------------------------------------

    def test_down_payment_with_taxes_is_deducted_to_the_cent(self):
        """Issue 5: a down payment is deducted from the final invoice, taxes and all."""
        self.company.care_down_payment_percent = 33.0
        tax = self.env["account.tax"].create(
            {"name": "8.875% of the tests", "amount": 8.875, "type_tax_use": "sale"}
        )
        self._services("reshaping", "restoration").product_id.taxes_id = tax
        self.component.taxes_id = [Command.set(tax.ids)]
        order = self._order(self._creation(), "reshaping", "restoration", "component_replacement")
        self._line(order, "restoration").price_unit = 333.33
        self._add_part(order, "component_replacement", quantity=3.0)
        self._to(order, "ready")
        down, final = self._invoices(order).sorted("id")
        self.assertEqual((down.care_order_ids, final.care_order_ids), (order, order), "both ways")
        currency = order.currency_id
        self.assertEqual(
            currency.compare_amounts(down.amount_total, order.amount_total * 0.33), 0, "a third"
        )
        self.assertEqual(
            currency.compare_amounts(down.amount_total + final.amount_total, order.amount_total), 0
        )
        self.assertEqual(
            currency.compare_amounts(down.amount_tax + final.amount_tax, order.amount_tax), 0
        )
        self.assertEqual(order.invoice_status, "invoiced")

    def _reverse(self, invoice, price=None):
        """Accounting gives an invoice back, or a part of it."""
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "By accounting"})
        )
        reversal.reverse_moves()
        if price:
            reversal.new_move_ids.invoice_line_ids.price_unit = price
        reversal.new_move_ids.action_post()
        return reversal.new_move_ids

    def test_down_payment_given_back_by_accounting(self):
        """Issue 5: what accounting gave back of a down payment is not deducted once more."""
        self.company.care_down_payment_percent = 30.0
        for price, left in ((None, 1000.0), (100.0, 800.0)):
            with self.subTest(price=price):
                order = self._order(self._creation(), "restoration")
                self._line(order, "restoration").price_unit = 1000.0
                self._to(order, "approved")
                down = self._invoices(order)
                credit = self._reverse(down, price)
                self.assertIn(credit, self._invoices(order))
                order.action_start()
                self._finish(order)
                self.assertEqual(order.invoice_status, "to_invoice", "by hand alone")
                order.action_invoice()
                final = self._invoices(order) - down - credit
                self.assertEqual(final.amount_total, left)
                self.assertEqual(sum(self._invoices(order).mapped("amount_total_signed")), 1000.0)
                self.assertEqual(order.invoice_status, "invoiced")
