"""A running Odoo server: started, followed, waited for, and ended with whoever started it."""

import contextlib
import http.client
import socket
import subprocess
import threading
import time

from .console import Progress, say
from .database import LOG_LINE
from .errors import DevError
from .paths import state
from .process import spawned

START_SECONDS = 180

#: Where wkhtmltopdf and the links in mails find this server.
SET_ADDRESSES = """
    INSERT INTO ir_config_parameter (key, value, create_date, write_date)
    VALUES ('web.base.url', %(url)s, now(), now()), ('report.url', %(url)s, now(), now())
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, write_date = now()
"""


class OdooServer:
    """What `running_odoo` gives.

    :param subprocess.Popen process: Odoo
    :param str url: its address, without a closing slash
    :param Path log: the file with its messages
    """

    def __init__(self, process, url, log):
        self.process = process
        self.url = url
        self.log = log


@contextlib.contextmanager
def running_odoo(databases, name, port, log_name, crons=1, on_start=None):
    """Start Odoo on a database, wait until its login page answers, and end it with the block.

    :param database.Databases databases: where the database is
    :param str name: the database
    :param int port: on 127.0.0.1
    :param str log_name: the file in `.dev/logs`
    :param int crons: how many threads run scheduled actions
    :param on_start: called with the process as soon as there is one
    :raise DevError: when it doesn't come up
    """
    url = f"http://127.0.0.1:{port}"
    databases.execute(SET_ADDRESSES, {"url": url}, name)
    runtime = databases.runtime
    command = runtime.command(
        *("-d", name, f"--db-filter=^{name}$"),
        *("--http-port", port, f"--max-cron-threads={crons}"),
    )
    log = state("logs") / f"{log_name}.log"
    with spawned(
        command,
        env=runtime.environment(),
        cwd=state(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        if on_start:
            on_start(process)
        threading.Thread(target=_follow, args=(process.stdout, log), daemon=True).start()
        with Progress("Starting Odoo") as progress:
            _wait_for_login(process, port, log, progress)
        yield OdooServer(process, url, log)


def _follow(stream, path):
    """Write Odoo's messages to a file, and show those that somebody should see."""
    is_shown = False
    with open(path, "w", encoding="utf-8") as log:
        try:
            for line in stream:
                log.write(line)
                log.flush()
                found = LOG_LINE.match(line)
                if found:
                    is_shown = found[1] in ("WARNING", "ERROR", "CRITICAL")
                if is_shown:
                    say(line.rstrip("\n"))
        except ValueError:
            # The stream was closed under us: Odoo is over, and so is its log.
            return


def _wait_for_login(process, port, log, progress):
    """Wait until the login page answers.

    :raise DevError: when Odoo ends first, or takes too long
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DevError(f"Odoo does not start; {log} tells why.")
        progress.update(0)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/web/login")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
        time.sleep(0.1)
    raise DevError(f"Odoo has not answered for {START_SECONDS} seconds; {log} tells why.")


def require_free(port):
    """Check that nobody listens on the port.

    :raise DevError: when somebody does
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise DevError(
                f"Port {port} is for root alone: choose one above 1023 with --port."
            ) from None
        except OSError:
            other = port + 1 if port < 65535 else 8070
            raise DevError(
                f"Port {port} is in use: end the program that listens there, or choose another "
                f"port, for instance `./dev serve --port {other}`."
            ) from None


def free_port():
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
