"""The process that keeps the embedded PostgreSQL: started by `postgres`, one per checkout.

It runs as long as anybody holds the users' lock, and ends the server when the last one is gone,
whether that one let go or was killed. Standard library only.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .postgres import ANOTHER_KEEPER, end_stale_server
from .process import dies_with_parent

POLL_SECONDS = 0.2


def main(settings):
    """Start the server, wait until nobody uses it, and stop it.

    :param dict settings: `command`, `data`, `log`, the locks `users_lock` and
        `keepers_lock`, and `uid`/`gid` or null
    :return: the exit status
    """
    data = Path(settings["data"])
    keepers_lock = os.open(settings["keepers_lock"], os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(keepers_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return ANOTHER_KEEPER
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_stale_server(data)
    options = {}
    if settings["uid"] is not None:
        options = {"user": settings["uid"], "group": settings["gid"], "extra_groups": []}
    with open(settings["log"], "ab") as log:
        server = subprocess.Popen(
            settings["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            # Should the keeper be killed, the server shuts down by itself.
            preexec_fn=dies_with_parent(signal.SIGINT),
            **options,
        )
    lock = os.open(settings["users_lock"], os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while server.poll() is None and not _is_unused(lock):
            time.sleep(POLL_SECONDS)
    finally:
        _stop(server)
        os.close(lock)
    return 0


def _is_unused(lock):
    """Tell whether nobody holds the users' lock; if so, it is ours and nobody can get it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(server):
    """Shut the server down: politely to begin with, then without waiting for anything."""
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(signal_number)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            continue


def _leave(_number, _frame):
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
