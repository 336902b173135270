"""What tables and charts of stage models say around the models' own words."""

TEXT: dict[str, str] = {
    "stage_views.column.stage": "stage",
    "stage_views.column.who": "who",
    "stage_views.column.act": "the customer's act",
    "stage_views.column.work": "the organisation's work",
    "stage_views.column.content": "content that works",
    "stage_views.column.kpis": "KPIs",
    "stage_views.column.touchpoints": "touchpoints",
    "stage_views.column.moment": "moment",
    "stage_views.column.people": "people now",
    "stage_views.column.share": "share",
    "stage_views.column.interval": "95% interval",
    "stage_views.column.active": "of them active",
    "stage_views.caption": "{label} ({source})",
    "stage_views.source.own": "your own model",
    "stage_views.ours": "Marked with *: ours, not in the document.",
    "stage_views.list": "; ",
    "stage_views.nowhere": "(no stage)",
    "stage_views.no_counterpart": "no counterpart",
    "stage_views.crosswalk.caption": "Stages of {models} side by side, by moment (our reading)",
    "stage_views.crosswalk.sentence": (
        "{models} models over {moments} moments: {none} of {all} stages have no counterpart in at least one other"
        " model."
    ),
    "stage_views.crosswalk.title": "What one model calls a stage, laid beside the others",
    "stage_views.crosswalk.moments": "Moments, from left to right: {moments}.",
    "stage_views.crosswalk.note": (
        "A block spans the moments that a stage covers. A gap: the model has no stage for that moment. The alignment"
        " is our reading of the documents."
    ),
    "stage_views.crosswalk.gap": "no stage for: {moments}",
    "stage_views.crosswalk.alt": "Crosswalk chart. {sentence} {parts}",
    "stage_views.crosswalk.alt_model": "{model}: {stages}.",
    "stage_views.crosswalk.alt_stage": "{stage} covers {moments}",
    "stage_views.sides.title": "{label}: the customer's side and the organisation's",
    "stage_views.sides.sentence": (
        "{label} ({source}) has {stages} stages, from {first} to {last}; each row sets the customer's act beside the"
        " organisation's work."
    ),
    "stage_views.sides.alt": "Two-sided chart. {sentence} {parts}",
    "stage_views.sides.alt_stage": "{stage}: {act}; {work}.",
    "stage_views.current.verdict": (
        "On {at:%Y-%m-%d} most people ({people} of {all}, {share}) are at {stage} of {model}."
    ),
    "stage_views.current.nobody": "Nobody is in the log by {at:%Y-%m-%d}.",
    "stage_views.current.unmapped": "No event stands for {stages}, so nobody can be seen there.",
    "stage_views.current.unknown": "These events of the mapping never occur in the log: {events}.",
    "stage_views.current.title": "Where people are on {at:%Y-%m-%d}: {model}",
    "stage_views.current.note": (
        "Bars: people now at the stage, from zero; dark: those seen in the last {silence}. In brackets: 95% interval"
        " (Wilson) of the share of all people."
    ),
    "stage_views.current.note_all": (
        "Bars: people now at the stage, from zero. In brackets: 95% interval (Wilson) of the share of all people."
    ),
    "stage_views.current.bar": "{people}: {rate}",
    "stage_views.current.active": "{active} active",
    "stage_views.current.alt": "Bar chart of people by stage. {sentence} {parts}.",
    "stage_views.current.alt_stage": "{stage}: {people}, {rate}",
    "stage_views.referral.verdict": (
        "Each customer has brought {k} new customers so far (95% interval {low} to {high}; {numerator} of"
        " {denominator}). {loop}"
    ),
    "stage_views.referral.none": "Nobody has bought yet, so there is no referral factor.",
    "stage_views.referral.loop": "Counting the friends of friends, a customer won otherwise becomes {total}.",
    "stage_views.referral.grows": "At 1 or more the loop would feed itself.",
    "stage_views.referral.basis.mature": "mature",
    "stage_views.referral.basis.all": "all",
    "stage_views.referral.interval.person": "normal, by customer",
    "stage_views.referral.interval.poisson": "exact Poisson; who brought whom is not known",
    "stage_views.referral.metric.advocates": "advocates per customer",
    "stage_views.referral.metric.newcomers": "newcomers per customer",
    "stage_views.referral.metric.converted": "newcomers who buy",
    "stage_views.referral.metric.k": "referral factor k: new customers per customer",
    "stage_views.hourglass.title": "Advocates bring {newcomers} of {entered} newcomers; {k} new customers a customer",
    "stage_views.hourglass.bar": "{label}: {people}",
    "stage_views.hourglass.newcomers": "newcomers whom they brought: {people}",
    "stage_views.hourglass.loop": "back to the mouth",
    "stage_views.hourglass.neck": "the sale",
    "stage_views.hourglass.note": (
        "Bars: people who have got at least this far. The lowest bar is what the advocates send back to the mouth. An"
        " hourglass widens again below the neck; whether yours does is for the numbers to say (the drawing is our"
        " reading)."
    ),
    "stage_views.hourglass.sentence": (
        "Of {entered} people {customers} got to the sale or beyond, {advocates} of them to the last stage ({last});"
        " {newcomers} newcomers came by recommendation."
    ),
    "stage_views.hourglass.empty": "Nobody has got to any stage.",
    "stage_views.hourglass.alt": "Hourglass chart. {sentence} {parts}.",
}
