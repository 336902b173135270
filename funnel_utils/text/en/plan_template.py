"""Texts of the plan to be filled in."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "plan_template.head": "A plan to be filled in. Only business.name is required; take away the comment marks of\n"
    "what you need. Check it with: funnel plan audit PLAN.yml --out plan.html",
    "plan_template.name": "Our business",
    "plan_template.about.audit": "0 nothing, 1 now and then, 2 begun with an owner, 3 regular and written down,"
    " 4 measured and improved",
    "plan_template.about.series": "Histories of metrics: a table beside this file, or an event of the log.",
    "plan_template.about.goals": "One for each part makes a plan credible. Only the statement is required.",
    "plan_template.about.log": "The event log, what its events mean, and the spend by month.",
    "plan_template.about.budget": "Curves are fitted to the history where they are not given.",
    "plan_template.about.track": "A period under way; the metric is one of the series.",
    "plan_template.about.worksheets": "Why us, and not a rival; then the four P.",
    "plan_template.example.business": "  currency: EUR\n  margin: 0.4\n  market: Homes in the north",
    "plan_template.example.series": "series:\n  - {metric: sales, file: months.csv}\n"
    "  - {metric: sales, segment: online, event: purchase, by: week}",
    "plan_template.example.goals": "goals:\n  - statement: Sell a tenth more in autumn\n    metric: sales\n"
    "    segment: all\n    direction: increase\n    change: +10%\n"
    "    baseline: {value: 600, what: sales of last September}\n    deadline: 2026-09-30\n    serves: profit\n"
    "    because: A reminder after a left cart",
    "plan_template.example.log": "log:\n  file: events.parquet\n  spend: spend.csv  # columns month and spend\n"
    "  kpis: {lead: [enquiry, call_back], purchase: order_paid, cancel: order_cancelled}\n"
    "  personas: {groups: [2, 3, 4, 5]}",
    "plan_template.example.budget": "budget:\n  history: {file: months.csv}  # channel, spend, visits, leads, sales,"
    " revenue\n  total: 40000\n  goal: 600  # sales\n  channels:\n    - {name: search, now: 12000, minimum: 4000}\n"
    "    - {name: fair, curve: {top: 900, half: 3000}, maximum: 9000}\n  scenarios: {a fifth less: 32000}",
    "plan_template.example.track": "track: {metric: sales, target: 7200, start: 2026-01-01, end: 2026-12-31}",
    "plan_template.sheet.of": "which firm, unit, account or product",
    "plan_template.sheet.for_whom": "the persona",
    "plan_template.sheet.need": "what that person wants solved",
    "plan_template.sheet.promise": "the value promised, in one sentence",
    "plan_template.sheet.why_us": "why it cannot be had from a rival",
    "plan_template.sheet.proof": "by what a customer sees that it is kept",
    "plan_template.sheet.test": "how you find out whether it convinces",
}
