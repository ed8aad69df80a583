"""Run benches inside Odoo: `python -m bench DATABASE OUTPUT [NAME …]`, started by `./dev bench`."""

import importlib
import json
import logging
import pkgutil
import sys

import odoo.tools
from odoo.api import Environment
from odoo.modules.registry import Registry

import bench
from bench.framework import BENCHES


def main(database, output, names):
    """Run the benches and write each row to `output` as soon as it is known.

    :param str database: the name of a database with everything that the benches need
    :param str output: a file that gets one JSON object per line
    :param list names: which benches; all when empty
    :return: the exit status
    """
    odoo.tools.config.parse_config(
        ["-d", database, "--no-http", "--log-level=error", "--max-cron-threads=0"],
        setup_logging=True,
    )
    # Posting invoices in bulk says much that nobody reads here.
    logging.getLogger("odoo").setLevel(logging.ERROR)
    for module in pkgutil.iter_modules(bench.__path__):
        importlib.import_module(f"bench.{module.name}")
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"There is no bench {', '.join(sorted(unknown))}: {', '.join(sorted(BENCHES))}.")
        return 2
    registry = Registry(database)
    with registry.cursor() as cursor:
        admin = Environment(cursor, odoo.api.SUPERUSER_ID, {}).ref("base.user_admin")
        env = Environment(cursor, admin.id, {"lang": "en_US", "tz": "UTC"})
        with open(output, "w", encoding="utf-8") as stream:
            for name in names or sorted(BENCHES):
                for row in BENCHES[name](env):
                    stream.write(json.dumps(row) + "\n")
                    stream.flush()
                    print(f"{row['bench']} {row['n']} {row['what']}", flush=True)
        cursor.rollback()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
