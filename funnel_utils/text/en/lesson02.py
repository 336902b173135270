"""Lesson 02: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson02.say.size": "{rows:,} events of {people:,} people; the log ends on {until:%Y-%m-%d}.",
    "lesson02.say.ladder": (
        "Each entry offer loses {loss:,} toman, each core offer earns {margin:,}: {needed:.0%} of the buyers must"
        " climb."
    ),
    "lesson02.say.reminder_truth": (
        "Of {people:,.0f} people who left a cart {without:.1%} buy within fourteen days without a reminder,"
        " {with_it:.1%} with one: {effect:+.1f} percentage points."
    ),
    "lesson02.say.auc": (
        "AUC on the later day: {before:.2f} with the first weights, {after:.2f} with the mended ones (interval"
        " {low:.2f} to {high:.2f})."
    ),
    "lesson02.say.baseline": (
        "Of {all:,.0f} purchases {none:,.0f} ({share:.0%}) would have happened without any channel at all."
    ),
    "lesson02.say.truth_k": "The season was drawn with k = {k:.3f}.",
    "lesson02.say.dearer": (
        "First purchases: {first:.2f} million toman on average; later ones: {later:.2f}, a difference of {gap:+,.0f}"
        " thousand toman (interval {low:+,.0f} to {high:+,.0f}). Only {again:,} later purchases of {buyers:,} buyers."
    ),
    "lesson02.say.move": (
        "{moved:.0f} million toman moved. By the last click: {promised:+,.0f} purchases. In truth: {real:+,.0f}."
    ),
    "lesson02.say.leak": (
        "AUC of the score computed after the fortnight: {same:.2f}. Of the score that had to predict: {later:.2f}."
    ),
    "lesson02.say.without": (
        "{channel}: {spend:.0f} million toman spent; last click {last:,.0f} purchases; without it {lost:,} purchases"
        " and {revenue:,.0f} million toman of sales are lost."
    ),
    # 1
    "lesson02.linear.ok": (
        "Two touches of five: 2/5 of 900,000. Each touch gets the same, so who comes often gets more."
    ),
    "lesson02.linear.once": (
        "That is the share of one touch. social was met twice, and the linear rule gives to each touch."
    ),
    "lesson02.linear.shapley": (
        "You shared among different channels. That is the Shapley rule; linear shares among touches."
    ),
    "lesson02.linear.position": "That is the position rule (40% to the first). Linear gives the same to every touch.",
    "lesson02.linear.first": "That is first touch: all to the first. Linear gives the same to every touch.",
    "lesson02.linear.last": "That is last touch: social was not the last. Linear gives the same to every touch.",
    "lesson02.linear.share": "That is the share. The question asks for toman.",
    "lesson02.linear.hint": "Five touches share 900,000 toman equally. How many of the five are social?",
    # 2
    "lesson02.later.ok": "{rate:.1%} of the journeys do not begin where a funnel begins.",
    "lesson02.later.linear": "That is the share of linear journeys. Take the row for starting later.",
    "lesson02.later.not_linear": (
        "That is everything that is not linear: those who skip or return are in it as well. Take one row only."
    ),
    "lesson02.later.skips": "That is the share that skips a stage on the way. Take the row for starting later.",
    "lesson02.later.returns": "That is the share that goes back. Take the row for starting later.",
    "lesson02.later.conversion": "That is how many of them convert. Asked for is how many there are: column rate.",
    "lesson02.later.hint": (
        "linearity has a row for journeys that start later than at the first stage, and a column rate."
    ),
    # 3
    "lesson02.to_store.ok": (
        "{rate:.1%} of the purchases were made in a store by somebody who had been met online. The till cannot see"
        " that."
    ),
    "lesson02.to_store.of_online": (
        "This divides by all journeys that were online, and counts store visits. Divide by those that converted."
    ),
    "lesson02.to_store.to_online": "That is the other direction: from the store to the screen.",
    "lesson02.to_store.in_store": (
        "That is the share of all purchases made in a store, also by people never met online in that journey."
    ),
    "lesson02.to_store.cross": (
        "That is the share of converted journeys with two channels or more; none need be a store."
    ),
    "lesson02.to_store.hint": "The last row of crossing, column rate.",
    # 4
    "lesson02.race.ok": "{people:,} of {of:,} people are at {label}, and {active:,} of them were seen of late.",
    "lesson02.race.last": "That is the last stage of the model. The question is where most people are.",
    "lesson02.race.first": "Most people begin there. The question is where they are now.",
    "lesson02.race.hint": (
        'stages.current_stage(log, "race").counts has a column people; take the stage of the largest.'
    ),
    # 5
    "lesson02.flattered.ok": (
        "{channel}: {credited:,.0f} purchases by the last click, {caused:,} caused. It meets people who have decided."
    ),
    "lesson02.flattered.free": (
        "Nobody pays for this channel. Among those that cost money, which one is flattered most?"
    ),
    "lesson02.flattered.opposite": "The last click gives this one too little. Look for the largest error above zero.",
    "lesson02.flattered.hint": 'judged has rows of model "last" with a column error: credited less caused.',
    # 6
    "lesson02.true_return.ok": "{value:.1f} toman of sales for one toman. The last click says {last:.1f}.",
    "lesson02.true_return.last": "That is the return by the last click. Take what was lost without the channel.",
    "lesson02.true_return.upside_down": "Upside down: sales on top, spend below.",
    "lesson02.true_return.purchases": (
        "That is money per purchase, or purchases per toman. Asked for is toman per toman."
    ),
    "lesson02.true_return.other": "That is the return of another channel. Take the row of social.",
    "lesson02.true_return.hint": "revenue_lost divided by spend, in the row of social.",
    # 7
    "lesson02.reminder.ok": (
        "{treated:.1%} against {control:.1%}; interval {low:+.1f} to {high:+.1f} percentage points. The season was"
        " drawn with {truth:+.1f}: does the interval hold it? One in twenty does not. And what would you have said, had"
        " you chosen the window after looking?"
    ),
    "lesson02.reminder.treated": (
        "That is how many of the reminded bought. Some of them would have bought anyway: who tells you how many?"
    ),
    "lesson02.reminder.control": "That is how many bought without a reminder. Subtract it from those with one.",
    "lesson02.reminder.lift": (
        "That is the difference relative to the control group. Asked for is the plain difference."
    ),
    "lesson02.reminder.sign": "The right size with the wrong sign: reminded less control.",
    "lesson02.reminder.window": "That is with a window of seven days, as in the lesson. Asked for are fourteen.",
    "lesson02.reminder.hint": (
        'Run the lesson\'s Intervention with within="14d", and take the difference in the row conversion of .effects.'
    ),
    # 8
    "lesson02.own_score.ok": (
        "{value:.2f}: with two kinds of clicks and one purchase you rank people about as well as ten weights did."
    ),
    "lesson02.own_score.no_purchase": (
        "This score does not take points off for a purchase: who has just bought looks keen. Add purchase: -10."
    ),
    "lesson02.own_score.half_life": 'This is with the usual half-life of fourteen days. Asked for is half_life="7d".',
    "lesson02.own_score.first_try": "That is the AUC of the lesson's first score. Build your own.",
    "lesson02.own_score.lesson": "That is the AUC of the lesson's mended score. Build your own.",
    "lesson02.own_score.not_auc": (
        "An AUC lies between 0 and 1, mostly above a half: take .auc.value of the calibration."
    ),
    "lesson02.own_score.hint": (
        'EngagementScore({...}, half_life="7d").calibrate(log, target="purchase", horizon="14d", **days).auc.value'
    ),
    # 9
    "lesson02.their_rules.ok": (
        "By these rules position gives {first} {credit:,.0f} purchases. Write the rules under the table when you"
        " show it."
    ),
    "lesson02.their_rules.no_spec": "I need an Attribution; this is a value of type {kind}. Write Attribution(...).",
    "lesson02.their_rules.conversion": 'The conversion is a purchase: Attribution("purchase", ...).',
    "lesson02.their_rules.lookback": (
        'Only touches of the last fourteen days count: lookback="14d". (Without it, thirty days.)'
    ),
    "lesson02.their_rules.position": (
        "The first and the last touch get thirty percent each: position=(0.3, 0.3). The rest goes to those between."
    ),
    "lesson02.their_rules.half_life": 'Time decay halves every three days: half_life="3d".',
    "lesson02.their_rules.more": "There is a rule that the report does not name. Leave the other options alone.",
    # 10
    "lesson02.memo.ok": "A channel, a number, and a test. Now let somebody read it who believes in the last click.",
}
