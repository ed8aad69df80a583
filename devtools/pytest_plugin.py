"""What `./dev test` adds to pytest, so that two processes can run Odoo's tests side by side."""

import functools
import os

from .build import locked
from .paths import state

#: Odoo gives a browser ten to sixty seconds for each step. Machines that are busy with something
#: else can need more; a step that succeeds takes no longer for it.
PATIENCE = 3


def pytest_sessionstart():
    """Change what Odoo's test classes take for granted: a machine and files of their own."""
    from odoo.tests.common import ChromeBrowser, HttpCase, TransactionCase

    _one_browser_at_a_time(ChromeBrowser, HttpCase)
    if "PYTEST_XDIST_WORKER" in os.environ:
        # pytest-odoo gives each process a database of its own and all of them one filestore.
        # Odoo clears it after each class of what their database does not hold, which another
        # process may have written a moment ago.
        TransactionCase._gc_filestore = classmethod(lambda cls: None)


def _one_browser_at_a_time(browser_class, case_class):
    """Let the other processes run other tests while one runs a tour, and wait longer for it.

    Two browsers, their servers and what else runs are more than two cores do in the ten seconds
    that a step of a tour may take.
    """
    start, browser_js = browser_class.__init__, case_class.browser_js

    @functools.wraps(start)
    def patient_start(self, *arguments, **options):
        start(self, *arguments, **options)
        self.throttling_factor = PATIENCE

    @functools.wraps(browser_js)
    def lonely_browser_js(self, *arguments, **options):
        with locked(state("runs") / "browser.lock"):
            return browser_js(self, *arguments, **options)

    browser_class.__init__ = patient_start
    case_class.browser_js = lonely_browser_js
