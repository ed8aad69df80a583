"""The Python packages: a virtual environment in the cache, from the lock file with its hashes."""

import os
import platform
import re
import sys
from pathlib import Path

from .build import built
from .console import Progress
from .debian import installed_or_told
from .paths import LOCK_FILE, digest
from .process import run

NEEDED_BYTES = 900_000_000


def venv_dir():
    """Return the folder of the virtual environment, made when missing.

    :raise DevError: when Python's venv module is missing or packages can't be fetched
    """
    lock = LOCK_FILE.read_text(encoding="utf-8")
    version = ".".join(map(str, sys.version_info[:2]))
    # The base interpreter counts too: a venv breaks when the Python it was made from moves.
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    key = digest(lock, version, base, platform.machine())
    return built("venv", key, lambda folder: _make(folder, key), NEEDED_BYTES)


def python_of(folder):
    """Return the interpreter of the virtual environment in `folder`."""
    return folder / "bin" / "python"


def enter():
    """Run this command again with the venv's Python, unless it is the one running already."""
    folder = venv_dir()
    if Path(sys.prefix).resolve() != folder.resolve():
        python = str(python_of(folder))
        os.execv(python, [python, *sys.argv])
    return folder


def _make(folder, key):
    """Create the environment in `folder` and install every locked package into it."""
    _require_venv_module()
    with Progress("Python environment"):
        run(
            [sys.executable, "-m", "venv", folder],
            "Python could not make a virtual environment.",
            env=_environment(),
        )
    count = len(re.findall(r"^[A-Za-z0-9].*==", LOCK_FILE.read_text(encoding="utf-8"), re.M))
    with Progress("Python packages", count) as progress:
        names = []

        def follow(line):
            if line.startswith(("Collecting ", "Requirement already")):
                names.append(line.split()[1])
                progress.update(min(len(names), count - 1), names[-1])
            elif line.startswith("Installing"):
                progress.update(count - 1, "installing")

        run(
            [
                python_of(folder),
                *("-m", "pip", "--disable-pip-version-check", "install", "--no-input"),
                # Everything is in the lock file, and a hash is required for each.
                *("--no-deps", "--require-hashes", "--prefer-binary", "--no-warn-script-location"),
                *("-r", LOCK_FILE),
            ],
            "The Python packages could not be installed.",
            on_line=follow,
            env=_environment(),
        )
    _correct_scripts(folder, folder.parent / f"venv-{key}")
    return {"python": sys.version.split()[0], "machine": platform.machine()}


def _environment():
    """Return the environment for Python's tools, without what could lead them astray."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def _require_venv_module():
    """Debian splits venv from Python; have it installed, or say how."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        installed_or_told(
            ["python3-venv"],
            "Python's venv module is missing",
        )


def _correct_scripts(folder, final):
    """Have the scripts in `bin/` name the place that the environment is about to move to."""
    for path in (folder / "bin").iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content and bytes(folder) in content:
            path.write_bytes(content.replace(bytes(folder), bytes(final)))
