"""`./dev shots`: pictures of every main screen, portal page and document, in `.dev/shots/`.

`SCREENS`, `PAGES` and `DOCUMENTS` say what there is; `RECORDS` names the records that they show.
A picture that can't be taken is told at the end and fails the command, the others are still taken.
"""

import dataclasses
import http.cookiejar
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from .browser import OVERFLOW, SCREENS_HEIGHT, PageError, executable, running_browser
from .console import Progress, say
from .database import Databases
from .debian import installed_or_told
from .paths import ADDON, state
from .runtime import ready
from .server import free_port, running_odoo
from .test import BROWSER_PACKAGES

#: Name of a size → (width, height, whether it is a phone).
SIZES = {
    "desktop": (1366, SCREENS_HEIGHT[False], False),
    "phone": (360, SCREENS_HEIGHT[True], True),
}
#: What Odoo shows when something went wrong.
ERROR_DIALOG = ".o_error_dialog, .o_notification:has(.bg-danger)"
#: Dots per inch of documents.
RESOLUTION = 80


@dataclasses.dataclass(frozen=True)
class Shot:
    """One picture.

    :param str role: the login; empty for somebody who isn't logged in
    :param str name: of the file, after the role
    :param str path: the address; `{name}` stands for the id of a record of `RECORDS`, and
        `{name.field}` for one of its fields, or for its `portal_url`
    :param str wait: CSS selector of what must be there
    :param str script: JavaScript to run then, such as opening a tab
    :param str action: the external id of the action that must exist
    :param sizes: the names of its `SIZES`
    """

    role: str
    name: str
    path: str
    wait: str
    script: str = ""
    action: str = ""
    sizes: tuple = ("desktop", "phone")


def screen(role, name, action, record=None, view=None, **more):
    """Return the shot of an action's screen in the backend.

    :param str action: its external id, without the module when it is ours
    :param str record: the name in `RECORDS` of what a form shows
    :param str view: the type of view, when not the action's first
    """
    action = action if "." in action else f"{ADDON}.{action}"
    path = f"/odoo/action-{action}" + (f"/{{{record}}}" if record else "")
    if view:
        path += f"?view_type={view}"
    wait = (
        ".o_form_view .o_form_sheet" if record else f".o_{view or 'action'}_view, .o_view_nocontent"
    )
    if not record and not view:
        wait = ".o_action .o_content > *"
    if view:
        # Phones show every list as cards.
        more.setdefault("sizes", ("desktop",))
    return Shot(role, name, path, **{"wait": wait, "action": action, **more})


def page(role, name, path, **more):
    """Return the shot of a page of the portal."""
    return Shot(role, name, path, **{"wait": "#wrapwrap main", **more})


def order_in(state_name, *domain):
    """Return the record of an order in a state, the latest first."""
    return ("care.order", [("state", "=", state_name), *domain], "id desc")


#: Name → (model, domain, order); the first record that is found.
RECORDS = {
    "draft": order_in("draft"),
    "received": order_in("received"),
    "estimated": order_in("estimated"),
    "approved": order_in("approved"),
    "in_progress": order_in("in_progress"),
    "ready": order_in("ready"),
    "done": order_in("done"),
    "clients_estimated": order_in("estimated", ("partner_id.user_ids.login", "=", "client")),
    "clients_in_progress": order_in("in_progress", ("partner_id.user_ids.login", "=", "client")),
    "clients_ready": order_in("ready", ("partner_id.user_ids.login", "=", "client")),
    "clients_done": order_in("done", ("partner_id.user_ids.login", "=", "client")),
    "intake": ("care.intake", [("order_ids", "!=", False)], "id desc"),
    "creation": ("care.creation", [("order_ids", "!=", False)], "id"),
    "service": ("care.service", [("code", "=", "ring_resizing")], "id"),
    "estimate": ("care.estimate", [], "id desc"),
    "transfer": ("care.transfer", [], "id desc"),
    "product": ("product.template", [("is_creation", "=", True)], "id"),
    "invoice": (
        "account.move",
        [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("invoice_origin", "!=", "")],
        "id desc",
    ),
}

SCREENS = (
    screen("advisor", "orders", "care_order_action"),
    screen("advisor", "orders-list", "care_order_action", view="list"),
    screen("advisor", "orders-calendar", "care_order_action", view="calendar"),
    screen("advisor", "order-draft", "care_order_action", "draft"),
    screen("advisor", "order-received", "care_order_action", "received"),
    screen("advisor", "order-estimated", "care_order_action", "estimated"),
    screen("advisor", "order-ready", "care_order_action", "ready"),
    screen("advisor", "order-done", "care_order_action", "done"),
    screen("advisor", "visit", "care_intake_action_visit", wait=".o_form_view .o_form_sheet"),
    screen("advisor", "intakes", "care_intake_action"),
    screen("advisor", "intake", "care_intake_action", "intake"),
    screen("advisor", "creations", "care_creation_action"),
    screen("advisor", "creations-list", "care_creation_action", view="list"),
    screen("advisor", "creation", "care_creation_action", "creation"),
    screen("advisor", "claims", "care_creation_claim_action"),
    screen("advisor", "in-our-hands", "care_custody_holding_action"),
    screen("advisor", "counts", "care_count_action"),
    screen("advisor", "services", "care_service_action"),
    screen("jeweler", "orders", "care_order_action"),
    screen("jeweler", "order-received", "care_order_action", "received"),
    screen("jeweler", "order-in-progress", "care_order_action", "in_progress"),
    screen("jeweler", "bench", "care_order_operation_action"),
    screen("jeweler", "transfers", "care_transfer_action"),
    screen("care_manager", "overview", "care_dashboard_action", wait=".o_care_dashboard_page"),
    screen("care_manager", "revenue", "care_revenue_report_action", sizes=("desktop",)),
    screen("care_manager", "times", "care_order_report_action", sizes=("desktop",)),
    screen("care_manager", "month-end", "care_closing_action", wait=".o_care_closing_figures"),
    screen("care_manager", "month-end-list", "care_closing_report_action"),
    screen("care_manager", "orders", "care_order_action"),
    screen("care_manager", "order-in-progress", "care_order_action", "in_progress"),
    screen("care_manager", "services", "care_service_action"),
    screen("care_manager", "services-list", "care_service_action", view="list"),
    screen("care_manager", "service", "care_service_action", "service"),
    screen("care_manager", "categories", "care_service_category_action"),
    screen("care_manager", "operations", "care_operation_action"),
    screen("care_manager", "collections", "care_collection_action"),
    screen("care_manager", "metals", "care_metal_action"),
    screen("care_manager", "gems", "care_gem_action"),
    screen("care_manager", "locations", "care_location_action"),
    screen("care_manager", "transfers", "care_transfer_action"),
    screen("care_manager", "transfer", "care_transfer_action", "transfer"),
    screen("care_manager", "custody", "care_custody_holding_action"),
    screen("care_manager", "custody-pivot", "care_custody_holding_action", view="pivot"),
    screen("care_manager", "estimates", "care_estimate_action"),
    screen("care_manager", "custody-moves", "care_custody_move_action"),
    screen("care_manager", "messages", "care_order_message_action"),
    screen("care_manager", "erased-data", "care_erasure_action"),
    screen("care_manager", "reporting", "care_order_action_reporting"),
    screen(
        "care_manager",
        "product-creation",
        "product.product_template_action",
        "product",
        script="document.querySelector(\"a[name*='creation']\").click()",
    ),
    screen(
        "admin",
        "settings",
        "base_setup.action_general_configuration",
        wait=".o_setting_container",
        script="document.querySelector(\".settings_tab [data-key='cartier_care']\").click()",
    ),
)

PAGES = (
    page("client", "home", "/my"),
    page("client", "orders", "/my/care"),
    page("client", "order-estimated", "/my/care/{clients_estimated}"),
    page("client", "order-in-progress", "/my/care/{clients_in_progress}"),
    page("client", "order-ready", "/my/care/{clients_ready}"),
    page("client", "order-done", "/my/care/{clients_done}"),
    page("client", "services", "/my/care/services"),
    page("client", "new", "/my/care/new"),
    page("client", "creations", "/my/creations"),
    page("client", "claim", "/my/creations/claim"),
    page("", "link", "{clients_estimated.portal_url}"),
    page("", "login", "/web/login?redirect=/my/care"),
)

#: (name, external id of the report, name in `RECORDS`); taken as the manager, or as admin.
DOCUMENTS = (
    ("receipt", f"{ADDON}.action_report_care_receipt", "intake"),
    ("label", f"{ADDON}.action_report_care_label", "received"),
    ("worksheet", f"{ADDON}.action_report_care_worksheet", "in_progress"),
    ("certificate", f"{ADDON}.action_report_care_certificate", "done"),
    ("estimate", f"{ADDON}.action_report_care_estimate", "estimate"),
    ("transfer", f"{ADDON}.action_report_care_transfer", "transfer"),
    ("invoice", "account.account_invoices", "invoice"),
)


def shots(options):
    """Take the pictures whose name contains `options.filter` and tell what went wrong.

    :param options: `filter`
    :return: the exit status
    """
    if not executable() or not shutil.which("pdftoppm"):
        installed_or_told(BROWSER_PACKAGES, "Pictures need Chromium")
    folder = state("shots")
    with ready() as runtime:
        databases = Databases(runtime)
        with (
            databases.run_copy(databases.addon_template()) as name,
            running_odoo(databases, name, free_port(), "shots", crons=0) as server,
            running_browser() as browser,
        ):
            studio = Studio(server.url, browser, folder, options.filter)
            studio.take_all()
    for problem in studio.problems:
        say(f"  {problem}")
    summary = f"{studio.count} pictures are in {folder}"
    say(summary + (f", {len(studio.problems)} problems" if studio.problems else ""))
    return 1 if studio.problems else 0


class Session:
    """Somebody logged in: a session for the browser's cookie, and calls over RPC.

    :param str url: Odoo's address
    :param str login: the password is the same; nobody when empty
    """

    def __init__(self, url, login):
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(handler)
        if login:
            self._log_in(login)

    def _log_in(self, login):
        html = self.opener.open(f"{self.url}/web/login", timeout=60).read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
        form = {"login": login, "password": login, "csrf_token": token}
        data = urllib.parse.urlencode(form).encode()
        answer = self.opener.open(f"{self.url}/web/login", data, timeout=60)
        if answer.geturl().endswith("/web/login"):
            raise PageError(f"{login} can't log in")

    @property
    def sid(self):
        """The value of the session cookie, or None."""
        return next((item.value for item in self.cookies if item.name == "session_id"), None)

    def call(self, model, method, *arguments, **options):
        """Call a model's method over RPC.

        :raise PageError: with Odoo's message when it fails
        """
        parameters = {"model": model, "method": method, "args": arguments, "kwargs": options}
        request = urllib.request.Request(
            f"{self.url}/web/dataset/call_kw",
            json.dumps({"jsonrpc": "2.0", "params": parameters}).encode(),
            {"Content-Type": "application/json"},
        )
        answer = json.load(self.opener.open(request, timeout=60))
        if "error" in answer:
            raise PageError(answer["error"]["data"]["message"].splitlines()[0])
        return answer["result"]

    def get(self, path):
        """Return what the server gives at a path, as (type, bytes).

        :raise PageError: when it refuses
        """
        try:
            answer = self.opener.open(self.url + path, timeout=120)
        except urllib.error.HTTPError as error:
            raise PageError(f"the server answers {error.code}") from None
        return answer.headers.get_content_type(), answer.read()


class Studio:
    """Takes the pictures.

    :param str url: Odoo's address
    :param browser.Browser browser: to look at it with
    :param Path folder: where they go
    :param str wanted: only those with this in their name
    """

    def __init__(self, url, browser, folder, wanted):
        self.url = url
        self.browser = browser
        self.folder = folder
        self.wanted = wanted
        self.count = 0
        self.problems = []
        self._sessions = {}
        self._pages = {}

    def take_all(self):
        """Take every picture that is wanted."""
        todo = [
            (size, shot)
            for shot in (*SCREENS, *PAGES)
            for size in shot.sizes
            if self.wanted in self._title(shot, size)
        ]
        documents = [item for item in DOCUMENTS if self.wanted in f"documents/{item[0]}"]
        with Progress("Pictures", len(todo) + len(documents)) as progress:
            for number, (size, shot) in enumerate(todo):
                title = self._title(shot, size)
                progress.update(number, title)
                self._try(title, lambda size=size, shot=shot: self._take(shot, size))
            for number, document in enumerate(documents, len(todo)):
                progress.update(number, document[0])
                self._try(f"documents/{document[0]}", lambda item=document: self._print(*item))

    @staticmethod
    def _title(shot, size):
        return f"{size}/{shot.role or 'public'}-{shot.name}"

    def _try(self, title, take):
        """Take one picture; what goes wrong is kept for the end."""
        try:
            for problem in take():
                self.problems.append(f"{title}: {problem}")
        except (PageError, urllib.error.URLError, subprocess.CalledProcessError) as error:
            self.problems.append(f"{title}: {error}")

    def _session(self, role):
        if role not in self._sessions:
            self._sessions[role] = Session(self.url, role)
        return self._sessions[role]

    def _page(self, role):
        """Return the browser's tab of a role."""
        if role not in self._pages:
            tab = self._pages[role] = self.browser.page()
            sid = self._session(role).sid
            if sid:
                tab.set_cookie("session_id", sid, self.url)
        return self._pages[role]

    def _record(self, name, field="id", role="admin"):
        """Return the id, or another field, of the record of `RECORDS` that a role finds.

        :param str field: its name, or `portal_url` for the address that clients are sent
        :raise PageError: when there is none
        """
        model, domain, order = RECORDS[name]
        if field == "portal_url":
            record_id = self._record(name, "id", role)
            return self._session(role).call(model, "get_portal_url", [record_id])
        found = self._session(role).call(
            model, "search_read", domain, [field], limit=1, order=order
        )
        if not found:
            raise PageError(f"the demo data have no {model} for {name}")
        return found[0][field]

    def _resolve(self, xml_id):
        """Return the id of the record with an external id.

        :raise PageError: when there is none
        """
        module, _dot, name = xml_id.partition(".")
        found = self._session("admin").call(
            "ir.model.data",
            "search_read",
            [("module", "=", module), ("name", "=", name)],
            ["res_id"],
        )
        if not found:
            raise PageError(f"there is no {xml_id}")
        return found[0]["res_id"]

    def _path(self, shot):
        """Return a shot's address with its placeholders filled in.

        What staff see are records that they find themselves; clients may not search.
        """
        role = shot.role if shot.action else "admin"
        return re.sub(
            r"\{(\w+)(?:\.(\w+))?\}",
            lambda found: str(self._record(found[1], found[2] or "id", role)),
            shot.path,
        )

    def _take(self, shot, size):
        """Take a picture and yield what is wrong with the page."""
        width, height, is_phone = SIZES[size]
        if shot.action:
            self._resolve(shot.action)
        tab = self._page(shot.role)
        tab.set_size(width, height, is_phone)
        tab.open(self.url + self._path(shot))
        is_backend = shot.path.startswith("/odoo")
        if is_backend:
            tab.wait("window.odoo && odoo.isReady", "the web client")
        wanted = f"{shot.wait}, {ERROR_DIALOG}"
        tab.wait(f"document.querySelector({json.dumps(wanted)})", shot.wait, seconds=20)
        tab.wait_idle()
        if shot.script:
            tab.evaluate(shot.script)
            tab.wait_idle()
        target = self.folder / f"{self._title(shot, size)}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(tab.picture())
        self.count += 1
        message = tab.evaluate(f"document.querySelector({json.dumps(ERROR_DIALOG)})?.innerText")
        if message:
            yield "an error is shown: " + " ".join(message.split())[:200]
        overflow = tab.evaluate(OVERFLOW)
        if overflow:
            yield f"the page is {overflow} pixels wider than the screen"
        for error in tab.errors:
            yield f"console: {error}"

    def _print(self, name, report, record):
        """Print a document, write it and the pictures of its pages, and yield what is wrong."""
        session = self._session("admin")
        report_id = self._resolve(report)
        action = session.call("ir.actions.report", "read", [report_id], ["report_name"])
        path = f"/report/pdf/{action[0]['report_name']}/{self._record(record)}"
        kind, content = session.get(path)
        if kind != "application/pdf":
            raise PageError(f"the server gives {kind}, not a PDF")
        folder = self.folder / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        pdf = folder / f"{name}.pdf"
        pdf.write_bytes(content)
        for old in folder.glob(f"{name}-*.png"):
            old.unlink()
        subprocess.run(
            ["pdftoppm", "-png", "-r", str(RESOLUTION), pdf, folder / name],
            check=True,
            capture_output=True,
        )
        self.count += len(list(folder.glob(f"{name}-*.png")))
        yield from ()
