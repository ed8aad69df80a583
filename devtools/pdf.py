"""The PDF engine: wkhtmltopdf with patched Qt from the venv, and the libraries that it needs."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from .build import built
from .console import say
from .debian import PrivateApt, os_release, unpack
from .paths import digest

LIBRARIES = ("libxrender1", "libfontconfig1", "libfreetype6", "libxext6", "libx11-6")
FONTS = ("fonts-dejavu-core",)
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
NEEDED_BYTES = 150_000_000

WRAPPER = """#!/bin/sh
{variables}exec "{program}" "$@"
"""

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <dir>{fonts}</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def pdf_dir(venv):
    """Return a folder whose `wkhtmltopdf` works on this machine, to go first on PATH.

    Libraries and a font that the machine lacks are taken from its own Debian release, into the
    cache: nothing is installed.

    :param Path venv: where the Python packages are
    :return: the folder, or None where there is no such engine (then PATH's is used, if any)
    :raise DevError: when what is missing can't be fetched
    """
    program = venv / "bin" / "wkhtmltopdf-pack"
    if not program.exists():
        if not shutil.which("wkhtmltopdf"):
            say(f"No wkhtmltopdf for {platform.machine()} comes along: install one for PDFs.")
        return None
    lacks_libraries = bool(missing_libraries(program))
    lacks_fonts = not any(_has_fonts(folder) for folder in FONT_FOLDERS)
    packages = LIBRARIES * lacks_libraries + FONTS * lacks_fonts
    key = digest(program, WRAPPER, *packages)
    folder = built(
        "pdf", key, lambda work: _make(work, key, program, packages), bool(packages) * NEEDED_BYTES
    )
    return folder / "bin"


def missing_libraries(program):
    """Return the names of shared libraries that `program` needs and the machine lacks."""
    output = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return re.findall(r"^\s*(\S+) => not found", output, re.M)


def _has_fonts(folder):
    return any(
        name.lower().endswith((".ttf", ".otf", ".ttc"))
        for _path, _folders, names in os.walk(folder)
        for name in names
    )


def _make(work, key, program, packages):
    """Write the wrapper script, and fetch `packages` for it to use."""
    final = work.parent / f"pdf-{key}"
    variables = []
    if packages:
        suite = os_release().get("VERSION_CODENAME", "stable")
        apt = PrivateApt(work / "apt", [suite], status=Path("/var/lib/dpkg/status"))
        apt.update()
        debs = apt.download(apt.missing_for(packages), "Libraries and fonts for PDFs")
        unpack(debs, work / "root", "Unpacking them")
        shutil.rmtree(work / "apt")
        folders = sorted({path.parent for path in (work / "root").rglob("*.so*")})
        paths = ":".join(str(final / folder.relative_to(work)) for folder in folders)
        if paths:
            variables.append(f'export LD_LIBRARY_PATH="{paths}"')
        conf = FONTS_CONF.format(fonts=final / "root/usr/share/fonts")
        (work / "fonts.conf").write_text(conf, encoding="utf-8")
        if not Path("/etc/fonts/fonts.conf").exists() or FONTS[0] in packages:
            variables.append(f'export FONTCONFIG_FILE="{final / "fonts.conf"}"')
    script = work / "bin" / "wkhtmltopdf"
    script.parent.mkdir()
    lines = "".join(f"{line}\n" for line in variables)
    script.write_text(WRAPPER.format(variables=lines, program=program), encoding="utf-8")
    script.chmod(0o755)
    return {"packages": list(packages)}
