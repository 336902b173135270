"""Lesson 01: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson01.say.example": "{bought:,.0f} of {entered:,.0f} bought: a conversion of {rate:.1%}, seven in a hundred.",
    "lesson01.say.widths": (
        "With 100 people the interval runs from {few_low:.1%} to {few_high:.1%}; with everybody from {all_low:.1%} to"
        " {all_high:.1%}."
    ),
    "lesson01.say.weakest": "The weakest step is {weakest}: of {of:,} people {rate:.0%} go on, {lost:,} are lost.",
    "lesson01.say.most_lost": (
        "Most are lost before {most}: {lost:,} sessions, at a rate of {most_rate:.0%}. The lowest rate is that of"
        " {weakest}: {rate:.0%}."
    ),
    "lesson01.say.truth_weakest": "Drawn as the weakest step of an attempt: from {before} to {after}.",
    "lesson01.say.truth_close": "Interval {low:.1%} to {high:.1%}; the shop was drawn with {truth:.0%}.",
    "lesson01.say.arash_average": "Arash's thousand, had they been average visitors: {promise:,.0f} million toman.",
    "lesson01.say.arash_range": (
        "Arash's thousand over the interval of Instagram's rate: {low:,.0f} to {high:,.0f} million."
    ),
    "lesson01.say.break_even": "In one quarter Leila's pages equal Arash's advertisements at {points:.1f} points.",
    "lesson01.say.one_day": "{day:,} of {week:,} buyers ({share:.0%}) needed no more than one day.",
    "lesson01.say.research": (
        "{researched:,} of {buyers:,} buyers ({share:.0%}) left a trace of research at Pardis before a purchase. The"
        " claim says {claim:.0%}."
    ),
    "lesson01.say.mature": (
        "Mature people only: {mature:.2%}. Everybody, with the open attempts counted as lost: {all:.2%}. Still open:"
        " {open:,} people."
    ),
    "lesson01.say.open_quotes": (
        "{open:.0f} quotes are open. Counted as lost they make a close rate of {lost:.0%}; set apart, {apart:.0%}."
    ),
    "lesson01.say.promise": (
        "{person}: {promise:,.0f} million toman of sales a quarter for {cost:,.0f} million, if the promise comes true."
    ),
    "lesson01.worked_example.ok": "130 / 5200 = 0.025: of a hundred who enter, two or three buy.",
    "lesson01.worked_example.hint": "Divide those who bought by those who entered: 130 by 5200.",
    "lesson01.in_process.ok": "{rate:.1%} of those who begin the checkout finish it. That is a rate of one step alone.",
    "lesson01.in_process.overall": (
        "You divided by everybody who visited: that is the funnel conversion. In-process conversion divides by the"
        " people at the step before."
    ),
    "lesson01.in_process.step_before": "That is the share that goes from the cart to the checkout, one step earlier.",
    "lesson01.in_process.any_order": (
        "This counts the steps in any order, so people come in who did not take this way. Use the ordered funnel,"
        " result."
    ),
    "lesson01.in_process.hint": "result.steps has a column rate. Take the row of purchase.",
    "lesson01.weakest.ok": "{label}: {units} of {of} go on ({rate:.0%}). The decision takes place with the customer.",
    "lesson01.weakest.most_lost": (
        "Most people are lost before this step, but it is not the lowest rate. Compare the column rate, not lost."
    ),
    "lesson01.weakest.first": "Nobody is lost before the first step: its rate is one by definition.",
    "lesson01.weakest.narrowest": (
        "The last step has the fewest people; that is so in every funnel. Which step has the lowest rate?"
    ),
    "lesson01.weakest.hint": "Run the funnel of the four events, and look for the row where weakest is True.",
    "lesson01.any_order.ok": (
        "{extra} too many, beside {ordered} who went down the funnel in order. Some took another way; of others an"
        " act was never recorded. The funnel cannot tell which."
    ),
    "lesson01.any_order.sign": "The right size, with the wrong sign: how many people too many?",
    "lesson01.any_order.not_a_difference": (
        "That is the count of one funnel. Asked for is the difference between the two."
    ),
    "lesson01.any_order.first_step": "That is the difference at the first step. Look at the last one.",
    "lesson01.any_order.all_steps": (
        "You added up all steps, so the same people count several times. Take the last step only."
    ),
    "lesson01.any_order.no_window": "This is without a window. Both funnels have one of seven days.",
    "lesson01.any_order.hint": "Units at the last step: any order less ordered.",
    "lesson01.mature.ok": (
        "{rate:.2%} of those whose fourteen days are over. Nobody's outcome was looked at to choose them."
    ),
    "lesson01.mature.open_as_lost": (
        "This rate counts people who still have time left as lost. The headline is the row mature."
    ),
    "lesson01.mature.seven_days": 'That is the funnel with seven days. Build one with window="14d".',
    "lesson01.mature.of_everybody": "This divides by everybody in the log, also those who never visited.",
    "lesson01.mature.no_window": "Without a window nobody is ever mature. The director asked for fourteen days.",
    "lesson01.mature.hint": (
        'Run Funnel(funnel.steps, window="14d"), then look at .conversion, row mature, column rate.'
    ),
    "lesson01.source.ok": (
        "{source}: {rate:.1%}, interval {low:.1%} to {high:.1%}. Before you act: do the intervals of the next ones"
        " overlap?"
    ),
    "lesson01.source.most_people": (
        "It brings the most people, and that is the document's advice. The question is which one brings people who buy."
    ),
    "lesson01.source.too_small": (
        "The highest rate of all, but from fewer than 100 people: its interval is too wide to say so. Filter on units"
        " first."
    ),
    "lesson01.source.most_buyers": "The most buyers, because it brings many people. Compare the column rate.",
    "lesson01.source.most_value": (
        "The most toman per visitor: also a good question. Here the highest conversion is asked for."
    ),
    "lesson01.source.hint": "Keep the rows with units of at least 100, then take the one with the highest rate.",
    "lesson01.time.ok": "About {minutes:.1f} minutes, and those who never bought are in it as 'longer than this'.",
    "lesson01.time.advanced": (
        "That is the median of those who bought. The others took at least as long; leave them out and it looks faster"
        " than it is. Take km_median_s."
    ),
    "lesson01.time.minutes": "Right in minutes. The question asks for seconds.",
    "lesson01.time.hours": "Right in hours. The question asks for seconds.",
    "lesson01.time.other_step": (
        "That is the time from the cart to the checkout. Take the row whose label is begin_checkout."
    ),
    "lesson01.time.hint": "times has a row begin_checkout and a column km_median_s.",
    "lesson01.close_rate.ok": (
        "{won} of {decided} large decided quotes: {rate:.0%}, interval {low:.0%} to {high:.0%}. Compare it with all"
        " quotes before you call large ones better."
    ),
    "lesson01.close_rate.all_quotes": "That is the share among all quotes. Filter the log to the large ones first.",
    "lesson01.close_rate.by_person": 'Here a person is the opportunity. A person may have several quotes: by="order".',
    "lesson01.close_rate.open_as_lost": (
        "You divided by all quotes, so the open ones count as lost. Divide by those that are decided: won plus lost."
    ),
    "lesson01.close_rate.odds": "That is won to lost, the odds. A share divides by won plus lost.",
    "lesson01.close_rate.hint": "Won, divided by won plus lost, among quotes of more than 50 million toman.",
    "lesson01.tool.ok": (
        "By these rules {bought:,} of {visited:,} people buy. Put the rules under the number when you report it."
    ),
    "lesson01.tool.no_funnel": "I need a Funnel; this is a value of type {kind}. Write Funnel([...], window=...).",
    "lesson01.tool.steps": "The steps are visit, add_to_cart, purchase, in this order.",
    "lesson01.tool.gaps": (
        "gaps limit the time from the step before. The manual counts three days from the visit: that is the window."
    ),
    "lesson01.tool.no_window": "The purchase must come within three days of the visit: which argument says that?",
    "lesson01.tool.window": 'The window is not three days: window="3d".',
    "lesson01.tool.entry": (
        '"Enters once, with the first visit": the clock starts at the first visit, so entry="first".'
    ),
    "lesson01.tool.no_exclusion": "The support chat is missing: exclude=Exclusion(...).",
    "lesson01.tool.exclusion": "Exclude one event only: support_chat.",
    "lesson01.tool.between": (
        "The chat matters between the cart (step 2) and the purchase (step 3): after=2, before=3. Earlier chats are"
        " harmless."
    ),
    "lesson01.tool.scope": (
        '"Leaves the funnel at that point": the steps done so far still count, so scope="attempt". With "user" the'
        " person would vanish from all steps."
    ),
    "lesson01.tool.more_rules": "The funnel has a rule that is not in the manual. Leave all other options alone.",
    "lesson01.memo.ok": "A place, a number, and a test. Now let somebody who disagrees with you read it.",
}
