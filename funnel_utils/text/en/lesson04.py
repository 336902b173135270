"""Lesson 04: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson04.say.size": "{rows:,} events of {people:,} people; the log ends on {until:%Y-%m-%d}.",
    "lesson04.say.pair": (
        "{first} and {second} buyers among 400 each: a gap of {gap:+.1f} points, and nothing is different."
    ),
    "lesson04.say.interval": (
        "A gap of two points among 400 each: the interval goes from {low:+.1f} to {high:+.1f} points."
    ),
    "lesson04.say.coverage": "{holds:,} of {of:,} intervals hold the true two points: {share:.1%}.",
    "lesson04.say.mde": (
        "{people:,} people in each arm see a rise from 10% to {found:.1%} with 80% power: {gain:.1f} points. Smaller"
        " gains they mostly miss."
    ),
    "lesson04.say.sixteen": "By the rule of sixteen: {people:,.0f} people in each arm.",
    "lesson04.say.coins": "Coins were as uneven in {share:.0%} of the draws. The formula says p = {p:.2f}.",
    "lesson04.say.money": (
        "Of 9,000 people a month {low:,.0f} to {high:,.0f} more buy (best guess {middle:,.0f}): at today's average"
        " order {low_money:,.0f} to {high_money:,.0f} million toman of sales."
    ),
    "lesson04.say.truth": (
        "Drawn with {purchase:+.1f} points. Found: {found:+.1f}, interval {low:+.1f} to {high:+.1f}. Writing to"
        " support was drawn with {chat:+.1f}."
    ),
    "lesson04.say.segments": "That the difference is the same on all devices: p = {p:.2f}.",
    "lesson04.say.interaction": (
        "The date brings {without:+.1f} points without the badge and {with_it:+.1f} with it: a difference of"
        " differences of {difference:+.1f} points (interval {low:+.1f} to {high:+.1f})."
    ),
    "lesson04.say.interaction_truth": "The interaction was drawn with {truth:+.1f} points.",
    "lesson04.say.advert": (
        "A person in the advertisement's arm brings {low:+,.0f} to {high:+,.0f} toman of sales more; of that"
        " {margin:.0%} is left. She sees it {times:.2f} times, at {price:,.0f} toman: {cost:,.0f} toman. Left after"
        " that: {left_low:+,.0f} to {left_high:+,.0f}."
    ),
    "lesson04.say.card": (
        "{share:.0%} of store purchases are recorded. Seen: {seen:+.1f} store purchases per 1,000 people; in all about"
        " {all:+.1f}."
    ),
    "lesson04.say.sixth": (
        "Of the people of the first six days: old {old:.1%} of {old_n:,.0f}, new {new:.1%} of {new_n:,.0f}. In the"
        " end: old {old_end:.1%}, new {new_end:.1%}."
    ),
    "lesson04.say.aa": (
        "{days} daily looks at two identical pages: p is below .05 on {below} of them, the lowest is {lowest:.3f};"
        " on the last day it is {last:.2f}."
    ),
    "lesson04.say.peeking": (
        "Useless changes that are welcomed or feared: {once:.1%} with one look, {weekly:.1%} with a look a week,"
        " {daily:.1%} with a look a day (theory: {theory:.1%})."
    ),
    "lesson04.say.planned": "With four planned looks by these bounds: {share:.1%} of the useless changes.",
    "lesson04.say.seers": (
        "Those who saw it: {saw:.1%} bought; those of the same arm who did not: {not_saw:.1%}. A gap of {gap:+.1f}"
        " points. As the lot decided: {fair:+.1f}."
    ),
    "lesson04.say.decision": (
        "Checkout: planned with {people:,} people; {low:+.1f} to {high:+.1f} points more buy; support at most"
        " {chat:+.1f}. Advertisement: {anywhere:+.1f} purchases per 1,000 people (at least {anywhere_low:+.1f})."
    ),
    # 1
    "lesson04.lift.ok": "5 / 4 - 1: a quarter more, and one point. Say both, or say which.",
    "lesson04.lift.points": "That is the difference, one point. The lift divides it by what was there before.",
    "lesson04.lift.of_after": "You divided by the new rate. The lift is relative to what was there before.",
    "lesson04.lift.ratio": "That is the ratio of the rates. The lift is how much of it is *more*: take 1 away.",
    "lesson04.lift.backwards": "That is the way back, from 5% to 4%.",
    "lesson04.lift.percent": "Right in per cent. Here shares are between 0 and 1: 0.25, not 25.",
    "lesson04.lift.percent_points": "That is the difference in points. The lift divides it by what was there before.",
    "lesson04.lift.hint": "New rate divided by old rate, less 1.",
    # 2
    "lesson04.luck.ok": "{part:.0%}. With 1,000 people in each arm luck often makes a whole point.",
    "lesson04.luck.one_side": "That is one side only. Up or down: both count, since luck does not care.",
    "lesson04.luck.complement": "That is how often the gap is smaller.",
    "lesson04.luck.one_arm": "That is how far one group is from its true rate. The gap of *two* groups is larger.",
    "lesson04.luck.strict": "A gap of exactly one point counts, too: `>=`. Count buyers; shares are rounded.",
    "lesson04.luck.hint": (
        "Draw with luck.binomial(1_000, 0.05, size=(10_000, 2)), subtract the columns, and take the share whose gap is"
        " at least 10 buyers."
    ),
    # 3
    "lesson04.size.ok": (
        "{people:,.0f} in each arm. Half a point on 5% costs that many; a whole point a quarter of them."
    ),
    "lesson04.size.total": "That is both arms together. The question asks for each.",
    "lesson04.size.lift": "You gave half a per cent as a lift. Half a *point* is effect=0.005.",
    "lesson04.size.whole_point": "That is for a whole point.",
    "lesson04.size.power": "That is for 90% power.",
    "lesson04.size.one_sided": "That is one-sided. A change may be worse, too: test on both sides.",
    "lesson04.size.down": "That is for a fall by half a point.",
    "lesson04.size.hint": "Design(baseline=0.05, effect=...).size() has n, the people in each arm.",
    # 4
    "lesson04.weeks.ok": "{days:.1f} days, so {weeks} whole weeks: each weekday the same number of times.",
    "lesson04.weeks.days": "Those are days. Asked for are whole weeks.",
    "lesson04.weeks.not_whole": "Right so far. Round up to whole weeks.",
    "lesson04.weeks.one_arm": "Both arms need 6,200 people.",
    "lesson04.weeks.everybody": "Only 40% of the new people take part.",
    "lesson04.weeks.down": "Rounded down, the test is too small. Round up.",
    "lesson04.weeks.hint": "People of both arms, by people a day who take part, by seven; then round up.",
    # 5
    "lesson04.srm.ok": "p = {p:.5f}. The relative gap is small, but so many coins never fall so unevenly.",
    "lesson04.srm.relative": (
        "The largest relative gap, yes; but of so few people. Luck makes large relative gaps in small groups."
    ),
    "lesson04.srm.middle": "Its gap is larger than that of south in per cent, and its people are fewer.",
    "lesson04.srm.hint": "stats.chi_square_fit([5_000, 5_150]).p for each of the three.",
    # 6
    "lesson04.low.ok": "{low:.4f}; the interval goes to {high:.4f}. Report this end first.",
    "lesson04.low.estimate": "That is the difference itself. Where does its interval begin?",
    "lesson04.low.high": "That is the upper end.",
    "lesson04.low.lift": "That is the low end of the lift. Asked for is the difference.",
    "lesson04.low.one_arm": "That is the interval of one arm's rate. Asked for is that of the difference.",
    "lesson04.low.sign": "Treatment less control: 465 less 400 is a gain.",
    "lesson04.low.points": "Right in points. Here shares are between 0 and 1.",
    "lesson04.low.hint": 'Experiment.of_counts({"control": (5_000, 400), ...}).comparison() has a field low.',
    # 7
    "lesson04.interaction.ok": (
        "{with_badge:+.3f} with the badge, {without:+.3f} without it. Which of the two do you tell the team?"
    ),
    "lesson04.interaction.without": "That is without the badge. The question is about people who see it.",
    "lesson04.interaction.average": "That is over everybody. Take the cells with the badge only.",
    "lesson04.interaction.interaction": (
        "That is the interaction, the difference of the two differences. Asked for is one of them."
    ),
    "lesson04.interaction.rate": "That is a rate. What does the same page sell without the date?",
    "lesson04.interaction.other": "That is what the badge does where there is a date. Asked for is the date's work.",
    "lesson04.interaction.photo": "You kept one kind of photo only. Take both together.",
    "lesson04.interaction.sign": "With the date less without it.",
    "lesson04.interaction.hint": "Keep badge == 'yes', sum n and converted by date, and subtract the rates.",
    # 8
    "lesson04.peeking.ok": "{rate:.1%}: nearly three times the promise, for five looks.",
    "lesson04.peeking.once": "That is the promise for one look.",
    "lesson04.peeking.independent": (
        "That would be five tests of different people. These looks share most of their people, so it is less."
    ),
    "lesson04.peeking.sum": "Adding up counts a test twice that is below .05 at two looks.",
    "lesson04.peeking.bonferroni": (
        "That is a way to ask for more at each look. Asked for is what happens if nobody does."
    ),
    "lesson04.peeking.one_side": "That is one side only. The test stops on either side.",
    "lesson04.peeking.hint": "peeking_fpr takes the number of looks.",
    # 9
    "lesson04.spec.ok": "That is their test, so that a machine can run it, and nobody can remember it otherwise.",
    "lesson04.spec.no_spec": "I need an Experiment; this is a value of type {kind}.",
    "lesson04.spec.primary": "What decides? A Conversion of subscribe, as primary (that is the default role).",
    "lesson04.spec.guardrail": 'They must not unsubscribe more often: a Conversion with role="guardrail".',
    "lesson04.spec.better": 'Fewer who unsubscribe are better: better="down".',
    "lesson04.spec.relative": "Half a point is absolute: margin, not relative_margin.",
    "lesson04.spec.margin": "Half a point is 0.005 of a share.",
    "lesson04.spec.arms": 'The arm stands in "variant", and the old page is called "control".',
    "lesson04.spec.split": "8 in 10 and 2 in 10: split=[0.8, 0.2], control first. Else the lot will look broken.",
    "lesson04.spec.exposure": 'The exposing event is called "exposed".',
    "lesson04.spec.window": 'Within three days: Exposure("exposed", within="3d").',
    # 10
    "lesson04.memo.ok": "A verdict, a figure, a guardrail, and a way to find out more. Would Kaveh sign it?",
}
