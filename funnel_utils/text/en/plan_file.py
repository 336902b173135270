"""Texts of the plan as a file: what it lacks, its worksheets, its command."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "plan_file.lacks.audit": "The plan has no section audit; write scores of activities under audit: scores:.",
    "plan_file.lacks.goals": "The plan has no goals; write at least a statement under goals:.",
    "plan_file.lacks.budget": "The plan has no section budget; name channels with curves, or a history to fit them to.",
    "plan_file.lacks.total": "The budget has neither a total to split nor a goal to reach; give one of them.",
    "plan_file.lacks.track": "The plan has no section track; name a metric, its target, start and end.",
    "plan_file.lacks.log": "The plan has no section log; name the file of the event log.",
    "plan_file.lacks.personas": "The plan does not ask for personas; write personas: {} under log:.",
    "plan_file.scenario.today": "today",
    "plan_file.scenario.plan": "the plan",
    "plan_file.sheet.proposition": "value proposition {n}",
    "plan_file.sheet.mix": "the four P",
    "plan_file.sheet.none": "There is no worksheet in the plan.",
    "plan_file.sheet.filled": "{n} of {all} worksheets are filled in.",
    "plan_file.sheet.open": "Open in {name}: {gaps}.",
}
