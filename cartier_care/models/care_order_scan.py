import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, consteq

from .care_order import BOUTIQUE, OPEN_STATES, WORKSHOP

#: Longer than any code that this house prints or engraves, the address in a QR code included.
MAX_CODE_LENGTH = 500

#: What a name is compared by: without case, spaces, dashes or slashes, which a scanner set to
#: another keyboard and a tired hand both get wrong.
NAME_KEY = r"upper(regexp_replace(%s, '\W|_', '', 'g'))"


class CareIntake(models.Model):
    _inherit = "care.intake"

    _name_key_index = models.Index(f"({NAME_KEY % 'name'})")


class CareOrder(models.Model):
    """What a scanned code leads to; labels, receipts, worksheets and manifests carry the codes."""

    _inherit = "care.order"

    _name_key_index = models.Index(f"({NAME_KEY % 'name'})")

    search_key = fields.Char(
        string="Numbers to Search",
        compute="_compute_search_key",
        store=True,
        precompute=True,
        index="trigram",
        groups="base.group_user",
        help="The numbers of the order and its creation, without spaces or dashes.",
    )
    search_text = fields.Char(
        string="Order, Creation or Client",
        store=False,
        search="_search_search_text",
        groups="base.group_user",
        help="What the search bar of the orders looks in.",
    )

    @api.depends("name", "creation_id.serial_key")
    def _compute_search_key(self):
        """Put both numbers where one index finds either: no text without spaces spans the two."""
        for order in self:
            creation = order.creation_id.sudo()
            key = creation._normalize_serial(order.name)
            order.search_key = f"{key} {creation.serial_key or ''}"

    @api.model
    def _search_search_text(self, operator, value):
        """Look for a number of an order or a creation, a model, or a client's name.

        Each is looked up by its own index and the findings put together: one condition on all of
        them would read every order. A text with a digit is no name.
        """
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        orders, creations, products, partners = (
            self.env[name].sudo().with_context(active_test=False)
            for name in ("care.order", "care.creation", "product.product", "res.partner")
        )
        key = creations._normalize_serial(value)
        made = Domain("product_id", "in", products._search([("name", operator, value)]))
        places = [
            # What has neither letters nor figures is in no number's key.
            Domain("search_key", operator, key) if key else Domain("name", operator, value),
            Domain("creation_id", "in", creations._search(made)),
        ]
        if not any(letter.isdigit() for letter in value):
            places.append(Domain("partner_id", "in", partners._search([("name", operator, value)])))
        found = SQL(" UNION ").join(
            SQL("(%s)", orders._search(domain).select()) for domain in places
        )
        # As an array the findings are looked up first, by index: the database then reads and sorts
        # these alone, where it would read the orders in their order and test each.
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s = ANY(ARRAY(%s))", SQL.identifier(alias, "id"), found
            )
        )

    # ------------------------------------------------------------------
    # Business methods
    # ------------------------------------------------------------------
    @api.model
    @api.readonly
    def find_by_barcode(self, barcode):
        """Return the action that opens what a scanned code belongs to.

        An envelope's number opens its order; a receipt's (also by its QR code) the orders of the
        visit; an engraved number the creation's open order, else the creation; a manifest's the
        transfer. Nothing is told of records that the user may not see: their codes are unknown.

        :param str barcode: what was scanned or typed, in any case, with spaces or dashes
        :return: an action for the web client; when nothing is found one that says so
        :rtype: dict
        :raise AccessError: for others than advisors and jewelers
        """
        self._check_may_scan()
        code = self._clean_barcode(barcode)
        orders = self._find_scanned_orders(code)
        if orders:
            return self._open_scanned("cartier_care.care_order_action", orders)
        intakes = self.env["care.intake"].search(self._get_name_key_domain(code), limit=1)
        # A visit whose creations all belong to others is not spoken of either.
        if intakes and not intakes.sudo().order_ids:
            return self._open_scanned("cartier_care.care_intake_action", intakes)
        transfers = self.env["care.transfer"].search(self._get_name_key_domain(code), limit=1)
        if transfers:
            return self._open_scanned("cartier_care.care_transfer_action", transfers)
        creations = self.env["care.creation"]._find_scanned(code)
        if creations:
            return self._open_scanned("cartier_care.care_creation_action", creations)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": self._get_unknown_code_message(code)},
        }

    @api.model
    def scan_operation(self, barcode):
        """Start the next operation of a scanned order, or finish the one that is in progress.

        :param str barcode: the number of the envelope, or the engraved number
        :return: ``{message, order_id, operation_id, state}``: what was done and what comes next
        :rtype: dict
        :raise AccessError: for roles that do not work at the bench
        :raise UserError: when the code is unknown, or nothing can be done at the bench now
        """
        self._check_may_scan()
        code = self._clean_barcode(barcode)
        order = self._find_scanned_orders(code)
        if not order:
            raise UserError(self._get_unknown_code_message(code))
        if len(order) > 1:
            raise UserError(
                self.env._(
                    "%(code)s holds several creations: scan one of their envelopes instead.",
                    code=code,
                )
            )
        operation = order._get_due_operations()[:1]
        if not operation:
            raise UserError(order._get_no_work_message())
        if operation.state == "todo":
            operation.action_start()
            message = self.env._(
                "%(order)s: %(operation)s started. Scan it again when it is done.",
                order=order.name,
                operation=operation.name,
            )
        else:
            operation.action_done()
            following = order._get_due_operations()[:1]
            message = (
                self.env._(
                    "%(order)s: %(operation)s done. Next: %(next)s.",
                    order=order.name,
                    operation=operation.name,
                    next=following.name,
                )
                if following
                else self.env._(
                    "%(order)s: %(operation)s done. %(next)s",
                    order=order.name,
                    operation=operation.name,
                    next=order._get_no_work_message(),
                )
            )
        return {
            "message": message,
            "order_id": order.id,
            "operation_id": operation.id,
            "state": operation.state,
        }

    def _get_due_operations(self):
        """Return the operations whose time it is, what is in progress first, then in bench order.

        The diagnosis is due while the order is received, everything else while it is in work;
        the final check is last of all (care-rules.md, 6).

        :rtype: care.order.operation
        """
        self.ensure_one()
        if self.state not in ("received", "in_progress"):
            return self.operation_ids.browse()
        return self.operation_ids.filtered(
            lambda operation: (
                operation.state in ("todo", "in_progress")
                and (operation.code == "diagnosis") == (self.state == "received")
            )
        ).sorted(
            lambda operation: (
                operation.state != "in_progress",
                operation.is_always_last,
                operation.sequence,
                operation.id,
            )
        )

    def _get_no_work_message(self):
        """Return a sentence that says why the bench has nothing to do on an order now."""
        self.ensure_one()
        messages = {
            "draft": self.env._("%s is not received yet: receive it first.", self.name),
            "received": self.env._(
                "The diagnosis of %s is over: propose its estimate, or start the work.", self.name
            ),
            "estimated": self.env._("%s waits for the client's answer.", self.name),
            "approved": self.env._("%s is approved: start the work on it first.", self.name),
            "in_progress": self.env._("Everything on %s is done: finish the order.", self.name),
            "ready": self.env._("%s is ready: use rework to open it again.", self.name),
            "declined": self.env._("%s goes back unserviced: no work is left on it.", self.name),
        }
        return messages.get(
            self.state, self.env._("%s is closed: no work is left on it.", self.name)
        )

    # ------------------------------------------------------------------
    # Codes
    # ------------------------------------------------------------------
    @api.model
    def _check_may_scan(self):
        """Check that the user is staff: clients read their orders, but scan nothing.

        :raise AccessError: for anybody else
        """
        if not (
            self.env.su or self.env.user.has_group(BOUTIQUE) or self.env.user.has_group(WORKSHOP)
        ):
            raise AccessError(self.env._("Scanning is for advisors and jewelers."))

    @api.model
    def _clean_barcode(self, barcode):
        """Return a scanned code, ready to be looked for.

        :param barcode: what came in, over RPC possibly anything
        :rtype: str
        :raise UserError: when it is no text, or no code can be so long
        """
        code = self._clean_reason(barcode, self.env._("No code was read: scan again."))
        if len(code) > MAX_CODE_LENGTH or not self.env["care.creation"]._normalize_serial(code):
            raise UserError(self.env._("This is no code of the house: scan again."))
        return code

    @api.model
    def _get_unknown_code_message(self, code):
        """Return the sentence for a code that leads the user nowhere."""
        return self.env._(
            "Nothing of yours bears “%(code)s”: scan again, or search it by the client's name.",
            code=code[:64],
        )

    @api.model
    def _get_name_key_domain(self, code):
        """Return a domain on documents whose number is a code, however it is written."""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                f"{NAME_KEY % '%s'} = {NAME_KEY % '%s'}", SQL.identifier(alias, "name"), code
            )
        )

    @api.model
    def _find_scanned_orders(self, code):
        """Return the orders that a code belongs to, of those that the user may see.

        :param str code: a clean code
        :return: one order, or all those of a visit
        :rtype: care.order
        """
        # The receipt's QR code is the client's page: only its secret says which order is meant.
        if address := re.search(r"/my/care/(\d{1,9})\b.*\baccess_token=([\w-]+)", code):
            order = self.search([("id", "=", int(address[1]))])
            token = order.sudo().access_token or ""
            return order if token and consteq(token, address[2]) else order.browse()
        orders = self.search(self._get_name_key_domain(code), limit=1)
        if orders:
            return orders
        intake = self.env["care.intake"].search(self._get_name_key_domain(code), limit=1)
        if intake:
            return self.search([("intake_id", "=", intake.id)])
        return self.search(
            [
                (
                    "creation_id.serial_key",
                    "=",
                    self.env["care.creation"]._normalize_serial(code),
                ),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )

    @api.model
    def _open_scanned(self, xmlid, records):
        """Return the action that opens what was found: the form of one, a list of several."""
        action = self._open_related(self.env["ir.actions.act_window"]._for_xml_id(xmlid), records)
        action["context"] = {}
        return action


class CareCreation(models.Model):
    _inherit = "care.creation"

    @api.model
    def _find_scanned(self, code):
        """Return the creation that bears a number, the living one before those it replaced.

        :param str code: a clean code
        :rtype: care.creation
        """
        creations = self.search([("serial_key", "=", self._normalize_serial(code))])
        return creations.sorted(lambda creation: (creation.state == "replaced", -creation.id))[:1]
