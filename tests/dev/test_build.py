"""Builds in the cache are whole or absent, and made once."""

import threading

import pytest

from devtools import build
from devtools.errors import DevError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setattr(build, "cache_dir", lambda: tmp_path)
    return tmp_path


def _write(folder):
    (folder / "content").write_text("whole", encoding="utf-8")
    return {"made": True}


def test_is_made_once(cache):
    calls = []

    def make(folder):
        calls.append(folder)
        return _write(folder)

    first = build.built("thing", "1", make)
    assert build.built("thing", "1", make) == first
    assert len(calls) == 1
    assert build.notes_of(first) == {"made": True}


def test_failure_leaves_nothing(cache):
    def make(folder):
        _write(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.built("thing", "1", make)
    assert not [path for path in cache.iterdir() if path.is_dir()]


def test_leftovers_are_removed(cache):
    (cache / ".thing-killed.tmp").mkdir()
    half = cache / "thing-1"
    half.mkdir()
    (half / "half").touch()
    folder = build.built("thing", "1", _write)
    assert sorted(path.name for path in folder.iterdir()) == ["built.json", "content"]
    assert not (cache / ".thing-killed.tmp").exists()


def test_two_at_once_make_one(cache):
    calls = []

    def make(folder):
        calls.append(folder)
        return _write(folder)

    threads = [threading.Thread(target=build.built, args=("thing", "1", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_asks_for_space_beforehand(cache):
    with pytest.raises(DevError, match="free some space"):
        build.built("thing", "1", _write, needs=10**18)
