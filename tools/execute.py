"""Running a notebook so that the same source and code leave the same outputs.

A run has a finite timeout, a kernel of this very Python, a fixed hash seed, UTC, and sockets in the file system (two
kernels starting at once have collided on TCP ports). What differs from run to run is taken out afterwards: times,
widget models with their random names, and the metadata inside PNG files. Images themselves are kept, but never compared
byte for byte: another CPU may round a curve's last bit differently (see docs/decisions).
"""

from __future__ import annotations

import base64
import copy
import hashlib
import os
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode, from_dict
from traitlets.config import Config

CELL_SECONDS = 120
#: Notebooks that run at once. One is idle half of its time, and a kernel with all it loads takes about 0.7 GB.
AT_ONCE = 2
#: Libraries for linear algebra wait for each other in a loop; with several kernels at once that waiting is what takes
#: the time (a clustering of two seconds took two minutes).
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
IMAGES = ("image/png", "image/jpeg", "image/svg+xml")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs"})


def execute(notebook: NotebookNode, directory: Path) -> NotebookNode:
    """A copy of the notebook, run from top to bottom in `directory`, with outputs that do not depend on the run.

    Raises
    ------
    nbclient.exceptions.CellExecutionError, CellTimeoutError
        If a cell raises, or takes longer than `CELL_SECONDS`.
    """
    done = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        client = NotebookClient(
            done,
            timeout=CELL_SECONDS,
            startup_timeout=60,
            kernel_name="python3",
            config=Config({"KernelManager": _channels(sockets)}),
            resources={"metadata": {"path": str(directory)}},
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
        )
        client.execute(env={**os.environ, **ONE_THREAD, "PYTHONHASHSEED": "0", "TZ": "UTC"})
    done["metadata"] = copy.deepcopy(notebook.metadata)
    for cell in done.cells:
        if cell.cell_type == "code":
            cell["outputs"] = [_settled(output, cell) for output in cell.outputs if _is_shown(output)]
    return done


def _channels(directory: str) -> dict[str, str]:
    """Sockets by absolute path: left to itself, the manager names them relative to a directory the kernel is not in."""
    return {} if sys.platform == "win32" else {"transport": "ipc", "ip": str(Path(directory) / "channel")}


def _is_shown(output: NotebookNode) -> bool:
    return "data" not in output or set(output.data) != {WIDGET_VIEW}


def _settled(output: NotebookNode, cell: NotebookNode) -> NotebookNode:
    """The output without what is random, and with the cell's alt text on its image."""
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        for kind in IMAGES:
            if kind in output.data and "alt" in cell.metadata:
                output.metadata[kind] = from_dict({**output.metadata.get(kind, {}), "alt": cell.metadata["alt"]})
        if "image/png" in output.data:
            output.data["image/png"] = _bare_png(output.data["image/png"])
    return output


def _bare_png(encoded: str) -> str:
    """The same picture without the chunks that name a program, a date or a person."""
    raw = base64.b64decode(encoded)
    if not raw.startswith(_PNG_SIGNATURE):
        return encoded
    kept, position = [_PNG_SIGNATURE], len(_PNG_SIGNATURE)
    while position < len(raw):
        length, kind = struct.unpack(">I4s", raw[position : position + 8])
        body = raw[position + 8 : position + 8 + length]
        if kind in _PNG_KEPT:
            checksum = zlib.crc32(kind + body)
            kept.append(struct.pack(">I", length) + kind + body + struct.pack(">I", checksum))
        position += length + 12
    return base64.b64encode(b"".join(kept)).decode("ascii")


def comparable(notebook: NotebookNode) -> dict[str, Any]:
    """The notebook as plain data in which an image is only its kind: what two builds must agree on."""
    plain = copy.deepcopy(notebook)
    for cell in plain.cells:
        for output in cell.get("outputs", []):
            for kind in IMAGES:
                if kind in output.get("data", {}):
                    output.data[kind] = "an image"
    return dict(plain)


def source_hash(text: str) -> str:
    """The hash of a source that its executed notebook carries, to know at once whether it is stale."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
