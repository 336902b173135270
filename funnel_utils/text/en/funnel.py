"""What funnel results say."""

TEXT: dict[str, str] = {
    "funnel.any_steps": "any {k} steps",
    "funnel.basis.all": "all",
    "funnel.basis.mature": "mature",
    "funnel.basis.share": "share of all units",
    "funnel.column.interval": "95% interval",
    "funnel.column.label": "step",
    "funnel.column.lost": "lost before it",
    "funnel.column.overall": "of step 1",
    "funnel.column.rate": "of the step before",
    "funnel.column.step": "no.",
    "funnel.column.units": "units",
    "funnel.column.value_at_stake": "value at stake",
    "funnel.correlation": "correlation, not cause: only an experiment tells whether it drives conversion",
    "funnel.delta": "delta method, clustered by {by}",
    "funnel.delta_bonferroni": "delta method, clustered by person, at 1 - alpha/{m}",
    "funnel.km": "log-log, Greenwood",
    "funnel.km_attempts": "log-log, Greenwood; takes attempts of one person as independent",
    "funnel.mark.optional": "(optional)",
    "funnel.mark.weakest": "(weakest)",
    "funnel.missing": "(missing)",
    "funnel.newcombe": "Newcombe at 1 - alpha/{m}",
    "funnel.not_reached": "(not reached)",
    "funnel.nothing": "(nothing)",
    "funnel.other": "(other)",
    "funnel.rest": "rest",
    "funnel.segment": "Segment of {units} units: {description}",
    "funnel.segment.at": "at step {step} ({label})",
    "funnel.segment.lost": "lost before step {step} ({label})",
    "funnel.too_early": "(too early to tell)",
    "funnel.total.attempts": "(total: attempts)",
    "funnel.total.segments": "(total: sum of segments)",
    "funnel.total.units": "(total: unique units)",
    "funnel.unknown": "n/a",
    "funnel.verdict.nobody": "Nobody entered this funnel: no unit did its first step ({step}).",
    "funnel.verdict.none_mature": "No unit has been observed for a whole window yet.",
    "funnel.verdict.provisional": (
        "So far {rate} of those who entered converted ({converted} of {entered}; 95% interval {low} to {high}); "
        "this is provisional, some may still convert."
    ),
    "funnel.verdict.rate": (
        "{rate} of those who entered converted ({converted} of {entered}; 95% interval {low} to {high})."
    ),
    "funnel.verdict.too_few": "Fewer than {enough} units entered every later step, too few to name the weakest.",
    "funnel.verdict.weakest": "The weakest step is {label}: {rate} went on to it, {lost} of {of} did not.",
    "funnel.woolf": "Woolf, 1/2 added where a cell is empty",
}
