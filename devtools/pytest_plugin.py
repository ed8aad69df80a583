"""What `./dev test` adds to pytest, so that two processes can run Odoo's tests side by side."""

import functools
import os
import time
from unittest.mock import patch

from .build import locked
from .paths import state

#: Odoo gives a browser ten to sixty seconds for each step. Machines that are busy with something
#: else can need more; a step that succeeds takes no longer for it.
PATIENCE = 3
#: Seconds between two questions whether a page is ready.
PAUSE = 0.1


def pytest_sessionstart():
    """Change what Odoo's test classes take for granted: a machine and files of their own."""
    from odoo.tests.common import ChromeBrowser, HttpCase, TransactionCase

    _calm_browser(ChromeBrowser)
    _one_browser_at_a_time(HttpCase)
    if "PYTEST_XDIST_WORKER" in os.environ:
        # pytest-odoo gives each process a database of its own and all of them one filestore.
        # Odoo clears it after each class of what their database does not hold, which another
        # process may have written a moment ago.
        TransactionCase._gc_filestore = classmethod(lambda cls: None)


def _calm_browser(browser_class):
    """Wait longer for a browser, and leave it the processor while it loads a page.

    Odoo asks it whether the page is ready without a pause, which takes the processor from the page
    and from the server that it waits for.
    """
    start, wait_ready = browser_class.__init__, browser_class._wait_ready

    @functools.wraps(start)
    def patient_start(self, *arguments, **options):
        start(self, *arguments, **options)
        self.throttling_factor = PATIENCE

    @functools.wraps(wait_ready)
    def calm_wait_ready(self, *arguments, **options):
        request = self._websocket_request

        def calm_request(*arguments, **options):
            time.sleep(PAUSE)
            return request(*arguments, **options)

        with patch.object(self, "_websocket_request", calm_request):
            return wait_ready(self, *arguments, **options)

    browser_class.__init__ = patient_start
    browser_class._wait_ready = calm_wait_ready


def _one_browser_at_a_time(case_class):
    """Let the other processes run other tests while one runs a tour.

    Two browsers, their servers and what else runs are more than two cores do in the ten seconds
    that a step of a tour may take.
    """
    browser_js = case_class.browser_js

    @functools.wraps(browser_js)
    def lonely_browser_js(self, *arguments, **options):
        with locked(state("runs") / "browser.lock"):
            return browser_js(self, *arguments, **options)

    case_class.browser_js = lonely_browser_js
