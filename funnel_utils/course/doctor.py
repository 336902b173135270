"""What is wrong with an installation, and how to mend it: `make doctor` or `funnel doctor`.

The doctor is called when something does not work, so nothing that may be broken is imported at the top: everything is
looked at inside the check that is about it, and a check that itself stops is one more finding. `run_checks` returns the
findings in the order in which to mend them; `main` prints them and fails if one is wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from funnel_utils.text import t

Status = Literal["ok", "warn", "fail"]

HOUSE = Path(__file__).resolve().parents[2]
PYTHONS = ((3, 11), (3, 13))
PORT = 8888
LITTLE_SPACE_GB, TOO_LITTLE_SPACE_GB = 3.0, 0.5
WIDGETS = "@jupyter-widgets/jupyterlab-manager"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
INSTALL_BROWSER = "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install --yes chromium"


@dataclass(frozen=True)
class Check:
    """One finding.

    Parameters
    ----------
    name : str
        What was looked at.
    status : {"ok", "warn", "fail"}
        In order; works, with something to know; must be mended.
    found : str
        What was found.
    mend : str
        What to do; empty where nothing is to be done.
    """

    name: str
    status: Status
    found: str
    mend: str = ""


def run_checks(port: int = PORT) -> list[Check]:
    """Look at everything, in the order in which to mend it.

    Parameters
    ----------
    port : int
        The port on which JupyterLab is to listen.

    Examples
    --------
    >>> from funnel_utils.course.doctor import run_checks
    >>> run_checks()[0].name
    'Python'
    """
    found: list[Check] = []
    looks: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("lock", _lock),
        ("engine", _engine),
        ("kernel", _kernel),
        ("widgets", _widgets),
        ("cache", _cache),
        ("data", _data),
        ("notebooks", _notebooks),
        ("disk", _disk),
        ("port", lambda: _port(port)),
        ("browser", _browser),
    ]
    for topic, look in looks:
        try:
            found += look()
        except Exception as error:  # whatever stops a check is what the reader has to know
            said = t("doctor.crashed", error=type(error).__name__, message=str(error).split("\n")[0][:160])
            name = t(f"doctor.{topic}", port=port) if topic == "port" else t(f"doctor.{topic}")
            found.append(Check(name, "fail", said, t("doctor.crashed.mend")))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings; 1 if something must be mended, else 0. The only argument is a port to look at."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    checks = run_checks(int(given[0]) if given and given[0].isdigit() else PORT)
    try:
        _print_table(checks)
    except ImportError:
        print(as_text(checks))
    return int(any(check.status == "fail" for check in checks))


def as_text(checks: Sequence[Check]) -> str:
    """The findings as plain lines, for a terminal without anything installed."""
    lines = [t("doctor.title"), ""]
    for check in checks:
        lines.append(f"  {t(f'doctor.status.{check.status}'):6} {check.name}: {check.found}")
        lines += [f"         -> {check.mend}"] if check.mend else []
    return "\n".join([*lines, "", verdict(checks)])


def verdict(checks: Sequence[Check]) -> str:
    """One sentence.

    Examples
    --------
    >>> verdict([Check("Python", "ok", "3.13.0")])
    'Everything is in order.'
    """
    wrong = sum(check.status == "fail" for check in checks)
    notes = sum(check.status == "warn" for check in checks)
    if wrong:
        return t("doctor.verdict.fail", wrong=wrong)
    return t("doctor.verdict.warn", notes=notes) if notes else t("doctor.verdict.ok")


def find_browser() -> str | None:
    """The path of the Chromium or Chrome that tests drive: the one that `CHROMIUM` names, else the first there is."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ((named,) if named else BROWSERS))
    return next((path for path in found if path), None)


def _print_table(checks: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    table = Table(title=t("doctor.title"), title_justify="left")
    for column in ("", t("doctor.column.check"), t("doctor.column.found"), t("doctor.column.mend")):
        table.add_column(column, overflow="fold")
    for check in checks:
        status = Text(t(f"doctor.status.{check.status}"), style=colours[check.status])
        table.add_row(status, Text(check.name), Text(check.found), Text(check.mend))
    console = Console()
    console.print(table)
    console.print(Text(verdict(checks)))


def _python() -> Iterator[Check]:
    version = sys.version.split()[0]
    found = t("doctor.python.found", version=version, path=sys.executable)
    good = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
    yield Check(t("doctor.python"), "ok" if good else "fail", found, "" if good else t("doctor.python.mend"))


def _packages() -> Iterator[Check]:
    wanted = _wanted()
    problems = []
    for name, bounds in wanted:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            problems.append(t("doctor.packages.missing", name=name, bounds=bounds))
            continue
        if not _within(version, bounds):
            problems.append(t("doctor.packages.outside", name=name, version=version, bounds=bounds))
    name = t("doctor.packages")
    for problem in problems:
        yield Check(name, "fail", problem, t("doctor.packages.mend"))
    if not problems:
        yield Check(name, "ok", t("doctor.packages.ok", count=len(wanted)))


def _wanted() -> list[tuple[str, str]]:
    """What the package and the course require, names with bounds: from pyproject.toml, else the installed package."""
    project = HOUSE / "pyproject.toml"
    if project.is_file():
        import tomllib

        described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        lines = described["dependencies"] + described["optional-dependencies"]["course"]
    else:
        lines = [line for line in metadata.requires("funnel_utils") or [] if "extra" not in line or "course" in line]
    split = (re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*([^;]*)", line) for line in lines)
    return [(found[1], found[2].strip()) for found in split if found]


def _within(version: str, bounds: str) -> bool:
    """Whether a version keeps bounds made of `>=`, `<` and `==`; `packaging` may be what is missing.

    Examples
    --------
    >>> _within("1.10.2", ">=1.9,<2"), _within("2.0", ">=1.9,<2"), _within("2.0.0rc1", ">=2")
    (True, False, True)
    """
    number = _number(version)
    for operator, limit in re.findall(r"(>=|==|<)\s*([\d.]+)", bounds):
        width = max(len(number), len(_number(limit)))
        left, right = (value + (0,) * (width - len(value)) for value in (number, _number(limit)))
        if not {">=": left >= right, "==": left == right, "<": left < right}[operator]:
            return False
    return True


def _number(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _lock() -> Iterator[Check]:
    lock = HOUSE / "requirements.lock"
    if not lock.is_file():
        return
    pinned: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE):
        pinned.setdefault(name, set()).add(version)
    present = {str(one.metadata["Name"]).lower().replace("_", "-"): one.version for one in metadata.distributions()}
    differing = [f"{name} {present[name]}" for name in pinned if name in present and present[name] not in pinned[name]]
    name = t("doctor.lock")
    if differing:
        examples = ", ".join(differing[:3])
        found = t("doctor.lock.differ", count=len(differing), examples=examples)
        yield Check(name, "warn", found, t("doctor.lock.mend"))
    else:
        yield Check(name, "ok", t("doctor.lock.ok"))


def _engine() -> Iterator[Check]:
    from funnel_utils import EventLog, Funnel

    log = EventLog.from_story({"ana": ["visit@0", "purchase@5m"], "ben": ["visit@0"]}, start="2026-01-01")
    steps = Funnel(["visit", "purchase"], window="1d").run(log).steps
    entered, converted = (int(units) for units in steps["units"])
    good = (entered, converted) == (2, 1)
    found = t("doctor.engine.ok" if good else "doctor.engine.wrong", entered=entered, converted=converted)
    yield Check(t("doctor.engine"), "ok" if good else "fail", found, "" if good else t("doctor.engine.mend"))


def _kernel() -> Iterator[Check]:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    name = t("doctor.kernel")
    mend = t("doctor.kernel.mend", python=sys.executable)
    try:
        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        yield Check(name, "fail", t("doctor.kernel.missing"), mend)
        return
    # A bare "python" means the Python that starts Jupyter.
    ours = program in ("python", "python3") or Path(program).resolve() == Path(sys.executable).resolve()
    if ours:
        yield Check(name, "ok", t("doctor.kernel.ok"))
    else:
        yield Check(name, "warn", t("doctor.kernel.other", path=program), mend)


def _widgets() -> Iterator[Check]:
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    name = t("doctor.widgets")
    if not any((Path(folder) / WIDGETS / "package.json").is_file() for folder in jupyter_path("labextensions")):
        mend = t("doctor.widgets.missing.mend", python=sys.executable)
        yield Check(name, "fail", t("doctor.widgets.missing"), mend)
        return
    for folder in jupyter_config_path():
        path = Path(folder) / "labconfig" / "page_config.json"
        settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if settings.get("disabledExtensions", {}).get(WIDGETS):
            mend = t("doctor.widgets.disabled.mend", python=sys.executable)
            yield Check(name, "fail", t("doctor.widgets.disabled", path=path), mend)
            return
    yield Check(name, "ok", t("doctor.widgets.ok"))


def _cache() -> Iterator[Check]:
    named = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(named) if named else Path(__file__).resolve().parents[1] / "funnel"
    name = t("doctor.cache")
    try:
        with tempfile.TemporaryFile(dir=folder):
            yield Check(name, "ok", t("doctor.cache.ok", path=folder))
    except OSError:
        yield Check(name, "warn", t("doctor.cache.readonly", path=folder), t("doctor.cache.mend"))


def _data() -> Iterator[Check]:
    import pyarrow.parquet as pq

    from funnel_utils.synthetic.shipped import EVENTS_FILE, data_file, stored_fingerprint

    name = t("doctor.data")
    path = data_file(EVENTS_FILE)
    rows = pq.read_metadata(path).num_rows
    described = path.with_name("DATA.md")
    if not described.is_file():
        yield Check(name, "ok", t("doctor.data.drawn", rows=rows))
    elif stored_fingerprint(path) in described.read_text(encoding="utf-8"):
        yield Check(name, "ok", t("doctor.data.ok", rows=rows))
    else:
        yield Check(name, "fail", t("doctor.data.changed", path=path), t("doctor.data.mend"))


def _notebooks() -> Iterator[Check]:
    name = t("doctor.notebooks")
    lessons = [path for path in sorted((HOUSE / "lessons").glob("*.md")) if not path.name.startswith("_")]
    if not lessons:
        yield Check(name, "ok", t("doctor.notebooks.none"))
        return
    stale = [path.stem for path in lessons if not _is_fresh(path)]
    if stale:
        found = t("doctor.notebooks.stale", names=", ".join(stale))
        yield Check(name, "warn", found, t("doctor.notebooks.mend"))
    else:
        yield Check(name, "ok", t("doctor.notebooks.ok", count=len(lessons)))


def _is_fresh(lesson: Path) -> bool:
    """Whether the notebooks are there and carry the hash of the lesson's present text (see tools/build.py)."""
    built = [HOUSE / "notebooks" / edition / f"{lesson.stem}.ipynb" for edition in ("student", "instructor")]
    if not all(path.is_file() for path in built):
        return False
    carried = json.loads(built[1].read_text(encoding="utf-8"))["metadata"].get("source_sha256")
    return bool(carried == hashlib.sha256(lesson.read_text(encoding="utf-8").encode()).hexdigest())


def _disk() -> Iterator[Check]:
    free = shutil.disk_usage(HOUSE).free / 1e9
    status: Status = "fail" if free < TOO_LITTLE_SPACE_GB else "warn" if free < LITTLE_SPACE_GB else "ok"
    mend = "" if status == "ok" else t("doctor.disk.mend")
    yield Check(t("doctor.disk"), status, t("doctor.disk.found", free=free), mend)


def _port(port: int) -> Iterator[Check]:
    name = t("doctor.port", port=port)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            yield Check(name, "warn", t("doctor.port.taken"), t("doctor.port.mend", other=port + 1))
            return
    yield Check(name, "ok", t("doctor.port.ok"))


def _browser() -> Iterator[Check]:
    path = find_browser()
    name = t("doctor.browser")
    if path:
        yield Check(name, "ok", path)
    else:
        mend = t("doctor.browser.mend", command=INSTALL_BROWSER)
        yield Check(name, "warn", t("doctor.browser.missing"), mend)


if __name__ == "__main__":
    raise SystemExit(main())
