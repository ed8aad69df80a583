# Part of Cartier Care. License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A mail server of the tests: real sockets, and as moody as those of this world."""

import contextlib
import email
import email.policy
import socket
import socketserver
import threading
from unittest.mock import patch

#: How a server treats who writes to it.
ACCEPTS, REFUSES, HANGS_UP = "accepts", "refuses", "hangs up"


class _Conversation(socketserver.StreamRequestHandler):
    """One client of the server, as RFC 5321 has it, as far as Odoo speaks it."""

    timeout = 10

    def handle(self):
        """Answer each command until the client or the mood of the server ends it."""
        recipients = []
        self._say(220, "tests.example.com")
        for line in self.rfile:
            verb = line.decode("ascii", "replace").strip().upper()
            if verb.startswith("RCPT"):
                if self.server.mood == REFUSES:
                    self._say(550, "No such mailbox")
                    continue
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
                self._say(250, "OK")
            elif verb == "DATA":
                self._say(354, "Go ahead")
                if self.server.mood == HANGS_UP:
                    self.rfile.readline()
                    return
                self.server.received.append((recipients, self._read_message()))
                recipients = []
                self._say(250, "Taken")
            elif verb == "QUIT":
                self._say(221, "Bye")
                return
            else:
                self._say(250, "OK")

    def _say(self, code, words):
        self.wfile.write(f"{code} {words}\r\n".encode())

    def _read_message(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server on a port of its own; ``mood`` may change between two mails.

    ``received`` holds what it took: pairs of the recipients and the message.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), _Conversation)
        self.mood = ACCEPTS
        self.received = []

    @property
    def port(self):
        """The port that it listens at."""
        return self.server_address[1]

    def subjects_to(self, address):
        """Return the subjects of what it took for an address, in the order of their arrival."""
        return [
            message["Subject"] for recipients, message in self.received if address in recipients
        ]

    def handle_error(self, request, client_address):
        """Say nothing of clients that are gone."""


@contextlib.contextmanager
def running_mail_server(port=0):
    """Start a mail server and give it; at the end its port is closed again."""
    with MailServer(port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)


def closed_port():
    """Return a port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def use_mail_server(case, port):
    """Let all mails of a test go to a port of this machine, and nowhere else.

    Odoo sends nothing while tests run: this is what its own tests of mail servers lift, too.

    :return: the record of the outgoing mail server
    """
    servers = case.env["ir.mail_server"]
    servers.search([]).active = False
    server = servers.create(
        {
            "name": "Mail server of the tests",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "smtp_authentication": "login",
        }
    )
    case.startPatcher(patch.object(type(servers), "_disable_send", lambda _server: False))
    return server
