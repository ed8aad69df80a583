import contextlib
import threading

import psutil

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf

from odoo.addons.base.models.ir_actions_report import _wkhtml

#: How long the PDF engine may take for a document of care, in seconds.
ENGINE_SECONDS = 60


@contextlib.contextmanager
def engine_watched(seconds):
    """End the PDF engine that the block starts when it takes too long: Odoo waits without end.

    :param float seconds: how long it may take
    """
    timer = threading.Timer(seconds, _end_engine, [set(_engines())])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _engines():
    """Return when each PDF engine of this process began, by its ``psutil.Process``."""
    engines = {}
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "wkhtmltopdf" in " ".join(child.cmdline()[:2]):
                engines[child] = child.create_time()
    return engines


def _end_engine(others):
    """End the PDF engine that began first since a watch began: it is the one that is watched.

    :param set others: the engines that ran before
    """
    ours = {engine: begin for engine, begin in _engines().items() if engine not in others}
    if not ours:
        return
    engine = min(ours, key=ours.get)
    # What a wrapper script started holds the pipe that Odoo reads from.
    for process in [engine, *_descendants(engine)]:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _descendants(process):
    """Return what a process started, and what that started."""
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


class IrActionsReport(models.Model):
    """Documents of care come out whole or not at all, whatever the PDF engine does."""

    _inherit = "ir.actions.report"

    @api.model
    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        """Bound the engine's time on documents of care, and refuse what is no PDF.

        An engine that fails with status 1 leaves an empty file, which Odoo takes for the document.

        :raise UserError: when there is no engine, it takes too long or makes no PDF
        """

        def make(some_bodies):
            return super(IrActionsReport, self)._run_wkhtmltopdf(
                some_bodies,
                report_ref=report_ref,
                header=header,
                footer=footer,
                landscape=landscape,
                specific_paperformat_args=specific_paperformat_args,
                set_viewport_size=set_viewport_size,
            )

        if not self._is_care_document(report_ref):
            return make(bodies)
        if len(bodies) > 1 and not self._takes_several_bodies():
            return merge_pdf([self._make_document(make, [body]) for body in bodies])
        return self._make_document(make, bodies)

    @api.model
    def _make_document(self, make, bodies):
        """Return the PDF of some bodies.

        :param make: makes it with Odoo's own method
        :param list bodies: HTML of the pages
        :raise UserError: when the engine makes none
        """
        reason = ""
        try:
            with engine_watched(ENGINE_SECONDS):
                content = make(bodies)
        except OSError as error:
            # The engine is not there (any more), or the disk is full.
            content, reason = b"", str(error)
        if not content.startswith(b"%PDF"):
            raise UserError(
                self.env._(
                    "The document could not be made: try again later, or tell your administrator "
                    "that the PDF engine fails. %(reason)s",
                    reason=reason,
                ).strip()
            )
        return content

    @api.model
    def _is_care_document(self, report_ref):
        """Tell whether a report is one of care."""
        return bool(report_ref) and (self._get_report(report_ref).model or "").startswith("care.")

    @api.model
    def _takes_several_bodies(self):
        """Tell whether the PDF engine makes one document of several: Debian's build doesn't."""
        return _wkhtml().is_patched_qt
