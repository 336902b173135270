"""What RFM says."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "rfm.segment.champions": "champions",
    "rfm.segment.loyal": "loyal",
    "rfm.segment.potential": "growing",
    "rfm.segment.new": "new",
    "rfm.segment.promising": "promising",
    "rfm.segment.attention": "need attention",
    "rfm.segment.sleeping": "about to sleep",
    "rfm.segment.risk": "at risk",
    "rfm.segment.lose": "must not lose",
    "rfm.segment.hibernating": "asleep",
    "rfm.segment.lost": "lost",
    "rfm.not_yet": "(not yet won)",
    "rfm.not_in_window": "(silent since)",
    "rfm.dimension.recency": "recency",
    "rfm.dimension.frequency": "frequency",
    "rfm.dimension.monetary": "monetary",
    "rfm.warning.unpriced": "{number} purchases have no value and count as 0 in monetary.",
    "rfm.warning.empty": "No customer has the {dimension} score {scores}: too many share one value. Nobody is put "
    "there by force.",
    "rfm.how.relative": "scores relative to these customers: 1 + floor(5 x share strictly worse), in {engine}",
    "rfm.how.fixed": "scores by fixed limits, in {engine}",
    "rfm.verdict.plain": "{total} customers on {date}.",
    "rfm.verdict.best": "{total} customers on {date}; the segment “{segment}” is {share} of them and brought "
    "{value_share} of their value.",
    "rfm.verdict.migration": "{stayed} of {total} customers of {earlier} ({rate}; 95% interval {low} to {high}) were "
    "in the same segment on {later}; {new} others count on the later date only.",
    "rfm.migration_caption": "share of each row's segment that went to each column's",
    "rfm.column.segment": "segment",
    "rfm.column.customers": "customers",
    "rfm.column.share": "share",
    "rfm.column.low": "low",
    "rfm.column.high": "high",
    "rfm.column.value": "value",
    "rfm.column.value_share": "share of value",
    "rfm.column.median_days_since_last": "median days since last",
    "rfm.column.mean_orders": "mean orders",
    "rfm.column.mean_value": "mean value",
}
