"""Charts: bars are as long as the numbers, words say what colours say, and nothing overlaps or leaves the page."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from funnel_utils import charts
from funnel_utils.charts import style
from funnel_utils.stats import kaplan_meier, wilson

LONG = "A very long label that somebody made in a tool, describing $each$ click of the_button in the header of the page"
ADDRESS = "https://shop.example/a/very/long/path_with_underscores/and/more?utm_source=news&x=1"
PERSIAN = "مشاهدهٔ محصول در فروشگاه"


def share(counted, total):
    """A share with its Wilson interval; nothing is known of nobody."""
    if not total:
        return {"rate": np.nan, "low": np.nan, "high": np.nan}
    interval = wilson(counted, total)
    low, high = float(np.ravel(interval.low)[0]), float(np.ravel(interval.high)[0])
    return {"rate": counted / total, "low": low, "high": high}


def steps(units, labels="visit cart pay", optional=(), value=np.nan, stage=None):
    """A table of steps as `FunnelResult.steps` has it."""
    labels = labels.split() if isinstance(labels, str) else labels
    rows, before = [], units[0]
    for number, (done, label) in enumerate(zip(units, labels, strict=True), 1):
        all_the_way = share(done, units[0])
        row = {"step": number, "label": label, "stage": stage, "optional": number in optional, "units": done}
        row |= {"of": before, **share(done, before), "lost": before - done, "value_at_stake": value, "weakest": False}
        row |= {f"overall{key}": all_the_way[k] for key, k in {"": "rate", "_low": "low", "_high": "high"}.items()}
        rows.append(row)
        before = before if number in optional else done
    frame = pd.DataFrame(rows)
    able = frame[(frame["step"] > 1) & (frame["of"] >= 30) & ~frame["optional"]]
    frame.loc[able.index[able["rate"] == able["rate"].min()][:1], "weakest"] = True
    return frame


class Timed:
    """As much of a result as the time chart asks for; transitions are (label, next label, seconds, advanced)."""

    def __init__(self, *transitions):
        self.transitions = transitions
        self.funnel = SimpleNamespace(unit="user")

    def survival(self, step):
        seconds, advanced = self.transitions[step - 1][2:]
        return kaplan_meier(seconds, advanced).rename(columns={"time": "time_s"})

    def time_in_stage(self):
        rows = []
        for step, (label, after, seconds, advanced) in enumerate(self.transitions, 1):
            row = {"step": step, "label": label, "next_label": after, "at_risk": len(seconds)}
            row |= {"advanced": sum(advanced), "censored": len(seconds) - sum(advanced)}
            for name, q in (("km_p25_s", 0.25), ("km_median_s", 0.5)):
                row[name] = self._quantile(step, q) if seconds else np.nan
            rows.append(row)
        return pd.DataFrame(rows)

    def _quantile(self, step, q):
        curve = self.survival(step)
        there = curve[curve["survival"] <= 1 - q + 1e-12]
        return float(there["time_s"].iloc[0]) if len(there) else np.nan


def sources(counts):
    """Entry sources from {name: (units, converted)}."""
    return pd.DataFrame(
        [{"source": k, "units": n, "converted": c, **share(c, n)} for k, (n, c) in counts.items()],
        columns=["source", "units", "converted", "rate", "low", "high"],
    )


def trend(entered, converted, immature=0):
    """Weekly conversion with the last `immature` weeks not complete."""
    n = len(entered)
    rows = [{"entered": e, "converted": c, **share(c, e)} for e, c in zip(entered, converted, strict=True)]
    frame = pd.DataFrame(rows, columns=["entered", "converted", "rate", "low", "high"])
    frame.insert(0, "period", pd.date_range("2026-01-03", periods=n, freq="7D", tz="Asia/Tehran"))
    return frame.assign(immature=np.arange(n) >= n - immature)


def exits(stopped):
    """Next events from {label: {event: units}}."""
    rows = []
    for step, (label, events) in enumerate(stopped.items(), 1):
        of = sum(events.values())
        for event, units in events.items():
            row = share(units, of)
            row["share"] = row.pop("rate")
            row["kind"] = {"(nothing)": "nothing", "(too early)": "too early"}.get(event, "event")
            rows.append({"step": step, "label": label, "next_event": event, "units": units, "of": of, **row})
    return pd.DataFrame(rows, columns=["step", "label", "next_event", "kind", "units", "of", "share", "low", "high"])


WEEK = 7 * 86400
HARD = {
    "a usual funnel": lambda: charts.funnel_chart(steps([4000, 2092, 280])),
    "an optional step": lambda: charts.funnel_chart(steps([400, 100, 50], optional=(2,), value=43210.5)),
    "few people": lambda: charts.funnel_chart(steps([12, 7, 3])),
    "nobody": lambda: charts.funnel_chart(steps([0, 0, 0])),
    "a billion people": lambda: charts.funnel_chart(steps([1_987_654_321, 812_345_678, 3])),
    "one step": lambda: charts.funnel_chart(steps([5000], "visit")),
    "sixty steps": lambda: charts.funnel_chart(steps(list(range(6000, 0, -100)), [f"step_{n}" for n in range(60)])),
    "long and Persian labels": lambda: charts.funnel_chart(
        steps([900, 870, 30], [PERSIAN, LONG, ADDRESS], stage="Evaluation")
    ),
    "hostile labels": lambda: charts.funnel_chart(steps([90, 80, 3], ["\x00\n\u202e", "$x^{", "%s {0} ✓"])),
    "time": lambda: charts.time_chart(Timed(("visit", "cart", [60.0, 3600.0, WEEK, WEEK], [1, 1, 0, 0]))),
    "time, Persian, all at once": lambda: charts.time_chart(Timed((PERSIAN, LONG, [0.0, 0.0], [1, 1]))),
    "time, nobody got on": lambda: charts.time_chart(
        Timed(("visit", "cart", [WEEK] * 50, [0] * 50), ("cart", "pay", [], []))
    ),
    "time, nobody came": lambda: charts.time_chart(Timed(("visit", "cart", [], []))),
    "time, twelve steps": lambda: charts.time_chart(
        Timed(*((f"s{n}", f"s{n + 1}", [60.0 * n, 1e5] * (20 - n), [1, 0] * (20 - n)) for n in range(1, 13)))
    ),
    "sources": lambda: charts.sources_chart(sources({"search": (1800, 160), None: (200, 5), "(other)": (3, 0)})),
    "thirty sources": lambda: charts.sources_chart(
        sources({(f"{n} {LONG}" if n % 3 else f"{PERSIAN} {n}"): (900 - 30 * n, 9) for n in range(30)})
    ),
    "one source, none converted": lambda: charts.sources_chart(sources({ADDRESS: (10, 0)})),
    "an empty source": lambda: charts.sources_chart(sources({"search": (10, 2), "mail": (0, 0)})),
    "no sources": lambda: charts.sources_chart(sources({})),
    "trend": lambda: charts.trend_chart(trend([300, 310, 280, 290, 300], [21, 22, 20, 12, 4], immature=2)),
    "trend with gaps": lambda: charts.trend_chart(trend([0, 300, 2, 50], [0, 20, 0, 0], immature=1)),
    "trend of one period": lambda: charts.trend_chart(trend([300], [21])),
    "trend of sixty periods": lambda: charts.trend_chart(trend([1_000_000] * 60, [3] * 60, immature=60)),
    "no trend": lambda: charts.trend_chart(trend([], [])),
    "exits": lambda: charts.exits_chart(exits({"visit": {"(nothing)": 9, "read": 3}, PERSIAN: {LONG: 5, None: 1}})),
    "exits to many events": lambda: charts.exits_chart(exits({"visit": {f"event_{n}": n for n in range(1, 40)}})),
    "exits, too early": lambda: charts.exits_chart(exits({"visit": {"(too early)": 9}})),
    "no exits": lambda: charts.exits_chart(exits({})),
}


@cache
def hard(name: str) -> Figure:
    return HARD[name]()


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return " ".join(text.get_text() for text in texts(figure))


def bars(figure: Figure) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


@pytest.mark.parametrize("name", HARD)
def test_every_text_is_on_the_page_and_no_two_overlap(name):
    figure = hard(name)
    charts.to_png(figure, dpi=72)
    renderer = figure.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts(figure)]
    page = figure.bbox
    for said, box in boxes:
        assert page.x0 - 1 <= box.x0 <= box.x1 <= page.x1 + 1, f"{said!r} leaves the page sideways"
        assert page.y0 - 1 <= box.y0 <= box.y1 <= page.y1 + 1, f"{said!r} leaves the page"
    for place, (said, box) in enumerate(boxes):
        for other, its in boxes[place + 1 :]:
            wide = min(box.x1, its.x1) - max(box.x0, its.x0)
            high = min(box.y1, its.y1) - max(box.y0, its.y0)
            assert wide <= 1 or high <= 3, f"{said!r} overlaps {other!r}"


@pytest.mark.parametrize("name", HARD)
def test_every_chart_has_alternative_text(name):
    alt = charts.alt_text(hard(name))
    assert len(alt) > 20
    assert "nan" not in alt.lower().replace("finance", "")
    assert "{" not in alt or "{0}" in alt


@pytest.mark.parametrize("name", ["a usual funnel", "time", "trend"])
def test_a_chart_painted_twice_gives_the_same_bytes(name):
    assert charts.to_png(HARD[name](), dpi=50) == charts.to_png(HARD[name](), dpi=50)


def test_bars_start_at_zero_and_are_as_long_as_the_counts():
    figure = charts.funnel_chart(steps([4000, 2000, 500]))
    solid = [bar for bar in bars(figure) if bar.get_linestyle() == "solid"]
    assert len({round(bar.get_x(), 6) for bar in solid}) == 1
    lengths = [bar.get_width() for bar in solid]
    assert lengths[1] / lengths[0] == pytest.approx(0.5)
    assert lengths[2] / lengths[0] == pytest.approx(0.125)


def test_the_weakest_step_is_told_by_words_and_hatching_too():
    figure = charts.funnel_chart(steps([1000, 500, 50], value=99.0))
    assert "weakest step: 450 lost here, with a value at stake of 99" in words(figure)
    assert [bool(bar.get_hatch()) for bar in bars(figure) if bar.get_linestyle() == "solid"] == [False, False, True]


def test_an_optional_step_stands_apart_and_the_next_step_is_measured_from_the_one_before_it():
    figure = charts.funnel_chart(steps([400, 100, 50], optional=(2,)))
    first, thin = bars(figure)[:2]
    assert thin.get_x() > first.get_x()
    assert thin.get_height() < first.get_height()
    assert "of step 2" not in words(figure)
    assert "cart (optional) 100, 25.0% of step 1" in charts.alt_text(figure)


def test_the_whisker_is_the_interval_of_the_rate():
    frame = steps([200, 50], "visit buy")
    figure = charts.funnel_chart(frame)
    full = bars(figure)[0].get_width()
    spans = [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() < 2]
    low, high = (style.MARGIN + full * frame["low"].iloc[1], style.MARGIN + full * frame["high"].iloc[1])
    assert any(np.allclose(sorted(xs), (low, high)) for xs in spans)


def test_an_immature_tail_is_labelled_hollow_and_left_out_of_the_headline():
    figure = charts.trend_chart(trend([300, 300, 300], [30, 30, 3], immature=1))
    assert "not complete yet" in words(figure)
    assert "10.0%" in charts.alt_text(figure).split(".  ")[0]
    assert "3 of 300, 1.0% (not complete yet)" in charts.alt_text(figure)
    hatched = [bar for bar in figure.axes[2].patches if bar.get_hatch()]
    assert len(hatched) == 1


def test_the_time_axis_speaks_in_minutes_hours_and_days_and_the_chart_says_who_is_censored():
    figure = charts.time_chart(Timed(("visit", "cart", [30.0, 90.0, 5000.0, 90000.0, WEEK], [1, 1, 1, 1, 0])))
    ticks = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert ticks == ["1 min", "10 min", "1 h", "6 h", "1 day"]
    assert "4 of 5 seen moving on; 1 censored" in words(figure)
    assert "Half had moved on within 1.4 hours." in words(figure)


def test_a_source_of_three_does_not_set_the_scale():
    frame = sources({"search": (1800, 160), "mail": (3, 0)})
    figure = charts.sources_chart(frame)
    assert frame["high"].iloc[1] > 0.5
    assert "Scale of the dots: 0 to 10" in words(figure)
    assert any(line.get_marker() == ">" for line in figure.axes[0].lines)


def test_a_rest_is_no_source_and_a_missing_one_is_said_to_be_missing():
    frame = sources({"mail": (30, 3), "(other)": (200, 5), None: (70, 7)})
    frame["kind"] = ["value", "other", "missing"]
    told = charts.describe_sources(frame)
    assert told == "The largest source is mail: 30 of 300 people (10.0%); for 23.3% no source is recorded."
    # A source that somebody called so is a source.
    assert "is (other): 200 of 300" in charts.describe_sources(frame.assign(kind="value"))
    assert charts.describe_sources(frame.iloc[1:]) == "None of the 270 people has a source with a name."


def test_rare_next_events_are_summed_in_words():
    figure = hard("exits to many events")
    assert "Other events: 595 (76.3%)" in words(figure)


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            steps([4000, 2000, 280]),
            "280 of 4,000 people got from visit to pay: 7.0%. "
            "The weakest step is from cart to pay: 14.0% (12.5–15.6%), 1,720 lost.",
        ),
        (steps([0, 0, 0]), "None of the people did the first step, visit."),
        (steps([7], "visit"), "7 people did visit."),
    ],
)
def test_describe_says_the_facts_of_the_chart(result, sentence):
    assert charts.describe(result) == sentence
    assert sentence in charts.alt_text(charts.funnel_chart(result))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0%"), (1.0, "100%"), (0.0004, "0.040%"), (0.99999, "99.99900%"), (np.nan, "–")],
)
def test_a_rare_share_is_never_shown_as_none_or_all(value, said):
    assert style.percent(value) == said


def test_a_persian_label_that_is_wrapped_keeps_to_itself_on_every_line():
    lines = style.wrap(f"463 people got as far as {style.clean(PERSIAN)}: 9.5%", 1.6)
    assert len(lines) > 1
    for line in lines:
        assert line.count(style.ISOLATES[0]) == line.count(style.ISOLATES[1])
    assert lines[-1].endswith(f"{style.ISOLATES[1]}: 9.5%")


def test_a_figure_of_somebody_else_has_no_alternative_text():
    with pytest.raises(TypeError, match="made by funnel_utils"):
        charts.alt_text(Figure())


def test_charts_leave_pyplot_alone():
    import subprocess
    import sys

    code = "import sys, funnel_utils.charts; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
