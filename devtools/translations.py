"""The addon's translation template: written by Odoo, kept free of what changes by itself."""

from pathlib import Path

from .console import say
from .database import Databases
from .paths import ADDON, ADDON_PATH
from .process import run
from .runtime import ready

TEMPLATE = ADDON_PATH / "i18n" / f"{ADDON}.pot"
#: Header fields that differ from one export to the next, or name nobody.
UNSTABLE = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team")


def write_template():
    """`./dev pot`: write `i18n/cartier_care.pot` from the addon as it is now."""
    with ready() as runtime:
        databases = Databases(runtime)
        with databases.run_copy(databases.addon_template()) as name:
            text = export(runtime, name)
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(text, encoding="utf-8")
    say(f"{TEMPLATE} is up to date.")


def export(runtime, database):
    """Return the template that Odoo makes of the addon, normalised.

    :param odoo.Runtime runtime: what to run Odoo with
    :param str database: one that has the addon installed
    """
    path = Path(runtime.filestore).parent / f"{database}.pot"
    command = runtime.command("i18n", "export", "-d", database, "-o", path, ADDON)
    try:
        run(command, "Odoo could not export the translations.", env=runtime.environment())
        return normalised(path)
    finally:
        path.unlink(missing_ok=True)


def normalised(path):
    """Return the text of a template without dates, in the form that the OCA's check wants."""
    import polib

    template = polib.pofile(str(path))
    for field in UNSTABLE:
        template.metadata.pop(field, None)
    template.sort(key=lambda entry: entry.msgid)
    return str(template)


def outdated_terms(runtime, database):
    """Return what the committed template lacks or has too much, as sentences for people.

    :param odoo.Runtime runtime: what to run Odoo with
    :param str database: one that has the addon installed
    :return: list of texts, empty when the template is current
    """
    import polib

    if not TEMPLATE.exists():
        return [f"{TEMPLATE.name} is missing: ./dev pot writes it."]
    committed = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(TEMPLATE))}
    fresh = polib.pofile(export(runtime, database))
    current = {(entry.msgctxt, entry.msgid) for entry in fresh}
    lines = [f"missing: {term!r}" for _context, term in sorted(current - committed, key=str)]
    lines += [f"outdated: {term!r}" for _context, term in sorted(committed - current, key=str)]
    return [*lines, "./dev pot writes it anew."] if lines else []
