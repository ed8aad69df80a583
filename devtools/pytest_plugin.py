"""What `./dev test` adds to pytest, so that two processes can run Odoo's tests side by side."""

import ast
import functools
import os
import time
from unittest.mock import patch

import pytest

from .paths import ADDON_PATH, ROOT

#: Odoo gives a browser ten to sixty seconds for each step. Machines that are busy with something
#: else can need more; a step that succeeds takes no longer for it.
PATIENCE = 3
#: Seconds between two questions whether a page is ready.
PAUSE = 0.1
#: The methods of Odoo's that open a browser.
OPENERS = {"browser_js", "start_tour"}


def pytest_sessionstart():
    """Change what Odoo's test classes take for granted: a machine and files of their own."""
    from odoo.tests.common import ChromeBrowser, TransactionCase

    _calm_browser(ChromeBrowser)
    if "PYTEST_XDIST_WORKER" in os.environ:
        # pytest-odoo gives each process a database of its own and all of them one filestore.
        # Odoo clears it after each class of what their database does not hold, which another
        # process may have written a moment ago.
        TransactionCase._gc_filestore = classmethod(lambda cls: None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Say which tests stay together in one of the processes.

    Classes do, as their set-up is most of what a test takes. All that open a browser do too: two
    browsers, their servers and what else runs are more than two cores do in the ten seconds that
    a step of a tour may take.
    """
    # Only processes beside one another have it.
    from xdist.scheduler import LoadScopeScheduling

    if config.getvalue("dist") != "loadscope":
        return None
    browsing = _classes_with_a_browser()

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            scope = super()._split_scope(nodeid)
            return "browser" if scope.rpartition("::")[2] in browsing else scope

    return Scheduling(config, log)


def _classes_with_a_browser():
    """Return the names of the test classes that open a browser, themselves or as their bases do.

    They are read, not imported: the process that shares out the tests knows nothing of Odoo.
    """
    bases, browsing = {}, set()
    for path in (*(ADDON_PATH / "tests").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                if any(getattr(part, "attr", "") in OPENERS for part in ast.walk(node)):
                    browsing.add(node.name)
    while more := {name for name in bases if bases[name] & browsing} - browsing:
        browsing |= more
    return browsing


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
