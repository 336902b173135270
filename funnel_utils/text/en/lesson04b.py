"""Lesson 04b: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson04b.say.curse": (
        "A season has {wins:.1f} winners. They report {seen:+.2f} points on average; their true gain is"
        " {real:+.2f}, {share:.0%} of it. {useless:.0%} of them do nothing at all."
    ),
    "lesson04b.say.many": (
        "At least one of twenty is below .05 in {counted:.0%} of the draws; 1 - .95^20 = {formula:.0%}."
    ),
    "lesson04b.say.cuped": (
        "It is worth {ratio:.1f} times the people. Drawn with a lift of {truth:+.0%}; with the past taken out:"
        " {low:+.1%} to {high:+.1%}."
    ),
    "lesson04b.say.ratio": (
        "Wishes per view, counted as if each view were a person: {wrong_low:+.2f} to {wrong_high:+.2f} points. By"
        " people: {low:+.2f} to {high:+.2f}, {wider:.1f} times as wide."
    ),
    "lesson04b.say.offices": (
        "Offices drawn by lot again and again: a test that counts people raises {alarms:.0%} false alarms instead"
        " of 5%. Design effect: {effect:.1f}."
    ),
    "lesson04b.say.orders": (
        "An order is worth {mean:,.0f} thousand toman at the mean and {median:,.0f} at the median; the largest is"
        " {largest:.0f} times the mean."
    ),
    "lesson04b.say.always": (
        "Useless tests with a look every day: z beyond 1.96 stops {naive:.0%} of them, the sequence {always:.1%}."
    ),
    "lesson04b.say.bayes": (
        "The new one is better in {counted:.1%} of the pairs (exactly: {exact:.1%}). Taking it loses {loss:.3f}"
        " points on average (exactly: {exact_loss:.3f})."
    ),
    "lesson04b.say.offer": "The offer: found {found:+.2f} points, drawn with {drawn:+.2f}.",
    # 1
    "lesson04b.cuped.ok": "1 - 0.36 = 0.64: more than a third of the people saved, for a month of history.",
    "lesson04b.cuped.saved": "That is the share that is taken out. What is left?",
    "lesson04b.cuped.not_squared": "Square the correlation first: people go with the variance.",
    "lesson04b.cuped.width": "That is the interval's width. People go with its square.",
    "lesson04b.cuped.hint": "1 less the square of the correlation.",
    # 2
    "lesson04b.segments.ok": "{rate:.0%}. Somewhere a useless change looks splendid two times in five.",
    "lesson04b.segments.sum": "Adding up counts a draw twice in which two segments are below .05.",
    "lesson04b.segments.none": "That is the chance that none is.",
    "lesson04b.segments.all": "That is the chance that all are. One is enough.",
    "lesson04b.segments.once": "That is for one segment.",
    "lesson04b.segments.hint": "1 less the chance that none of the ten is below .05.",
    # 3
    "lesson04b.holm.ok": "{standing}: 0.04, 0.048, 0.048 stand; then 0.06, and whatever follows cannot be smaller.",
    "lesson04b.holm.bonferroni": "You multiplied all by five. Holm multiplies by 5, 4, 3, 2, 1.",
    "lesson04b.holm.no_running_maximum": (
        "The last one, 0.04 times 1, comes after one that fell: a later p-value cannot become smaller than an"
        " earlier one."
    ),
    "lesson04b.holm.uncorrected": "So many are below .05 before the correction.",
    "lesson04b.holm.hint": "Sort; multiply by 5, 4, 3, 2, 1; never let a later one be smaller than an earlier one.",
    # 4
    "lesson04b.clusters.ok": "{worth:,.0f}. An ICC that looks like nothing costs {effect:.1f} times the people.",
    "lesson04b.clusters.multiplied": "You multiplied. Clusters know less than so many independent pupils: divide.",
    "lesson04b.clusters.effect": "That is the design effect. Divide the pupils by it.",
    "lesson04b.clusters.schools": (
        "That is the number of schools: what it would be worth if all pupils of a school were alike."
    ),
    "lesson04b.clusters.icc": "The ICC works once for every classmate: 1 + (m - 1) times the ICC.",
    "lesson04b.clusters.no_one": "The design effect begins with 1: 1 + (m - 1) times the ICC.",
    "lesson04b.clusters.hint": "Divide 9,000 by 1 + (300 - 1) times 0.02.",
    # 5
    "lesson04b.look.ok": "At look {look} the bound is {bound:.2f}. The looks before asked for more.",
    "lesson04b.look.naive": "There z exceeds 1.96, the bound of a test with one look. These bounds ask for more.",
    "lesson04b.look.pocock": "That is by Pocock's bounds.",
    "lesson04b.look.end": "At the last look it would stop, too. Does an earlier look exceed its bound?",
    "lesson04b.look.zero_based": "Looks are counted from 1.",
    "lesson04b.look.hint": 'Compare each z with GroupSequential("obrien_fleming", looks=5).z at the same look.',
    # 6
    "lesson04b.chance.ok": (
        "{chance:.1%}. With a flat prior this is nearly 1 less half of p ({p:.2f}): the prior added nothing."
    ),
    "lesson04b.chance.complement": "That is the chance that the old one is better.",
    "lesson04b.chance.p_value": "That is the p-value. It says nothing about which one is better.",
    "lesson04b.chance.one_minus_p": "1 less p is no probability of anything. Use bayes_rates.",
    "lesson04b.chance.loss": "That is the expected loss. Take the column chance_to_win.",
    "lesson04b.chance.hint": "bayes_rates([90, 108], [1_000, 1_000]).table has a column chance_to_win.",
    # 7
    "lesson04b.winners.ok": (
        "{gain:.4f}: {times:.1f} times the truth, because only {power:.0%} of such tests win, the lucky ones."
    ),
    "lesson04b.winners.all": "That is the true gain, and the mean of all tests. What do the winners report?",
    "lesson04b.winners.both_signs": "Some of these are losers. A winner has a positive sign, too.",
    "lesson04b.winners.any_positive": "Those are all with a positive sign. A winner has p below .05 as well.",
    "lesson04b.winners.share": "That is how many win. Asked for is what they report.",
    "lesson04b.winners.hint": (
        "Draw both arms, test each pair, keep those with p below .05 and a positive sign, and take the mean of"
        " their gains."
    ),
    # 8
    "lesson04b.last_week.ok": (
        "{week:+.4f} (interval {low:+.4f} to {high:+.4f}); in the first week it was {first:+.4f}. Which one goes"
        " into the budget?"
    ),
    "lesson04b.last_week.first": "That is the first week: the feast. Take the fourth.",
    "lesson04b.last_week.whole": "That is all four weeks together. Take the fourth alone.",
    "lesson04b.last_week.lift": "That is the lift. Asked for is the difference of the shares.",
    "lesson04b.last_week.rate": "That is the rate of one arm.",
    "lesson04b.last_week.low": "That is the low end of its interval.",
    "lesson04b.last_week.sign": "Treatment less control: new less old.",
    "lesson04b.last_week.hint": 'wears_off.comparison("week 4") has a field difference.',
    # 9
    "lesson04b.rules.ok": "People, looks, a holdout, figures. Pin it to the wall before the first test.",
}
