"""Everything made ready: Odoo, Python packages, PDF engine and a running server."""

import contextlib

from .odoo import Runtime, odoo_source
from .pdf import pdf_dir
from .postgres import running_server
from .venv import venv_dir


@contextlib.contextmanager
def ready():
    """Give a `Runtime` with a running PostgreSQL, making what is missing.

    :raise DevError: when something can't be provided
    """
    venv = venv_dir()
    odoo = odoo_source()
    pdf = pdf_dir(venv)
    with running_server() as server:
        yield Runtime(odoo, venv, server, pdf)
