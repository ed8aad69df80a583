"""Odoo 19 itself: where its source is, and how it is started."""

import os
import re
import shutil
from pathlib import Path

from .build import built, notes_of
from .debian import PrivateApt, unpack
from .errors import DevError
from .paths import ADDON, ROOT, TEST_ADDONS_PATH, digest, state

NEEDED_BYTES = 1_900_000_000

#: Debian's Odoo and the packages that its symbolic links lead to. Two of them are newer in sid
#: than what Odoo links to, so they come from trixie.
PACKAGES = (
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-underscore/sid",
    "libjs-jquery-form/sid",
    "fonts-montserrat/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-ocr-b/sid",
    "fonts-glyphicons-halflings/sid",
    "fonts-font-awesome/trixie",
    "fonts-inconsolata/trixie",
)
#: Raise this when `_repair` changes, so that older builds are not used any more.
RECIPE = 1


class Odoo:
    """An Odoo 19 source.

    :param Path python_path: the folder that holds the package `odoo`
    :param list addons_paths: folders of addons beside the one inside the package
    :param str version: names this very source, for the keys of databases
    """

    def __init__(self, python_path, addons_paths, version):
        self.python_path = python_path
        self.addons_paths = addons_paths
        self.version = version


def odoo_source():
    """Return the `Odoo` to use: ODOO_HOME when set, else Debian's package in the cache.

    :raise DevError: when ODOO_HOME isn't Odoo 19
    """
    if os.environ.get("ODOO_HOME"):
        return _from_folder(Path(os.environ["ODOO_HOME"]).resolve())
    folder = built("odoo", digest(*PACKAGES, RECIPE), _make, NEEDED_BYTES)
    version = notes_of(folder)["packages"]["odoo-19"]
    return Odoo(folder / "usr/lib/python3/dist-packages", [], version)


def _from_folder(home):
    """Return the Odoo in a checkout, or in a `dist-packages` folder as the odoo:19 image has."""
    release = home / "odoo" / "release.py"
    found = None
    if release.is_file():
        found = re.search(r"version_info = \((\d+), (\d+)", release.read_text(encoding="utf-8"))
    if not found or found.groups() != ("19", "0"):
        raise DevError(
            f"ODOO_HOME ({home}) is not Odoo 19.0: point it to a checkout of the branch 19.0 (the "
            "folder with odoo-bin), or unset it."
        )
    addons = home / "addons"
    is_checkout = (addons / "web" / "__manifest__.py").is_file()
    head = home / ".git" / "HEAD"
    # A checkout moves: its commit is part of the name, as far as it is cheap to know.
    text = head.read_text(encoding="utf-8").strip() if head.is_file() else ""
    if text.startswith("ref: ") and (home / ".git" / text[5:]).is_file():
        text = (home / ".git" / text[5:]).read_text(encoding="utf-8").strip()
    return Odoo(home, [addons] if is_checkout else [], digest(home, text, release.stat().st_mtime))


def _make(folder):
    """Fetch and unpack Odoo below `folder`."""
    apt = PrivateApt(folder / "apt", [package.partition("/")[2] for package in PACKAGES])
    apt.update()
    debs = apt.download(PACKAGES, "Odoo 19")
    versions = unpack(debs, folder, "Unpacking Odoo 19")
    shutil.rmtree(folder / "apt")
    _repair(folder / "usr/lib/python3/dist-packages")
    broken = [path for path in _links(folder / "usr") if not path.exists()]
    if broken:
        raise DevError(
            f"Debian's Odoo 19 package links to {os.readlink(broken[0])}, which none of its "
            "companions provides: add the package that does to PACKAGES in devtools/odoo.py."
        )
    return {"packages": versions}


def _repair(packages):
    """Correct what Debian's packaging of Odoo 19 leaves wrong.

    :param Path packages: its dist-packages folder
    """
    # Bare .py copies of all addons, which would hide the real ones.
    shutil.rmtree(packages / "addons", ignore_errors=True)
    # Stripped for its licence, yet still loaded: the error in the console fails browser tests.
    stripped = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    path = packages / stripped
    if not path.exists():
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")


def _links(folder):
    for path, folders, names in os.walk(folder):
        for name in folders + names:
            if os.path.islink(os.path.join(path, name)):
                yield Path(path, name)


class Runtime:
    """All that is needed to start Odoo: source, Python, server and PDF engine.

    :param Odoo odoo: from `odoo_source`
    :param Path venv: from `venv.venv_dir`
    :param server: a started `postgres.Server`
    :param Path pdf: the folder with `wkhtmltopdf`, or None
    """

    def __init__(self, odoo, venv, server, pdf):
        self.odoo = odoo
        self.venv = venv
        self.server = server
        self.pdf = pdf

    def environment(self, **more):
        """Return the environment for Odoo and for all tools that share its database."""
        path = [self.pdf, self.venv / "bin", self.server.bin_dir]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "ODOO_", "OPENERP_", "PYTHON"))
        }
        environment |= {
            "PATH": os.pathsep.join([*(str(item) for item in path if item), os.environ["PATH"]]),
            "PYTHONPATH": str(self.odoo.python_path),
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "ODOO_RC": str(self.config_file()),
            **self.server.variables(),
        }
        return environment | more

    def config_file(self):
        """Write Odoo's configuration file for this checkout and return its path."""
        # tests/addons counts only once something is in it: Odoo refuses an empty addons path.
        has_test_addons = any(TEST_ADDONS_PATH.glob("*/__manifest__.py"))
        addons = [*self.odoo.addons_paths, ROOT, *([TEST_ADDONS_PATH] if has_test_addons else [])]
        options = {
            "addons_path": ",".join(str(path) for path in addons),
            "data_dir": state("odoo"),
            "http_interface": "127.0.0.1",
            "list_db": "False",
            "workers": "0",
            # Threads are not worth a restart when one is stopped in the debugger.
            "limit_time_real": "0",
            "limit_time_cpu": "0",
            "screenshots": state("screenshots"),
            "publisher_warranty_url": "",
        }
        text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())
        path = state() / "odoo.conf"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            part = path.with_suffix(f".{os.getpid()}")
            part.write_text(text, encoding="utf-8")
            part.rename(path)
        return path

    def command(self, *arguments):
        """Return the command line that starts Odoo with `arguments`."""
        return [str(self.venv / "bin" / "python"), "-m", "odoo", *map(str, arguments)]

    @property
    def filestore(self):
        """The folder that holds a folder of files per database."""
        return state("odoo", "filestore")


def addon_version():
    """Return the addon's version as its manifest says it."""
    import ast

    manifest = ast.literal_eval((ROOT / ADDON / "__manifest__.py").read_text(encoding="utf-8"))
    return manifest.get("version", "")


def dependencies(*addons):
    """Return the modules outside this repository that the given addons depend on.

    :param Path addons: addon folders
    :return: sorted list of module names
    """
    import ast

    names = {folder.name for folder in addons}
    needed = set()
    for folder in addons:
        manifest = ast.literal_eval((folder / "__manifest__.py").read_text(encoding="utf-8"))
        needed |= set(manifest.get("depends", []))
    return sorted(needed - names) or ["base"]
