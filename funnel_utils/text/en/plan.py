"""Texts of the plan: goals, budgets, forecasts, pacing."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "plan.million": "{number} million",
    "plan.unlimited": "without limit",
    "plan.money": "{amount} {currency}",
    "plan.chance.least": "less than 1%",
    "plan.chance.most": "more than 99%",
    "plan.by.day": "day",
    "plan.by.week": "week",
    "plan.by.month": "month",
    "plan.by.days": "days",
    "plan.by.weeks": "weeks",
    "plan.by.months": "months",
    "plan.one.visits": "visit",
    "plan.one.leads": "lead",
    "plan.one.sales": "sale",
    "plan.one.revenue": "unit of revenue",
    "plan.one.profit": "unit of profit",
    "plan.many.visits": "visits",
    "plan.many.leads": "leads",
    "plan.many.sales": "sales",
    "plan.many.revenue": "revenue",
    "plan.many.profit": "profit",
    # Response curves
    "plan.fit.known": "{name}: half of at most {top} results a period comes with a spend of {half}; the {n} periods"
    " allow {low} to {high} ({level} interval).",
    "plan.fit.unknown": "{name}: the {n} periods do not show where the curve bends; the spend that brings half of"
    " what is possible may be {low} to {high} ({level} interval). Vary the spend more.",
    # Budgets
    "plan.outcome.brings": "{spend} bring {visits} visits, {leads} leads and {sales} sales: a revenue of {revenue}"
    " (ROAS {roas}), a profit of {profit}, and {cac} for a new customer.",
    "plan.outcome.most": "{channel} gets most: {share}.",
    "plan.outcome.off": "Nothing goes to {channels}.",
    "plan.outcome.price": "At the margin one more {what} costs {price}.",
    "plan.fan.says": "{spend} bring {expected} {measure} on average, and {low} to {high} in 8 periods of 10.",
    # Forecasts
    "plan.forecast.says": "If it goes on as before, {metric} will be {mean} in the {by} from {period} ({low} to {high},"
    " {level} interval).",
    "plan.forecast.model": "In the backtest this form ({model}) had {mase} of the error of a naive step, {naive} had"
    " {baseline}; {inside} of {total} values lay inside the intervals.",
    "plan.forecast.baseline": "In the backtest nothing did better than {naive} ({baseline} of the error of a naive"
    " step), so that is the forecast; {inside} of {total} values lay inside the intervals.",
    "plan.forecast.season": "“the same as last season”",
    "plan.forecast.period": "“the same as the last one”",
    # Pacing
    "plan.pace.ahead": "{done} {metric} so far, {gap} more than the plan's {plan}. At this pace the period ends with"
    " {mean} ({low} to {high}, 80% interval); the target of {target} has a chance of {chance}.",
    "plan.pace.behind": "{done} {metric} so far, {gap} short of the plan's {plan}. At this pace the period ends with"
    " {mean} ({low} to {high}, 80% interval); the target of {target} has a chance of {chance}.",
    # SMART
    "plan.smart.verdict": "{has} of {all} letters.",
    "plan.smart.first": "First mend “{name}”: {reason}",
    "plan.smart.letter.specific": "S",
    "plan.smart.letter.measurable": "M",
    "plan.smart.letter.achievable": "A",
    "plan.smart.letter.relevant": "R",
    "plan.smart.letter.time_bound": "T",
    "plan.smart.letter.explainable": "E",
    "plan.smart.letter.relative": "R",
    "plan.smart.name.specific": "specific",
    "plan.smart.name.measurable": "measurable",
    "plan.smart.name.achievable": "achievable",
    "plan.smart.name.relevant": "relevant",
    "plan.smart.name.time_bound": "time-bound",
    "plan.smart.name.explainable": "explainable",
    "plan.smart.name.relative": "relative",
    "plan.smart.field.metric": "the metric",
    "plan.smart.field.segment": "of whom (“all” is an answer)",
    "plan.smart.field.direction": "the direction",
    "plan.smart.increase": "increase",
    "plan.smart.decrease": "decrease",
    "plan.smart.specific.yes": "It says what and whose: {way} {metric} of {segment}.",
    "plan.smart.specific.no": "It does not say {lacking}.",
    "plan.smart.measurable.yes": "{metric} can be computed now: {n} {by}, the last at {last}; and there is a target.",
    "plan.smart.measurable.no_target": "{metric} can be computed now ({n} {by}, the last at {last}), but there is no"
    " target number.",
    "plan.smart.measurable.no_metric": "There is no metric to compute.",
    "plan.smart.measurable.no_history": "There is no history of {metric}; compute it from the log first.",
    "plan.smart.measurable.other": "The goal is about {metric}, the numbers at hand are {given}.",
    "plan.smart.measurable.segment": "The goal is about the segment {segment}, the numbers at hand are of {given}.",
    "plan.smart.measurable.no_sum": "{metric} does not add up over periods; aim at the value of one period.",
    "plan.smart.achievable.unambitious": "The target of {target} is short of {mean}, where the forecast goes by"
    " itself: it asks for nothing.",
    "plan.smart.achievable.achievable": "The target of {target} lies between the forecast of {mean} and the far end"
    " of its 80% interval ({low} to {high}).",
    "plan.smart.achievable.stretch": "The target of {target} is {away} standard errors from the forecast of {mean},"
    " beyond"
    " its 80% interval ({low} to {high}): a stretch, for which something must change.",
    "plan.smart.achievable.not_achievable": "The target of {target} is {away} standard errors from the forecast of"
    " {mean}"
    " (80% interval {low} to {high}): nothing in the history makes it likely.",
    "plan.smart.achievable.no_history": "Without a history of the metric there is no forecast to hold it against.",
    "plan.smart.achievable.no_deadline": "Without a date there is no forecast to hold it against.",
    "plan.smart.achievable.no_target": "Without a direction and a target there is nothing to hold against the"
    " forecast.",
    "plan.smart.achievable.no_sum": "The metric does not add up over periods, so there is no total to forecast.",
    "plan.smart.achievable.past": "{deadline} is not after the history, so there is nothing to forecast.",
    "plan.smart.achievable.refused": "Not known: {why}",
    "plan.smart.relevant.yes": "A path leads to the business goal: {path}.",
    "plan.smart.relevant.none": "It does not say which business goal it serves.",
    "plan.smart.relevant.no_path": "In the KPI tree no path leads from {metric} to {serves}.",
    "plan.smart.time.yes": "{deadline}; the change from {base} to {target} is {away} standard errors of chance"
    " ({needed} are needed), so it will be seen.",
    "plan.smart.time.few": "{deadline}; but the change from {base} to {target} is only {away} standard errors of chance"
    " ({needed} are needed): too few events until then to tell it from luck.",
    "plan.smart.time.none": "There is no date.",
    "plan.smart.time.past": "{deadline} is not after the history.",
    "plan.smart.time.only_date": "There is a date, {deadline}; without numbers nobody can say whether the change will"
    " be seen by then.",
    "plan.smart.time.no_noise": "There is a date, {deadline}; the history does not carry what is needed to say"
    " whether the change will stand out from chance (sums of squares, or numerators and denominators).",
    "plan.smart.explainable.yes": "It says by what: {because}",
    "plan.smart.explainable.no": "It does not say by what it shall come about.",
    "plan.smart.relative.yes": "{change} against {what} ({of}: {value}).",
    "plan.smart.relative.no_target": "There is a baseline, {what} ({of}: {value}), but no target to hold against it.",
    "plan.smart.relative.no": "It is compared with nothing: no past of one's own, no competitor.",
    "plan.smart.relative.own": "own",
    "plan.smart.relative.competitor": "competitor",
}
