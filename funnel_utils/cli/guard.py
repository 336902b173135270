"""What every command shares: two consoles, progress for work that takes a while, and errors without tracebacks."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console

from funnel_utils.cli.files import check_files
from funnel_utils.cli.spelling import CommandError, spelled, spellings
from funnel_utils.errors import FunnelUtilsError
from funnel_utils.text import t

P = ParamSpec("P")
R = TypeVar("R")

BAD_INPUT, DEFECT, INTERRUPTED = 1, 3, 130
#: Work that takes longer than this (seconds) says what it is doing.
PATIENCE = 2.0
TRACEBACK = "FUNNEL_TRACEBACK"
#: The command that runs: what the package says of arguments is told in its options.
_running: ContextVar[Callable[..., Any] | None] = ContextVar("running", default=None)


def out() -> Console:
    """Where results go."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """Where progress, warnings and errors go."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=not sys.stderr.isatty())


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """`command`, with its errors told in a line and turned into exit codes."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        _running.set(command)
        try:
            check_files(command, kwargs)
            return command(*args, **kwargs)
        except FunnelUtilsError as error:
            message = str(error)
            _complain(t("cli.error", message=message if isinstance(error, CommandError) else in_options(message)))
            raise typer.Exit(BAD_INPUT) from None
        except KeyboardInterrupt:
            _complain(t("cli.interrupted"))
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of our output has gone (`funnel show … | head`); there is nobody left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except OSError as error:
            if os.environ.get(TRACEBACK) or error.filename is None:
                raise
            _complain(t("cli.error", message=t("cli.file.failed", path=error.filename, why=error.strerror)))
            raise typer.Exit(BAD_INPUT) from None
        except Exception as error:
            if os.environ.get(TRACEBACK):
                raise
            said = " ".join(str(error).split())[:500]
            _complain(t("cli.defect", kind=type(error).__name__, message=said, variable=TRACEBACK))
            raise typer.Exit(DEFECT) from None

    return run


def in_options(message: str) -> str:
    """A message of the package in the words of the running command."""
    command = _running.get()
    return message if command is None else spelled(message, spellings(command))


def warn(warnings: Iterable[str]) -> None:
    """Tell what to know about a result, on standard error."""
    for warning in warnings:
        err().print(t("cli.warning", message=in_options(warning)), style="yellow", markup=False)


def _complain(message: str) -> None:
    err().print(message, style="bold red", markup=False)


@contextmanager
def working(doing: str) -> Iterator[Callable[[str], None]]:
    """Says on standard error what is being done, once it has taken two seconds; yields a way to say what comes next.

    On a terminal a line with the time that goes by; elsewhere one line a change.
    """
    console = err()
    with _spinner(console, doing) if console.is_terminal else _lines(console, doing) as tell:
        yield tell


@contextmanager
def _lines(console: Console, doing: str) -> Iterator[Callable[[str], None]]:
    late = threading.Event()
    current = [doing]

    def say() -> None:
        console.print(f"{current[0]} …", markup=False)

    def start() -> None:
        late.set()
        say()

    def tell(what: str) -> None:
        current[0] = what
        if late.is_set():
            say()

    with _after(PATIENCE, start):
        yield tell


@contextmanager
def _spinner(console: Console, doing: str) -> Iterator[Callable[[str], None]]:
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    shown = Progress(*columns, console=console, transient=True)
    task = shown.add_task(escape(doing))
    try:
        with _after(PATIENCE, shown.start):
            yield lambda what: shown.update(task, description=escape(what))
    finally:
        shown.stop()


@contextmanager
def _after(seconds: float, do: Callable[[], None]) -> Iterator[None]:
    """Does `do` if what happens inside takes longer than `seconds`."""
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # It may have just begun: whoever comes next can rely on its being over.
        timer.join()
