"""The command line of `./dev`."""

import argparse
import signal
import sys
import traceback

from . import errors
from .console import say
from .errors import DevError, Interrupted

DESCRIPTION = "Run, test and measure Cartier Care in a real Odoo 19."


def parser():
    """Return the parser of all commands; each sets `run`, a function of the parsed arguments."""
    main_parser = argparse.ArgumentParser(prog="./dev", description=DESCRIPTION)
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="start Odoo with the addon and its demo data")
    serve.add_argument("--port", type=port, default=8069, help="on 127.0.0.1 (default: 8069)")
    _add_database(serve)
    serve.add_argument("--reset", action="store_true", help="begin again with fresh demo data")
    serve.set_defaults(run=lambda options: _commands("serve").serve(options))

    test = commands.add_parser(
        "test",
        help="lint, check installation and update, and run every test",
        description="Without arguments: everything. With arguments: lint-free, what pytest is "
        "given, in one process, for instance `./dev test -k portal -x`.",
        add_help=False,
    )
    test.set_defaults(run=lambda options: _commands("test").test(options.rest))

    lint = commands.add_parser("lint", help="check the style of everything")
    lint.add_argument("--fix", action="store_true", help="correct what can be corrected")
    lint.set_defaults(run=lambda options: _commands("lint").lint(options.fix))

    shell = commands.add_parser("shell", help="open Odoo's Python shell on the database")
    _add_database(shell)
    shell.set_defaults(run=lambda options: _commands("serve").shell(options))

    psql = commands.add_parser("psql", help="open psql on the database")
    _add_database(psql)
    psql.set_defaults(run=lambda options: _commands("serve").psql(options))

    update = commands.add_parser("update", help="load the addon's changed files into the database")
    _add_database(update)
    update.set_defaults(run=lambda options: _commands("serve").update(options))

    pot = commands.add_parser("pot", help="write the addon's translation template anew")
    pot.set_defaults(run=lambda options: _commands("translations").write_template())

    bench = commands.add_parser("bench", help="measure time and queries of the main job")
    bench.add_argument("names", nargs="*", metavar="NAME", help="which benches (default: all)")
    bench.add_argument("--json", metavar="FILE", help="also write the rows to FILE")
    bench.set_defaults(run=lambda options: _commands("bench").bench(options))

    shots = commands.add_parser("shots", help="take pictures of screens, pages and documents")
    shots.add_argument("filter", nargs="?", default="", help="only those whose name has this in it")
    shots.set_defaults(run=lambda options: _commands("shots").shots(options))
    return main_parser


def port(text):
    """Return a port number from the command line."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError(text)
    return number


def _add_database(command):
    command.add_argument("--db", default="cartier_care", help="database (default: cartier_care)")


def _commands(name):
    """Import a command's module; it may use the venv's packages, which the entry must not."""
    from importlib import import_module

    return import_module(f"devtools.{name}")


def main(arguments):
    """Run one command.

    :param list arguments: the command line without the program's name
    :return: the exit status
    """
    # Shells have background jobs ignore SIGINT, which would hold for all that we start too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    # What follows `test` is pytest's: argparse would take its options for its own.
    own, rest = (arguments[:1], arguments[1:]) if arguments[:1] == ["test"] else (arguments, [])
    options = parser().parse_args(own)
    options.rest = rest
    try:
        from .venv import enter

        options.venv = enter()
        return options.run(options) or 0
    except DevError as error:
        say(f"dev: {error}")
    except KeyboardInterrupt:
        say("dev: interrupted.")
        return 128 + signal.SIGINT
    except Interrupted:
        say("dev: ended.")
        return 128 + signal.SIGTERM
    except OSError as error:
        told = errors.explain_os_error(error)
        if not told:
            traceback.print_exc(file=sys.stderr)
        say(f"dev: {told or error}")
    return 1


def _interrupt(_number, _frame):
    # Once is enough: what is being ended must not be interrupted by a second signal.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise Interrupted
