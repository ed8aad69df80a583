"""A real Odoo server with workers of its own, and readers who ask it for pages."""

import contextlib
import http.client
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

START_SECONDS = 120
ANSWER_SECONDS = 60

#: How Odoo's log tells of a request: its path, its status, and the queries that it took.
REQUEST = re.compile(r'"GET (?P<path>\S+) HTTP/[\d.]+" (?P<status>\d+) - (?P<queries>\d+) ')


@contextlib.contextmanager
def running_server(database, workers):
    """Start Odoo on a database and end it with the block.

    :param str database: its name
    :param int workers: how many processes answer requests
    :return: a `Server`
    """
    port, gevent_port = _free_ports(2)
    with tempfile.NamedTemporaryFile("w+", suffix=".log", encoding="utf-8") as log:
        command = [
            *(sys.executable, "-m", "odoo", "-d", database, f"--db-filter=^{database}$"),
            *("--http-interface=127.0.0.1", f"--http-port={port}", f"--gevent-port={gevent_port}"),
            *(f"--workers={workers}", "--max-cron-threads=0", "--log-level=info"),
            *("--limit-time-real=600", "--limit-time-cpu=600"),
        ]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            server = Server(database, port, log.name)
            server.wait(process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_ports(count):
    """Return ports that nobody uses now."""
    probes = [socket.socket() for _number in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


class Server:
    """A running server.

    :param str database: its database
    :param int port: where it listens
    :param str log: the file that it writes to
    """

    def __init__(self, database, port, log):
        self.database = database
        self.port = port
        self.log = log

    def wait(self, process):
        """Wait until the server answers.

        :param subprocess.Popen process: the server
        :raise RuntimeError: when it ends first, or takes too long
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/web/login")[0] == 200:
                    return
            time.sleep(0.2)
        with open(self.log, encoding="utf-8") as stream:
            raise RuntimeError(f"The server does not answer: {stream.read()[-2000:]}")

    def request(self, method, path, body=None, headers=None):
        """Send a request; return its status, its headers and what was answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path, session=None):
        """Ask for a page; return its status and what was answered."""
        headers = {"Cookie": f"session_id={session}"} if session else {}
        status, _headers, content = self.request("GET", path, headers=headers)
        return status, content

    def log_in(self, login, password):
        """Sign in; return the session.

        :raise RuntimeError: when the server doesn't know who that is
        """
        params = {"db": self.database, "login": login, "password": password}
        _status, headers, content = self.request(
            "POST",
            "/web/session/authenticate",
            json.dumps({"jsonrpc": "2.0", "params": params}),
            {"Content-Type": "application/json"},
        )
        found = re.search(r"session_id=([^;]+)", headers.get("Set-Cookie", ""))
        if not found or "error" in json.loads(content):
            raise RuntimeError(f"{login} cannot sign in: {content[:500]}")
        return found[1]

    def ask(self, path, session, count, readers):
        """Ask for a page many times, by several readers at once; return the seconds it took.

        :param str path: the page
        :param str session: of who reads
        :param int count: how many times
        :param int readers: how many ask at a time
        :raise RuntimeError: when the page isn't given
        """
        left = iter(range(count))
        lock = threading.Lock()
        problems = []

        def read():
            while not problems:
                with lock:
                    if next(left, None) is None:
                        return
                status, content = self.get(path, session)
                if status != 200:
                    problems.append(f"{path}: {status} {content[:500]}")

        threads = [threading.Thread(target=read) for _reader in range(readers)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise RuntimeError(problems[0])
        return time.perf_counter() - started

    def queries(self, path):
        """Return how many queries the last request for a page took.

        :raise RuntimeError: when the log tells of none
        """
        with open(self.log, encoding="utf-8") as stream:
            found = [match for match in REQUEST.finditer(stream.read()) if match["path"] == path]
        if not found:
            raise RuntimeError(f"The log tells of no request for {path}.")
        return int(found[-1]["queries"])
