"""Texts of the plan's charts."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "plan_charts.goal": "goal: {value}",
    "plan_charts.target": "target: {value}",
    "plan_charts.bound.minimum": "its minimum",
    "plan_charts.bound.maximum": "its maximum",
    "plan_charts.bound.fixed": "fixed",
    # Response curves
    "plan_charts.response.curve": "channel",
    "plan_charts.response.axes": "Across: spend in a period. Up: visits.",
    "plan_charts.response.title_split": "{spend} split over {n} channels: {value} {what}.",
    "plan_charts.response.title_fitted": "Where {n} channels level off: known for {known} of them.",
    "plan_charts.response.title_given": "Response curves of {n} channels.",
    "plan_charts.response.at": "{spend} bring {visits} visits; one more {one} costs {price}.",
    "plan_charts.response.at_bound": "{spend} ({bound}) bring {visits} visits.",
    "plan_charts.response.enough": "{spend} bring {visits} visits; more money brings nothing more.",
    "plan_charts.response.note_fitted": "Rings: months, with their season taken out. Line: the curve that fits them"
    " best. "
    "Band: its 95% interval. Dot: the split.",
    "plan_charts.response.note_given": "Line: the curve as given. Dot: the split.",
    "plan_charts.response.alt_part": "{name}: at most {top} visits, half of them for {half}.",
    "plan_charts.response.alt": "Response curves, a panel per channel. {words} {parts}",
    # Fan
    "plan_charts.fan.axes": "Across: budget{currency}. Up: {measure} in a period.",
    "plan_charts.fan.note": "Line: expected, at the best split of each budget. Bands, from dark to pale: 50, 80 and"
    " 90 of 100 simulated periods, from the curves' and rates' uncertainty and from chance.",
    "plan_charts.fan.sure": "From {total} on, 9 periods of 10 reach {goal}.",
    "plan_charts.fan.not_sure": "None of these budgets reaches {goal} in 9 periods of 10.",
    "plan_charts.fan.alt_part": "{total}: {expected} ({low} to {high})",
    "plan_charts.fan.alt": "Fan chart. {words} Budget, expected result and range of 8 periods in 10: {parts}.",
    # SMART
    "plan_charts.smart.title": "“{statement}”",
    "plan_charts.smart.head": "{letter} · {name}: {status}",
    "plan_charts.smart.yes": "yes",
    "plan_charts.smart.partly": "partly",
    "plan_charts.smart.no": "no",
    "plan_charts.smart.unknown": "not known",
    "plan_charts.smart.those": "{status}: {names}.",
    "plan_charts.smart.note": "Circle: yes. Triangle: partly. Square: no. Diamond: not known.",
    "plan_charts.smart.alt_part": "{name}: {status}. {reason}",
    "plan_charts.smart.alt": "SMART lights of the goal “{statement}”. {parts}",
    # Forecast
    "plan_charts.forecast.title": "{metric}: {words}",
    "plan_charts.forecast.ending": "{mean} expected in the {by} from {period}, {low} to {high}",
    "plan_charts.forecast.note": "Black: the past. Pale bars with a tick: what was forecast one period ahead at the"
    " time, "
    "with its {level} interval. Dashed: the forecast, with the same interval.",
    "plan_charts.forecast.target": "The target of {target} is {away} standard errors from it.",
    "plan_charts.forecast.alt_part": "{period}: {mean} ({low} to {high})",
    "plan_charts.forecast.alt": "Line chart. {words} The last periods: {past}. Ahead: {parts}.",
    # Pacing
    "plan_charts.pace.title_ahead": "{gap} {metric} ahead of the plan; {target} has a chance of {chance}",
    "plan_charts.pace.title_behind": "{gap} {metric} behind the plan; {target} has a chance of {chance}",
    "plan_charts.pace.note_forecast": "Cumulative. Solid: reached. Dashed grey: the plan. Dashed blue with its 80%"
    " interval: forecast from the whole history.",
    "plan_charts.pace.note_mean_so_far": "Cumulative. Solid: reached. Dashed grey: the plan. Dashed blue with its 80% "
    "interval: at the mean so far, because the history is too short for a forecast.",
    "plan_charts.pace.note_complete": "Cumulative. Solid: reached. Dashed grey: the plan. The period is over.",
    "plan_charts.pace.alt_part": "{period}: {actual} of a planned {plan}",
    "plan_charts.pace.alt": "Line chart of cumulative values. {words} The last known: {parts}.",
}
