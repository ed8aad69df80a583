"""What benches are made of: registration, measuring, and rows with ratios."""

import contextlib
import dataclasses
import gc
import time

#: Name → function, filled by `bench`.
BENCHES = {}

COLUMNS = (
    ("bench", "bench"),
    ("n", "orders"),
    ("what", "what"),
    ("ms", "ms each"),
    ("rate", "per second"),
    ("queries", "queries each"),
    ("reference", "reference"),
    ("ratio_ms", "× time"),
    ("ratio_queries", "× queries"),
)


def bench(function):
    """Register a bench under its function's name.

    :param function: takes an Odoo environment, yields rows as `row` makes them
    """
    BENCHES[function.__name__] = function
    return function


@dataclasses.dataclass
class Measure:
    """What a block took: seconds, and SQL queries on its cursor."""

    seconds: float = 0.0
    queries: int = 0


@contextlib.contextmanager
def measured(env):
    """Measure a block, everything that it left to be flushed included.

    :param odoo.api.Environment env: whose cursor counts the queries
    """
    env.flush_all()
    gc.collect()
    result = Measure()
    before, started = env.cr.sql_log_count, time.perf_counter()
    yield result
    env.flush_all()
    result.seconds = time.perf_counter() - started
    result.queries = env.cr.sql_log_count - before


@contextlib.contextmanager
def fresh(env):
    """Give an environment on a transaction of its own that is rolled back at the end.

    Caches of the registry stay warm, as they are in a running server; those of records don't.
    """
    with env.registry.cursor() as cursor:
        yield env(cr=cursor)
        cursor.rollback()


def best(measures):
    """Return the quickest of several runs: whatever made the others slower was not the code."""
    return min(measures, key=lambda measure: measure.seconds)


def compare(env, name, count, paths, repeats, reference):
    """Measure several ways to do the same, in turns, and yield a row for each.

    Taking turns lets a busy machine slow all of them alike.

    :param odoo.api.Environment env: each run gets a transaction of its own from it
    :param str name: the bench's
    :param int count: how many orders one run makes
    :param dict paths: what → class with `prepare(env, count)` and `run(env, prepared)`
    :param int repeats: how many runs of each
    :param str reference: the one that the ratios are against
    """
    measures = {what: [] for what in paths}
    for _turn in range(repeats):
        for what, path in paths.items():
            with fresh(env) as clean:
                prepared = path.prepare(clean, count)
                clean.flush_all()
                clean.invalidate_all()
                with measured(clean) as result:
                    path.run(clean, prepared)
            measures[what].append(result)
    base = best(measures[reference])
    for what in paths:
        yield row(name, count, what, best(measures[what]), reference, base)


def row(name, count, what, result, reference=None, base=None):
    """Return one result, per order.

    :param str name: the bench's
    :param int count: how many orders the measure is of
    :param str what: what was measured
    :param Measure result: its measure
    :param str reference: what it is compared with
    :param Measure base: that one's measure
    """
    return {
        "bench": name,
        "n": count,
        "what": what,
        "ms": round(result.seconds * 1000 / count, 2),
        "rate": round(count / result.seconds, 1) if result.seconds else None,
        "queries": round(result.queries / count, 2),
        "reference": reference,
        "ratio_ms": round(result.seconds / base.seconds, 2) if base else None,
        "ratio_queries": round(result.queries / base.queries, 2) if base else None,
    }
