"""Lesson 00: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson00.say.size": "{rows:,} usable events of {people:,} people; the log ends at {until:%Y-%m-%d %H:%M} UTC.",
    "lesson00.say.no_visit": "{bought:,} people bought; {missing:,} of them have no visit before it in this log.",
    "lesson00.say.shift": "Last event before: {before:%H:%M} UTC. After: {after:%H:%M} UTC, the same moment in Tehran.",
    "lesson00.say.rows": (
        "Purchase rows / visit rows: {by_rows:.1%}. People who bought / people who visited: {by_people:.1%}."
    ),
    "lesson00.events.ok": "Each of them says who, what and when.",
    "lesson00.events.people": "That is the number of people. Asked for are the events: rows, not persons.",
    "lesson00.events.with_rejected": "This counts the rows set aside as well. log.n_events() counts the usable ones.",
    "lesson00.events.hint": "Ask the log: log.n_events().",
    "lesson00.people.ok": "Distinct persons, however many rows each of them has.",
    "lesson00.people.rows": "That is the number of events. A person has many; ask for log.n_users().",
    "lesson00.people.visitors": (
        "Those are the people who visited. Some never have a visit in the log; count everybody."
    ),
    "lesson00.people.hint": "Ask the log: log.n_users().",
    "lesson00.set_aside.ok": "About {share_text:.2%} of the file. Small, and worth one sentence in your report.",
    "lesson00.set_aside.count": "That is the number of rows set aside. Divide it by the number of all rows.",
    "lesson00.set_aside.of_usable": (
        "You divided by the usable rows. All rows are the usable ones plus those set aside, so both belong below the"
        " line."
    ),
    "lesson00.set_aside.hint": "Rows set aside, divided by (rows set aside + usable rows).",
    "lesson00.observed_until.ok": "After {moment:%Y-%m-%d %H:%M} UTC this log knows nothing, and neither do you.",
    "lesson00.observed_until.no_time": (
        "I need a moment in time; this is a value of type {kind}. See log.observed_until."
    ),
    "lesson00.observed_until.first": "That is where the log begins. Asked for is where it ends.",
    "lesson00.observed_until.day_only": "The right day; the exact moment is in log.observed_until.",
    "lesson00.observed_until.later": (
        "That is later than anything in the log. What you have not seen, you do not know: see log.observed_until."
    ),
    "lesson00.observed_until.hint": "Events follow that moment. Look for the last one: log.observed_until.",
    "lesson00.first_funnel.ok": (
        "{rate:.1%} of the people who visited. Lesson 01 adds what is missing: how sure you can be, and who is still"
        " on the way."
    ),
    "lesson00.first_funnel.rows": "You divided rows by rows. Count people: the funnel's table has them.",
    "lesson00.first_funnel.last_rate": (
        "That is the rate of the last step alone: buyers among those who began the checkout. Asked for are buyers"
        " among all who visited; see the column overall."
    ),
    "lesson00.first_funnel.all_people": "You divided by everybody in the log. Asked for are those who visited.",
    "lesson00.first_funnel.no_window": "This funnel has no window. The question gives seven days.",
    "lesson00.first_funnel.any_order": "This counts the steps in any order. The question asks for them in order.",
    "lesson00.first_funnel.mature": (
        "This is the rate of those whose seven days are over: a better number, and lesson 01 is about it. Here take"
        " everybody who visited."
    ),
    "lesson00.first_funnel.hint": "Look at result.steps: the last row of the column overall.",
    "lesson00.story.ok": "{bought} of {visitors} visitors: one third. You have written a log and counted it.",
    "lesson00.story.a_dict": "The story is there; now make a log of it: EventLog.from_story(your_story).",
    "lesson00.story.no_log": "I need an EventLog; this is a value of type {kind}. Use EventLog.from_story({{...}}).",
    "lesson00.story.few": "{visitors} people visit in your story. Write at least three who do.",
    "lesson00.story.no_visit_first": (
        "{buyers} people buy, but only {bought} of them after a visit. A funnel counts steps in order."
    ),
    "lesson00.story.hint": "In your story {bought} of {visitors} visitors buy. Make it exactly one third.",
    "lesson00.monday.starts": "yes|no",
    "lesson00.monday.yes_or_no": "Begin with the answer: yes or no. The director reads the first word.",
    "lesson00.monday.ok": "An answer, a finding and a number. Would a colleague come to the same answer from it?",
}
