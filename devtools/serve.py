"""`./dev serve`, and the commands on the database that it shows: update, shell and psql."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess

from .console import say
from .database import Databases, addon_key
from .errors import DevError
from .paths import ADDON, state
from .process import end_leftover, write_pid_file
from .runtime import ready
from .server import require_free, running_odoo

LOGINS = ("advisor", "jeweler", "care_manager", "client", "admin")


def serve(options):
    """Start Odoo, say when it answers, and keep it running until Ctrl-C or SIGTERM.

    :param options: `port`, `db` and `reset`
    :return: the exit status
    """
    require_name(options.db)
    with only_one(options.db):
        require_free(options.port)
        with ready() as runtime:
            databases = Databases(runtime)
            prepare(databases, options.db, options.reset)
            return _serve(databases, options)


def require_name(name):
    """Refuse database names that would need care in URLs, SQL or file names.

    :raise DevError: naming what is allowed
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise DevError("--db takes a name of lower-case letters, digits and underscores.")


@contextlib.contextmanager
def only_one(name):
    """Hold the right to serve or update the database `name` in this checkout.

    :raise DevError: when another `./dev` has it
    """
    path = state("runs") / f"serve-{name}.lock"
    with open(path, "a+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DevError(
                f"Another ./dev of this checkout is using the database {name}: end that one with "
                "Ctrl-C, or choose another database with --db and another port with --port."
            ) from None
        # The lock is ours, so an Odoo on this database was left by a run that was killed.
        if end_leftover(_pid_file(name)):
            say("Ended the Odoo that an earlier run had left behind.")
        yield


def _pid_file(name):
    return state("runs") / f"serve-{name}.pid"


def prepare(databases, name, reset=False):
    """Have the database `name` there: a copy of the template with the addon and its demo data.

    :param bool reset: replace the one that is there
    """
    if reset:
        databases.drop(name)
    if name in databases.names():
        known = databases.notes(name).get("addon")
        if known and known != addon_key():
            say(f"The addon has changed since {name} was last updated: ./dev update loads it.")
        return
    template = databases.addon_template()
    work = f"{databases.prefix}_new_{os.getpid()}"
    try:
        databases.copy(template, work)
        databases.note(work, addon=addon_key())
        databases.rename(work, name)
    finally:
        databases.discard(work)


def _serve(databases, options):
    """Run Odoo on a prepared database until it or we are ended."""
    pid_file = _pid_file(options.db)
    with running_odoo(
        databases,
        options.db,
        options.port,
        "serve",
        on_start=lambda process: write_pid_file(pid_file, process.pid),
    ) as server:
        try:
            _announce(server.url, options.db, server.log)
            status = server.process.wait()
        finally:
            # From here on everything ends anyway; a second Ctrl-C must not stop that half-way.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            say("Ending Odoo …")
    pid_file.unlink(missing_ok=True)
    raise DevError(f"Odoo ended by itself (status {status}); {server.log} tells why.")


def _announce(url, name, log):
    """Say where Odoo is and who can log in."""
    width = max(map(len, LOGINS))
    roles = ("boutique advisor", "workshop jeweler", "manager", "client, on the portal", "all")
    say()
    say(f"  Cartier Care is at {url} (database {name})")
    say("  Log in with the password equal to the name:")
    for login, role in zip(LOGINS, roles):
        say(f"    {login:<{width}}  {role}")
    say(f"  Log: {log}. Ctrl-C ends it.")
    say()


def update(options):
    """Load the addon's changed files into the database.

    :param options: `db`
    """
    require_name(options.db)
    with only_one(options.db), ready() as runtime:
        databases = Databases(runtime)
        require_there(databases, options.db)
        key = addon_key()
        databases.install(options.db, [ADDON], "Updating Cartier Care", "update", update=True)
        databases.note(options.db, addon=key)


def require_there(databases, name):
    """Check that the database exists.

    :raise DevError: saying how to make it
    """
    if name not in databases.names():
        raise DevError(f"There is no database {name} yet: `./dev serve --db {name}` makes it.")


def shell(options):
    """Open Odoo's Python shell on the database.

    :param options: `db`
    :return: its exit status
    """
    with ready() as runtime:
        require_there(Databases(runtime), options.db)
        command = runtime.command("shell", "-d", options.db, "--no-http", "--log-level=warn")
        return _interactive(command, runtime)


def psql(options):
    """Open psql on the database.

    :param options: `db`
    :return: its exit status
    """
    with ready() as runtime:
        names = Databases(runtime).names()
        name = options.db if options.db in names else "postgres"
        if name != options.db:
            say(f"There is no database {options.db}; connecting to {name}.")
        return _interactive([runtime.server.bin_dir / "psql", "-d", name], runtime)


def _interactive(command, runtime):
    """Run a program in the terminal; Ctrl-C is for it, not for us."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=runtime.environment(),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            return process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
