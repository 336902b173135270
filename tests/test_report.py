"""The report: one file that holds every section, asks for no network, and shows neither ids nor markup of the log."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from funnel_utils import EngineError, EventLog, Funnel, FunnelResult, FunnelUtilsError, SpecError, Step
from funnel_utils.report import report_html, write_report
from funnel_utils.report.about import TERMS
from funnel_utils.report.page import Column, Html, table

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd()|'/c calc'!A1", 'O\'Brien & "Co"']
MADE = datetime(2026, 11, 22, tzinfo=UTC)
VOID = {"meta", "img", "br", "wbr", "link", "input"}


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, text by element, and whether tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text, self.problems = [], [], [], []
        self.feed(text)
        self.close()
        self.problems += [f"<{tag}> never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> out of order")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def said(self):
        return " ".join("".join(self.text).split())


def shop(n=60, names=("visit", "cart", "pay"), channels=("search", "mail")):
    """`n` users of whom half put something in the cart and a quarter pay."""
    stories = {}
    for person in range(n):
        channel = channels[person % len(channels)]
        story = [(f"{names[0]}@{person}h", {"channel": channel, "value": None, "currency": "IRT"})]
        if person % 2:
            story.append((f"{names[1]}@{person}h5m", {"channel": channel, "value": None, "currency": "IRT"}))
        if person % 4 == 1:
            story.append((f"{names[2]}@{person}h9m", {"channel": channel, "value": 100.0, "currency": "IRT"}))
        stories[f"secret-id-{person:03d}"] = story
    return EventLog.from_story(stories)


@pytest.fixture(scope="module")
def result():
    return Funnel(["visit", "cart", "pay"], window="1d").run(shop())


@pytest.fixture(scope="module")
def html(result):
    return report_html(result, by="channel", made=MADE)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_document_is_well_formed_and_says_its_language_and_direction(html, page):
    assert html.startswith("<!DOCTYPE html>")
    assert page.problems == []
    assert page.all("html") == [{"lang": "en", "dir": "ltr"}]
    assert len(page.all("h1")) == 1
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")


def test_every_section_is_there_and_linked(page):
    wanted = [
        "headline",
        "quality",
        "funnel",
        "weakest",
        "sources",
        "time",
        "exits",
        "trend",
        "definitions",
        "settings",
    ]
    assert [attrs["id"] for attrs in page.all("section")] == wanted
    assert [attrs["href"] for attrs in page.all("a")] == [f"#{name}" for name in wanted]


def test_it_asks_for_no_network(html, page):
    for tag, attrs in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in {"src", "href", "srcset", "data", "action"}:
                assert value.startswith(("data:image/png;base64,", "#"))
    outside_images = re.sub(r'src="data:[^"]*"', "", html)
    assert "http" not in outside_images.replace("http-equiv", "")
    assert "url(" not in outside_images
    assert "@import" not in outside_images


def test_the_policy_forbids_every_request_and_allows_its_own_style(html, page):
    import hashlib

    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert not any("style" in attrs for _, attrs in page.elements)


def test_every_picture_is_a_picture_with_alternative_text_and_a_size(page):
    images = page.all("img")
    assert len(images) == 5
    for image in images:
        data = base64.b64decode(image["src"].split(",", 1)[1])
        assert data.startswith(b"\x89PNG")
        assert len(image["alt"]) > 40
        assert int(image["width"]) > 0
        assert int(image["height"]) > 0
    assert "15 of 60 people got from visit to pay" in images[0]["alt"]


def test_tables_scroll_in_a_box_of_their_own_and_are_headed(page):
    boxes = [attrs for attrs in page.all("div") if attrs.get("class") == "scroll"]
    assert len(boxes) == len(page.all("table")) >= 8
    assert all(box["tabindex"] == "0" and box["role"] == "region" and box["aria-label"] for box in boxes)
    assert {attrs.get("scope") for attrs in page.all("th")} == {"col", "row"}


def test_cells_break_before_an_interval_and_between_two_counts_only():
    columns = [Column("what", lambda row: row["what"], numeric=False)]
    columns += [Column(key, lambda row, key=key: row[key]) for key in ("share", "units", "text")]
    row = {"what": "a (b)", "share": "+1.7 points (0.2 to 3.3)", "units": "1,110 / 1,100", "text": Html("<b>1 (2)</b>")}
    made = table("t", [row], columns)
    assert '<th scope="row">a (b)</th>' in made
    assert '<td class="n">+1.7 points <wbr>(0.2 to 3.3)</td>' in made
    assert '<td class="n">1,110 / <wbr>1,100</td>' in made
    assert '<td class="n"><b>1 (2)</b></td>' in made
    # A name is never taken for markup on the way.
    assert "&lt;i&gt; <wbr>(&amp;)" in table("t", [row | {"share": "<i> (&)"}], columns)


def test_a_table_without_rows_is_a_sentence():
    made = table("The next steps", [], [Column("what", lambda row: row["what"])])
    assert made == '<p class="muted">The next steps: nothing to list.</p>'


def test_a_caption_that_its_heading_says_is_read_aloud_only():
    columns = [Column("what", lambda row: row["what"], numeric=False)]
    made = table("Effects", [{"what": "a"}], columns, captioned=False)
    assert 'class="caption"' not in made
    assert 'aria-label="Effects"' in made


def test_it_says_the_numbers_of_the_result(page, result):
    assert result.verdict in page.said
    assert "What one percentage point more at each step would bring" in page.said
    assert "From visit to cart: 50% (38–62%) of 60 people went on, and 30 did not." in page.said
    assert "about 1,500 IRT" in page.said


def test_every_number_is_defined_and_the_run_is_described(page):
    assert len(page.all("dt")) == len(page.all("dd")) == len(TERMS)
    assert "Funnel(visit > cart > pay, window=1d)" in page.said
    for wanted in ("Observed until", "2026-01-03", "UTC", "funnel_utils 0.1.0", "duckdb", "2026-11-22T00:00:00+00:00"):
        assert wanted in page.said


def test_no_id_and_no_row_of_the_log_is_in_it(html):
    assert "secret-id" not in html


def test_ids_come_only_when_asked_for(result):
    with pytest.raises(SpecError, match="would print ids"):
        report_html(result, by="user")
    twice = [{"user": "secret-id", "event": "visit", "timestamp": "2026-01-01T10:00:00Z"}] * 2
    found = Funnel(["visit", "pay"], window="1d").run(EventLog.read(twice))
    assert "secret-id" not in report_html(found, made=MADE)
    assert "secret-id" in report_html(found, show_ids=True, made=MADE)


def test_the_same_result_gives_the_same_bytes(result, html):
    assert report_html(result, by="channel", made=MADE) == html


def test_hostile_names_stay_text():
    log = EventLog.read(
        [
            {"user": f"u{n}", "event": event, "timestamp": f"2026-01-0{1 + k}T00:00:00Z", "channel": HOSTILE[n % 4]}
            for n in range(40)
            for k, event in enumerate(HOSTILE[: 1 + n % 4])
        ]
    )
    steps = [Step(name, {"channel": set(HOSTILE)}, label=name) for name in HOSTILE]
    text = report_html(Funnel(steps, window="7d", name=HOSTILE[0]).run(log), by="channel", title=HOSTILE[1], made=MADE)
    page = Page(text)
    assert page.problems == []
    assert not page.all("script")
    assert all(set(image) == {"src", "width", "height", "alt"} for image in page.all("img"))
    for name in HOSTILE:
        assert name in page.said
    assert HOSTILE[1] in page.said.split("The answer")[0]


@pytest.mark.parametrize(
    "funnel",
    [
        Funnel(["visit"]),
        Funnel(["visit", "cart", "pay"]),
        Funnel(["nothing", "nobody"], window="1d"),
        Funnel(["visit", Step("cart", optional=True), "pay"], window="1d"),
        Funnel(["visit", "cart", "pay"], window="1d", closed=False),
        Funnel(["visit", "cart", "pay"], window="1d", order="unordered"),
        Funnel(["visit", "cart", "pay"], window="1d", entry="every"),
    ],
    ids=["one step", "no window", "nobody", "optional", "open", "unordered", "every attempt"],
)
def test_every_kind_of_funnel_gets_a_whole_report(funnel):
    page = Page(report_html(funnel.run(shop(12)), made=MADE))
    assert page.problems == []
    assert len(page.all("section")) == 10
    assert "could not be computed" not in page.said
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", page.said)


def test_a_section_that_cannot_be_computed_says_why_and_the_rest_stands(result, monkeypatch):
    def elsewhere(self, **options):
        raise EngineError("The log lives in <another> engine.")

    monkeypatch.setattr(FunnelResult, "exits", elsewhere)
    page = Page(report_html(result, made=MADE))
    assert "This part could not be computed. The log lives in <another> engine." in page.said
    assert len(page.all("section")) == 10
    assert len(page.all("img")) == 4


def test_values_in_several_currencies_are_not_added_and_the_counts_stand():
    rows = [
        {"user": f"u{n}", "event": "visit", "timestamp": "2026-01-01T00:00:00Z", "value": 1.0, "currency": currency}
        for n, currency in enumerate(["IRT", "EUR"])
    ]
    page = Page(report_html(Funnel(["visit", "pay"], window="1h").run(EventLog.read(rows)), made=MADE))
    assert "several currencies" in page.said
    assert len(page.all("section")) == 10


@pytest.mark.parametrize(("option", "told"), [({"within": "0s"}, "within=0"), ({"trend": "year"}, "'year'")])
def test_a_slip_in_an_option_is_told_before_anything_is_computed(result, option, told):
    with pytest.raises(SpecError, match=told):
        report_html(result, **option)


def test_a_report_is_written_whole_or_not_at_all(result, tmp_path, monkeypatch):
    target = write_report(result, tmp_path / "report.html", made=MADE)
    before = target.read_bytes()
    import funnel_utils.report as report

    def fail(*args, **kwargs):
        raise RuntimeError("half way")

    monkeypatch.setattr(report, "report_html", fail)
    with pytest.raises(RuntimeError):
        report.write_report(result, target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_where_it_cannot_be_written_is_told(result, tmp_path):
    with pytest.raises(FunnelUtilsError, match="does not exist"):
        write_report(result, tmp_path / "nowhere" / "report.html")
    with pytest.raises(FunnelUtilsError, match="is a folder"):
        write_report(result, tmp_path)
    with pytest.raises(SpecError, match="not a property"):
        write_report(result, tmp_path / "report.html", by="colour")
    assert not list(tmp_path.iterdir())
