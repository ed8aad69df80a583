"""Logs, tables, names and the sentences for what goes wrong."""

import errno
import socket

import pytest

from bench.framework import Measure, best, row
from devtools import cli, console, database, errors, paths, serve, server
from devtools.errors import DevError

INSTALL_LOG = """\
2026-01-02 03:04:05,678 42 INFO db odoo.modules.loading: Loading module cartier_care (52/52)
2026-01-02 03:04:05,679 42 WARNING db odoo.models: care.order.name is odd
2026-01-02 03:04:05,680 42 ERROR db odoo.tools.convert: It failed
Traceback (most recent call last):
ValueError: because
2026-01-02 03:04:05,681 42 INFO db odoo.modules.loading: done
loose end
""".splitlines()


def test_problems_in_a_log():
    assert database.problems_in(INSTALL_LOG) == [
        "WARNING odoo.models: care.order.name is odd",
        "ERROR odoo.tools.convert: It failed\n    Traceback (most recent call last):\n"
        "    ValueError: because",
    ]


def test_allowed_lines_are_no_problems(monkeypatch):
    monkeypatch.setattr(database, "ALLOWED_LINES", ((r"name is odd$", "for the test"),))
    assert len(database.problems_in(INSTALL_LOG)) == 1


def test_progress_counts_modules():
    assert database.LOADING.search(INSTALL_LOG[0]).groups() == ("cartier_care", "52", "52")


def test_table_aligns_numbers_right():
    rows = [{"what": "floor", "ms": 9.5}, {"what": "care", "ms": 100.25}]
    assert console.table(rows, (("what", "what"), ("ms", "ms"))).splitlines() == [
        "what      ms",
        "─────  ─────",
        "floor   9.50",
        "care   100.2",
    ]


def test_rows_are_per_order_with_ratios():
    measures = [Measure(0.5, 60), Measure(0.2, 60)]
    result = row("bench", 10, "ours", best(measures), "floor", Measure(0.1, 20))
    assert (result["ms"], result["queries"]) == (20.0, 6.0)
    assert (result["ratio_ms"], result["ratio_queries"]) == (2.0, 3.0)


def test_full_disk_and_forbidden_files_are_sentences():
    assert "disk is full" in errors.explain_os_error(OSError(errno.ENOSPC, "x"))
    assert "/x" in errors.explain_os_error(PermissionError(errno.EACCES, "x", "/x"))
    assert errors.explain_os_error(OSError(errno.EINVAL, "x")) is None


@pytest.mark.parametrize("output", ["E: NO_PUBKEY 1234", "Temporary failure resolving 'x'"])
def test_known_outputs_are_sentences(output):
    assert errors.explain_output(f"noise\n{output}\nnoise")


@pytest.mark.parametrize("name", ["", "x y", "x;", "../x", "X", "1x", "x" * 64])
def test_odd_database_names_are_refused(name):
    with pytest.raises(DevError):
        serve.require_name(name)


def test_port_in_use_names_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DevError, match="in use.*--port"):
            server.require_free(taken.getsockname()[1])


@pytest.mark.parametrize("command", ["serve", "shell", "psql", "update"])
def test_commands_take_a_database(command):
    assert cli.parser().parse_args([command, "--db", "other"]).db == "other"


def test_reachable_only_through_open_folders(tmp_path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    nobody, no_groups = 65534, []
    (tmp_path / "closed").chmod(0o700)
    assert not paths.is_reachable(inner, nobody, no_groups)


def test_digest_of_a_folder_follows_contents_and_names(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    first = paths.tree_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x", encoding="utf-8")
    assert paths.tree_digest(tmp_path) == first
    (tmp_path / "a").rename(tmp_path / "b")
    assert paths.tree_digest(tmp_path) != first
