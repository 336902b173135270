"""Lesson 05a: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson05a.say.size": "{orders:,} orders of {people:,} customers; the log ends on {until:%Y-%m-%d %H:%M} UTC.",
    "lesson05a.say.by_hand": (
        "Of {began:,} who began in April 2024, {came:,} ordered in July: retention of month 3 is {share:.1%}."
    ),
    "lesson05a.say.dip": (
        "Cohorts of March to May 2025: {returned:,} of {size:,} ordered in month 3 ({rate:.1%}). All cohorts together:"
        " {pooled:.1%}."
    ),
    "lesson05a.say.shuffle": (
        "Members with a call paid {real:.2f} months more on average. The largest gap in {times:,} shuffles:"
        " {largest:.2f}."
    ),
    "lesson05a.say.log_rank": (
        "Log-rank statistic {statistic:.1f}: by luck alone, as much would come less than once in {times:,} times."
    ),
    "lesson05a.say.twins_once": (
        "Bought once, about 40 weeks ago: {twins:,} twins, of whom {there:,} are still there ({share:.1%})."
    ),
    "lesson05a.say.twins_steady": (
        "Five orders in a year, then twelve silent weeks: {twins:,} twins, of whom {there:,} are still there"
        " ({share:.1%})."
    ),
    "lesson05a.say.alive": (
        "Sum of P(alive): {said:,.0f} customers. Really there at the end of the log: {there:,} of {of:,}."
    ),
    "lesson05a.say.parts": (
        "{orders:.2f} orders in the next year, of {value:,.0f} toman each (hers so far: {own:,.0f}; everybody's:"
        " {everybody:,.0f}), of which a quarter is left: {worth:,.0f} toman."
    ),
    "lesson05a.say.clv_truth": (
        "Orders in the year after the log: {said:,.0f} expected, {made:,.0f} made. What they leave: {worth:,.0f}"
        " million toman expected, discounted; {plain:,.0f} million not discounted; {left:,.0f} million in truth."
    ),
    "lesson05a.say.best_tenth": (
        "The tenth of customers that was valued most brought {share:.0%} of what all customers brought."
    ),
    "lesson05a.say.call": (
        "Within a year the call adds {months:.2f} paid months for a member. At {fee:,} toman a month it may cost up to"
        " {worth:,.0f} toman, if nothing else changes."
    ),
    "lesson05a.say.unit": (
        'CLV of "12 months" as in the tutorial: {wrong:,.2f}. Of 12 months: {right:,.2f}. Too high by a factor of'
        " {factor:.2f}."
    ),
    "lesson05a.say.qcut": (
        "Asked for four groups, got {groups}. Customers with a frequency score of 3 or 4: {premium} of {of:,}."
    ),
    "lesson05a.say.ties": (
        "{customers:,} customers who all bought exactly once have {scores} different scores, from {low} to {high}."
    ),
    "lesson05a.say.alive_once": ("P(alive) of {customers:,} customers who bought once: from {low:.2f} to {high:.2f}."),
    "lesson05a.say.decision": (
        "A customer of the box cost {cac:,.0f} toman and has brought {ltv:,.0f} in ten months, the loss on the box"
        " included; the money was back in month {payback:.0f}. For a whole year the model says {year:,.0f} toman. In"
        " truth it is {truth:,.0f}."
    ),
    "lesson05a.say.accounts": (
        "Left of a customer of the box, her cost of {cac:,.0f} toman taken off: {ten_months:,.0f} after the first ten"
        " months, discounted; {so_far:,.0f} in the ladder, which takes all orders so far, up to a year of them, and"
        " discounts nothing; {year:,.0f} in a whole year by the model, not discounted either. The simulator begins with"
        " settings near the log's and not equal to them (115 thousand, 39% who climb, the money back in month 7; in the"
        " log {cac:,.0f} toman, {climbed:.1%} and month {payback:.0f}), discounts, and goes on for 24 months."
    ),
    "lesson05a.say.month_one": (
        "Month 1: {returned:,} of {of:,} customers of the box ordered ({rate:.1%}), and {others:.1%} of all others."
    ),
    # 1
    "lesson05a.by_hand.ok": "36 of 240. n-day retention asks who came in that very month, whatever they did before.",
    "lesson05a.by_hand.ever": "That is the share that ever came back. Month 3 is August, and August alone.",
    "lesson05a.by_hand.month": "That is another month. May is month 0, June 1, July 2: month 3 is August.",
    "lesson05a.by_hand.returned": (
        "You divide by those who came back. The denominator of retention is the whole cohort, all 240."
    ),
    "lesson05a.by_hand.sum": "You added three months. Some people came in several and would count several times.",
    "lesson05a.by_hand.hint": "Those who ordered in August, divided by all who began in May.",
    # 2
    "lesson05a.seen.ok": (
        "Its month 6 was over before the log ended. That of {partial} had begun: it has a number, but half of one."
    ),
    "lesson05a.seen.partial": (
        "Its month 6 had begun and was not over: partial is true there. Take one that is wholly seen."
    ),
    "lesson05a.seen.first": "That is the oldest cohort. Asked for is the latest whose month 6 was wholly observed.",
    "lesson05a.seen.last": (
        "Nobody has seen month 6 of the last cohort. Look where observed is true and partial is not."
    ),
    "lesson05a.seen.hint": (
        "In cohorts.cells keep period 6, observed and not partial, and take the latest cohort of what is left."
    ),
    # 3
    "lesson05a.second.ok": (
        "{rate:.1%} within 90 days; of all customers {everybody:.1%}. A friend sends the right people."
    ),
    "lesson05a.second.so_far": (
        "That is the share that has ordered again so far, whenever, with those in it who began last week. Use by()."
    ),
    "lesson05a.second.everybody": "That is the share of all customers. Filter the log first: channel referral.",
    "lesson05a.second.later": "That is within 180 days. Asked for are 90.",
    "lesson05a.second.hint": (
        'SecondPurchase("purchase").run(log.filter(dict(channel="referral"))).by(["90d"]) has a column share.'
    ),
    # 4
    "lesson05a.first_order.ok": (
        "The first order leaves {margin:,.0f}, winning her costs {cost:,.0f}. This channel lives from the second one."
    ),
    "lesson05a.first_order.sign": "The right size with the wrong sign: what was left, less what she had cost.",
    "lesson05a.first_order.margin": "That is what the first order left. Subtract what it cost to win her.",
    "lesson05a.first_order.cost": "That is what it cost to win her. Subtract it from what the first order left.",
    "lesson05a.first_order.sum": "You added the cost. It is to be subtracted.",
    "lesson05a.first_order.thousand": "The right number in another unit. Give it in toman.",
    "lesson05a.first_order.hint": "The table money has a column after_one_order; take the row of paid_search.",
    # 5
    "lesson05a.alive.ok": (
        "{rate:.1%}. Of a hundred such customers so many are there; which ones, nobody knows, and a letter is cheap."
    ),
    "lesson05a.alive.bg_nbd": "That is what BG/NBD says of everybody who bought once (mistake 4). Use model.",
    "lesson05a.alive.lesson": "That is after 40 weeks, as in the lesson. Asked for are 26.",
    "lesson05a.alive.days": "Is your T in days? The summary's unit is a week: T is 26.",
    "lesson05a.alive.quiet": "That is the probability that she orders nothing. Take probability_alive.",
    "lesson05a.alive.hint": (
        'model.probability_alive(CustomerSummary.of([0], [0], [26], unit="1w")): no repeat order, so x and t_x are 0.'
    ),
    # 6
    "lesson05a.slipping.ok": (
        "{count:,} of {of:,} frequent customers are silent. They have shown that they like you. Ring them up."
    ),
    "lesson05a.slipping.more": "You left out those with exactly four orders: four times or more.",
    "lesson05a.slipping.recent": "Those are the frequent ones who did order of late. Asked for are the others.",
    "lesson05a.slipping.many": (
        "That is everybody with four orders or more. Who of them has been silent for over 180 days?"
    ),
    "lesson05a.slipping.silent": (
        "That is everybody who has been silent for over 180 days. Who of them had ordered often?"
    ),
    "lesson05a.slipping.must_not_lose": (
        "That is a segment with limits of its own. Here the limits are four orders and 180 days."
    ),
    "lesson05a.slipping.hint": "Two conditions on rfm.customers(), joined by &, and then the sum.",
    # 7
    "lesson05a.members.ok": (
        "{rate:.1%}. Of new members {start:.1%} stay a year. She is not more loyal than in the beginning; those"
        " who were"
        " not like her have gone."
    ),
    "lesson05a.members.call": "That is with a call. Take the group none.",
    "lesson05a.members.from_start": (
        "That is the share of all new members who stay twelve months. She has six of them behind her already."
    ),
    "lesson05a.members.six": "That is the share that stays the first six months. She has done that; what follows?",
    "lesson05a.members.other": "That is for somebody who has stayed another time. Take the row after 6.",
    "lesson05a.members.hint": "In six_more: the row of group none with after 6, column survival.",
    # 8
    "lesson05a.ladder.ok": (
        "A third: 300,000 are lost on each trial, 900,000 come back from each who stays. Write such a line under every"
        " offer at a loss."
    ),
    "lesson05a.ladder.no_ads": "You left out the advertising: it is spent on each trial, whoever stays.",
    "lesson05a.ladder.no_loss": "You left out what the trial month itself loses.",
    "lesson05a.ladder.no_price": "You left out what the trial brings in: 100,000 toman.",
    "lesson05a.ladder.revenue": "The 900,000 are left in a year already. Divide by them alone.",
    "lesson05a.ladder.hint": (
        "What is lost on a trial, advertising included, divided by what somebody who stays leaves."
    ),
    # 9
    "lesson05a.best.ok": "{people:.1%} of the customers hold {rate:.1%} of the value. Know their names.",
    "lesson05a.best.people": "That is their share of the customers. Asked for is their share of the value.",
    "lesson05a.best.orders": "That is their share of the orders. Use the column clv.",
    "lesson05a.best.tenth": "That is the best tenth. Asked for are the best hundred.",
    "lesson05a.best.year": 'That is over a year. Asked for is horizon="26w".',
    "lesson05a.best.hint": "Sort the column clv of .table, add up the first hundred, divide by the sum of all.",
    # 10
    "lesson05a.memo.ok": "An answer, a number, and a way to find out. Let Kaveh read it before the director does.",
}
