"""Where a page goes: a place that can be written to, and the whole page or none."""

from __future__ import annotations

import os
from pathlib import Path

from funnel_utils.errors import FunnelUtilsError


def writable(path: str | os.PathLike[str]) -> Path:
    """The file to write, looked at before any work begins.

    Raises
    ------
    FunnelUtilsError
        If it is a folder, or its folder does not exist.
    """
    target = Path(path)
    if target.is_dir():
        raise FunnelUtilsError(f"{target} is a folder; give the name of an HTML file in it.")
    if not target.parent.is_dir():
        raise FunnelUtilsError(f"The folder {target.parent} does not exist; make it, or write elsewhere.")
    return target


def write_whole(target: Path, document: str) -> Path:
    """Write beside the target and rename, so that nobody ever sees half a page.

    Raises
    ------
    FunnelUtilsError
        If it cannot be written.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.write_text(document, encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise FunnelUtilsError(f"{target} cannot be written: {error.strerror}. Choose another place.") from error
    finally:
        beside.unlink(missing_ok=True)
    return target
