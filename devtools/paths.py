"""Where things live: downloads and builds in the user's cache, data in the checkout's `.dev/`."""

import functools
import hashlib
import os
import pwd
import stat
from pathlib import Path

from .console import say
from .errors import DevError

ROOT = Path(__file__).resolve().parent.parent
ADDON = "cartier_care"
ADDON_PATH = ROOT / ADDON
TEST_ADDONS_PATH = ROOT / "tests" / "addons"
LOCK_FILE = ROOT / "requirements.lock"


def digest(*parts):
    """Return a short hash of the given texts, for folder and database names."""
    checksum = hashlib.sha256()
    for part in parts:
        checksum.update(str(part).encode())
        checksum.update(b"\0")
    return checksum.hexdigest()[:12]


def tree_digest(*folders, skip=("__pycache__", "static/description", "tests")):
    """Return a hash over names and contents of the files below `folders`.

    :param skip: folder names (or endings of paths) that do not count
    """
    checksum = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if not path.is_file() or any(f"/{item}/" in f"/{name}" for item in skip):
                continue
            checksum.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return checksum.hexdigest()[:12]


def home():
    """Return the user's home folder.

    `sudo` can leave HOME pointing at somebody else's: what root makes there, its owner could not
    replace later, so the account's own home is used then.
    """
    account_home = None
    try:
        account_home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        # A uid without an account, as containers use: HOME is all there is.
        pass  # pylint: disable=unnecessary-pass
    named = os.environ.get("HOME")
    if named and (not account_home or _owner(Path(named)) == os.getuid()):
        return Path(named)
    if account_home:
        return account_home
    raise DevError("This user has no home folder: set HOME to a folder of your own.")


def _owner(path):
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _xdg(variable, default):
    """Return the folder that an XDG variable names, else `default` below the home folder."""
    named = os.environ.get(variable)
    return Path(named) if named and os.path.isabs(named) else home() / default


@functools.cache
def cache_dir():
    """Return the folder of downloads and builds, made when missing.

    :raise DevError: when it belongs to somebody else or can't be written
    """
    folder = _xdg("XDG_CACHE_HOME", ".cache") / "cartier-care"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_ours = folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK)
    except PermissionError:
        is_ours = False
    if not is_ours:
        raise DevError(
            f"The cache {folder} can't be written by this user: remove it, or set XDG_CACHE_HOME "
            "to a folder of your own."
        )
    return folder


@functools.cache
def state_dir():
    """Return the folder of databases, files, logs and pids: the checkout's `.dev/`.

    A clone made by root and used by another user (or the reverse) can't share it: who doesn't
    own `.dev/` and can't make it gets a folder of its own, and is told so.
    """
    folder = ROOT / ".dev"
    try:
        folder.mkdir(exist_ok=True)
        is_ours = folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK)
    except OSError:
        is_ours = False
    if not is_ours:
        folder = _xdg("XDG_STATE_HOME", ".local/state") / "cartier-care" / digest(ROOT)
        folder.mkdir(parents=True, exist_ok=True)
        say(f"{ROOT / '.dev'} is not this user's: data are kept in {folder}.")
    return folder


def checkout_id():
    """Return a short name of this checkout's data, to tell its databases from another one's."""
    return digest(state_dir())[:6]


def state(*names):
    """Return a folder below the state folder, made when missing."""
    folder = state_dir().joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_reachable(path, uid, gids):
    """Tell whether another user may enter every folder on the way to `path` and read it.

    :param Path path: an existing folder
    :param int uid: the other user
    :param gids: its groups
    """
    for folder in [path, *path.parents]:
        info = folder.stat()
        if info.st_uid == uid:
            needed = stat.S_IXUSR
        elif info.st_gid in gids:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not info.st_mode & needed:
            return False
    return True
