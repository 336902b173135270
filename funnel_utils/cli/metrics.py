"""The little language in which a command line names a metric.

`purchase` is a conversion; `times visit`, `total value of purchase` and `column spent` are means; `click per visit` and
`total value of purchase per purchase` are ratios; `quantile 0.9 of times visit` is one. Events are written as the steps
of a funnel are: `a|b`, `pay{value>=100}`. Before it may stand a name (`revenue = total value of purchase`), behind it
options, each after a semicolon: `; planned_lift=0.1; better=down; margin=0.01; before=28d; covariate=age;
winsorise=0.99; after=7d; within=28d`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from funnel_utils.cli.spelling import CommandError, Spelling, spelled
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.measures import Measure
    from funnel_utils.cro.metrics import Metric

NUMBERS = ("planned_lift", "planned_difference", "baseline", "margin", "relative_margin", "winsorise")
TEXTS = ("better", "after", "within")
_NAMED = re.compile(r"([^={]+?)\s*=\s*(?![=<>!])(.+)", re.DOTALL)
_TOTAL = re.compile(r"total\s+(\S+)\s+of\s+(.+)", re.DOTALL)
_QUANTILE = re.compile(r"quantile\s+(\S+)\s+of\s+(.+)", re.DOTALL)


def parse_metric(text: str, role: str = "primary", types: Mapping[str, str] | None = None) -> Metric:
    """The metric that a text names.

    Parameters
    ----------
    text : str
        In the language above.
    role : {"primary", "guardrail", "secondary"}
    types : mapping of str to str, optional
        The types of the log's properties, for conditions.

    Raises
    ------
    SpecError
        If the text is not in the language, or the metric is not valid.

    Examples
    --------
    >>> metric = parse_metric("revenue = total value of purchase; before=28d", "secondary")
    >>> metric.name, metric.kind, metric.before[0].label
    ('revenue', 'mean', 'the 4w before')
    >>> parse_metric("click per visit").name
    'click / visit'
    """
    try:
        return _parsed(text, role, types)
    except CommandError:
        raise
    except SpecError as error:
        # Its arguments are the options behind a semicolon; only its role is an option of the command.
        said = spelled(str(error), {'role="guardrail"': Spelling("--guardrail")})
        raise CommandError(t("experiment.cli.metric", text=text, said=said)) from None


def _parsed(text: str, role: str, types: Mapping[str, str] | None) -> Metric:
    from funnel_utils.cro.metrics import Conversion, Mean, Quantile, Ratio

    body, *given = text.split(";")
    options: dict[str, Any] = {"role": role, **_options(given, text)}
    covariates = options.pop("covariates", ())
    cut = options.pop("winsorise", None)
    named = _NAMED.fullmatch(body.strip())
    if named:
        options["name"], body = named[1].strip(), named[2]
    body = body.strip()
    if not body:
        raise CommandError(t("experiment.cli.empty", text=text))
    extra = ({"covariates": covariates} if covariates else {}) | ({} if cut is None else {"winsorise": cut})
    quantile = _QUANTILE.fullmatch(body)
    parts = re.split(r"\s+per\s+", body)
    if quantile:
        _none(extra, text)
        return Quantile(_measure(quantile[2], types), _number(quantile[1], text), **options)
    if len(parts) == 2:
        _none({key: value for key, value in extra.items() if key == "winsorise"}, text)
        above, below = (_measure(part, types) for part in parts)
        return Ratio(above, below, covariates=covariates, **options)
    if body.startswith(("total ", "times ", "column ")):
        return Mean(_measure(body, types), **extra, **options)
    _none(extra, text)
    from funnel_utils.cro.measures import Did

    return Conversion(Did(*_events(body, types)), **options)


def _none(extra: Mapping[str, Any], text: str) -> None:
    if extra:
        raise CommandError(t("experiment.cli.not_here", option=", ".join(extra), text=text))


def _measure(text: str, types: Mapping[str, str] | None) -> Measure:
    from funnel_utils.cro.measures import Column, Times, Total

    text = text.strip()
    total = _TOTAL.fullmatch(text)
    if total:
        return Total(total[1], *_events(total[2], types))
    if text.startswith("column "):
        return Column(text.removeprefix("column ").strip())
    return Times(*_events(text.removeprefix("times ").strip(), types))


def _events(text: str, types: Mapping[str, str] | None) -> tuple[tuple[str, ...], dict[str, Any] | None]:
    """Events and their condition, in the language of steps."""
    from funnel_utils.cli.steps import parse_steps

    step = parse_steps(None, [text], types)[0]
    where: dict[str, Any] = {}
    for one in step.where:
        if one.property in where:
            raise CommandError(t("experiment.cli.twice", property=one.property, text=text))
        where[one.property] = (one.operator, one.value)
    return step.events, where or None


def _options(given: list[str], text: str) -> dict[str, Any]:
    from funnel_utils.cro.measures import Before

    found: dict[str, Any] = {}
    for option in given:
        name, mark, value = (part.strip() for part in option.partition("="))
        if not mark or not value or name not in (*NUMBERS, *TEXTS, "before", "covariate"):
            known = ", ".join((*NUMBERS, *TEXTS, "before", "covariate"))
            raise CommandError(t("experiment.cli.option", option=option.strip(), text=text, known=known))
        if name in NUMBERS:
            found[name] = _number(value, text)
        elif name in TEXTS:
            found[name] = value
        else:
            found["covariates"] = (*found.get("covariates", ()), Before(value) if name == "before" else value)
    return found


def _number(value: str, text: str) -> float:
    from funnel_utils.cli.options import number

    try:
        return number(value)
    except CommandError as error:
        raise CommandError(t("experiment.cli.metric", text=text, said=error)) from None
