"""A virtual environment for each group of peers, made on first use and never shared with the course's own.

`bench/.env-engines` holds ClickHouse, polars and pandas; retentioneering asks for versions of its own and gets
`bench/.env-retention`; so does pm4py, whose licence (AGPL) keeps it out of the course's environment for good. All are
left out of git.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent

GROUPS = {
    "lifetimes": ("lifetimes==0.11.3",),
    "customers": ("lifetimes==0.11.3", "lifelines==0.30.3", "pandas==2.3.3", "pyarrow==26.0.1"),
    "engines": ("chdb==4.4.0", "polars==2.1.0", "pandas==3.1.1", "pyarrow==26.0.1"),
    "retention": ("retentioneering==5.2.4",),
    "tea": (
        *("tea-tasting==1.14.0", "ibis-framework[duckdb]==12.0.0", "duckdb==1.5.6", "sqlglot==30.17.0"),
        *("pandas==3.1.1", "pyarrow==26.0.1", "statsmodels==0.15.0"),
    ),
    "gb": ("gbstats==0.8.0", "pyarrow==19.0.1"),
    "confidence": ("spotify-confidence==4.1.0", "pyarrow==26.0.1"),
    "implicit": ("implicit==0.7.3", "scipy>=1.17"),
    "process": ("pm4py==2.7.23.11", "pyarrow==26.0.1"),
}
GROUP_OF = {
    "implicit": "implicit",
    "lifetimes": "lifetimes",
    "clickhouse": "engines",
    "polars_windows": "engines",
    "pandas_windows": "engines",
    "retention": "retention",
    "retentioneering": "retention",
    "pm4py": "process",
    "tea": "tea",
    "gb": "gb",
    "confidence": "confidence",
    "retention_lifetimes": "customers",
    "retention_lifelines": "customers",
}


def python_for(peer: str) -> Path:
    """The interpreter that runs `peer`; its environment is made where it is missing or asks for other versions."""
    if peer == "ours":
        return Path(sys.executable)
    group = GROUP_OF[peer]
    folder = HERE / f".env-{group}"
    stamp = folder / "installed.txt"
    wanted = "\n".join(GROUPS[group])
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"Making {folder.name} for {', '.join(GROUPS[group])}: a few minutes, once.", flush=True)
        _install(folder, python, GROUPS[group])
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _install(folder: Path, python: Path, packages: tuple[str, ...]) -> None:
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    shutil.rmtree(folder, ignore_errors=True)
    if uv is None:
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        return
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *packages], check=True)
