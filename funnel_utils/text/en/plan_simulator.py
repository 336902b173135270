"""Texts of the plan simulator."""

from __future__ import annotations

TEXT: dict[str, str] = {
    # The controls
    "plan_simulator.group.spend": "The month's money, million toman",
    "plan_simulator.group.goal": "The goal",
    "plan_simulator.margin": "Left of an order's value, %",
    "plan_simulator.target": "Sales in the month",
    "plan_simulator.deadline": "Deadline",
    "plan_simulator.no_date": "no date",
    "plan_simulator.serves": "Serves",
    "plan_simulator.serves.none": "not said",
    "plan_simulator.serves.profit": "profit",
    "plan_simulator.serves.advocacy": "advocacy",
    "plan_simulator.says_whom": "It says whose sales, and which way",
    "plan_simulator.compared": "It is compared with the same month a year before",
    "plan_simulator.explained": "It says by what it shall come about",
    "plan_simulator.split": "Split the same money best",
    "plan_simulator.split.tip": "Move the sliders to the split of this money that brings most sales",
    "plan_simulator.enough": "Least money for the goal",
    "plan_simulator.enough.tip": "Move the sliders to the least money that is expected to bring the goal",
    # The goal in words
    "plan_simulator.statement": "{target} sales",
    "plan_simulator.baseline": "the same month a year before",
    "plan_simulator.because": "{spend} toman on {n} channels.",
    "plan_simulator.contradiction": "The target of {target} lies below the {baseline} of the same month a year before:"
    " that is no increase.",
    # The picture
    "plan_simulator.title": "{sales} sales for {spend} toman; the goal of {target} has a chance of {chance}",
    "plan_simulator.curves": "Sales of each channel,\nby spend (million toman)",
    "plan_simulator.next_head": "one more sale costs\n(million toman)",
    "plan_simulator.leaves": "(an order leaves {left})",
    "plan_simulator.never": "never",
    "plan_simulator.fan": "Sales of the month, by spend in these proportions (million toman). Dot: your"
    " money. Bands: 80 and 50 of 100 months.",
    "plan_simulator.goal_line": "goal {target}",
    "plan_simulator.forecast_line": "as before {mean}",
    "plan_simulator.light": "{letter} {name}: {status}.",
    "plan_simulator.chance.rare": "under 1%",
    "plan_simulator.chance.sure": "over 99%",
    # The sentence
    "plan_simulator.says.brings": "{spend} toman are expected to bring {sales} sales in {month} ({low} to {high} in 8"
    " of 10 months), which {leaves}",
    "plan_simulator.says.brings_any": "{spend} toman are expected to bring {sales} sales in a normal month ({low} to"
    " {high} in 8 of 10 months), which {leaves}",
    "plan_simulator.says.profit": "leaves {money} toman",
    "plan_simulator.says.loss": "loses {money} toman on these orders",
    "plan_simulator.says.chance": "the goal of {target} has a chance of {chance}",
    "plan_simulator.says.better": "the same money split best would bring {sales}",
    "plan_simulator.says.is_best": "no other split of this money brings more",
    "plan_simulator.says.least": "the goal costs at least {money} toman",
    "plan_simulator.says.unreachable": "no money on these channels brings the goal",
    "plan_simulator.says.lights": "{has} of {all} lights are on",
    "plan_simulator.says.band": "the goal is {band}: going on as before brings {mean} ({low} to {high})",
    "plan_simulator.says.nothing": "Nothing is spent, so the channels bring nothing",
    "plan_simulator.band.unambitious": "unambitious",
    "plan_simulator.band.achievable": "achievable",
    "plan_simulator.band.stretch": "a stretch",
    "plan_simulator.band.not achievable": "not achievable",
}
