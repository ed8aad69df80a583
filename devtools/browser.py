"""Headless Chromium over its debugging protocol: pages, cookies, pictures."""

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from .errors import DevError
from .process import spawned

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
START_SECONDS = 30
CALL_SECONDS = 60
#: A page counts as idle when it has asked for nothing for so long.
QUIET_SECONDS = 0.5

FLAGS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-features=Translate,MediaRouter,PaintHolding",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
)


class PageError(Exception):
    """A page did not become what was asked for; its text says how."""


def executable():
    """Return the path of Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def running_browser():
    """Start a browser with a profile of its own and give a `Browser`.

    :raise DevError: when there is none or it doesn't start
    """
    program = executable()
    if not program:
        raise DevError("Pictures need Chromium: run `sudo apt-get install -y chromium`.")
    profile = tempfile.mkdtemp(prefix="cartier-care-chromium-")
    # Root has no sandbox to offer, and containers often don't allow one.
    command = [program, *FLAGS, "--no-sandbox", f"--user-data-dir={profile}", "about:blank"]
    try:
        with spawned(
            command,
            patience=5,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, "LANG": "en_US.UTF-8"},
        ) as process:
            browser = Browser(_address(process))
            try:
                yield browser
            finally:
                browser.close()
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def _address(process):
    """Return the address of the browser's debugging socket, which it prints when ready."""
    deadline = time.monotonic() + START_SECONDS
    lines = []
    for line in process.stderr:
        lines.append(line.strip())
        found = re.search(r"DevTools listening on (ws://\S+)", line)
        if found:
            return found[1]
        if time.monotonic() > deadline:
            break
    raise DevError("Chromium does not start: " + " ".join(lines[-3:]))


class Browser:
    """A connection to the browser; `page` opens pages that share nothing with one another."""

    def __init__(self, address):
        import websocket

        self._timeout = websocket.WebSocketTimeoutException
        self._socket = websocket.create_connection(
            address, timeout=CALL_SECONDS, suppress_origin=True
        )
        self._numbers = itertools.count(1)
        self._pages = {}

    def close(self):
        """Let go of the browser."""
        self._socket.close()

    def call(self, method, session=None, **parameters):
        """Send a command and return its result.

        :raise PageError: when the browser refuses it, or doesn't answer
        """
        number = next(self._numbers)
        request = {"id": number, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        self._socket.send(json.dumps(request))
        deadline = time.monotonic() + CALL_SECONDS
        while time.monotonic() < deadline:
            answer = self._receive(deadline - time.monotonic())
            if answer and answer.get("id") == number:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise PageError(f"{method}: no answer")

    def pump(self, seconds):
        """Take in events for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._receive(max(0.01, deadline - time.monotonic()))

    def _receive(self, seconds):
        """Take one message; events go to their page, answers to the caller."""
        self._socket.settimeout(seconds)
        try:
            message = json.loads(self._socket.recv())
        except self._timeout:
            return None
        if "id" in message:
            return message
        page = self._pages.get(message.get("sessionId"))
        if page:
            page.note(message["method"], message["params"])
        return None

    def page(self):
        """Return a new `Page` with cookies of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)[
            "targetId"
        ]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        self._pages[session] = page
        for domain in ("Page", "Network", "Runtime", "Log"):
            page.call(f"{domain}.enable")
        return page


class Page:
    """One tab.

    :param Browser browser: its browser
    :param str session: the browser's name for the tab
    """

    def __init__(self, browser, session):
        self.browser = browser
        self.session = session
        self.errors = []
        self._requests = set()
        self._quiet_since = time.monotonic()
        self._status = None
        self._size = None

    def call(self, method, **parameters):
        """Send a command to this tab and return its result."""
        return self.browser.call(method, self.session, **parameters)

    def note(self, method, event):
        """Take in an event of the browser: requests that begin and end, errors."""
        if method == "Network.requestWillBeSent":
            # Sockets and long polls stay open for good.
            if event.get("type") not in ("WebSocket", "EventSource"):
                self._requests.add(event["requestId"])
                self._quiet_since = time.monotonic()
        elif method in ("Network.loadingFinished", "Network.loadingFailed"):
            self._requests.discard(event["requestId"])
            self._quiet_since = time.monotonic()
        elif method == "Network.responseReceived" and event.get("type") == "Document":
            self._status = event["response"]["status"]
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            thrown = details.get("exception", {}).get("description") or details["text"]
            self.errors.append(thrown.splitlines()[0])
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            entry = event["entry"]
            # A form that nobody has saved wants to ask before it is left; nobody touched it either.
            if "'beforeunload'" in entry["text"]:
                return
            self.errors.append(f"{entry['text']} {entry.get('url', '')}".strip())
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"dialog: {event['message']}")

    def set_cookie(self, name, value, url):
        """Give the tab a cookie, such as the session of somebody logged in."""
        self.call("Network.setCookie", name=name, value=value, url=url)

    def set_size(self, width, height, is_phone=False):
        """Have the tab be a screen of that size, with touch when a phone."""
        self._size = (width, height, is_phone)
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if is_phone else 1,
            mobile=is_phone,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=is_phone)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-reduced-motion", "value": "reduce"}],
        )

    def evaluate(self, script):
        """Return the value of an expression in the page, promises awaited.

        :raise PageError: when it throws
        """
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            thrown = details.get("exception", {}).get("description") or details["text"]
            raise PageError(thrown.splitlines()[0])
        return answer["result"].get("value")

    def open(self, url):
        """Go to an address and wait for its answer.

        :raise PageError: when it answers with an error
        """
        self.errors.clear()
        self._requests.clear()
        self._status = None
        self._quiet_since = time.monotonic()
        answer = self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise PageError(answer["errorText"])
        deadline = time.monotonic() + CALL_SECONDS
        while self._status is None and time.monotonic() < deadline:
            self.browser.pump(0.05)
        if self._status is None or self._status >= 400:
            raise PageError(f"the server answers {self._status or 'nothing'}")

    def wait(self, script, what, seconds=CALL_SECONDS):
        """Wait until an expression is true in the page.

        :param str script: the expression
        :param str what: for the message when it doesn't become true
        :raise PageError: then
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.evaluate(f"Boolean({script})"):
                return
            self.browser.pump(0.1)
        raise PageError(f"{what} does not appear")

    def wait_idle(self, seconds=30):
        """Wait until nothing has been asked for lately and fonts and pictures are there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.browser.pump(0.1)
            if not self._requests and time.monotonic() - self._quiet_since > QUIET_SECONDS:
                break
        self.evaluate("document.fonts.ready.then(() => true)")

    def picture(self, whole=True, tallest=6000):
        """Return a PNG of the page.

        :param bool whole: with what scrolls out of sight, inside of the page too
        :param int tallest: in CSS pixels; what is longer is cut off
        """
        width, height, is_phone = self._size
        if whole:
            for _round in range(3):
                extra = self.evaluate(HIDDEN_HEIGHT)
                if not extra or height >= tallest:
                    break
                height = min(tallest, height + extra)
                self.set_size(width, height, is_phone)
                self.wait_idle(5)
        data = self.call("Page.captureScreenshot", format="png")["data"]
        if height != self._size[1] or whole:
            self.set_size(width, SCREENS_HEIGHT[is_phone], is_phone)
        return base64.b64decode(data)


#: The height of a screen, by whether it is a phone's.
SCREENS_HEIGHT = {False: 768, True: 740}

#: By how much the tallest scrolling part of the page exceeds what is shown of it.
HIDDEN_HEIGHT = """
Math.max(0, ...[document.scrollingElement, ...document.querySelectorAll('*')].filter((el) => {
    if (!el || el.scrollHeight <= el.clientHeight + 2 || el.clientWidth < innerWidth / 3) {
        return false;
    }
    return el === document.scrollingElement
        || ['auto', 'scroll'].includes(getComputedStyle(el).overflowY);
}).map((el) => el.scrollHeight - el.clientHeight))
"""

#: How far the page reaches beyond the right edge of the screen, in CSS pixels.
OVERFLOW = "Math.max(0, document.documentElement.scrollWidth - innerWidth)"
