"""`quiz("01")`: a lesson's questions with feedback on every answer, clickable in a notebook and readable without one.

The questions are `QUESTIONS`: for each, the names of its answers in their order and which one is right; the words are
in the catalogue under `quiz.<lesson>.<question>`. In a running notebook jupyterquiz makes buttons of them. Where no
script runs (GitHub, a printed page, an untrusted notebook) the same questions stay as a list that unfolds.

jupyterquiz draws a random id for each quiz, and may fetch MathJax from a network; here the id depends on the lesson, so
that a notebook built twice is the same notebook, and the fetch is taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from funnel_utils.errors import SpecError
from funnel_utils.text import t

#: lesson -> question -> (right answer, all answers in the order shown)
QUESTIONS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "00": {
        "row": ("event", ("event", "person", "day")),
        "aside": ("aside", ("deleted", "kept", "aside")),
        "observed": ("last", ("today", "last", "first")),
        "people": ("distinct", ("rows", "distinct", "sessions")),
        "blank": ("todo", ("error", "wrong", "todo")),
    },
    "01": {
        "conversion": ("share", ("percent", "share", "upside", "lost")),
        "weakest": ("rate", ("people", "last", "rate")),
        "order": ("more", ("more", "same", "fewer")),
        "open": ("mature", ("lost", "dropped", "mature")),
        "interval": ("range", ("range", "people", "error")),
        "time": ("censored", ("mean", "advanced", "censored")),
        "vendors": ("rules", ("bug", "rules", "sample")),
        "claim": ("test", ("test", "law", "ignore")),
    },
    "02": {
        "view": ("side", ("place", "side", "age")),
        "entry": ("normal", ("broken", "lost", "normal")),
        "store": ("met", ("met", "moved", "double")),
        "control": ("lot", ("difference", "lot", "all")),
        "score": ("remembers", ("good", "luck", "remembers")),
        "last": ("door", ("door", "best", "cheap")),
        "cause": ("away", ("markov", "away", "more")),
        "ladder": ("climb", ("never", "always", "climb")),
    },
    "03": {
        "survey": ("unknown", ("half", "unknown", "false")),
        "content": ("branded", ("marketing", "placement", "branded")),
        "smart": ("dark", ("specific", "dark", "fine")),
        "achievable": ("itself", ("itself", "safe", "effort")),
        "interval": ("both", ("mean", "both", "never")),
        "next": ("search", ("email", "both", "search")),
        "least": ("half", ("always", "half", "broken")),
        "profit": ("sum", ("path", "sum", "more")),
    },
    "04": {
        "higher": ("open", ("wins", "same", "open")),
        "p": ("luck", ("luck", "null", "better")),
        "half": ("four", ("same", "four", "twice")),
        "srm": ("repair", ("ship", "weigh", "repair")),
        "guard": ("open", ("holds", "open", "broken")),
        "peek": ("quarter", ("quarter", "twenty", "all")),
        "interaction": ("date", ("both", "average", "date")),
        "store": ("works", ("failed", "works", "seers")),
    },
    "04b": {
        "curse": ("less", ("less", "same", "more")),
        "cuped": ("before", ("during", "before", "after")),
        "unit": ("alarms", ("fine", "weak", "alarms")),
        "metrics": ("most", ("five", "most", "all")),
        "bounds": ("on", ("stop", "on", "five")),
        "bayes": ("prior", ("ninetysix", "nothing", "prior")),
        "bandit": ("short", ("always", "short", "few")),
    },
    "05a": {
        "kind": ("silence", ("cancelled", "silence", "ninety")),
        "empty": ("unseen", ("zero", "unseen", "error")),
        "churn": ("left", ("loyal", "luck", "left")),
        "alive": ("twins", ("twins", "buys", "gone")),
        "once": ("never", ("sure", "never", "data")),
        "ties": ("same", ("file", "fewer", "same")),
        "clv": ("unit", ("model", "people", "unit")),
        "ladder": ("third", ("third", "never", "revenue")),
    },
    "05b": {
        "phone": ("neither", ("first", "both", "neither")),
        "zero": ("nothing", ("small", "nothing", "error")),
        "consent": ("never", ("once", "never", "service")),
        "one": ("between", ("all", "between", "unknown")),
        "credit": ("setting", ("caused", "setting", "false")),
        "reach": ("all", ("all", "sent", "opened")),
        "settled": ("range", ("zero", "works", "range")),
        "dogs": ("stop", ("more", "stop", "offer")),
    },
}


@dataclass(frozen=True)
class Answer:
    """One answer to choose, whether it is the right one, and what to say to who chooses it."""

    text: str
    correct: bool
    feedback: str


@dataclass(frozen=True)
class Question:
    """A question and its answers, in the order shown."""

    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, repr=False)
class Quiz:
    """A lesson's questions; shows itself as buttons in a notebook, as a list elsewhere."""

    lesson: str
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        lines = [t("quiz.title", lesson=self.lesson)]
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {question.text}")
            lines += [f"   ({letter}) {a.text}" for letter, a in zip("abcdef", question.answers, strict=False)]
        return "\n".join(lines)

    def to_html(self) -> str:
        """The questions as a list whose answers unfold into their feedback: no script needed."""
        items = []
        for question in self.questions:
            answers = "".join(
                f"<li><details><summary>{escape(a.text)}</summary>{_verdict(a)} {escape(a.feedback)}</details></li>"
                for a in question.answers
            )
            items.append(f'<li><p>{escape(question.text)}</p><ul style="list-style: none">{answers}</ul></li>')
        return f"<p>{escape(t('quiz.static'))}</p><ol>{''.join(items)}</ol>"

    def to_jupyterquiz(self) -> list[dict[str, Any]]:
        """The questions as jupyterquiz takes them; it writes texts as HTML, so they are escaped here."""
        return [
            {
                "type": "multiple_choice",
                "question": escape(question.text, quote=False),
                "answer_cols": 1,
                "answers": [
                    {
                        "answer": escape(a.text, quote=False),
                        "correct": a.correct,
                        "feedback": f"{_verdict(a)} {escape(a.feedback, quote=False)}",
                    }
                    for a in question.answers
                ],
            }
            for question in self.questions
        ]

    def outputs(self) -> tuple[str, str]:
        """The HTML and the JavaScript that a notebook gets."""
        from jupyterquiz.dynamic.loader import load_questions_script
        from jupyterquiz.dynamic.renderer import build_script, build_styles, render_div

        place = f"funnelquiz{self.lesson}"
        prefix, static, url = load_questions_script(self.to_jupyterquiz(), place)
        script = build_script(prefix, static, url, place, load_js=True)
        script = re.sub(r"script\.src = '[^']*';", "", script.replace("document.head.appendChild(script);", ""))
        holder = render_div(place, "False", "False", False, len(self.questions), 700, 6, "left")
        styles = build_styles(place, _COLOURS).replace(f"#{place} ", ".funnel-quiz ") + _STYLE
        # The holder comes without its end tag.
        inside = f'{holder}</div><div class="funnel-quiz-static">{self.to_html()}</div>'
        html = f'<div class="funnel-quiz">{inside}</div>{styles}'
        # The questions hold no formulas, and the MathJax that JupyterLab has is not the one jupyterquiz would call.
        return html, f"(function () {{\nvar MathJax;\n{_BEFORE % place}{script}{_AFTER % place}}})();"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        html, script = self.outputs()
        display({"text/html": html, "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
        display({"application/javascript": script, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]


#: The same quiz may be open twice in one page (student's and instructor's notebook): an id that already holds questions
#: is given up, so that the script finds the new place.
_BEFORE = """document.querySelectorAll('[id="%s"]').forEach(function (old) {
  if (old.childElementCount) { old.removeAttribute('id'); }
});
"""
#: Once the buttons are there, the list is hidden, and what is said to an answer is read out by screen readers.
_AFTER = """
(function hide(tries) {
  var place = document.getElementById('%s');
  if (place && place.childElementCount) {
    place.parentElement.querySelector('.funnel-quiz-static').style.display = 'none';
    place.querySelectorAll('.Feedback').forEach(function (said) { said.setAttribute('role', 'status'); });
  } else if (tries) { setTimeout(hide, 200, tries - 1); }
})(50);
"""
_STYLE = (
    "<style>.funnel-quiz .Quiz, .funnel-quiz .Feedback { font-size: 1rem; line-height: 1.4; margin-left: 0 }"
    " .funnel-quiz .MCButton { font-size: 1rem; justify-content: flex-start; text-align: left; gap: 0.5em }"
    " .funnel-quiz .Feedback { text-align: left }"
    " .funnel-quiz .correct, .funnel-quiz .incorrect { background: #fafafa; border-radius: 6px; padding: 6px 10px }"
    " .funnel-quiz .MCButton:focus-within { outline: 3px solid #E69F00 }</style>"
)
_COLOURS = {
    "--jq-multiple-choice-bg": "#14406b",
    "--jq-mc-button-bg": "#fafafa",
    "--jq-mc-button-border": "#8a8a8a",
    "--jq-mc-button-inset-shadow": "#555555",
    "--jq-incorrect-color": "#a63d00",
    "--jq-correct-color": "#006b4f",
    "--jq-text-color": "#fafafa",
    "--jq-link-color": "#9abafa",
}


def _verdict(answer: Answer) -> str:
    return escape(t("quiz.right" if answer.correct else "quiz.wrong"), quote=False)


def quiz(lesson: str) -> Quiz:
    """The questions of a lesson.

    Parameters
    ----------
    lesson : str
        The lesson's number, such as `"01"`.

    Returns
    -------
    Quiz

    Raises
    ------
    SpecError
        If there is no quiz for that lesson.

    Examples
    --------
    >>> len(quiz("01").questions)
    8
    """
    if lesson not in QUESTIONS:
        raise SpecError(f"quiz: there is no quiz for lesson {lesson!r}; there are: {', '.join(QUESTIONS)}.")
    questions = []
    for name, (right, order) in QUESTIONS[lesson].items():
        key = f"quiz.{lesson}.{name}"
        answers = tuple(Answer(t(f"{key}.{a}"), a == right, t(f"{key}.{a}.why")) for a in order)
        questions.append(Question(t(key), answers))
    return Quiz(lesson, tuple(questions))
