"""`./dev lint`: ruff over all Python, pylint-odoo and the OCA's checks over the addons."""

import concurrent.futures
import os
import subprocess
import sys
import time

from .console import say
from .paths import ADDON_PATH, ROOT, TEST_ADDONS_PATH, state

#: Checks of the OCA hooks that are left out, each for a reason.
UNWANTED_CHECKS = (
    # The README is at the root of the repository.
    "missing-readme",
    # The order of attributes is a matter of taste that no other tool shares.
    "xml-tag-position",
)


def lint(fix=False):
    """Run every check and print what fails.

    :param bool fix: let ruff correct what it can first
    :return: the exit status
    """
    if fix:
        for arguments in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
            subprocess.run([*_tool("ruff"), *arguments, "."], cwd=ROOT, check=False)
    started = time.monotonic()
    checks = _checks()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda check: _run(check[1]), checks))
    failed = []
    for (name, _command), (status, output) in zip(checks, results):
        if status:
            failed.append(name)
            say(f"── {name}\n{output.strip()}\n")
    seconds = time.monotonic() - started
    if failed:
        say(f"Lint: {', '.join(failed)} failed ({seconds:.0f} s).")
        return 1
    say(f"Lint: {len(checks)} checks passed, {seconds:.0f} s")
    return 0


def addons():
    """Return the folders of all addons in this repository."""
    folders = [ADDON_PATH, *sorted(TEST_ADDONS_PATH.glob("*"))]
    return [folder for folder in folders if (folder / "__manifest__.py").is_file()]


def _checks():
    """Return (name, command line) of every check, the slowest first."""
    modules = [str(folder.relative_to(ROOT)) for folder in addons()]
    unwanted = ",".join(UNWANTED_CHECKS)
    hooks = "oca_pre_commit_hooks"
    checks = [
        ("pylint-odoo", [*_tool("pylint"), "--rcfile=pyproject.toml", *modules]),
        ("odoo-module", [*_tool(f"{hooks}.cli"), f"--disable={unwanted}", *modules]),
        ("ruff check", [*_tool("ruff"), "check", "--quiet", "."]),
        ("ruff format", [*_tool("ruff"), "format", "--check", "."]),
    ]
    texts = [
        str(path.relative_to(ROOT)) for folder in addons() for path in folder.glob("i18n/*.po*")
    ]
    if texts:
        checks.append(("translations", [*_tool(f"{hooks}.cli_po"), *sorted(texts)]))
    return checks


def _tool(module):
    return [sys.executable, "-m", module]


def _run(command):
    """Run one check; return its exit status and output."""
    environment = {
        **os.environ,
        "RUFF_CACHE_DIR": str(state("lint", "ruff")),
        "PYLINTHOME": str(state("lint", "pylint")),
        "PYTHONIOENCODING": "utf-8",
    }
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr
