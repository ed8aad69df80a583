"""Databases of this checkout: templates built once per content, copies for everything else.

All names begin with the checkout's own prefix, so that several checkouts can share a server:

- `<prefix>_base_<key>`: Odoo with what the addon depends on, demo data, English and French;
- `<prefix>_tpl_<key>`: the same with the addon (and further addons) installed;
- `<prefix>_new_<pid>`: one of these while it is made;
- `<prefix>_run_<pid>`: the copy that a test run or bench works on.

The database that `./dev serve` shows has the name that the developer gives it.
"""

import contextlib
import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .build import locked, require_space
from .console import Progress
from .errors import DevError, explain_output
from .odoo import dependencies
from .paths import ADDON, ADDON_PATH, LOCK_FILE, checkout_id, digest, state, tree_digest
from .process import run, spawned

LANGUAGES = "en_US,fr_FR"
#: What a template and its copies take, with room for PostgreSQL's own.
NEEDED_BYTES = 1_000_000_000
#: Odoo's line about a module being loaded, which the progress bars count.
LOADING = re.compile(r"[Ll]oading module (\S+) \((\d+)/(\d+)\)")
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (\S+) (.*)$")

#: What pages load, as (bundle, its kinds). Views name most of them; the rest is loaded by scripts.
BUNDLES = (
    ("web.assets_web", "js css"),
    ("web.assets_web_print", "css"),
    ("web.assets_backend_lazy", "js css"),
    ("web.assets_emoji", "js"),
    ("web.assets_frontend", "css"),
    ("web.assets_frontend_minimal", "js"),
    ("web.assets_frontend_lazy", "js"),
    ("portal.assets_chatter", "js css"),
    ("portal.assets_chatter_style", "css"),
    ("web.report_assets_common", "js css"),
    ("web.report_assets_pdf", "css"),
    ("web.assets_tests", "js"),
    ("web.__assets_tests_call__", "js"),
)
#: Run in Odoo's shell: compiles them, so that the first page of each copy is quick and no browser
#: test waits: what a test compiles is gone after it.
MAKE_ASSETS = f"""
for name, kinds in {BUNDLES}:
    for kind in kinds.split():
        bundle = env["ir.qweb"]._get_asset_bundle(name, css=kind == "css", js=kind == "js")
        getattr(bundle, kind)()
env.cr.commit()
"""

#: What Odoo itself may log when this addon is installed or updated, each with its reason. Any
#: other line of level WARNING or above fails `./dev test`.
ALLOWED_LINES = ()


def addon_key():
    """Return a hash of everything in the addon that installing it depends on."""
    return tree_digest(ADDON_PATH)


class Databases:
    """The databases on the server of a `Runtime`.

    :param odoo.Runtime runtime: what to build them with
    """

    def __init__(self, runtime):
        self.runtime = runtime
        self.prefix = f"cc{checkout_id()}"

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    def execute(self, query, parameters=None, database="postgres"):
        """Run one statement and return its rows, if it has any."""
        return self.runtime.server.execute(query, parameters, database)

    def names(self):
        """Return the names of all databases on the server."""
        return {name for (name,) in self.execute("SELECT datname FROM pg_database")}

    def drop(self, name):
        """Remove a database and its files, whoever is connected to it."""
        from psycopg2.errors import InsufficientPrivilege

        try:
            self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except InsufficientPrivilege:
            # The server's own vacuuming is not ours to end by force; a plain drop ends it.
            self.execute(f'DROP DATABASE IF EXISTS "{name}"')
        shutil.rmtree(self.runtime.filestore / name, ignore_errors=True)

    def discard(self, name):
        """Remove a database while something is being wound up, if the server still can.

        What stays is removed by `sweep` in the next run; why the server can't is told by whatever
        wound us up.
        """
        with contextlib.suppress(DevError):
            self.drop(name)

    def copy(self, source, target):
        """Make the database `target` from the template `source`, files included."""
        self.drop(target)
        link_tree(self.runtime.filestore / source, self.runtime.filestore / target)
        self.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    def rename(self, source, target):
        """Give a database its final name; it exists under that name only when complete."""
        files = self.runtime.filestore
        shutil.rmtree(files / target, ignore_errors=True)
        (files / source).mkdir(parents=True, exist_ok=True)
        (files / source).rename(files / target)
        self.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
        self.execute(f'ALTER DATABASE "{source}" RENAME TO "{target}"')

    def _names_if_up(self):
        """Return the names of all databases, none when the server has broken down."""
        try:
            return self.names()
        except DevError:
            return set()

    def notes(self, name):
        """Return what `note` remembered about a database."""
        rows = self.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        try:
            return json.loads(rows[0][0]) if rows and rows[0][0] else {}
        except json.JSONDecodeError:
            return {}

    def note(self, name, **facts):
        """Remember `facts` with a database, as its comment."""
        self.execute(f'COMMENT ON DATABASE "{name}" IS %s', [json.dumps(facts)])

    # ------------------------------------------------------------
    # Templates
    # ------------------------------------------------------------

    def base_template(self, *more):
        """Return the template with the modules that the addon needs, built when missing.

        :param more: further Odoo modules to install
        """
        modules = sorted({*dependencies(ADDON_PATH), *more})
        key = digest(self.runtime.odoo.version, LOCK_FILE.read_bytes(), LANGUAGES, *modules)
        name = f"{self.prefix}_base_{key}"
        self._build_template(name, None, modules, f"Odoo with {len(modules)} modules and demo data")
        return name

    def addon_template(self, *addons, more=()):
        """Return the template with the addon installed, built when missing.

        Demo data is dated relative to today, so a template serves for its day.

        :param Path addons: folders of further addons to install after it
        :param more: further Odoo modules to install before it
        """
        today = datetime.date.today().isoformat()
        base = self.base_template(*more)
        name = f"{self.prefix}_tpl_{digest(base, addon_key(), today, MAKE_ASSETS)}"
        self._build_template(name, base, [ADDON], "Cartier Care and its demo data")
        if addons:
            plain, keys = name, [tree_digest(folder) for folder in addons]
            name = f"{self.prefix}_tpl_{digest(plain, *keys)}"
            modules = [folder.name for folder in addons]
            self._build_template(name, plain, modules, "Addons of the tests")
        return name

    def _build_template(self, name, base, modules, label):
        """Install `modules` into a copy of `base` and give it the name `name` when complete."""
        if self._is_complete(name):
            return
        with locked(state() / "template.lock", "Another ./dev is building a template; waiting …"):
            if self._is_complete(name):
                return
            require_space(state(), NEEDED_BYTES)
            work = f"{self.prefix}_new_{os.getpid()}"
            try:
                if base:
                    self.copy(base, work)
                else:
                    self.drop(work)
                # The language of what is installed already was loaded with it.
                extra = [] if base else [f"--load-language={LANGUAGES}"]
                lines = self.install(work, modules, label, name, extra=extra)
                self.note(work, problems=problems_in(lines), modules=modules)
                if base:
                    self._make_assets(work)
                self.rename(work, name)
            finally:
                self.discard(work)
            self._drop_outdated()

    def _is_complete(self, name):
        """Tell whether a template is there, its files included: those live in `.dev/`."""
        return name in self.names() and (self.runtime.filestore / name).is_dir()

    def _drop_outdated(self, keep=4):
        """Remove all but the latest templates: each takes a hundred megabytes."""
        for kind in ("base", "tpl"):
            rows = self.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC",
                [f"{self.prefix}\\_{kind}\\_%"],
            )
            for (name,) in rows[keep:]:
                self.drop(name)

    # ------------------------------------------------------------
    # Odoo
    # ------------------------------------------------------------

    def install(self, name, modules, label, log, update=False, extra=()):
        """Install or update modules in a database, made when missing.

        :param str name: the database
        :param list modules: their names
        :param str label: shown with the progress
        :param str log: name of the file in `.dev/logs` that Odoo's messages go to
        :param bool update: update them rather than install
        :param extra: further options for Odoo
        :return: Odoo's messages, as a list of lines
        :raise DevError: when Odoo fails, with the error's lines
        """
        command = self.runtime.command(
            *("-d", name, "-u" if update else "-i", ",".join(modules)),
            *("--stop-after-init", "--no-http", "--max-cron-threads=0", "--with-demo"),
            *extra,
        )
        path = state("logs") / f"{log}.log"
        lines = []
        environment = self.runtime.environment()
        with (
            Progress(label) as progress,
            open(path, "w", encoding="utf-8") as stream,
            spawned(
                command,
                env=environment,
                cwd=state(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            for line in process.stdout:
                stream.write(line)
                lines.append(line.rstrip("\n"))
                found = LOADING.search(line)
                if found:
                    progress.update(int(found[2]), found[1], total=int(found[3]))
            status = process.wait()
        if status or not self._are_installed(name, modules):
            raise DevError(explain_output("\n".join(lines)) or failure_text(lines, path))
        return lines

    def _make_assets(self, name):
        """Have Odoo compile the scripts and styles of a database."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as script:
            script.write(MAKE_ASSETS)
            script.seek(0)
            with Progress("Scripts and styles"):
                run(
                    self.runtime.command("shell", "-d", name, "--no-http", "--log-level=error"),
                    "Odoo could not compile its scripts and styles.",
                    env=self.runtime.environment(),
                    stdin=script,
                )

    def _are_installed(self, name, modules):
        rows = self.execute(
            "SELECT count(*) FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)",
            [list(modules)],
            name,
        )
        return rows[0][0] == len(modules)

    # ------------------------------------------------------------
    # Copies for a run
    # ------------------------------------------------------------

    @contextlib.contextmanager
    def run_copy(self, template, name=""):
        """Give the name of a copy of `template` that is dropped when the block is left.

        :param str template: the database to copy
        :param str name: tells several copies of one run apart
        """
        self.sweep()
        target = f"{self.prefix}_run_{os.getpid()}{name}"
        try:
            self.copy(template, target)
            yield target
        finally:
            # pytest's processes each make a copy of their own, named after it.
            for database in self._names_if_up():
                if database == target or database.startswith(f"{target}-"):
                    self.discard(database)

    def sweep(self):
        """Remove what runs that were killed left behind."""
        for name in self.names():
            found = re.fullmatch(rf"{self.prefix}_(run|new)_(\d+).*", name)
            if found and int(found[2]) != os.getpid() and not is_running(int(found[2])):
                self.drop(name)


def is_running(pid):
    """Tell whether process `pid` is a `./dev`, rather than nobody or somebody else by now."""
    try:
        return b"dev" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def link_tree(source, target):
    """Copy a filestore by hard links: its files are named by content and never rewritten."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target, copy_function=os.link)
    else:
        target.mkdir(parents=True, exist_ok=True)


def problems_in(lines):
    """Return the messages of level WARNING or above that nobody has allowed.

    :param lines: Odoo's log
    :return: list of texts, the lines that belong to a message included
    """
    problems, is_inside = [], False
    for line in lines:
        found = LOG_LINE.match(line)
        if found:
            is_inside = found[1] in ("WARNING", "ERROR", "CRITICAL") and not any(
                re.search(pattern, found[3]) for pattern, _reason in ALLOWED_LINES
            )
            if is_inside:
                problems.append(f"{found[1]} {found[3]}")
        elif is_inside and len(problems[-1]) < 4000:
            problems[-1] += f"\n    {line}"
    return problems


def failure_text(lines, path):
    """Return what to tell about an Odoo that failed: its first error and where the log is."""
    problems = [text for text in problems_in(lines) if not text.startswith("WARNING")]
    text = problems[0] if problems else "\n".join(lines[-12:])
    return f"Odoo could not load the modules; {path} has all of it:\n{text}"
