"""Texts of unit economics: cost of a customer, payback, winning and keeping, the ladder of offers."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "economics.column.period": "period",
    "economics.column.margin": "margin",
    "economics.column.discount": "discount",
    "economics.column.discounted": "discounted",
    "economics.column.cumulative": "together so far",
    "economics.column.net": "after the cost of winning",
    "economics.column.what": "what",
    "economics.column.spend": "spend",
    "economics.column.customers": "customers",
    "economics.column.cost": "cost of one",
    "economics.column.low": "low",
    "economics.column.high": "high",
    "economics.column.rung": "offer",
    "economics.column.taken": "took it",
    "economics.column.of": "of",
    "economics.column.share": "share",
    "economics.column.reach": "of all who entered",
    "economics.column.contribution": "brings, per customer who entered",
    "economics.caption.unit": "The account of one new customer",
    "economics.caption.multiple": "What one customer costs",
    "economics.caption.ladder": "The ladder of offers, per customer who took the first",
    "economics.unit.says": "A new customer costs {cac} ({low} to {high}) and brings a margin of {ltv} in {horizon}:"
    " {ratio} times her cost.",
    "economics.unit.payback_first": "She has paid for herself within the first {period}.",
    "economics.unit.payback": "She has paid for herself after {periods} periods of {period}.",
    "economics.unit.never": "In that time she does not pay for herself: {missing} are missing.",
    "economics.multiple.winning": "winning",
    "economics.multiple.keeping": "keeping",
    "economics.multiple.says": "Winning a customer costs {winning}, keeping one {keeping}: {multiple} times as much"
    " ({low} to {high}).",
    "economics.multiple.average": "That divides the spend by all who stayed, though most would have stayed without it:"
    " only a holdout tells what keeping one more costs.",
    "economics.multiple.additional": "Keeping counts only those who stayed because of the spend.",
    "economics.ladder.loss": "“{entry}” loses {money} on everybody who takes it.",
    "economics.ladder.gain": "“{entry}” brings {money} with everybody who takes it.",
    "economics.ladder.end": "Up to “{top}” she brings {money} ({low} to {high}).",
    "economics.ladder.plan": "Up to “{top}” she is planned to bring {money}.",
    "economics.ladder.from": "It has paid from “{rung}” on.",
    "economics.ladder.never": "The ladder never pays for its first rung.",
    "economics.ladder.needed": "To break even, {needed} must climb to “{rung}”; {rate} do.",
    "economics.ladder.cannot": "Even if all climbed to “{rung}”, it would not break even.",
    "economics.chart.payback": "A customer has paid for herself after {periods} periods",
    "economics.chart.never": "A customer does not pay for herself in this time",
    "economics.chart.unit_y": "Margin of one customer so far, less what it cost to win her",
    "economics.chart.unit_x": "Periods since her first purchase",
    "economics.chart.unit_alt": "A line that starts at the cost of winning a customer and rises with her margins."
    " {words} By period: {parts}.",
    "economics.chart.ladder": "The ladder has paid from “{rung}” on",
    "economics.chart.ladder_never": "The ladder never pays for its first rung",
    "economics.chart.climbed": "({taken:,} of {of:,} climbed)",
    "economics.chart.ladder_note": "Margin so far per customer who took the first offer, after the cost of winning her;"
    " lines: 95%, as far as counts are known. Hatched: a loss.",
    "economics.chart.ladder_alt": "Bars of the cumulative margin by offer. {words} By offer: {parts}.",
}
