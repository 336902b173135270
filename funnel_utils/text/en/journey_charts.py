"""Texts of the journeys' charts."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "journey_charts.flow.title": "{share} of {journeys} journeys begin with {first}; by step {steps}, {converted} "
    "of them have converted",
    "journey_charts.flow.title_plain": "{share} of {journeys} journeys begin with {first}; by step {steps}, {over} of "
    "them have nothing more",
    "journey_charts.flow.empty": "There is no journey to draw",
    "journey_charts.flow.position": "step {number}",
    "journey_charts.flow.note": "Height: journeys. A band is the journeys that go from one place to the next. In "
    "brackets: where journeys end; they are drawn once. In %: of all journeys.",
    "journey_charts.flow.alt": "Flow chart. {words} {parts}.",
    "journey_charts.flow.alt_step": "Step {number}: {nodes}",
    "journey_charts.flow.alt_node": "{name} {share}",
    "journey_charts.transitions.title": "After {source}, {target} follows most often: {rate} of the time",
    "journey_charts.transitions.empty": "There is no transition to draw",
    "journey_charts.transitions.note": "Each row: of all that follows this state (left), the share in % that goes to "
    "the state above; rows add up to 100. An empty cell: less than half a percent.",
    "journey_charts.transitions.alt": "Transition matrix. {words} {parts}.",
    "journey_charts.transitions.alt_row": "after {source}: {targets}",
    "journey_charts.pair": "{name} {share}",
    "journey_charts.steps.title": "At step {step}, {share} of {journeys} journeys have nothing more; {top} is where "
    "most are at step 1 ({first})",
    "journey_charts.steps.empty": "There is no journey to draw",
    "journey_charts.steps.note": "Each column: where journeys are at that step, in % of all; columns add up to 100. "
    "An empty cell: less than half a percent. In brackets: journeys with nothing more, and how they ended; those "
    "that are open may go on after the log.",
    "journey_charts.steps.alt": "Step matrix. {words} {parts}.",
    "journey_charts.steps.alt_column": "step {step}: {states}",
    "journey_charts.entry.title": "{share} of {journeys} journeys do not start at {first}",
    "journey_charts.entry.empty": "There is no journey that starts at a stage",
    "journey_charts.entry.converted": "of these, {rate} converted",
    "journey_charts.entry.nobody": "nobody starts here",
    "journey_charts.entry.note": "Bars: share of journeys that start at the stage, from zero; whiskers and brackets: "
    "95% interval ({interval}).",
    "journey_charts.entry.alt": "Chart of where journeys start. {words} {parts}.",
    "journey_charts.entry.alt_part": "{stage} {rate}, converted {conversion}",
    "journey_charts.touch.title": "{channel} brings most touches in {states} of {all} states",
    "journey_charts.touch.title_lost": "Of channels with a name, {channel} brings most touches in {states} of {all} "
    "states; for {share} of touches no channel is recorded",
    "journey_charts.touch.nameless": "For {share} of touches no channel is recorded",
    "journey_charts.touch.empty": "There is no touch to draw",
    "journey_charts.touch.note": "Each row: of all touches in this state (left), the share in % that came through the "
    "channel above. An empty cell: less than half a percent.",
    "journey_charts.touch.alt": "Touchpoints by state and channel. {words} {parts}.",
}
