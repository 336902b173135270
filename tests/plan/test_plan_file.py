"""A plan as a file: what follows from it, by hand; what cannot stand in it; its command and its page."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from funnel_utils import EventLog
from funnel_utils.cli.app import app
from funnel_utils.errors import LogError, SpecError
from funnel_utils.plan import load_yaml, parse_yaml
from funnel_utils.plan.document import Plan
from funnel_utils.plan.race import IDS
from funnel_utils.plan.template import plan_template
from funnel_utils.plan.worked import NotPlanned, WorkedPlan, load_plan
from funnel_utils.plan.worksheets import MarketingMix, MixItem, Worksheets
from funnel_utils.report.plan import plan_html, write_plan
from funnel_utils.synthetic import data_file

PARDIS = data_file("pardis_months.csv").parent / "pardis_plan.yml"
SMALL = """
business: {name: "<b>Shop</b>", currency: EUR, margin: 0.5}
audit:
  scores:
    C2: {score: 1, note: "<script>alert(1)</script>"}
    C4: 0
budget:
  of: sales
  total: 100
  channels:
    - {name: "<i>search</i>", curve: {top: 6000, half: 40}, lead_rate: 0.05, sale_rate: 0.2, now: 40}
    - {name: social, curve: {top: 9000, half: 90}, lead_rate: 0.03, sale_rate: [10, 100], now: 60, maximum: 50}
  order_value: 2.5
goals:
  - {statement: "Sell <u>more</u>", metric: sales}
worksheets:
  value_propositions:
    - {level: product, promise: "<a href=x>Best</a>", rivals: [{name: "<p>They</p>", promise: low prices}]}
  marketing_mix:
    price: {now: "9", change: "8"}
"""


def written(tmp_path, text=SMALL):
    place = tmp_path / "plan.yml"
    place.write_text(text, encoding="utf-8")
    return place


def test_the_budget_of_the_file_is_the_one_written_in_python(tmp_path):
    worked = load_plan(written(tmp_path))
    # The example of Budget, whose best split of 100 is known: 74.6 and 25.4.
    assert {name: round(money, 1) for name, money in worked.outcome.spend.items()} == {
        "<i>search</i>": 74.6,
        "social": 25.4,
    }
    # Today: 6000 * 40 / 80 = 3000 visits, of which 1% buy; 9000 * 60 / 150 = 3600, of which 0.3% do.
    assert worked.today.total["sales"] == pytest.approx(30 + 10.8)
    assert worked.scenarios["scenario"].tolist() == ["today", "the plan"]


def test_a_goal_without_numbers_is_told_so_and_counts_for_its_part(tmp_path):
    worked = load_plan(written(tmp_path))
    assert worked.goals_of_parts == {"convert": 1}
    assert worked.assessments[0].status("measurable") == "no"
    assert "a goal rests on Convert" in worked.audit.steps["reason"].iloc[0]


def test_the_shop_s_own_plan_holds_together():
    worked = load_plan(PARDIS)
    assert worked.audit.unscored == []
    assert worked.audit.parts["scored"].tolist() == [5] * 5
    months = pd.read_csv(PARDIS.parent / "pardis_months.csv")
    assert worked.history("sales").values.tolist() == months.groupby("month")["sales"].sum().tolist()
    search = worked.budget.channel("paid_search")
    rows = months[months["channel"] == "paid_search"]
    assert search.lead_rate == (rows["leads"].sum(), rows["visits"].sum())
    assert worked.budget.order_value == pytest.approx(months["revenue"].sum() / months["sales"].sum())
    assert worked.outcome.total["spend"] == pytest.approx(200e6)
    # Half of what is spent today brings nearly as many sales: the answer of the shop's own curves.
    assert worked.outcome.total["profit"] > worked.today.total["profit"]


def test_what_the_plan_does_not_have_says_what_to_write():
    worked = WorkedPlan(parse_yaml("business: {name: Shop}", Plan), PARDIS.parent)
    for part in ("audit", "assessments", "budget", "pace", "log", "kpis", "personas"):
        with pytest.raises(NotPlanned, match=r"(has no|does not ask)"):
            getattr(worked, part)
    page = plan_html(worked)
    assert "What is what" in page
    assert "Budget</h2>" not in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("audit: {}", "line 1: business is missing"),
        (
            "business: {name: S}\naudit:\n  scores: {P1: 7}",
            "line 3: audit.scores.P1.score=7 is not allowed; give a number of 4 or less",
        ),
        ("business: {name: S}\naudit:\n  scores: {X1: 2}", "line 3: audit.scores.X1 is not a field (there are P1"),
        ("business: {name: S}\naudit:\n  weights: {rech: 2}", "did you mean reach?"),
        ("business: {name: S, margin: 45}", "business.margin=45 is not allowed; give a number of 1 or less"),
        ("business: {name: S}\nbudget:\n  total: 3", "line 2: budget: budget needs channels, or a history"),
        ("business: {name: S}\nbudget:\n  channels: [{name: a}]", "channel a has no curve"),
        (
            "business: {name: S}\nbudget:\n  channels:\n    - {name: a, curve: {top: 1, half: 1}, lead_rate: 3}",
            "line 4: budget.channels[0].lead_rate=3 is not allowed; give a share from 0 to 1, or [count, total]",
        ),
        (
            "business: {name: S}\nbudget:\n  channels: [{name: a, curve: {top: 1, half: 1}, minimum: 3, maximum: 2}]",
            "a: the maximum 2 is below the minimum 3",
        ),
        ("business: {name: S}\nseries: [{metric: sales}]", "needs a file or an event"),
        ("business: {name: S}\nseries: [{metric: sales, event: pay}]", "the plan has no log"),
        (
            "business: {name: S}\nseries: [{metric: a, file: x.csv}, {metric: a, file: y.csv}]",
            "series has a of all 2 times",
        ),
        (
            "business: {name: S}\ntrack: {metric: a, target: 1, start: 2026-01-01, end: 2026-02-01}",
            "not among the series",
        ),
        (
            "business: {name: S}\nworksheets:\n  marketing_mix: {people: {now: we}}",
            "line 3: worksheets.marketing_mix.people",
        ),
        ("business: {name: S}\nbusiness: {name: T}", "line 2: business stands there already in line 1"),
        ("business: [", "is not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_field_and_what_is_allowed(text, said):
    with pytest.raises(SpecError, match=re.escape(said)):
        parse_yaml(text, Plan, "plan.yml")


def test_files_that_are_not_there_and_channels_without_a_curve_are_named(tmp_path):
    place = written(tmp_path, "business: {name: S}\nbudget: {history: {file: gone.csv}, total: 3}")
    with pytest.raises(LogError, match=r"gone\.csv is not there"):
        _ = load_plan(place).budget
    months = pd.read_csv(PARDIS.parent / "pardis_months.csv")
    months.to_csv(tmp_path / "m.csv", index=False)
    place = written(
        tmp_path, "business: {name: S}\nbudget: {history: {file: m.csv}, total: 3, channels: [{name: fair}]}"
    )
    with pytest.raises(SpecError, match="fair has no curve and is not a channel of the history"):
        _ = load_plan(place).budget
    place = written(tmp_path, "business: {name: S}\nbudget: {history: {file: m.csv, spend: cost}, total: 3}")
    with pytest.raises(SpecError, match=r"m\.csv has no column 'cost'"):
        _ = load_plan(place).budget


def test_a_series_from_the_log_and_its_pace(tmp_path):
    pays = ["look@0"] + [f"pay@{day}d23h" for day in range(20)]
    log = EventLog.from_story({"a": pays}, start="2026-04-01")
    log.table.to_pandas().drop(columns="sequence", errors="ignore").to_parquet(tmp_path / "log.parquet")
    place = written(
        tmp_path,
        "business: {name: S}\nlog: {file: log.parquet}\nseries: [{metric: sales, event: pay, by: day}]\n"
        "track: {metric: sales, target: 30, start: 2026-04-01, end: 2026-04-30}",
    )
    worked = load_plan(place)
    assert worked.pace.done == 20  # one a day, late in the evening; ten days are still to come
    assert worked.pace.planned == 20


def test_worksheets_name_what_is_open():
    one = load_yaml(PARDIS, Plan).worksheets
    assert one.verdict == "1 of 2 worksheets are filled in. Open in value proposition 1: test."
    assert MarketingMix(price=MixItem(now="9", change="8")).gaps == ["product", "promotion", "place", "price.because"]
    assert Worksheets().verdict == "There is no worksheet in the plan."


def test_the_template_is_a_plan_with_all_activities_and_the_examples_in_it_are_valid():
    text = plan_template()
    assert parse_yaml(text, Plan).audit.scores.model_dump().keys() == set(IDS)
    # With its comment marks away (but not those of sentences) every example must hold.
    shown = re.sub(r"^# (?=( |[a-z]+:( |$)))", "", text, flags=re.MULTILINE)
    made = parse_yaml(shown, Plan)
    assert made.goals[0].aim == pytest.approx(660)
    assert made.log.kpis.purchase == ["order_paid"]
    assert [one.name for one in made.budget.channels] == ["search", "fair"]


def test_nothing_from_the_file_runs_on_the_page(tmp_path):
    page = write_plan(load_plan(written(tmp_path)), tmp_path / "plan.html").read_text(encoding="utf-8")
    for tag in ("<b>Shop", "<script", "<i>search", "<u>more", "<a href=x", "<p>They"):
        assert tag not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page
    assert "price.because" in page


runner = CliRunner()


def run(*words):
    return runner.invoke(app, ["plan", *map(str, words)])


def test_the_command_prints_tables_and_writes_the_page(tmp_path):
    done = run("audit", written(tmp_path), "--out", tmp_path / "plan.html")
    assert done.exit_code == 0
    assert done.stdout.index("1. C2 Decide") < done.stdout.index("2. C4 Test")
    assert (tmp_path / "plan.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_json_is_the_whole_output(tmp_path):
    place = written(tmp_path)
    split = json.loads(run("budget", place, "--json").stdout)
    assert [row["channel"] for row in split["split"]] == ["<i>search</i>", "social", "total"]
    assert split["split"][-1]["spend"] == pytest.approx(100)
    goals = json.loads(run("assess", place, "--json").stdout)
    assert goals["goals"][0]["band"] is None
    scores = json.loads(run("audit", place, "--json").stdout)
    assert [step["id"] for step in scores["steps"]] == ["C2", "C4"]


def test_bad_input_ends_with_1_and_says_why(tmp_path):
    done = run("track", written(tmp_path))
    assert (done.exit_code, "no section track" in done.stderr) == (1, True)
    done = run("audit", tmp_path / "gone.yml")
    assert (done.exit_code, "gone.yml cannot be read" in done.stderr) == (1, True)
    done = run("audit", written(tmp_path), "--out", tmp_path / "no" / "plan.html")
    assert (done.exit_code, "does not exist" in done.stderr) == (1, True)


def test_new_writes_a_plan_and_never_over_one(tmp_path):
    assert run("new", tmp_path / "own.yml").exit_code == 0
    assert load_plan(tmp_path / "own.yml").plan.business.name == "Our business"
    assert run("new", tmp_path / "own.yml").exit_code == 1
