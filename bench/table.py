"""`RESULTS.md`: the measured runs as tables, and the goals with what was found, met or missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from statistics import median

import machine
from figures import Key, agrees, groups, middle, paired, references, slope
from processes import Run

NAMES = {
    "ours": "**funnel_utils**",
    "clickhouse": "ClickHouse `windowFunnel` (chdb)",
    "polars_windows": "polars",
    "pandas_windows": "pandas",
    "retention": "retentioneering 5",
}

OPENING = """\
# Funnel benchmark

visit > view_product > add_to_cart > purchase within 7 days, each user at the deepest attempt, on generated logs in
Parquet (13 columns, integer user ids, about 12 events a user, some rows without a user). This file is written by
`make bench`; how it measures is in `README.md`. Sizes may have been measured one after the other (`KEEP=1`), with
changes to the code in between; engines are always compared within one size.

"""

READING = """\
`time`: from the files to the four counts, in a process that has answered the question on a small log before; median of
the rounds, with the smallest and the largest. `ratio`: time over that of funnel_utils in the same round, median. `CPU`:
processor seconds of the whole process. `peak`: largest resident memory of the process (1 GB = 10^9 bytes). `answer`:
whether the four counts are those of funnel_utils. `load average` is over one minute; the runs themselves add to it, and
what is above the number of processors is other work, which slows every engine down.
"""


def render(runs: Sequence[Run], imports: Sequence[float]) -> tuple[str, bool]:
    """The text of the file, and whether every answer agreed."""
    found = groups(runs)
    expected = references(runs)
    equal = all(agrees(run, expected) for run in runs)
    parts = [
        OPENING,
        f"Taken {datetime.now(UTC):%Y-%m-%d} on: {machine.describe()}.\n\n",
        f"Versions: {_versions(runs)}.\n\n",
        _goals(found, imports),
        "## All engines\n\n",
        READING,
        *(_peers(found, expected, events) for events in sorted({run.events for run in runs})),
        _limits(found, expected),
        _growth(found),
        _imports(imports),
    ]
    return "".join(part for part in parts if part).rstrip() + "\n", equal


def _versions(runs: Iterable[Run]) -> str:
    found: dict[str, dict[str, str]] = {}
    for run in runs:
        found.setdefault(run.peer, {}).update(run.versions)
    told = {NAMES[peer]: ", ".join(f"{name} {number}" for name, number in found[peer].items()) for peer in found}
    return "; ".join(f"{peer}: {packages}" for peer, packages in told.items())


def _rounds(number: int) -> str:
    return f"{number} round" + ("" if number == 1 else "s")


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _time(runs: Sequence[Run]) -> str:
    seconds = [run.seconds for run in runs if not run.error]
    spread = f" ({min(seconds):.2f}-{max(seconds):.2f})" if len(seconds) > 1 else ""
    return f"{middle(runs, 'seconds'):.2f} s{spread}"


def _gigabytes(runs: Sequence[Run]) -> str:
    return f"{middle(runs, 'peak_mb') / 1000:.2f} GB"


def _answer(runs: Sequence[Run], expected: dict[tuple[int, bool], tuple[int, ...]]) -> str:
    return "equal" if all(agrees(run, expected) for run in runs) else "**DIFFERS**"


def _row(
    name: str, runs: Sequence[Run], base: Sequence[Run], expected: dict[tuple[int, bool], tuple[int, ...]]
) -> list[str]:
    if all(run.error for run in runs):
        return [name, f"failed: {runs[0].error}", "", "", "", ""]
    ratios = paired(runs, base)
    ratio = f"{median(ratios):.2f}" if ratios else ""
    return [
        name,
        _time(runs),
        ratio,
        f"{middle(runs, 'cpu_seconds'):.1f} s",
        _gigabytes(runs),
        _answer(runs, expected),
    ]


def _peers(found: dict[Key, list[Run]], expected: dict[tuple[int, bool], tuple[int, ...]], events: int) -> str:
    """One table for one size."""
    rows = []
    for peer, windowed in [(peer, windowed) for windowed in (True, False) for peer in NAMES]:
        runs = found.get(("peers", peer, events, "", windowed))
        base = found.get(("peers", "ours", events, "", windowed), [])
        if runs:
            rows.append(_row(NAMES[peer] + ("" if windowed else ", no window"), runs, base, expected))
    if not rows:
        return ""
    counts = expected.get((events, True), ())
    taken = [run for key, runs in found.items() if key[0] == "peers" and key[2] == events for run in runs]
    rounds = _rounds(max(run.round for run in taken))
    units = ", ".join(f"{n:,}" for n in counts)
    load = (
        f"Load average before the runs: {min(run.load for run in taken):.1f} to {max(run.load for run in taken):.1f}."
    )
    told = f"\n### {events:,} events\n\n{rounds}. Units at the steps: {units}. {load}\n\n"
    return told + _grid(["engine", "time", "ratio", "CPU", "peak", "answer"], rows)


def _limits(found: dict[Key, list[Run]], expected: dict[tuple[int, bool], tuple[int, ...]]) -> str:
    """The speed-memory curve, for each size that was measured under limits."""
    text = ""
    for events in sorted({key[2] for key in found if key[0] == "limits"}):
        clickhouse = found.get(("limits", "clickhouse", events, "", True), [])
        limited = {k[3]: runs for k, runs in found.items() if k[0] == "limits" and k[2] == events and k[3]}
        limited = dict(sorted(limited.items(), key=lambda item: middle(item[1], "peak_mb")))
        rows = [_limit_row(f"`{limit}`", runs, clickhouse, expected) for limit, runs in limited.items()]
        free = found.get(("peers", "ours", events, "", True))
        if free:
            rows.append(_limit_row("none (from the table above)", free, [], expected))
        if clickhouse:
            rows.append(_limit_row(NAMES["clickhouse"] + ", no limit", clickhouse, clickhouse, expected))
        text += f"\n## Speed and memory at {events:,} events\n\n{CURVE}\n" + _grid(
            ["`Engine(memory_limit=...)`", "time", "CPU", "over ClickHouse", "peak", "answer"], rows
        )
    return text


CURVE = """\
funnel_utils under limits on what its database may hold; beyond it, DuckDB spills to disk. The process also holds the
libraries themselves, the batches on their way and the result, which the limit does not count: `peak` is everything.
"""


def _limit_row(
    name: str, runs: Sequence[Run], base: Sequence[Run], expected: dict[tuple[int, bool], tuple[int, ...]]
) -> list[str]:
    if all(run.error for run in runs):
        return [name, f"failed: {runs[0].error}", "", "", "", ""]
    ratios = paired(runs, base)
    peaks = max(run.peak_mb for run in runs if not run.error) / 1000
    ratio = f"{median(ratios):.2f}" if ratios else ""
    memory = _gigabytes(runs) + (f" (most {peaks:.2f})" if len(runs) > 1 else "")
    return [name, _time(runs), f"{middle(runs, 'cpu_seconds'):.1f} s", ratio, memory, _answer(runs, expected)]


def _growth(found: dict[Key, list[Run]]) -> str:
    """The growth exponents over the sizes that were measured."""
    rows = []
    for peer in ("ours", "clickhouse", "polars_windows"):
        taken = {key[2]: runs for key, runs in found.items() if key[0] == "peers" and key[1] == peer and key[4]}
        good = {n: runs for n, runs in sorted(taken.items()) if not all(run.error for run in runs)}
        if len(good) < 2:
            continue
        seconds = {n: middle(runs, "seconds") for n, runs in good.items()}
        work = {n: middle(runs, "cpu_seconds") for n, runs in good.items()}
        peaks = {n: middle(runs, "peak_mb") for n, runs in good.items()}
        large = {n: s for n, s in seconds.items() if n >= 10_000_000}
        tail = f"{slope(large):.2f}" if len(large) > 1 else ""
        rows.append([NAMES[peer], *(f"{s:.2f} s" for s in seconds.values()), f"{slope(seconds):.2f}", tail])
        busy = {n: s for n, s in work.items() if n >= 10_000_000}
        tail = f"{slope(busy):.2f}" if len(busy) > 1 else ""
        rows.append(["- CPU", *(f"{s:.1f} s" for s in work.values()), f"{slope(work):.2f}", tail])
        rows.append(["- peak", *(f"{p / 1000:.2f} GB" for p in peaks.values()), f"{slope(peaks):.2f}", ""])
    if not rows:
        return ""
    sizes = sorted({key[2] for key in found if key[0] == "peers"})
    head = ["engine", *(f"{n / 1e6:g} M" for n in sizes), "exponent", "from 10 M on"]
    return f"\n## Growth\n\n{EXPONENT}\n" + _grid(head, rows)


EXPONENT = """\
Exponent: slope of the logarithm of the figure on log(events), by least squares. 1 is proportional; below 1, fixed costs
still show at the small sizes. On a machine that other work shares, CPU seconds say more than time: the load changes
from one size to the next.
"""


def _imports(imports: Sequence[float]) -> str:
    return (
        f"\n## Import\n\n`import funnel_utils` in a fresh interpreter: median {median(imports):.3f} s of "
        f"{len(imports)}, largest {max(imports):.3f} s.\n"
    )


def _goals(found: dict[Key, list[Run]], imports: Sequence[float]) -> str:
    """The goals, each with what was measured."""
    rows = []

    def goal(text: str, value: str, met: bool) -> None:
        rows.append([text, value, "met" if met else "**missed**"])

    for events in (10_000_000, 100_000_000):
        _against_clickhouse(found, events, goal)
    _under_a_gigabyte(found, goal)
    goal("`import funnel_utils` in less than 1 s", f"{median(imports):.3f} s", median(imports) < 1)
    return "## Goals\n\n" + _grid(["goal", "measured", ""], rows)


def _against_clickhouse(found: dict[Key, list[Run]], events: int, goal: Callable[[str, str, bool], None]) -> None:
    ours = found.get(("peers", "ours", events, "", True))
    theirs = found.get(("peers", "clickhouse", events, "", True))
    if not ours or not theirs:
        return
    size = f"{events / 1e6:g} M"
    ratios = paired(theirs, ours)
    middling = median(ratios)
    told = f"{middling:.2f} times as fast ({min(ratios):.2f}-{max(ratios):.2f}; {_rounds(len(ratios))})"
    if middling < 1:
        told += f": it takes {1 / middling:.1f} times as long"
    goal(f"{size}: at least 2.5x faster than ClickHouse", told, middling >= 2.5)
    told = f"{_gigabytes(ours)} against {_gigabytes(theirs)}"
    goal(f"{size}: no more memory than ClickHouse", told, middle(ours, "peak_mb") <= middle(theirs, "peak_mb"))


def _under_a_gigabyte(found: dict[Key, list[Run]], goal: Callable[[str, str, bool], None]) -> None:
    """100 M in less than 1 GB: the fastest limit whose every run stayed below."""
    text = "100 M in less than 1 GB of resident memory, no slower than ClickHouse without a limit"
    events = 100_000_000
    clickhouse = found.get(("limits", "clickhouse", events, "", True))
    limited = {k[3]: runs for k, runs in found.items() if k[0] == "limits" and k[2] == events and k[3]}
    if not clickhouse or not limited:
        return
    small = {
        limit: runs for limit, runs in limited.items() if all(not run.error and run.peak_mb < 1000 for run in runs)
    }
    if not small:
        least = min(middle(runs, "peak_mb") for runs in limited.values())
        goal(text, f"no limit keeps every run below 1 GB; the smallest peak is {least / 1000:.2f} GB", False)
        return
    best = min(small, key=lambda limit: middle(small[limit], "seconds"))
    most = max(run.peak_mb for run in small[best])
    ratio = median(paired(small[best], clickhouse))
    told = f'`memory_limit="{best}"`: {most / 1000:.2f} GB, {ratio:.2f} of ClickHouse\'s time'
    goal(text, told, ratio <= 1)
