# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A browser that a test drives itself: real keys, real screens, one page after another.

Odoo's tours run inside one page. What is asked here is asked from outside: what a key does, how a
page looks on a narrow screen, and what an audit says of it.
"""

import time
from unittest.mock import patch
from urllib.parse import urljoin

from odoo.tests.common import HOST, ChromeBrowser

#: How long a page may take until nothing on it moves any more.
PATIENCE = 30

#: The keys that people use, as the browser's protocol names them: code, number and text.
KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
}
SHIFT = 8
ALT = 1

#: Tells whether a page is there: loaded, its fonts, forms and conversation too, and still a while.
IS_STILL = """
(async () => {
    if (document.readyState !== "complete" || !document.body) return false;
    await document.fonts.ready;
    const roots = [document, ...[...document.querySelectorAll("*")]
        .map((element) => element.shadowRoot).filter(Boolean)];
    const forms = [...document.querySelectorAll("owl-component")];
    if (forms.some((form) => !form.querySelector("button, input"))) return false;
    const chatter = document.querySelector("#chatterRoot");
    if (chatter && !chatter.shadowRoot) return false;
    let isMoving = false;
    const observers = roots.map((root) => {
        const observer = new MutationObserver(() => (isMoving = true));
        observer.observe(root, { attributes: true, childList: true, subtree: true });
        return observer;
    });
    await new Promise((resolve) => setTimeout(resolve, 250));
    observers.forEach((observer) => observer.disconnect());
    return !isMoving;
})()
"""


class CarePage:
    """What a test does with a browser.

    :param ChromeBrowser browser: Odoo's
    :param str base_url: of the server
    """

    def __init__(self, browser, base_url):
        self.browser = browser
        self.base_url = base_url

    def ask(self, method, **params):
        """Ask the browser for something, by its protocol."""
        return self.browser._websocket_request(method, params=params, timeout=PATIENCE)

    def go(self, path):
        """Open a page and wait until it is there.

        :param str path: its address on the server
        """
        # The page before may answer for a moment still.
        self.run("window.isLeft = true")
        self.ask("Page.navigate", url=urljoin(self.base_url, path))
        self.wait(f"!window.isLeft && {IS_STILL.strip()}")

    def wait(self, condition=IS_STILL):
        """Wait until the page is there and nothing moves, or a condition of one's own is true.

        :param str condition: a script
        :raise AssertionError: when it never is
        """
        deadline = time.monotonic() + PATIENCE * self.browser.throttling_factor
        while not self.run(condition, is_patient=True):
            if time.monotonic() > deadline:
                raise AssertionError(f"The page never got there: {condition}")
            time.sleep(0.1)

    def run(self, script, is_patient=False):
        """Run a script on the page and return what it gives.

        :param str script: an expression, a promise perhaps
        :param bool is_patient: a page that is just replaced by another gives nothing
        :raise AssertionError: with the script's error
        """
        answer = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "result" not in answer or "exceptionDetails" in answer:
            if is_patient:
                return None
            raise AssertionError(f"{script[:200]}: {answer}")
        return answer["result"].get("value")

    def resize(self, width, height=800):
        """Show the page on a screen of another size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def speak(self, lang):
        """Read the pages that follow in a language."""
        self.browser.set_cookie("frontend_lang", lang, "/", HOST)

    def press(self, key, modifiers=0):
        """Press and release a key: one of `KEYS`, or a letter."""
        letter = (f"Key{key.upper()}", ord(key[0].upper()), "")
        code, number, text = KEYS.get(key, letter)
        event = {
            "key": text if key == "Space" else key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": modifiers,
        }
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **event)

    def press_until(self, key, condition, most):
        """Press a key again and again until a condition is true.

        :param int most: how often it may be pressed
        :raise AssertionError: when that is not enough
        """
        for _again in range(most):
            self.press(key)
            if self.run(condition):
                return
        raise AssertionError(f"{most} × {key} do not reach: {condition}")

    def give(self, selector, path):
        """Choose a file where a form asks for one; the dialog is the browser's own."""
        script = f"document.querySelector({selector!r})"
        field = self.ask("Runtime.evaluate", expression=script)["result"]["objectId"]
        self.ask("DOM.setFileInputFiles", files=[path], objectId=field)

    def scan(self, code):
        """Send a code as a scanner does: keys at once, a thousandth of a second apart."""
        now = time.time()
        for index, key in enumerate([*code, "Enter"]):
            name, number, text = KEYS.get(key, ("", 0, key))
            event = {
                "key": key,
                "code": name,
                "windowsVirtualKeyCode": number,
                "timestamp": now + index / 1000,
            }
            self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        """Type a text where the focus is."""
        self.ask("Input.insertText", text=text)


class BrowserCase:
    """What tests with a browser of their own have in common; a `HttpCase` inherits it too."""

    def drive(self, path, visit, login=None, lang="en_US"):
        """Open a page in a browser and give it to a function.

        An error in the browser's console fails the test, as in Odoo's tours.

        :param str path: the first page
        :param visit: called with a `CarePage`
        :param str login: who is signed in; nobody by default
        :param str lang: the language of the pages
        """

        def wait_code_ok(browser, code, timeout, error_checker=None):
            visit(CarePage(browser, self.base_url()))
            if browser._result.done():
                browser._result.result()

        with patch.object(ChromeBrowser, "_wait_code_ok", wait_code_ok):
            self.browser_js(path, "", login=login, cookies={"frontend_lang": lang})
