"""`./dev test`: lint, installation and update, the translation template, then all tests."""

import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import time

from . import translations
from .console import say
from .database import Databases, problems_in
from .debian import installed_or_told
from .lint import addons, lint
from .paths import ADDON, ROOT, state
from .process import spawned
from .runtime import ready

#: What the browser tests and the pictures of documents need, as Debian names it.
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
BROWSER_PACKAGES = ["chromium", "poppler-utils", "fonts-noto-core", "fonts-ipafont-gothic"]
#: Two processes, each with a database of its own, suit the two cores that a runner usually has.
PROCESSES = 2


def test(arguments):
    """Run the whole suite, or what the arguments for pytest select.

    Everything runs on databases of this run's own, which are dropped at the end.

    :param list arguments: pytest's; with any, the checks beside the tests are left out
    :return: the exit status
    """
    require_browser()
    failed = []
    with concurrent.futures.ThreadPoolExecutor() as pool:
        # Most of what follows is one process at a time, so lint has the other core.
        linting = None if arguments else pool.submit(lint)
        with ready() as runtime:
            databases = Databases(runtime)
            extensions = [folder for folder in addons() if folder.name != ADDON]
            if not arguments:
                failed += _check_addon(runtime, databases, extensions)
                failed += ["lint"] if linting.result() else []
            with databases.run_copy(databases.addon_template(*extensions)) as name:
                status = _pytest(runtime, name, arguments)
    if failed:
        say(f"Beside the tests, these checks failed (see above): {', '.join(failed)}.")
    return status or (1 if failed else 0)


def require_browser():
    """Have a browser there for the tours, and the tool that looks into PDFs.

    :raise DevError: naming the command to run, unless it could be installed
    """
    if not (any(map(shutil.which, BROWSERS)) and shutil.which("pdftoppm")):
        installed_or_told(BROWSER_PACKAGES, "Browser tests and pictures need Chromium")


def _check_addon(runtime, databases, extensions):
    """Check how the addon and those of the tests install, how it updates, and its translations.

    :param list extensions: folders of the tests' addons
    :return: the names of the checks that failed
    """
    failed = []
    template = databases.addon_template()
    if _report("Installation", databases, template):
        failed.append("installation log")
    with (
        databases.run_copy(template, name="_update") as name,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        updating = pool.submit(_check_update, runtime, databases, name)
        extended = databases.addon_template(*extensions)
        failed += updating.result()
    if _report("Installation of the tests' addons", databases, extended):
        failed.append("installation of the tests' addons")
    return failed


def _check_update(runtime, databases, name):
    """Update the addon in the database `name`; return the names of the checks that failed."""
    failed = []
    lines = databases.install(name, [ADDON], "Update of the addon", "test-update", update=True)
    if _show("Update", problems_in(lines)):
        failed.append("update log")
    if _show("Translation template", translations.outdated_terms(runtime, name)):
        failed.append("translation template")
    return failed


def _report(title, databases, template):
    """Print the problems that Odoo logged while a template was made; tell whether there are any."""
    return _show(title, databases.notes(template).get("problems", []))


def _show(title, problems):
    if problems:
        say(f"── {title}")
        for problem in problems:
            say(f"  {problem}")
    return bool(problems)


def _pytest(runtime, name, arguments):
    """Run pytest on the database `name` and return its exit status.

    pytest's closing line is the last thing that it prints.
    """
    command = [
        *(sys.executable, "-m", "pytest", "-c", "pyproject.toml", f"--rootdir={ROOT}"),
        *("-o", f"cache_dir={state('pytest')}"),
        *("-p", "devtools.pytest_plugin", f"--odoo-database={name}", "--odoo-http"),
    ]
    if arguments:
        command += arguments
    else:
        command += ["-n", str(min(PROCESSES, os.cpu_count() or 1)), "--dist=loadscope"]
    environment = runtime.environment(
        HYPOTHESIS_STORAGE_DIRECTORY=str(state("hypothesis")),
        PYTHONPATH=os.pathsep.join([str(runtime.odoo.python_path), str(ROOT)]),
        PYTHONDONTWRITEBYTECODE="1",
    )
    started = time.monotonic()
    # Whoever chooses tests may want to debug them.
    stdin = None if arguments else subprocess.DEVNULL
    with spawned(
        command, death_signal=signal.SIGINT, cwd=ROOT, env=environment, stdin=stdin
    ) as process:
        status = process.wait()
    if status < 0:
        say(f"pytest was ended by signal {-status} after {time.monotonic() - started:.0f} s.")
    return abs(status)
