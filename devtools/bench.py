"""`./dev bench`: run the benches of `bench/` on a database of their own and print their rows."""

import json
import os
import sys
from pathlib import Path

from .console import Progress, table
from .database import Databases
from .errors import DevError
from .paths import ROOT, state
from .process import run
from .runtime import ready

#: What the references of the benches are made of, beside the addon's own dependencies.
REFERENCE_MODULES = ("repair", "sale_management")


def bench(options):
    """Run benches, print a table and write the rows to a file when asked for.

    :param options: `names` and `json`
    :raise DevError: when a bench fails
    """
    target = Path(options.json).resolve() if options.json else None
    if target and not target.parent.is_dir():
        raise DevError(f"There is no folder {target.parent} to write {target.name} to.")
    with ready() as runtime:
        databases = Databases(runtime)
        template = databases.addon_template(more=REFERENCE_MODULES)
        with databases.run_copy(template) as name:
            rows = _run(runtime, name, options.names)
    if target:
        target.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    sys.path.insert(0, str(ROOT))
    print(table(rows, _columns()))
    return 0


def _run(runtime, database, names):
    """Run the benches in an Odoo process of their own and return their rows."""
    output = state("bench") / f"{database}.jsonl"
    environment = runtime.environment(
        PYTHONPATH=os.pathsep.join([str(runtime.odoo.python_path), str(ROOT)])
    )
    lines = []
    try:
        with Progress("Benches") as progress:

            def follow(line):
                lines.append(line)
                progress.update(len(lines), line)

            run(
                [sys.executable, "-m", "bench", database, output, *names],
                "A bench failed:",
                on_line=follow,
                env=environment,
                cwd=ROOT,
            )
        return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    finally:
        output.unlink(missing_ok=True)


def _columns():
    """Return the table's columns, which the framework names; it needs no Odoo."""
    from bench.framework import COLUMNS

    return COLUMNS
