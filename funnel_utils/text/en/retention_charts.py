"""What charts of cohorts, survival, second purchases and RFM say."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "retention_charts.nothing": "No period was wholly seen yet, so nothing can be drawn.",
    "retention_charts.asked": "{start}, then {back}",
    "retention_charts.asked_same": "{start}, and again",
    "retention_charts.quarter": "Q{q} {year}",
    "retention_charts.heat.title": "Who came back: {name}",
    "retention_charts.heat.cohort": "cohort",
    "retention_charts.heat.size": "size",
    "retention_charts.heat.after.day": "days after the first (% of the cohort)",
    "retention_charts.heat.after.week": "weeks after the first (% of the cohort)",
    "retention_charts.heat.after.month": "months after the first (% of the cohort)",
    "retention_charts.heat.after.quarter": "quarters after the first (% of the cohort)",
    "retention_charts.heat.after.year": "years after the first (% of the cohort)",
    "retention_charts.heat.after.step": "periods after the start (% of the cohort)",
    "retention_charts.heat.pooled": "all seen",
    "retention_charts.heat.note": "Darker: more came back. Empty: not yet observed. Bottom row: pooled over the "
    "cohorts in which the period was wholly seen.",
    "retention_charts.heat.partial": "Hatched: the period was not over when the log ended; left out of the pooled row.",
    "retention_charts.heat.some": "The newest {cohorts} of {all} cohorts and the first periods; the table has all.",
    "retention_charts.heat.alt": "Triangle of cohorts. {words} By cohort (* period not over): {parts}.",
    "retention_charts.heat.alt_part": "{cohort} ({size}): {shares}",
    "retention_charts.curve.title": "How many came back, pooled over cohorts",
    "retention_charts.curve.found": "{rate} came back in {label}, {later} in {last}",
    "retention_charts.curve.said": "How many came back, pooled over cohorts: {asked}.",
    "retention_charts.curve.below": "people in cohorts seen long enough",
    "retention_charts.curve.note": "Each point rests on the cohorts in which that period was wholly seen, so it may "
    "rise because other people are counted. Bars: 95% interval.",
    "retention_charts.curve.note_through": "The same people at every point: cohorts seen to the end. Bars: 95% "
    "interval.",
    "retention_charts.curve.same": "The same {cohorts} cohorts at every point; in {label}: {rate}.",
    "retention_charts.trend.title": "Retention in {label}, cohort by cohort",
    "retention_charts.trend.said": "In {label}, {rate} of the cohort {cohort} came back: the newest in which it was "
    "wholly seen.",
    "retention_charts.trend.below": "people in the cohort",
    "retention_charts.trend.across": "cohort",
    "retention_charts.trend.note": "Hollow and hatched: the period was not over when the log ended. Bars: 95% "
    "interval.",
    "retention_charts.points.alt": "{title}. {words} Points: {parts}.",
    "retention_charts.points.part": "{tick}: {rate} of {n}",
    "retention_charts.points.part_partial": "{tick}: {rate} of {n} (not over yet)",
    "retention_charts.rfm.title": "Segments of customers, by RFM scores",
    "retention_charts.rfm.found": "Segment “{name}”: {share} of customers, {value} of value",
    "retention_charts.rfm.customers": "share of customers",
    "retention_charts.rfm.value": "share of value",
    "retention_charts.rfm.row": "{rate}; value {value}",
    "retention_charts.rfm.note": "Scores say how customers compare, not what they will do. Whiskers: 95% interval.",
    "retention_charts.rfm.empty": "Nobody is: {names}.",
    "retention_charts.rfm.alt": "Segments. {words} Segments: {parts}.",
    "retention_charts.rfm.alt_part": "{name} {customers} customers, {rate}; {value} of value",
    "retention_charts.rfm.recency_score": "recency {score}",
    "retention_charts.rfm.grid_title": "Customers by recency and frequency score",
    "retention_charts.rfm.grid_across": "across: frequency score; in the cells: % of customers",
    "retention_charts.rfm.grid_note": "{total} customers. An empty column is a score that nobody has, because too many "
    "bought equally often.",
    "retention_charts.rfm.grid_alt": "Grid of scores, shares of customers: {parts}.",
    "retention_charts.rfm.grid_part": "recency {r}, frequency {f}: {share}",
    "retention_charts.migration.title": "From segment to segment, {earlier} to {later}",
    "retention_charts.migration.note": "Rows: the segment at the first date; columns: at the second; in the cells, % "
    "of the row. Both dates are scored by the same limits.",
    "retention_charts.migration.alt": "Moves between segments. {words} Of 5% or more: {parts}.",
    "retention_charts.migration.part": "{source} to {target} {rate}",
    "retention_charts.survival.title": "Still there, by time since the start",
    "retention_charts.survival.across": "{unit} since the start",
    "retention_charts.survival.note": "Kaplan-Meier: who was last seen without an end is counted for as long as she "
    "was seen. Bands: 95% interval.",
    "retention_charts.survival.alt": "Survival curves. {words} Groups: {parts}.",
    "retention_charts.survival.part": "{group} ({units}): {survival} still there after {time} {unit}, the last end "
    "seen",
    "retention_charts.survival.part_none": "{group} ({units}): no end seen",
    "retention_charts.second.title": "Bought again, by time since the first purchase",
    "retention_charts.second.found": "{share} bought again within {within}",
    "retention_charts.second.alt_none": "Share that bought again. {words} Nothing is drawn.",
    "retention_charts.second.across": "days since the first purchase",
    "retention_charts.second.note": "Kaplan-Meier: everybody is counted for as long as they could be seen. Band: 95% "
    "interval.",
    "retention_charts.second.alt": "Share that bought again. {words} Within: {parts}.",
    "retention_charts.churn.title": "Lost in each period",
    "retention_charts.churn.found": "Lost in each period: {rate} in {period}",
    "retention_charts.churn.below": "there at its start",
    "retention_charts.churn.across": "period",
    "retention_charts.churn.note": "Of those who were there when the period began. Hollow and hatched: the period "
    "was not seen in full. Bars: 95% interval.",
}
