"""The command `funnel`: what the package computes of an event log, of a plan or of a design, from a terminal.

Results go to standard output; progress, warnings and errors go to standard error, so that `--json` can be piped. The
exit code is 0 when all went well, 1 when the input cannot be used (`FunnelUtilsError`), 2 when the command line is not
understood, 3 when there is a defect in this package, and 130 when it was interrupted.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    import sys

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows a mark in its place; that is no reason to stop.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    from funnel_utils.cli.app import app

    app(prog_name="funnel")
