"""Child processes that never outlive `./dev`, and pid files that can be trusted."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .errors import DevError, explain_output

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def dies_with_parent(signal_number=signal.SIGTERM):
    """Return a `preexec_fn` that has the kernel signal the child when its parent dies."""
    parent = os.getpid()

    def prepare():
        _LIBC.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            # The parent died between fork and here: nobody would end us any more.
            os._exit(1)

    return prepare


def run(command, failure, on_line=None, **options):
    """Run `command` to its end, reading its output line by line.

    :param list command: program and arguments
    :param str failure: the sentence for an unknown failure; the last lines follow it
    :param on_line: called with each line of output
    :return: the output as a list of lines
    :raise DevError: when it fails
    """
    lines = []
    options = {"stdin": subprocess.DEVNULL, **options}
    with spawned(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **options,
    ) as process:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if on_line:
                on_line(lines[-1])
        status = process.wait()
    if status:
        output = "\n".join(lines)
        told = explain_output(output)
        raise DevError(told or f"{failure}\n" + "\n".join(f"  {line}" for line in lines[-12:]))
    return lines


@contextlib.contextmanager
def spawned(command, patience=20, death_signal=signal.SIGTERM, **options):
    """Start `command` and end it, with all that it started, when the block is left.

    :param patience: seconds to wait after SIGTERM before SIGKILL
    :param death_signal: what the kernel sends it should this process be killed
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        start_new_session=True,
        preexec_fn=dies_with_parent(death_signal),
        **options,
    )
    try:
        yield process
    finally:
        end_group(process, patience)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def end_group(process, patience=20, first_signal=signal.SIGTERM):
    """End a process started in a session of its own, and what is left of its group."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, first_signal)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    # Children that ignored the signal or lost their parent keep the group alive.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def birth(pid):
    """Return when process `pid` was started, in the kernel's ticks, or None if there is none.

    Together with the pid it names a process for good: pids come back, births don't.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, so count fields from behind it.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def write_pid_file(path, pid):
    """Note that process `pid` is ours, so that a later run can end it should we be killed."""
    path.write_text(json.dumps({"pid": pid, "birth": birth(pid)}), encoding="utf-8")


def end_leftover(path, patience=20):
    """End the process of an earlier run that `path` names, if it still is that very process.

    :param Path path: written by `write_pid_file`; removed
    :return: whether there was one
    """
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        path.unlink(missing_ok=True)
        return False
    pid, born = note["pid"], note["birth"]
    found = born is not None and birth(pid) == born
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience
        if birth(pid) != born or born is None:
            break
        os.kill(pid, signal_number)
        while birth(pid) == born and time.monotonic() < deadline:
            time.sleep(0.1)
    path.unlink(missing_ok=True)
    return found
