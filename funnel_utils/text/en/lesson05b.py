"""Lesson 05b: the sentences with computed numbers, and what `check` says to each answer."""

TEXT: dict[str, str] = {
    "lesson05b.say.size": "{events:,} events of {people:,} people; the log ends on {until:%Y-%m-%d %H:%M} UTC.",
    "lesson05b.say.consent": (
        "{sent:,} messages sent: {without} without consent, {after} after the person had unsubscribed. {left:,} people"
        " have unsubscribed from a channel."
    ),
    "lesson05b.say.trap": (
        "As it is written: {wrong:,} people. As it is meant: {meant:,}. {share:.0%} of the first have ordered nothing."
    ),
    "lesson05b.say.effect": (
        "Of 1,000 people assigned to the e-mails {message:.0f} bought, of 1,000 held out {holdout:.0f}:"
        " {difference:+.0f} ({low:+.0f} to {high:+.0f})."
    ),
    "lesson05b.say.credit": (
        "Credited to the e-mail: {credited:.0%} of the buyers. Caused by it, as far as the lot tells: {caused:.0%} of"
        " them, and {high:.0%} at the upper end of the interval."
    ),
    "lesson05b.say.pays": (
        "Five e-mails cost {cost} toman a person, and an order leaves {left:,.0f} on average: {buyers:.0f} more buyers"
        " in 1,000 people pay for the e-mails."
    ),
    "lesson05b.say.truth": (
        "In truth the campaign caused {effect:+.1f} buyers in 1,000 people, {share:.0%} of those who bought. The"
        " interval was {low:+.0f} to {high:+.0f}."
    ),
    "lesson05b.say.openers": (
        'Bought: {opened:.1%} of those who opened, {others:.1%} of those who did not. "Openers buy {lift:.0%} more."'
        " By the lot: {caused:+.1f} points."
    ),
    # 1
    "lesson05b.by_hand.ok": "15% against 12%: three points of 2,000 people. 240 of the 300 would have bought anyway.",
    "lesson05b.by_hand.credit": "That is everybody who bought. How many of them would have bought without a message?",
    "lesson05b.by_hand.counts": "The two groups differ in size. Compare shares first.",
    "lesson05b.by_hand.rate": "That is the difference of the shares. Multiply it by those who were to get a message.",
    "lesson05b.by_hand.lift": "That is the relative difference. Take the absolute one, times the people assigned.",
    "lesson05b.by_hand.everybody": "The 500 held out got nothing, so nothing was caused among them.",
    "lesson05b.by_hand.expected": "So many would have bought anyway. Subtract them from those who did.",
    "lesson05b.by_hand.hint": "The difference of the two shares, times the 2,000.",
    # 2
    "lesson05b.segment.ok": "{count:,} people. Each condition is short, and everybody can check it.",
    "lesson05b.segment.everywhere": 'That is in all cities. Add: city = "Shiraz" and …',
    "lesson05b.segment.shiraz": "That is everybody in Shiraz. Who of them left a cart?",
    "lesson05b.segment.any_cart": "Some of these have ordered since. Use: no order since add_to_cart.",
    "lesson05b.segment.either": "With or, all of Shiraz is in it, and all who left a cart. Use: and.",
    "lesson05b.segment.end": "That is at the end of the log. On the morning of the campaign it is as_of=start.",
    "lesson05b.segment.hint": (
        "Two conditions joined by and: the city; no order since the cart. Then len(Segment(rule).run(log, as_of=…))."
    ),
    # 3
    "lesson05b.not_agreed.ok": "{count:,} of {people:,}. What she likes best and what she agreed to are two columns.",
    "lesson05b.not_agreed.nowhere": "Those agreed to no channel at all. Others agreed to one, but not to their best.",
    "lesson05b.not_agreed.somewhere": "Those who may not be written to at all belong to them, too.",
    "lesson05b.not_agreed.unknown": "Some of these have no preferred channel: nobody wrote to them. Leave them out.",
    "lesson05b.not_agreed.agreed": "Those did agree to their best channel. Asked for are the others.",
    "lesson05b.not_agreed.share": "That is a share. Asked for is how many people.",
    "lesson05b.not_agreed.hint": (
        "Compare the two columns of contacts.to_frame(), and leave out rows without a preferred_channel."
    ),
    # 4
    "lesson05b.not_sent.ok": (
        "{count:,}. They stay in the group all the same: the lot assigned them, and the holdout has as many of their"
        " like."
    ),
    "lesson05b.not_sent.sent": "Those were sent something. Subtract them from the assigned.",
    "lesson05b.not_sent.events": "You took messages for people. The column is people.",
    "lesson05b.not_sent.held_out": "Whom the lot held out was not assigned to the message. Leave those out.",
    "lesson05b.not_sent.sign": "The other way round: the assigned less those who were sent something.",
    "lesson05b.not_sent.share": "That is a share. Asked for is how many.",
    "lesson05b.not_sent.unopened": "Those opened nothing. Asked for are those who were sent nothing.",
    "lesson05b.not_sent.hint": "People assigned less people sent, in report.messages.",
    # 5
    "lesson05b.open_rate.ok": (
        "{rate:.1%} of the people; of the messages {messages:.1%}. Two open rates, and reports seldom say which."
    ),
    "lesson05b.open_rate.messages": "That is a share of messages. Asked for is the share of people.",
    "lesson05b.open_rate.assigned": "Some of the assigned were delivered nothing. Divide by the people delivered.",
    "lesson05b.open_rate.clicked": "Those clicked. Take the row opened.",
    "lesson05b.open_rate.hint": "The row opened of report.messages, column rate.",
    # 6
    "lesson05b.week.ok": "{first} points in the first week, {whole} in three. Fix the time before you look.",
    "lesson05b.week.three_weeks": 'That is within three weeks. Give within="7d".',
    "lesson05b.week.sign": "The right size with the wrong sign: message less holdout.",
    "lesson05b.week.caused": "That is a number of people. Take the column difference.",
    "lesson05b.week.rate": "That is the share that bought with messages. Take the column difference.",
    "lesson05b.week.hint": 'Campaign(campaign="spring", conversion="order", within="7d", …).run(log).effect',
    # 7
    "lesson05b.size.ok": "{total:,}. Half of them get nothing, for three weeks. Then you know.",
    "lesson05b.size.one_group": "That is one group. Asked for are both together.",
    "lesson05b.size.relative": "You took 3% of 20%. Three points are an effect of 0.03.",
    "lesson05b.size.fifth": "That is with a fifth held out. With a half you need fewer.",
    "lesson05b.size.hint": "Design takes the share without the reminder and the difference; its size() has a total.",
    # 8
    "lesson05b.kind.ok": "They buy either way, as far as one can see. The interval does not exclude a small effect.",
    "lesson05b.kind.moved": "Persuadables buy more with the message. Here the interval holds zero.",
    "lesson05b.kind.never": "Lost causes hardly buy. Here 63% do, without any e-mail.",
    "lesson05b.kind.harm": "For that the whole interval would have to lie below zero.",
    "lesson05b.kind.hint": "Look at the share without the e-mail, and whether the interval holds zero.",
    # 9
    "lesson05b.plan.ok": (
        "{rows} rows that can be run, capped, and measured. Show it to somebody from customer service before you start."
    ),
    "lesson05b.plan.columns": "A contact plan is a table with these columns too: {columns}.",
    "lesson05b.plan.rows": "It has {rows} rows. Write four at least, one for each part.",
    "lesson05b.plan.parts": "No row for {parts}. The whole life of a customer belongs in it.",
    "lesson05b.plan.empty": "Row {number} has no trigger or no measure. When does it start, and what decides?",
    "lesson05b.plan.channel": "Row {number}: channel {channel!r} is none of {channels}.",
    "lesson05b.plan.cap": "Row {number}: the cap is from 1 to {most} messages a week.",
    "lesson05b.plan.holdout": "Row {number} holds nobody out, or everybody. Then nobody will know what it caused.",
    "lesson05b.plan.percent": "Row {number}: give the holdout as a share, such as 0.2 for a fifth.",
    "lesson05b.plan.lesson": "These are the lesson's own rules. Whom would *you* write to? Change the rules.",
    "lesson05b.plan.rule": "Row {number}: the rule cannot be run. {error}",
    "lesson05b.plan.nobody": "Row {number}: its rule finds nobody here. Is a name misspelt, or a time too short?",
    "lesson05b.plan.one_channel": "All rows use {channel}. Not everybody answers there: use a second channel.",
    # 10
    "lesson05b.memo.ok": "A group, a number, and a way to find out. Now ask who will look at it, and on which day.",
}
