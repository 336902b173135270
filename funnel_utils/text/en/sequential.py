"""Texts of sequential testing: peeking, group-sequential designs, confidence sequences."""

TEXT = {
    "sequential.peeking.once": "One look at the level {alpha} stops {rate} of the experiments.",
    "sequential.peeking.null": (
        "Without any effect, {looks} looks at the level {alpha} call {rate} of the experiments a success or a failure: "
        "{times} times what one look does."
    ),
    "sequential.peeking.effect": (
        "With an effect that puts the last look's z at {drift} on average, {looks} looks at the level {alpha} stop "
        "{rate} of the experiments."
    ),
    "sequential.unlimited": "unlimited",
    "sequential.kind.obrien_fleming": "O'Brien-Fleming",
    "sequential.kind.pocock": "Pocock",
    "sequential.kind.wang_tsiatis": "Wang-Tsiatis",
    "sequential.kind.haybittle_peto": "Haybittle-Peto",
    "sequential.kind.lan_demets_obrien_fleming": "Lan-DeMets (O'Brien-Fleming spending)",
    "sequential.kind.lan_demets_pocock": "Lan-DeMets (Pocock spending)",
    "sequential.kind.power": "power spending",
    "sequential.kind.hwang_shih_decani": "Hwang-Shih-DeCani spending",
    "sequential.design": (
        "{kind}, {looks} looks, level {alpha} in all: z must pass {first} at the first look and {last} at the last. "
        "At a power of 80% the longest experiment takes {most} of the people of a single look; the average one takes "
        "{effect} if the planned effect is there and {null} if there is none."
    ),
    "sequential.design.never": "{kind}: the looks come so early that none of them can stop.",
    "sequential.design.once": "A single look at the level {alpha}: z must pass {last}.",
    "sequential.monitor.going": (
        "Go on: z is {z} at look {look}, within the bound of {bound}. So far the effect is {estimate} ({low} to "
        "{high}, whenever you look)."
    ),
    "sequential.monitor.better": (
        "Stop, the treatment is better: z is {z} at look {look}, beyond the bound of {bound}. The effect is {estimate} "
        "({low} to {high}, {p}), adjusted for the early stop; unadjusted it would be {plain}."
    ),
    "sequential.monitor.worse": (
        "Stop, the treatment is worse: z is {z} at look {look}, beyond the bound of {bound}. The effect is {estimate} "
        "({low} to {high}, {p}), adjusted for the early stop; unadjusted it would be {plain}."
    ),
    "sequential.monitor.over": (
        "Over, and no bound was crossed: z is {z} at look {look}, within {bound}. The effect is {estimate} ({low} to "
        "{high}, {p})."
    ),
    "sequential.valid.nothing": "Nobody has been looked at yet.",
    "sequential.valid.going": (
        "After {n} units nothing is shown: the effect is {estimate} ({low} to {high}, at every moment; "
        "always-valid {p})."
    ),
    "sequential.valid.better": (
        "The treatment is better, since {stopped} units. After {n} the effect is {estimate} ({low} to {high}, at every "
        "moment; always-valid {p})."
    ),
    "sequential.valid.worse": (
        "The treatment is worse, since {stopped} units. After {n} the effect is {estimate} ({low} to {high}, at every "
        "moment; always-valid {p})."
    ),
    "sequential.chart.look": "Look",
    "sequential.chart.bounds": "{kind}: when the experiment may stop",
    "sequential.chart.bounds.note": (
        "z at each look against its critical values; dotted: what a single look would need. The level {alpha} "
        "holds for all looks together."
    ),
    "sequential.chart.bounds.axis": "share of the planned information",
    "sequential.chart.bounds.alt": "{words} Bounds: {parts}.",
    "sequential.chart.bounds.part": "at {information} z {z}",
    "sequential.chart.bounds.seen": "observed {z}",
    "sequential.chart.better": "stop: better",
    "sequential.chart.worse": "stop: worse",
    "sequential.chart.on": "go on",
    "sequential.chart.valid": "The effect, with an interval that holds at every moment",
    "sequential.chart.valid.note": (
        "Confidence sequence at {level} for all moments together, tuned for {n} units. Nothing is said before {start}."
    ),
    "sequential.chart.valid.axis": "units so far",
    "sequential.chart.valid.stop": "leaves zero at {n}",
    "sequential.chart.valid.alt": "{words} Intervals: {parts}.",
    "sequential.chart.valid.part": "{n} units {low} to {high}",
    "sequential.chart.peeking.null": "Looking again and again makes false alarms",
    "sequential.chart.peeking.effect": "How soon repeated looks stop an experiment",
    "sequential.chart.peeking.level": "one look: {alpha}",
    "sequential.chart.peeking.note": "Chance that the experiment was stopped at this look or before, by theory.",
    "sequential.chart.peeking.alt": "{words} Stopped by look {parts}.",
}
