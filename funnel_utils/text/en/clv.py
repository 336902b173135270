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
    # Scoreboard
    "clv.column.model": "prediction",
    "clv.column.actual": "bought",
    "clv.column.predicted": "predicted",
    "clv.column.bias": "bias",
    "clv.column.mae": "error per customer",
    "clv.column.capture": "share of purchases by the best tenth",
    "clv.caption.scoreboard": "Predictions of time that the models had not seen",
    "clv.score.own_pace": "own pace",
    "clv.score.alike": "all alike",
    "clv.score.or_more": "{number} or more",
    "clv.score.asked": "In {duration} that the models had not seen, {customers} customers made {actual} purchases.",
    "clv.score.model": "{model} predicted {predicted} ({bias}); it was off by {mae} per customer, and the tenth it"
    " ranked first made {capture} of the purchases.",
    "clv.score.naive": "Letting everybody go on at her own pace is off by {bias} in all and {mae} per customer; its"
    " best tenth made {capture}.",
    "clv.score.better": "A model beats both forecasts that need none.",
    "clv.score.worse": "No model is closer per customer than the forecasts that need none: do not build on them.",
    # Value
    "clv.column.customers": "customers",
    "clv.column.expected_purchases": "expected purchases",
    "clv.column.value": "value of one",
    "clv.column.margin": "margin",
    "clv.column.discount": "discount",
    "clv.column.clv": "lifetime value",
    "clv.column.clv_each": "of one customer",
    "clv.column.residual": "for ever",
    "clv.caption.parts": "Lifetime value of all customers: purchases x value x margin x discount",
    "clv.verdict.value": "In the next {horizon}, {customers} customers are expected to make {purchases} purchases of"
    " {value}; at a margin of {margin} and discounted by {discount} that is worth {clv}, or {each} a customer"
    " ({model}).",
    "clv.verdict.interval": "The parameters leave room for {low} to {high}.",
    "clv.verdict.best": "The most valuable tenth holds {share} of it.",
    "clv.warning.no_holdout": "The models were not checked against time that they had not seen: believe the values"
    " less.",
    "clv.warning.biased": "On the time held out, {model} was off by {bias} in all, more than chance explains: expect"
    " the same of these values.",
    "clv.warning.far": "The horizon of {horizon} is longer than any customer has been watched.",
    # Mistakes to run
    "clv.misread.days": "as if the model counted days",
    "clv.misread.right": "in the model's own unit",
    # The command
    "clv.column.part": "part",
    "clv.column.log_likelihood": "log-likelihood",
    "clv.column.aic": "AIC",
    "clv.column.delta_aic": "behind the best",
    "clv.caption.models": "How well the models explain what was seen; the first is used",
    "clv.help.command": "What the customers of a log are worth: expected purchases, their margin, a discount, and how"
    " well the models did on time they had not seen.",
    "clv.help.epilog": "Example: funnel clv orders.parquet --margin 30% --horizon 52w --out value.png --csv value.csv",
    "clv.help.panel": "Value",
    "clv.help.margin": "Share of a purchase's value that is left after goods and delivery, such as 0.3.",
    "clv.help.purchase": "Event that is a purchase; repeat for several. Default: purchase.",
    "clv.help.value": "Column with the money of a purchase.",
    "clv.help.worth": "What every purchase is worth, if the log has no money.",
    "clv.help.horizon": "The time to come that is looked at.",
    "clv.help.discount": "What waiting a year costs.",
    "clv.help.model": "Models to try; repeat for several. All three without; the lowest AIC is used.",
    "clv.help.until": "Last day that is looked at.",
    "clv.help.draws": "Draws of the parameters for intervals; 0 for none.",
    "clv.help.no_holdout": "Do not judge the models by the last third of the time first.",
    "clv.help.out": "Draw how the value is spread over the customers (.png).",
    "clv.help.csv": "Write a row a customer, with her id, as CSV.",
    "clv.help.doing": "Fitting",
    "clv.help.unknown": "--model {model}: there are {known}.",
}
