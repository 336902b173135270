"""What funnel results say."""

TEXT: dict[str, str] = {
    "funnel.any_steps": "any {k} steps",
    "funnel.basis.all": "all",
    "funnel.basis.mature": "mature",
    "funnel.basis.share": "share of all units",
    "funnel.delta": "delta method, clustered by {by}",
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
}
