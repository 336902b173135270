"""Texts of lifetime value: customers, models, value, scoreboard."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "clv.column.user": "customer",
    "clv.column.frequency": "repeat purchases",
    "clv.column.age_at_last": "age at last purchase",
    "clv.column.age": "age",
    "clv.column.days_since_last": "days since last purchase",
    "clv.column.mean_value": "mean value of a repeat purchase",
    "clv.column.first_value": "value of the first purchase",
    "clv.column.parameter": "parameter",
    "clv.column.estimate": "estimate",
    "clv.column.se": "standard error",
    "clv.column.low": "low",
    "clv.column.high": "high",
    "clv.caption.summary": "The first customers; ages in units of {unit}",
    "clv.caption.parameters": "Parameters, with 95% intervals",
    "clv.summary.verdict": "{customers} customers, watched for up to {longest} units of {unit}; {once} of them bought"
    " once, and they made {mean} repeat purchases on average.",
    "clv.warning.not_converged": "The likelihood of the {model} has no clear maximum in these data: some parameters are"
    " not determined, and have no standard errors. Predictions near the observed time may still be sound; do not read"
    " meaning into the parameters.",
    "clv.warning.one_time": "The BG/NBD says of everybody who bought once that she is alive for certain, however long"
    " ago it was. Ask for the probability of no purchase, or use the MBG/NBD.",
    "clv.warning.nobody_again": "Nobody bought again, so no model can be fitted.",
    "clv.warning.related": "How much customers spend goes with how often they buy (correlation {correlation}), which"
    " the gamma-gamma model rules out: the value of frequent buyers will be off.",
    "clv.warning.left_out": "{customers} customers with repeat purchases were left out of the model of spend: their"
    " mean value is not above zero.",
    "clv.warning.no_mean": "The spread of values among customers is so wide that they have no finite mean (q is 1 or"
    " less); expected values are missing for customers without repeat purchases.",
    "clv.warning.few": "Only {again} customers bought again: parameters will be uncertain.",
}
