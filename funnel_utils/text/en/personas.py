"""Texts of the personas."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "personas.feature.orders": "orders",
    "personas.feature.spent": "money spent",
    "personas.feature.active_days": "active days",
    "personas.feature.quiet_days": "days since last seen",
    "personas.feature.did": "“{event}”",
    "personas.feature.share": "events {label}",
    "personas.share.mobile": "on a phone",
    "personas.share.store": "in the store",
    "personas.name.more_count": "more {label}",
    "personas.name.less_count": "fewer {label}",
    "personas.name.more_money": "more {label}",
    "personas.name.less_money": "less {label}",
    "personas.name.more_days": "more {label}",
    "personas.name.less_days": "fewer {label}",
    "personas.name.more_share": "more {label}",
    "personas.name.less_share": "fewer {label}",
    "personas.name.join": ", ",
    "personas.name.middle": "like everybody",
    "personas.profile.figure": "{label}: {mean}, all together {everybody}",
    "personas.profile.join": "; ",
    "personas.profile.middle": "In nothing far from the mean of all.",
    "personas.stable": "{n} groups, stable: refits from other seeds agree to {reseeded}, refits on random halves to"
    " {resampled} (adjusted Rand index; 1 is the same, 0 is chance); silhouette {silhouette}.",
    "personas.not_stable": "{n} groups, not stable: refits from other seeds agree to {reseeded}, refits on random"
    " halves to {resampled} (adjusted Rand index; 0.8 is asked for, and no group below 5%); silhouette {silhouette}."
    " Take them as cuts through one crowd, not as kinds of people.",
    "personas.weak": "The groups run into each other (a silhouette below 0.5 is weak): speak of tendencies.",
    "personas.column.persona": "Persona",
    "personas.column.people": "People",
    "personas.column.share": "Share (95%)",
    "personas.column.profile": "Means of the group and of all",
    "personas.chart.title": "{n} groups among {people} people",
    "personas.chart.group": "{n} · {share} · {name}",
    "personas.chart.note": "Bars: distance of the group's mean from everybody's, in standard deviations (to the left"
    " less, to the right more). Only features with at least half of one are shown.",
    "personas.chart.middle": "in nothing far from the mean of all",
    "personas.chart.alt_part": "{n}: {share}, {profile}",
    "personas.chart.alt": "Profiles of groups. {verdict} {parts}",
}
