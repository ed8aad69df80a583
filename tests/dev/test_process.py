"""Pid files name one process for good, and nothing outlives the command."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from devtools import postgres, process
from devtools.errors import DevError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper():
    """A process of somebody."""
    child = subprocess.Popen(SLEEP)
    yield child
    child.kill()
    child.wait()


def test_ends_what_an_earlier_run_left(tmp_path, sleeper):
    path = tmp_path / "pid"
    process.write_pid_file(path, sleeper.pid)
    assert process.end_leftover(path)
    assert sleeper.wait(5) == -signal.SIGTERM
    assert not path.exists()


def test_spares_who_merely_got_the_same_pid(tmp_path, sleeper):
    path = tmp_path / "pid"
    path.write_text(json.dumps({"pid": sleeper.pid, "birth": 1}), encoding="utf-8")
    assert not process.end_leftover(path)
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "{", "[1"])
def test_half_written_pid_files_are_no_obstacle(tmp_path, text):
    path = tmp_path / "pid"
    path.write_text(text, encoding="utf-8")
    assert not process.end_leftover(path)


def test_stale_postmaster_file_of_another_process(tmp_path, sleeper):
    path = tmp_path / "postmaster.pid"
    path.write_text(f"{sleeper.pid}\n{tmp_path}\n", encoding="utf-8")
    postgres.end_stale_server(tmp_path)
    assert not path.exists()
    assert sleeper.poll() is None


def test_children_end_with_the_block():
    with process.spawned(SLEEP) as child:
        assert child.poll() is None
    assert child.poll() is not None


def test_children_end_when_the_command_is_killed(tmp_path):
    script = (
        "import sys\n"
        "from devtools.process import spawned\n"
        f"with spawned({SLEEP!r}) as child:\n"
        "    print(child.pid, flush=True)\n"
        "    child.wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while process.birth(child) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.birth(child) is None


def test_known_failures_are_told_in_a_sentence():
    command = [sys.executable, "-c", "print('cp: No space left on device'); raise SystemExit(1)"]
    with pytest.raises(DevError, match="^The disk is full"):
        process.run(command, "Something else.")


def test_unknown_failures_show_their_last_lines():
    command = [sys.executable, "-c", "print('odd'); raise SystemExit(1)"]
    with pytest.raises(DevError, match="It failed.\n  odd"):
        process.run(command, "It failed.")
