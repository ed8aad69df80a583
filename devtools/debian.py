"""Debian packages without installing them: the machine's own mirror, a private apt state, dpkg.

Nothing here needs root or touches the system's packages. `installed_or_told` is the exception: it
installs what the machine lacks when run as root, and names the command otherwise.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from .console import Progress, megabytes, say
from .errors import DevError, explain_output
from .process import run, spawned

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
#: Suites that any full Debian mirror has, whatever the machine's own release is.
ROLLING = {"stable", "testing", "unstable", "sid", "oldstable"}


def os_release():
    """Return the fields of /etc/os-release."""
    fields = {}
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except FileNotFoundError:
        return fields
    for line in text.splitlines():
        name, found, value = line.partition("=")
        if found:
            fields[name] = value.strip().strip('"')
    return fields


def read_sources(folder=Path("/etc/apt")):
    """Return the package sources that apt is configured with, as (uri, suites) pairs.

    :param Path folder: where apt's configuration is
    """
    found = []
    for path in sorted([folder / "sources.list", *folder.glob("sources.list.d/*.list")]):
        if path.is_file():
            found += parse_one_line(path.read_text(encoding="utf-8", errors="replace"))
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        found += parse_deb822(path.read_text(encoding="utf-8", errors="replace"))
    return found


def parse_one_line(text):
    """Return (uri, suites) for the `deb` lines of a sources.list."""
    found = []
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)", line)
        if match:
            found.append((match[1], [match[2]]))
    return found


def parse_deb822(text):
    """Return (uri, suites) for the enabled `deb` stanzas of a .sources file."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields, name = {}, None
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += " " + line.strip()
            elif ":" in line:
                name, _colon, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        is_enabled = fields.get("enabled", "yes").lower() not in ("no", "false", "0")
        if is_enabled and "deb" in fields.get("types", "").split():
            suites = fields.get("suites", "").split()
            found += [(uri, suites) for uri in fields.get("uris", "").split()]
    return found


def mirror():
    """Return the address of the Debian mirror that this machine installs from.

    It is the source of the machine's own release; add-on repositories and the security archive
    name suites that a full mirror doesn't have. The variable DEBIAN_MIRROR names another one.

    :raise DevError: on a machine that isn't Debian's or has no such source
    """
    if os.environ.get("DEBIAN_MIRROR"):
        return os.environ["DEBIAN_MIRROR"]
    release = os_release()
    wanted = {release.get("VERSION_CODENAME", "")} | ROLLING
    if release.get("ID") == "debian":
        for uri, suites in read_sources():
            if wanted & set(suites) and uri.partition(":")[0] in (
                "http",
                "https",
                "file",
                "copy",
                "mirror+file",
            ):
                return uri
    raise DevError(
        "apt on this machine names no Debian mirror to take Odoo from: set DEBIAN_MIRROR to the "
        "address of one, or ODOO_HOME to a checkout of Odoo 19."
    )


class PrivateApt:
    """apt with sources, lists and downloads of its own, below `folder`.

    :param Path folder: made when missing
    :param list suites: the suites to know about, all taken from `mirror()`
    :param Path status: which packages count as installed; none by default
    """

    def __init__(self, folder, suites, status=None):
        for program in ("apt-get", "dpkg-deb", "tar"):
            if not shutil.which(program):
                raise DevError(
                    f"{program} is missing and Odoo's packages can't be fetched without it: use a "
                    "Debian machine, or set ODOO_HOME to a checkout of Odoo 19."
                )
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        keyring = next((path for path in KEYRINGS if path.exists()), None)
        signed = f"[signed-by={keyring}] " if keyring else ""
        address = mirror()
        (folder / "sources.list").write_text(
            "".join(f"deb {signed}{address} {suite} main\n" for suite in dict.fromkeys(suites)),
            encoding="utf-8",
        )
        (folder / "status").touch()
        self.options = [
            f"Dir::Etc::sourcelist={folder / 'sources.list'}",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State={folder}",
            f"Dir::State::lists={folder / 'lists'}",
            f"Dir::State::status={status or folder / 'status'}",
            f"Dir::Cache={folder / 'cache'}",
            "Acquire::Languages=none",
            "Acquire::GzipIndexes=true",
            "Acquire::Retries=3",
            # As root apt would fetch as a user who may not enter a private cache.
            "APT::Sandbox::User=root",
            "APT::Get::List-Cleanup=false",
            # Mirrors of an organisation often lag; what they give must be signed all the same.
            "Acquire::Check-Valid-Until=false",
            "Debug::NoLocking=true",
        ]

    def command(self, *arguments):
        """Return an apt-get command line for this private state."""
        options = [part for option in self.options for part in ("-o", option)]
        return ["apt-get", "-q", *options, *arguments]

    def update(self):
        """Fetch the lists of packages.

        :raise DevError: when the mirror can't be reached, lacks a suite, or isn't trusted
        """
        failure = (
            "The Debian mirror of this machine does not give the package lists: set "
            "DEBIAN_MIRROR to a complete mirror, or ODOO_HOME to a checkout of Odoo 19."
        )
        lists = self.folder / "lists"
        with Progress("Package lists", show=megabytes) as progress:
            with watched(lambda: progress.update(_size(lists))):
                # apt-get update reports a dead mirror as a mere warning unless told otherwise.
                run(self.command("update", "--error-on=any"), failure, env=_plain_environment())

    def missing_for(self, packages):
        """Return what else must be installed for `packages`, given the machine's own packages."""
        lines = run(
            self.command("install", "-s", "--no-install-recommends", *packages),
            f"apt can't work out how to provide {', '.join(packages)}.",
            env=_plain_environment(),
        )
        return [line.split()[1] for line in lines if line.startswith("Inst ")]

    def download(self, packages, label):
        """Fetch `packages` (`name` or `name/suite`) and return the files.

        :param str label: shown with the progress
        """
        failure = f"{label}: the Debian mirror does not give them; run the command again later."
        listed = run(
            self.command("download", "--print-uris", *packages), failure, env=_plain_environment()
        )
        sizes = [int(line.split()[2]) for line in listed if line.startswith("'")]
        debs = self.folder / "debs"
        with Progress(label, sum(sizes), megabytes) as progress:
            with watched(lambda: progress.update(_size(debs))):
                run(
                    self.command("download", *packages),
                    failure,
                    cwd=debs,
                    env=_plain_environment(),
                )
        return sorted(debs.glob("*.deb"))


def unpack(debs, prefix, label):
    """Unpack package files below `prefix`, showing how much is done.

    :param debs: list of files
    :param Path prefix: made when missing
    :return: dict of package name → version
    """
    prefix.mkdir(parents=True, exist_ok=True)
    versions, total = {}, 0
    for deb in debs:
        fields = subprocess.run(
            ["dpkg-deb", "-f", deb, "Package", "Version", "Installed-Size"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        facts = dict(line.split(": ", 1) for line in fields.splitlines() if ": " in line)
        versions[facts["Package"]] = facts["Version"]
        total += int(facts.get("Installed-Size", 0)) * 1024
    done = 0
    with Progress(label, total, megabytes) as progress:
        for deb in debs:
            done = _unpack_one(deb, prefix, done, progress)
    return versions


def _unpack_one(deb, prefix, done, progress):
    """Pass one package through tar, counting bytes for the progress bar."""
    # A pipe for the errors could fill up while we wait for tar to take more: a file can't.
    with (
        tempfile.TemporaryFile() as errors,
        spawned(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as source,
        spawned(
            ["tar", "-x", "--no-same-owner", "--no-same-permissions", "-C", prefix],
            stdin=subprocess.PIPE,
            stderr=errors,
        ) as target,
    ):
        while True:
            block = source.stdout.read(1 << 20)
            if not block:
                break
            try:
                target.stdin.write(block)
            except BrokenPipeError:
                break
            done += len(block)
            progress.update(done)
        with contextlib.suppress(BrokenPipeError):
            target.stdin.close()
        if target.wait() or source.wait():
            errors.seek(0)
            complaint = errors.read(10_000).decode(errors="replace").strip()
            raise DevError(
                explain_output(complaint)
                or f"{Path(deb).name} could not be unpacked ({complaint[:200]}): run the command "
                "again."
            )
    return done


class watched:
    """Call `look` twice a second while the block runs, from a thread of its own."""

    def __init__(self, look):
        self.look = look
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, kind, error, trace):
        self.is_over.set()
        self.thread.join()

    def _watch(self):
        while not self.is_over.wait(0.4):
            self.look()


def _size(folder):
    """Return how many bytes are in `folder`, files that come and go not counted."""
    total = 0
    for path, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total


def _plain_environment():
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def installed_or_told(packages, reason):
    """Install `packages` as root; as an ordinary user name the one command that does.

    :param list packages: names in Debian
    :param str reason: what they are for, the beginning of a sentence
    :raise DevError: when they are missing and can't be installed by this user
    """
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.getuid() != 0:
        raise DevError(f"{reason}: run `sudo {command}` and then this command again.")
    if not shutil.which("apt-get"):
        raise DevError(f"{reason}: install the like of {', '.join(packages)} on this machine.")
    say(f"{reason}: installing {', '.join(packages)}.")
    failure = f"{reason}, and `{command}` failed: run it by hand and correct what it reports."
    with Progress("System packages") as progress:
        # Without fresh lists the versions that apt knows may be gone from the mirror.
        run(["apt-get", "-q", "update"], failure, env=_plain_environment())
        counter = _AptSteps(progress)
        run(command.split(), failure, on_line=counter.count, env=_plain_environment())


class _AptSteps:
    """Turns what apt-get prints into progress: each package is fetched, unpacked and set up."""

    def __init__(self, progress):
        self.progress = progress
        self.steps = 0
        self.packages = 0

    def count(self, line):
        """Take in one line."""
        found = re.search(r"(\d+) newly installed", line)
        if found:
            self.packages = int(found[1])
        elif line.startswith(("Get:", "Unpacking ", "Setting up ")):
            self.steps += 1
            self.progress.update(self.steps // 3, line[:40], total=self.packages)
