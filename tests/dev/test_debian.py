"""The machine's own mirror is found in whatever form apt is configured."""

import pytest

from devtools import debian
from devtools.errors import DevError

DEB822 = """\
# A comment
Types: deb deb-src
URIs: https://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBFwMHtsBEADxm/SJhKVyzwVzAP1GlzdAQzVCkZRqVLNWoYpCMJgZT8Ac

Types: deb
URIs: https://mirror.test/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: https://old.test/debian
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb http://commented.test/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://addon.test/apt stable-addon main
deb http://mirror.test/debian bookworm main contrib # main mirror
deb-src http://mirror.test/debian bookworm main
"""


def test_deb822():
    assert debian.parse_deb822(DEB822) == [
        ("https://mirror.test/debian", ["bookworm", "bookworm-updates"]),
        ("https://mirror.test/debian-security", ["bookworm-security"]),
    ]


def test_one_line():
    assert debian.parse_one_line(ONE_LINE) == [
        ("http://addon.test/apt", ["stable-addon"]),
        ("http://mirror.test/debian", ["bookworm"]),
    ]


def test_reads_every_file(tmp_path):
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE, encoding="utf-8")
    (parts / "debian.sources").write_text(DEB822, encoding="utf-8")
    assert len(debian.read_sources(tmp_path)) == 4


@pytest.fixture
def machine(monkeypatch):
    """Make this machine one of a given system and sources."""

    def become(system, sources):
        monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
        monkeypatch.setattr(debian, "os_release", lambda: system)
        monkeypatch.setattr(debian, "read_sources", lambda: sources)

    return become


def test_mirror_is_that_of_the_release(machine):
    machine(
        {"ID": "debian", "VERSION_CODENAME": "bookworm"},
        debian.parse_one_line(ONE_LINE) + debian.parse_deb822(DEB822),
    )
    assert debian.mirror() == "http://mirror.test/debian"


def test_no_mirror_is_one_sentence(machine):
    machine({"ID": "fedora"}, [])
    with pytest.raises(DevError, match="ODOO_HOME"):
        debian.mirror()


def test_mirror_can_be_named(machine, monkeypatch):
    machine({"ID": "ubuntu"}, [])
    monkeypatch.setenv("DEBIAN_MIRROR", "http://named.test/debian")
    assert debian.mirror() == "http://named.test/debian"
