"""Texts of the automation simulator."""

from __future__ import annotations

TEXT: dict[str, str] = {
    # The controls
    "automation_simulator.group.send": "What goes out",
    "automation_simulator.most": "Cap a week (8: none)",
    "automation_simulator.drops": "Price drops told in 4 weeks",
    "automation_simulator.sms": "Toman a text message",
    "automation_simulator.group.people": "The people",
    "automation_simulator.fatigue": "Fatigue a message, %",
    "automation_simulator.dogs": "Sleeping dogs, %",
    "automation_simulator.group.lot": "The lot",
    "automation_simulator.people": "People",
    "automation_simulator.holdout": "Held out, %",
    "automation_simulator.lot": "Draw another lot",
    "automation_simulator.flood": "Flood",
    "automation_simulator.small": "Tiny holdout",
    # The picture
    "automation_simulator.title": "Clicks claim {claimed} buyers; the messages caused {caused}",
    "automation_simulator.buyers": "People with messages who buy within 28 days",
    "automation_simulator.row.claimed": "after a click",
    "automation_simulator.row.found": "against holdout",
    "automation_simulator.row.true": "truly caused",
    "automation_simulator.found": "{estimate}\n({low} to {high})",
    "automation_simulator.kinds": "More who buy because of messages, percentage points (truth: hidden from the shop)",
    "automation_simulator.kind": "{points} points\n({people} people)",
    "automation_simulator.foot": (
        "{sends} messages sent for {cost} toman, {capped} held back by the cap, {unsubscribed} unsubscribed."
    ),
    # The sentence
    "automation_simulator.says.claim": "Of {treated} people with messages, {claimed} clicked and then bought.",
    "automation_simulator.says.settled": (
        "Against {held_out} people held out, the messages moved {estimate} buyers ({low} to {high})."
    ),
    "automation_simulator.says.open": (
        "Against {held_out} people held out, it is {estimate} buyers, but the interval ({low} to {high}) holds zero: "
        "not settled."
    ),
    "automation_simulator.says.true": "In truth it is {caused}.",
    "automation_simulator.says.kinds": "By kind, in percentage points: {kinds}.",
    "automation_simulator.says.kind": "{kind} {points}",
}
