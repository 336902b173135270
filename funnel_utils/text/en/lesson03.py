"""Lesson 03: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson03.say.months": "{months} months, {first} to {last}, of {channels} channels.",
    "lesson03.say.survey": "Of {asked:,} asked, 50% would mean: {low:.0%} to {high:.0%}.",
    "lesson03.say.target": "Last September: {base:,.0f} sales. A fifth more: {target:,.0f}.",
    "lesson03.say.bands": (
        "September: up to {mean:,.0f} unambitious, up to {high:,.0f} achievable, up to {far:,.0f} a stretch. The target"
        " of {target:,.0f}: {band}."
    ),
    "lesson03.say.backtest": (
        "The forecast had {mase:.2f} of the error of a naive step, the cheap rival {baseline:.2f}. {inside:.0f} of"
        " {total:.0f} hidden values lay inside their intervals (8 of 10 were promised). One month ahead the usual miss"
        " was {usual:.0f} sales, the worst {worst:.0f}."
    ),
    "lesson03.say.cautious": (
        "From the first of the {months} months the method expected to miss by {first:,.0f} sales, from the last by"
        " {last:,.0f}; it did miss by {came:,.0f} (root of the mean square). For September it expects {now:,.0f}."
    ),
    "lesson03.say.truth": "{inside} of {of} intervals hold the truth.",
    "lesson03.say.best": (
        "The same {total:,.0f} million toman: {before:,.0f} sales as they were split, {after:,.0f} at the best split."
    ),
    "lesson03.say.needed": (
        "{target:,.0f} sales in September cost at least {needed:,.0f} million toman; last year a month had {total:,.0f}"
        " million."
    ),
    "lesson03.say.again": "And forward again: {spend:,.0f} million bring {sales:,.0f} sales.",
    "lesson03.say.last": (
        "The last sale costs {price:.2f} million toman. An order leaves {left:.2f} million: it takes"
        " {orders:.1f} orders of the same customer to earn it."
    ),
    "lesson03.say.profit": (
        "Most profit in the month itself: {spend:,.0f} million spent, {sales:,.0f} sales, {profit:,.0f} million left."
        " The goal, on its first orders, loses {loss:,.0f} million."
    ),
    "lesson03.say.repeat": (
        "Of the buyers of a month {rate:.1%} have bought more than once so far (interval {low:.1%} to {high:.1%})."
    ),
    "lesson03.say.chance": "In {chance:.0%} of the drawn Septembers this money brings {target:,.0f} sales or more.",
    "lesson03.say.email": (
        "{spend:,.0f} million toman for e-mail bring {sales:,.0f} sales, at {average:.2f} million each. One more would"
        " cost {next:.0f} million."
    ),
    "lesson03.say.promised": "“September will bring {mean:,.0f} sales.”",
    "lesson03.say.single": "One month ahead, {more} of {of} forecasts were off by more than a tenth.",
    "lesson03.say.interval": "September, honestly: {low:,.0f} to {high:,.0f}, in eight such months of ten.",
    "lesson03.say.february": (
        "February had {february:,.0f} sales. March a year before had {march:,.0f}: against it, 700 is {change:+.0%}."
    ),
    "lesson03.say.decision": (
        "The goal of {target:,.0f}: {band}. Last year's {total:,.0f} million, split best, bring {best:,.0f}. The goal"
        " costs at least {needed:,.0f} million; to reach it in nine Septembers of ten, some {safe:,.0f} million. Its"
        " last sale costs {price:.2f} million and leaves {left:.2f}."
    ),
    "lesson03.millions": "Right in million toman. The question asks for toman.",
    "lesson03.cac.ok": "54,000,000 / 120 = 450,000 toman for each new customer.",
    "lesson03.cac.upside_down": "That is customers per toman. Divide the money by the customers.",
    "lesson03.cac.product": "You multiplied. CAC is money per customer: divide.",
    "lesson03.cac.hint": "Divide what was spent by the number of new customers.",
    "lesson03.letter.ok": (
        "Nothing is compared: 600 may be a rise or a fall. “Achievable” is only partly lit: 600 is a stretch."
    ),
    "lesson03.letter.stretch": "That light is a partly: a stretch, but not out of reach. Which status is “no”?",
    "lesson03.letter.few": "Look at the column status: is that light really a no?",
    "lesson03.letter.said": "It is said by what: a landing page. Whether that is a good reason is another question.",
    "lesson03.letter.path": "A path leads from sales to profit, so this light is on.",
    "lesson03.letter.hint": "assess(somebodys, sales).table has a column status. Look for “no”.",
    "lesson03.farthest.ok": "{high:,.0f}: the far end of the interval, in the direction of the goal.",
    "lesson03.farthest.mean": "That is the mean, where achievable begins. How far does it go?",
    "lesson03.farthest.low": "That is the near end for somebody who wants less. The goal is to increase.",
    "lesson03.farthest.stretch": "Three standard errors from the mean: there the stretch ends.",
    "lesson03.farthest.one_se": "One standard error is not the end of the 80% interval; take the column high.",
    "lesson03.farthest.month": "That is September. Take the row of August.",
    "lesson03.farthest.hint": 'outlook.at("2026-08-31") holds mean, se, low and high.',
    "lesson03.next_sale.ok": (
        "{next:.2f} million toman for the next one, while the average is {average:.2f} million. The average looks back."
    ),
    "lesson03.next_sale.average": "That is the average so far. What one more costs is in the column marginal.",
    "lesson03.next_sale.upside_down": "marginal is sales per toman. Turn it round: toman per sale.",
    "lesson03.next_sale.as_it_was": "That is at last year's spend on e-mail. The question says 40 million.",
    "lesson03.next_sale.season": "That is for a usual month. shop is September's budget.",
    "lesson03.next_sale.hint": 'Take the row "email" of shop.forward({"email": 40e6}).channels: 1 / marginal.',
    "lesson03.least.ok": (
        "{money:,.0f} million toman, well split: less than the {usual:,.0f} million that bring fewer sales today."
    ),
    "lesson03.least.season": "That is for a usual month. shop already knows September's season.",
    "lesson03.least.proportional": (
        "You enlarged last year's money in proportion. Sales do not grow in proportion, and the split may change, too."
    ),
    "lesson03.least.whole_goal": "That is for the goal of the lesson. Here 650 sales are enough.",
    "lesson03.least.forward": "That is a number of sales. Asked for is the money: shop.inverse.",
    "lesson03.least.hint": 'shop.inverse(650) has a total with the key "spend".',
    "lesson03.gain.ok": "{gain:.0f} more sales, {part:.0%}, for the same money.",
    "lesson03.gain.not_a_difference": "That is the number of one split. Asked for is the difference.",
    "lesson03.gain.sign": "The right size, with the wrong sign: how many more?",
    "lesson03.gain.season": "That is for a usual month. Use shop, which is September's.",
    "lesson03.gain.as_it_was": "You compared with last year's split. Compare with five parts of 60 million.",
    "lesson03.gain.ratio": "That is the share by which it is more. Asked for is a number of sales.",
    "lesson03.gain.hint": "shop.best(300e6).value less shop.forward({every channel: 60e6}).value.",
    "lesson03.contract.ok": (
        "{lost:.0f} sales, {part:.1%}. Now you know what the contract costs, and what its end would be worth."
    ),
    "lesson03.contract.sign": "The right size. A contract costs sales: say it as a positive number.",
    "lesson03.contract.not_a_difference": "That is the sales of one split. Asked for is the difference.",
    "lesson03.contract.rest_only": (
        "You left the sixty million out, as if they brought nothing at all. They bring something: display has a curve."
    ),
    "lesson03.contract.on_top": "You gave the sixty million on top of the total. They are part of it.",
    "lesson03.contract.hint": "Give display minimum=60e6, and compare the two best splits of the same total.",
    "lesson03.safe.ok": (
        "{money:,.0f} million toman. What lies between this and the least money is the price of being sure."
    ),
    "lesson03.safe.half": "With that, half of the Septembers fall short. Nine of ten must reach the goal.",
    "lesson03.safe.too_sure": "That is nineteen of twenty: q05. Nine of ten is q10.",
    "lesson03.safe.coin": "That brings the goal on average: every second September falls short.",
    "lesson03.safe.hint": "Keep the rows of the fan whose q10 reaches the goal, and take the smallest total.",
    "lesson03.smart.ok": (
        "All seven. {target:,.0f} sales can be reached, and will be seen when they are. That is a rare pair."
    ),
    "lesson03.smart.no_goal": "I need a Goal; this is a value of type {kind}. Write Goal(statement=..., ...).",
    "lesson03.smart.metric": 'This exercise is about the monthly sales: metric="sales".',
    "lesson03.smart.season": "The baseline is a month of another season. Take the deadline's own month, a year before.",
    "lesson03.smart.invented": "The history has no such month. Look it up: by_month, the same month a year before.",
    "lesson03.smart.dark": "{left} to go. First {name}: {reason}",
    "lesson03.memo.ok": "A sum, a channel, and a trial. Would you sign it?",
}
