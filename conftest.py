"""What pytest needs to know to run Odoo's tests in two processes at once."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def keep_shared_files():
    """Let no process clear away files of the other one.

    pytest-odoo gives each process a database of its own and all of them one filestore. Odoo's
    tests clear it after each class of what their database does not hold, which another process
    may have written a moment ago.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        from odoo.tests.common import TransactionCase

        TransactionCase._gc_filestore = classmethod(lambda cls: None)
