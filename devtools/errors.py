"""Errors that end `./dev` with one sentence instead of a traceback."""

import errno


class DevError(Exception):
    """Something that the reader can put right; its text says how, in one sentence."""


class Interrupted(BaseException):
    """SIGTERM or SIGHUP arrived: unwind like Ctrl-C does, so that everything started is ended."""


#: What a failed child process says, and what to tell the reader instead of its output.
KNOWN_FAILURES = (
    (
        ("No space left on device", "not enough free space", "Disk quota exceeded"),
        "The disk is full: free at least 4 GB and run the command again.",
    ),
    (
        (
            "Temporary failure resolving",
            "Could not resolve",
            "Temporary failure in name resolution",
            "Name or service not known",
            "Failed to establish a new connection",
            "Network is unreachable",
            "Connection timed out",
            "Could not connect to",
            "Read timed out",
            "ProxyError",
        ),
        "There is no network, or its proxy refuses: connect this machine and run the command "
        "again; what was already downloaded is kept.",
    ),
    (
        ("NO_PUBKEY", "EXPKEYSIG", "is not signed", "Missing key", "Signed-By"),
        "This machine's Debian keyring does not know the key of Debian sid: upgrade the package "
        "debian-archive-keyring, or set ODOO_HOME to a checkout of Odoo 19.",
    ),
)


def explain_output(output):
    """Return the sentence for a known failure found in a child's `output`, or None."""
    for needles, sentence in KNOWN_FAILURES:
        if any(needle in output for needle in needles):
            return sentence
    return None


def explain_os_error(error):
    """Return the sentence for an `OSError` that the machine, not the code, is to blame for.

    :param OSError error: what was raised
    :return: the sentence, or None for an error that deserves its traceback
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return KNOWN_FAILURES[0][1]
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename or 'A file'} may not be read or written by this user: correct its "
            "permissions, or set XDG_CACHE_HOME and XDG_STATE_HOME to folders of your own."
        )
    if error.errno == errno.ENOLCK:
        return (
            "The file system of the cache cannot lock files: set XDG_CACHE_HOME to a local folder."
        )
    return None
