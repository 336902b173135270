"""Texts of the simulators of experiments: peeking, power, coverage, split, covariate, interaction, winner's curse."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "lab.preset.tip": "Set all controls to this case",
    "lab.rare": "under 0.1%",
    "lab.sure": "over 99.9%",
    "lab.rate": "Control: share that buys, %",
    "lab.lift": "True lift of the treatment, %",
    # Peeking
    "lab.peeking.group.looks": "Looking",
    "lab.peeking.group.experiment": "The experiment",
    "lab.peeking.looks": "Looks",
    "lab.peeking.alpha": "Stop at the first p below, %",
    "lab.peeking.per_look": "People an arm between looks",
    "lab.peeking.rule": "Rule drawn below",
    "lab.peeking.rule.peek": "peeking: each look as if it were the only one",
    "lab.peeking.rule.obrien_fleming": "O'Brien-Fleming: borders for planned looks",
    "lab.peeking.rule.always_valid": "always valid: a border for looks at any time",
    "lab.peeking.rule.wait": "one look, at the end",
    "lab.peeking.preset.daily": "Every day for four weeks",
    "lab.peeking.preset.once": "Once, at the end",
    "lab.peeking.preset.effect": "A lift of 20%",
    "lab.peeking.title.once": "One look keeps its promise: {theory} of experiments are stopped",
    "lab.peeking.title.false": "No difference, {looks} looks: peeking announces one in {theory} of experiments",
    "lab.peeking.title.true": "A lift of {lift}, {looks} looks: peeking stops {theory} of experiments, O'Brien-Fleming"
    " {obrien_fleming}",
    "lab.peeking.stopped": "Share of experiments stopped by each look",
    "lab.peeking.promised": "promised: {alpha}",
    "lab.peeking.end.peek": "peeking {share}",
    "lab.peeking.end.obrien_fleming": "O'Brien-Fleming {share}",
    "lab.peeking.end.always_valid": "always valid {share}",
    "lab.peeking.paths": "Strength of the evidence (z) in a few experiments. Dashed: {rule}",
    "lab.peeking.crossed": "{stopped} of {shown} stopped",
    "lab.peeking.looks_axis": "looks",
    "lab.peeking.note": "Red line: theory of peeking. Dots: {experiments} simulated experiments, {people} people an arm"
    " between looks. The other lines are simulated, too.",
    "lab.peeking.says.false": "Without any difference, {looks} looks that stop at the first p below {alpha} announce"
    " one in {theory} of experiments by theory and in {peek} of {experiments} simulated ones",
    "lab.peeking.says.false.once": "Without any difference, one look at p below {alpha} announces one in {theory} of"
    " experiments by theory and in {peek} of {experiments} simulated ones: it keeps its promise",
    "lab.peeking.says.true.once": "With a true lift of {lift}, one look at p below {alpha} finds a difference in"
    " {theory} of experiments by theory and in {peek} of {experiments} simulated ones",
    "lab.peeking.says.false.fixes": "with O'Brien-Fleming's border it is {obrien_fleming}, with an always-valid border"
    " {always_valid}, with one look at the end {wait}",
    "lab.peeking.says.true": "With a true lift of {lift}, {looks} looks that stop at the first p below {alpha} stop"
    " {theory} of experiments by theory and {peek} of {experiments} simulated ones",
    "lab.peeking.says.true.fixes": "O'Brien-Fleming's border stops {obrien_fleming}, an always-valid border"
    " {always_valid}, one look at the end {wait}",
    "lab.peeking.says.needed": "on average they look {peek}, {obrien_fleming}, {always_valid} and {wait} times",
    # Power
    "lab.power.group.effect": "What you hope for",
    "lab.power.group.experiment": "The experiment",
    "lab.power.group.errors": "The errors you accept",
    "lab.power.lift": "Planned lift, %",
    "lab.power.people": "People an arm",
    "lab.power.per_day": "People a day, all arms",
    "lab.power.alpha": "False alarms, %",
    "lab.power.target": "Power wanted, %",
    "lab.power.preset.checkout": "The new checkout",
    "lab.power.preset.small": "A quarter of that lift",
    "lab.power.preset.rare": "One in a hundred buys",
    "lab.power.title": "{people} people an arm find a lift of {lift} in {power} of experiments",
    "lab.power.title.flat": "There is no effect to find: all that is announced is a false alarm",
    "lab.power.bells": "Difference that the experiment will observe, points. Dotted: from here on it is announced",
    "lab.power.null": "no effect",
    "lab.power.planned": "{effect} points",
    "lab.power.found": "found {power}",
    "lab.power.missed": "missed {missed}",
    "lab.power.alarm": "false alarms {alpha}",
    "lab.power.curve": "Power, by people an arm. Dot: yours",
    "lab.power.here": "{target}: {needed} people,\n{days_needed} days",
    "lab.power.says.power": "Where {rate} buy, {people} people an arm find a lift of {lift} (to {other}) in {power} of"
    " experiments",
    "lab.power.says.needed": "{target} takes {needed} people an arm, {days_needed} days at {per_day} people a day",
    "lab.power.says.least": "the least lift that your people find in {target} of experiments is {least}",
    "lab.power.says.none": "your people find no lift in {target} of experiments",
    "lab.power.says.alarms": "without any effect {alpha} of experiments announce one",
    "lab.power.says.flat": "Where {rate} buy and the treatment changes nothing, {power} of experiments announce a"
    " difference, however many people take part",
}
