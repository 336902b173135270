"""The HTML of a report: one file that asks no other file for anything.

Whatever comes from a log is escaped here and nowhere else: `Html` marks text that is markup already, and every other
string is escaped when it enters an element. The page carries a content security policy that forbids every request, so
that even a flaw in the escaping could not send anything anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --muted: #555; --paper: #fff; --line: #d9d9d9; --soft: #f4f6f8;
  --link: #00598c; --alarm: #a84300; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --muted: #b5b5b5; --paper: #16181b; --line: #3a3f45;
  --soft: #22262b; --link: #7cc4f0; --alarm: #ff9d5c; } }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); line-height: 1.5;
  font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 0.5rem; padding-block-start: 1rem;
  border-block-start: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.25rem 0 0.25rem; }
p, li, dd { overflow-wrap: anywhere; max-width: 44rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; list-style: none; margin: 0.75rem 0; padding: 0; }
nav a { color: var(--link); display: inline-block; padding-block: 0.3rem; }
.lead { font-size: 1.1rem; }
.muted { color: var(--muted); font-size: 0.9rem; }
.big { font-size: 2.6rem; font-weight: 700; line-height: 1.1; }
.card { background: var(--soft); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.75rem 1rem;
  margin: 1rem 0; }
.card p { margin: 0.25rem 0; }
.warn { border-inline-start: 0.35rem solid var(--alarm); }
figure { margin: 1rem 0; }
figure img { display: block; width: 100%; max-width: 34rem; height: auto; background: #fff;
  border: 1px solid var(--line); border-radius: 0.25rem; }
.scroll { overflow-x: auto; margin: 0.25rem 0 1rem; background:
  linear-gradient(to right, var(--paper) 1rem, transparent 2.5rem) left / 2.5rem 100% no-repeat local,
  linear-gradient(to left, var(--paper) 1rem, transparent 2.5rem) right / 2.5rem 100% no-repeat local,
  linear-gradient(to right, var(--line), transparent) left / 0.8rem 100% no-repeat scroll,
  linear-gradient(to left, var(--line), transparent) right / 0.8rem 100% no-repeat scroll; }
.scroll:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.hint { display: none; position: sticky; inset-inline-start: 0; width: max-content; margin: 0.25rem 0;
  color: var(--link); font-size: 0.9rem; }
@keyframes more { from, to { --more: block; } }
@supports (animation-timeline: scroll(self inline)) {
  .scroll { animation: more linear; animation-timeline: scroll(self inline); }
  .hint { display: var(--more, none); }
}
@supports not (animation-timeline: scroll(self inline)) {
  @media (max-width: 40rem) { .scroll:has(th:nth-child(4)) > .hint { display: block; } }
}
table { border-collapse: collapse; font-size: 0.92rem; min-width: 100%; }
.caption { color: var(--muted); font-size: 0.9rem; margin: 1.25rem 0 0; }
th, td { padding: 0.35rem 0.6rem; border-block-end: 1px solid var(--line); text-align: start; vertical-align: top; }
th.n, td.n { text-align: end; font-variant-numeric: tabular-nums; }
td.n { white-space: nowrap; }
td.n wbr { white-space: normal; }
thead th { vertical-align: bottom; border-block-end: 2px solid var(--muted); }
table:has(th:nth-child(9)) :is(th, td) { padding-inline: 0.4rem; }
tbody th { font-weight: 600; min-width: 8rem; overflow-wrap: anywhere; }
th .muted { font-weight: 400; font-size: inherit; }
td.long { min-width: 14rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  tbody th, thead th:first-child { position: sticky; inset-inline-start: 0; background: var(--paper); min-width: 7.5rem;
    max-width: 10rem; box-shadow: 1px 0 var(--line); }
  td.long { min-width: 11rem; }
}
dt { font-weight: 600; margin-block-start: 0.75rem; }
dd { margin-inline-start: 0; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.9em; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: var(--soft); padding: 0.75rem; border-radius: 0.25rem; }
@media print {
  :root { --ink: #000; --paper: #fff; --soft: #fff; --line: #999; --muted: #333; --link: #000; --alarm: #000; }
  nav { display: none; } main { max-width: none; padding: 0; } body { font-size: 10.5pt; }
  h2, h3, .caption { break-after: avoid; } figure, .card, tr { break-inside: avoid; }
  .scroll { overflow: visible; background: none; } .hint { display: none; } figure img { max-width: 13cm; }
  table { font-size: 7.5pt; } th, td { padding: 0.2rem 0.35rem; } tbody th, td.long { min-width: 0; }
}
"""


class Html(str):
    """Text that is markup already; everything else is escaped."""

    __slots__ = ()


def escape(value: object) -> Html:
    """`value` as it may stand between tags or in a quoted attribute.

    Examples
    --------
    >>> escape("<b>'x' & y</b>")
    '&lt;b&gt;&#x27;x&#x27; &amp; y&lt;/b&gt;'
    >>> escape(Html("<b>bold</b>"))
    '<b>bold</b>'
    """
    if isinstance(value, Html):
        return value
    # A lone surrogate cannot be written as UTF-8, and NUL is not allowed in HTML.
    text = str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
    return Html(html.escape(text, quote=True))


def element(tag: str, *content: object, **attributes: str) -> Html:
    """One element; `class_` stands for `class`, and a trailing underscore is dropped from other names too."""
    given = "".join(f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{given}>{''.join(escape(part) for part in content)}</{tag}>")


def paragraphs(*texts: object, class_: str = "") -> Html:
    """One paragraph each; empty ones are left out."""
    look = {"class_": class_} if class_ else {}
    return Html("".join(element("p", text, **look) for text in texts if text))


def opening(verdict: str, warnings: Iterable[str] = (), said: str = "") -> Html:
    """How a page begins: the answer, and what to know before it is believed; `said` heads the warnings."""
    told = [element("li", warning) for warning in warnings]
    card = element("div", paragraphs(said), element("ul", *told), class_="card warn") if told else Html("")
    return Html(paragraphs(verdict, class_="lead") + card)


def name(value: object) -> Html:
    """A name from a log, isolated so that its direction does not turn the sentence around it.

    Names may be broken after the marks that join their words, so that no table gets as wide as a web address.
    """
    from funnel_utils.charts.style import ISOLATES, clean

    pieces = re.split(r"(?<=[_/.?&=-])", clean(value).strip(ISOLATES))
    return element("bdi", Html("<wbr>".join(escape(piece) for piece in pieces if piece)))


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and what a row shows in it."""

    heading: str
    show: Callable[[dict[str, Any]], object]
    numeric: bool = True
    long: bool = False


def table(caption: str, rows: Sequence[dict[str, Any]], columns: Sequence[Column], *, captioned: bool = True) -> Html:
    """A table that scrolls inside its own box on a narrow screen; the first column heads the rows.

    A table without rows is a sentence that says so. Where a heading right above says the same as the caption,
    `captioned` is false and the caption is only read aloud.
    """
    if not rows:
        return paragraphs(f"{caption}: {t('report.no_rows')}", class_="muted")
    heads = [element("th", c.heading, scope="col", **_look(c, head=True)) for c in columns]
    body = []
    for row in rows:
        first = element("th", columns[0].show(row), scope="row")
        cells = [element("td", _breakable(c, c.show(row)), **_look(c)) for c in columns[1:]]
        body.append(element("tr", first, *cells))
    inner = element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        aria_label=caption,
    )
    # A box that scrolls must be reachable with the keyboard.
    hint = element("p", t("report.scroll"), class_="hint", aria_hidden="true")
    box = element("div", hint, inner, class_="scroll", tabindex="0", role="region", aria_label=caption)
    # The caption stands outside the box, where it wraps to the screen instead of to the table.
    return Html(element("p", caption, class_="caption") + box) if captioned else box


def _breakable(column: Column, shown: object) -> object:
    """A cell of numbers breaks before an interval and after a stroke, and nowhere else: so wide tables fit the page."""
    if not column.numeric or isinstance(shown, Html):
        return shown
    return Html("<wbr>".join(escape(piece) for piece in re.split(r"(?<= )(?=\()|(?<= / )", str(shown))))


def _look(column: Column, head: bool = False) -> dict[str, str]:
    if column.numeric:
        return {"class_": "n"}
    return {"class_": "long"} if column.long and not head else {}


def picture(figure: Figure) -> Html:
    """A chart as an image inside the page, with its alternative text."""
    from funnel_utils.charts import alt_text, to_png

    data = base64.b64encode(_smaller(to_png(figure))).decode("ascii")
    width, height = (round(inches * 100) for inches in figure.get_size_inches())
    size = f'width="{width}" height="{height}"'
    return Html(f'<figure><img src="data:image/png;base64,{data}" {size} alt="{escape(alt_text(figure))}"></figure>')


def _smaller(png: bytes) -> bytes:
    """The same picture with a palette: charts have few colours, and a report should travel by mail."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        palette = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    palette.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


@dataclass(frozen=True)
class Section:
    """A part of the report: an id for links to it, a heading and its content."""

    id: str
    heading: str
    content: Html


def page(title: str, lead: Html, sections: Iterable[Section]) -> str:
    """The whole document."""
    parts = list(sections)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    links = [element("li", element("a", part.heading, href=f"#{part.id}")) for part in parts]
    body = [
        element("section", element("h2", part.heading, id=f"{part.id}-h"), part.content, id=part.id) for part in parts
    ]
    nav = element("nav", element("ul", *links), aria_label=t("report.contents"))
    main = element("main", element("h1", title), lead, nav, *body)
    return (
        f'<!DOCTYPE html>\n<html lang="{t("report.lang")}" dir="{t("report.dir")}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{main}\n</body>\n</html>\n"
    )
