"""Files that a command writes: the ending of a name says what is in it, and is looked at before any work begins."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from funnel_utils.cli.spelling import CommandError, long_name
from funnel_utils.text import t

PAGE = (".html", ".htm")
TABLE = (".csv", ".parquet")


class Writes:
    """What the file of an option may be; it stands beside the option in the annotation of a command's parameter.

    Examples
    --------
    >>> Writes(".png", *TABLE).endings
    ('.png', '.csv', '.parquet')
    """

    def __init__(self, *endings: str) -> None:
        self.endings = endings


def check_files(command: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Refuse a file that `command` could not or should not write.

    Raises
    ------
    CommandError
        If its ending is of another kind, its folder is not there, or it is one that the command reads.
    """
    to_write: list[tuple[str, Path, Writes]] = []
    to_read = [*(given.get("logs") or ()), *([given["log"]] if "log" in given else [])]
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        extra = getattr(parameter.annotation, "__metadata__", ())
        path = given.get(parameter.name)
        writes = next((one for one in extra if isinstance(one, Writes)), None)
        if isinstance(path, Path) and writes is not None:
            to_write.append((f"{long_name(extra)} {path}".strip(), path, writes))
        elif isinstance(path, Path):
            to_read.append(path)
    read = {Path(one).resolve() for one in to_read}
    for said, path, writes in to_write:
        if path.suffix.lower() not in writes.endings:
            raise CommandError(t("cli.file.ending", said=said, endings=", ".join(writes.endings)))
        if not path.parent.is_dir():
            raise CommandError(t("cli.file.folder", said=said, folder=path.parent))
        if path.resolve() in read:
            raise CommandError(t("cli.file.same", said=said))


def written(*paths: Path | None) -> dict[str, list[str]]:
    """The files that were written, for a program."""
    names = [str(path) for path in paths if path is not None]
    return {"written": names} if names else {}


def tell_written(*paths: Path | None) -> None:
    """The files that were written, for a reader."""
    from funnel_utils.cli.guard import out

    for path in paths:
        if path is not None:
            out().print(t("cli.written", path=path), markup=False)


def write_table(result: Any, path: Path) -> Path:
    """`result` as CSV or Parquet, by the ending."""
    written: Path = result.to_parquet(path) if path.suffix.lower() == ".parquet" else result.to_csv(path)
    return written


def write_chart_or_table(result: Any, path: Path) -> Path:
    """The picture of `result` as PNG, or its table, by the ending."""
    if path.suffix.lower() != ".png":
        return write_table(result, path)
    from funnel_utils import charts

    path.write_bytes(charts.to_png(result.plot()))
    return path
