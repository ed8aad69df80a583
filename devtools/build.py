"""Builds in the cache: made once per key, beside their place, and moved there when complete."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time

from .console import megabytes, say
from .errors import DevError
from .paths import cache_dir

UNUSED_SECONDS = 30 * 24 * 3600


@contextlib.contextmanager
def locked(path, waiting=None, shared=False):
    """Hold a lock on the file `path`; it ends with the process, however that ends.

    :param Path path: made when missing
    :param str waiting: what to say when another process holds it
    :param bool shared: several may hold it together
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                say(waiting)
            fcntl.flock(descriptor, mode)
        yield descriptor
    finally:
        os.close(descriptor)


def built(kind, key, make, needs=0):
    """Return the folder `<kind>-<key>` of the cache, made by `make` when it isn't there yet.

    It is made in a temporary folder beside it and renamed when complete, so that neither an
    interruption nor a second run ever sees half of one.

    :param str kind: what it is, such as `venv`
    :param str key: a hash of what it is built from
    :param make: function that fills the folder it is given and returns a dict to remember
    :param int needs: how many bytes it takes, checked beforehand
    :return: the folder; `built.json` in it holds what `make` returned
    :raise DevError: when there isn't enough space
    """
    folder = cache_dir() / f"{kind}-{key}"
    if (folder / "built.json").exists():
        # The time says that it is still in use, see `_remove_unused`.
        os.utime(folder / "built.json")
        return folder
    waiting = f"Another ./dev is preparing the {kind}; waiting for it …"
    with locked(cache_dir() / f"{kind}.lock", waiting):
        if (folder / "built.json").exists():
            return folder
        # The lock is ours, so whatever a run left here unfinished has nobody working on it.
        for leftover in [*cache_dir().glob(f".{kind}-*.tmp"), folder]:
            shutil.rmtree(leftover, ignore_errors=True)
        require_space(cache_dir(), needs, ", or set XDG_CACHE_HOME to a folder on another disk")
        work = tempfile.mkdtemp(prefix=f".{kind}-", suffix=".tmp", dir=cache_dir())
        try:
            # mkdtemp's 0700 would hide PostgreSQL's programs from the user that root runs it as.
            os.chmod(work, 0o755)
            notes = make(type(folder)(work))
            with open(os.path.join(work, "built.json"), "w", encoding="utf-8") as stream:
                json.dump(notes or {}, stream, indent=2)
            os.rename(work, folder)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        _remove_unused(kind)
    return folder


def _remove_unused(kind):
    """Remove older builds of a kind that nobody has used for a month."""
    for notes in cache_dir().glob(f"{kind}-*/built.json"):
        if time.time() - notes.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(notes.parent, ignore_errors=True)


def notes_of(folder):
    """Return what the build in `folder` remembered of how it was made."""
    return json.loads((folder / "built.json").read_text(encoding="utf-8"))


def require_space(folder, needs, otherwise=""):
    """Refuse to begin what the disk can't hold.

    :param Path folder: where it goes
    :param int needs: how many bytes it takes
    :param str otherwise: what else the reader can do
    :raise DevError: naming how much is needed
    """
    free = shutil.disk_usage(folder).free
    if free < needs:
        raise DevError(
            f"{folder} has {megabytes(free)} left and {megabytes(needs)} are needed: free some "
            f"space{otherwise}."
        )
