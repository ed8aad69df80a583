"""What `./dev` prints: messages, progress bars and tables; all but results go to stderr."""

import sys
import time

BAR_WIDTH = 28
#: Without a terminal, a long step prints a line each time it got this much further.
SPARSE_STEP = 0.25


def say(message=""):
    """Print one line for the reader."""
    print(message, file=sys.stderr, flush=True)


def megabytes(count):
    """Return `count` bytes as megabytes for people."""
    return f"{count / 1e6:.0f} MB"


class Progress:
    """A progress bar on a terminal, a few lines elsewhere.

    Use it as a context manager and call `update`; it prints how long the step took when it ends.

    :param str label: what is being done
    :param total: the number of bytes or things to do, None or 0 when unknown
    :param show: how to print a number (`megabytes`, or `str` for a count)
    """

    def __init__(self, label, total=None, show=str):
        self.label = label
        self.total = total
        self.show = show
        self.done = 0
        self.started = time.monotonic()
        self.is_terminal = sys.stderr.isatty()
        self._last_share = 0.0
        self._last_drawn = 0.0

    def __enter__(self):
        if self.is_terminal:
            self._draw("")
        else:
            say(f"{self.label} …" + (f" ({self.show(self.total)})" if self.total else ""))
        return self

    def __exit__(self, kind, error, trace):
        seconds = time.monotonic() - self.started
        if self.is_terminal:
            sys.stderr.write("\r\x1b[K")
        if kind is None:
            amount = self.show(self.total or self.done) if (self.total or self.done) else ""
            say(f"{self.label}: {amount + ', ' if amount else ''}{seconds:.0f} s")

    def update(self, done, detail="", total=None):
        """Say that `done` of the total is done.

        :param done: in the unit of the total
        :param str detail: what is being worked on now, shown behind the bar
        :param total: a better total, when it became known
        """
        self.done = done
        if total:
            self.total = total
        now = time.monotonic()
        if self.is_terminal:
            if now - self._last_drawn > 0.1:
                self._last_drawn = now
                self._draw(detail)
        elif self.total:
            share = min(1.0, done / self.total)
            if share - self._last_share >= SPARSE_STEP and share < 1:
                self._last_share = share
                say(f"  {self.label}: {self.show(done)} of {self.show(self.total)}")

    def _draw(self, detail):
        seconds = time.monotonic() - self.started
        if self.total:
            share = min(1.0, self.done / self.total)
            filled = round(share * BAR_WIDTH)
            bar = "█" * filled + "░" * (BAR_WIDTH - filled)
            amount = f"{self.show(self.done)} / {self.show(self.total)}"
        else:
            bar = "·" * (int(seconds * 4) % BAR_WIDTH)
            bar = f"{bar:<{BAR_WIDTH}}"
            amount = self.show(self.done) if self.done else f"{seconds:.0f} s"
        line = f"{self.label} {bar} {amount} {detail}"
        sys.stderr.write("\r\x1b[K" + line[: self._columns() - 1])
        sys.stderr.flush()

    @staticmethod
    def _columns():
        import shutil

        return shutil.get_terminal_size().columns


def table(rows, columns):
    """Return `rows` as an aligned text table.

    :param rows: list of dicts
    :param columns: list of (key, title); numbers are aligned right
    :return: the text, without a closing newline
    """
    cells = [[title for _key, title in columns]]
    cells += [[_cell(row.get(key)) for key, _title in columns] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    is_number = [
        all(isinstance(row.get(key), (int, float, type(None))) for row in rows)
        for key, _title in columns
    ]
    lines = []
    for line in cells:
        lines.append(
            "  ".join(
                text.rjust(width) if right else text.ljust(width)
                for text, width, right in zip(line, widths, is_number)
            ).rstrip()
        )
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return str(value)
