"""The lessons' quizzes: each question, its answers, and why each answer is right or not."""

TEXT: dict[str, str] = {
    "quiz.title": "Quiz of lesson {lesson}",
    "quiz.static": "Choose an answer to unfold what is right or wrong about it.",
    "quiz.right": "Right.",
    "quiz.wrong": "Not this one.",
    # Lesson 00
    "quiz.00.row": "What does one row of an event log stand for?",
    "quiz.00.row.person": "One person, with everything she ever did",
    "quiz.00.row.person.why": "A person usually has many rows. That is why you count distinct persons, not rows.",
    "quiz.00.row.event": "One thing that one person did at one moment",
    "quiz.00.row.event.why": "Who, what and when: these three columns are all that a funnel needs.",
    "quiz.00.row.day": "One day, with its totals",
    "quiz.00.row.day.why": (
        "Daily totals cannot tell whether the buyers are the same people as the visitors. A log can."
    ),
    "quiz.00.aside": "A row has no user id. What does EventLog do with it, unless you ask for strict reading?",
    "quiz.00.aside.deleted": "It deletes the row without a word",
    "quiz.00.aside.deleted.why": "Then nobody could ever find out. Nothing is dropped silently: look in log.rejected.",
    "quiz.00.aside.aside": "It sets the row aside with a reason, and no metric uses it",
    "quiz.00.aside.aside.why": "You find the row in log.rejected and its count in the quality report.",
    "quiz.00.aside.kept": "It keeps the row and counts it as one more person",
    "quiz.00.aside.kept.why": (
        "All rows without an id would melt into one very busy person. Such a person does not exist."
    ),
    "quiz.00.observed": "What is `observed_until` when you do not set it?",
    "quiz.00.observed.today": "The moment at which you run the cell",
    "quiz.00.observed.today.why": (
        "If the export is a week old, you have not seen that week. Today would claim that you have."
    ),
    "quiz.00.observed.last": "The time of the last event in the log",
    "quiz.00.observed.last.why": "After that moment you simply do not know. Lesson 01 shows why this matters.",
    "quiz.00.observed.first": "The time of the first event in the log",
    "quiz.00.observed.first.why": "That is where your knowledge begins. The question is where it ends.",
    "quiz.00.people": "A log has 900 visit rows from 300 people; 60 people bought. What share of visitors bought?",
    "quiz.00.people.rows": "60 of 900",
    "quiz.00.people.rows.why": (
        "This divides people by rows. Somebody who visits three times would count three times as a visitor."
    ),
    "quiz.00.people.distinct": "60 of 300",
    "quiz.00.people.distinct.why": (
        "People on top, people below. Both halves of a share must count the same kind of thing."
    ),
    "quiz.00.people.sessions": "One cannot say without the sessions",
    "quiz.00.people.sessions.why": (
        "Sessions would answer another question: what share of sessions ends with a purchase."
    ),
    "quiz.00.blank": "You run an exercise cell and leave the blank as it is. What does check() answer?",
    "quiz.00.blank.error": "It stops with an error",
    "quiz.00.blank.error.why": "It never does. You can always run the notebook from top to bottom.",
    "quiz.00.blank.wrong": "It says that your answer is wrong",
    "quiz.00.blank.wrong.why": "A blank is not a wrong answer. Try it: the box says what is still to do.",
    "quiz.00.blank.todo": "It says that there is still something to do",
    "quiz.00.blank.todo.why": "todo, hint or ok: there are no other outcomes, and no marks.",
    # Lesson 01
    "quiz.01.conversion": "Of 4000 people who enter a funnel, 280 buy. What is the funnel conversion?",
    "quiz.01.conversion.percent": "0.7%",
    "quiz.01.conversion.percent.why": "One decimal place too few: 280 / 4000 is 0.07, and 0.07 is 7 in a hundred.",
    "quiz.01.conversion.share": "7%",
    "quiz.01.conversion.share.why": "280 / 4000 = 0.07. Those who reached the end, divided by those who entered.",
    "quiz.01.conversion.upside": "14.3",
    "quiz.01.conversion.upside.why": (
        "That is 4000 / 280: one buyer for every 14 who enter. True, but it is not the rate."
    ),
    "quiz.01.conversion.lost": "93%",
    "quiz.01.conversion.lost.why": "That is the share who did not buy. Conversion counts those who did.",
    "quiz.01.weakest": "4000 visit, 2000 look at a product, 200 fill a cart, 150 buy. Which is the weakest step?",
    "quiz.01.weakest.people": "From visit to product, because 2000 people are lost there",
    "quiz.01.weakest.people.why": (
        "It loses the most people because the most people are there. Half go on, which is the second-best rate here."
    ),
    "quiz.01.weakest.last": "From cart to purchase, because the fewest people are left there",
    "quiz.01.weakest.last.why": "The last step is always the narrowest. Its own rate, 150 of 200, is the best of all.",
    "quiz.01.weakest.rate": "From product to cart, because only 200 of 2000 go on",
    "quiz.01.weakest.rate.why": "10% is the lowest in-process conversion. Start to look for reasons there.",
    "quiz.01.order": "You let the steps count in any order. Compared with ordered steps, the funnel shows…",
    "quiz.01.order.same": "the same numbers, because people do the steps in order anyway",
    "quiz.01.order.same.why": "Some do not: they come back to look at a product after they have bought it.",
    "quiz.01.order.more": "at least as many people at each step, usually more",
    "quiz.01.order.more.why": "Everybody who counts in order counts in any order too; others come on top.",
    "quiz.01.order.fewer": "fewer people, because more rules apply",
    "quiz.01.order.fewer.why": "Any order is the looser rule: it takes nobody away.",
    "quiz.01.open": (
        "The window is seven days. Somebody first came yesterday and has not bought. How does the headline rate treat"
        " her?"
    ),
    "quiz.01.open.lost": "As lost: she has not bought",
    "quiz.01.open.lost.why": "She has six days left. Counting her as lost makes every recent week look bad.",
    "quiz.01.open.dropped": "She is left out because she has not bought; had she bought, she would count",
    "quiz.01.open.dropped.why": (
        "Then only the quick buyers of this week would count, and the rate would look too good. The rule must not"
        " look at the outcome."
    ),
    "quiz.01.open.mature": "She waits outside, like everybody whose seven days are not over, buyers too",
    "quiz.01.open.mature.why": "That is maturity: decided by the clock alone, whatever the outcome.",
    "quiz.01.interval": "A report says: conversion 8%, interval from 6% to 10%. What does the interval tell you?",
    "quiz.01.interval.people": "Each person buys with a chance somewhere between 6% and 10%",
    "quiz.01.interval.people.why": (
        "People differ far more than that. The interval is about the rate of the whole group."
    ),
    "quiz.01.interval.range": "Rates in this range fit what was seen; with so few people one cannot be more exact",
    "quiz.01.interval.range.why": "More people make it narrower. A rate without it hides how little you know.",
    "quiz.01.interval.error": "Between 6% and 10% of the rows are wrong",
    "quiz.01.interval.error.why": (
        "Even a perfect log has an interval: the people you saw are a part of those who may come."
    ),
    "quiz.01.time": "How do you find the usual time from product to cart, when many have not filled a cart yet?",
    "quiz.01.time.mean": "Take the mean over those who filled one",
    "quiz.01.time.mean.why": (
        "Two problems: a few very slow people pull the mean up, and those still waiting are ignored."
    ),
    "quiz.01.time.advanced": "Take the median over those who filled one",
    "quiz.01.time.advanced.why": (
        "The median resists the slow few. But the quick ones are seen first, so it still looks too fast."
    ),
    "quiz.01.time.censored": "Count those still waiting as 'longer than this', with Kaplan-Meier",
    "quiz.01.time.censored.why": (
        "You know that they took at least this long. Kaplan-Meier uses exactly that knowledge."
    ),
    "quiz.01.vendors": (
        "Two analytics tools show different conversion for the same log and steps. The likeliest reason?"
    ),
    "quiz.01.vendors.bug": "One of them has a bug",
    "quiz.01.vendors.bug.why": "Possible, but first compare their rules: window, entry, order, repeats. They differ.",
    "quiz.01.vendors.rules": "They use different rules for what counts as reaching a step",
    "quiz.01.vendors.rules.why": "So say the rules beside the number. A rate without its rules cannot be compared.",
    "quiz.01.vendors.sample": "Conversion is random, so two tools never agree",
    "quiz.01.vendors.sample.why": "The log is the same; nothing random happens between two counts of it.",
    "quiz.01.claim": "An article says that nurturing brings 20% more sales opportunities, and names no source. You…",
    "quiz.01.claim.law": "put 20% into the plan",
    "quiz.01.claim.law.why": "Nobody knows where the number comes from, or whether your customers are like theirs.",
    "quiz.01.claim.test": "treat it as a claim, try it on a part of your customers and measure",
    "quiz.01.claim.test.why": "Your own comparison is worth more than a number without a source.",
    "quiz.01.claim.ignore": "decide that nurturing does not work",
    "quiz.01.claim.ignore.why": "No source means unknown, which is not the same as false.",
    # Lesson 02
    "quiz.02.view": "What sets a customer journey apart from a funnel?",
    "quiz.02.view.place": "The journey is online, the funnel is anywhere",
    "quiz.02.view.place.why": "Journeys cross stores, phones and mail. Neither word says where things happen.",
    "quiz.02.view.side": "Whose side it is seen from: the person's or the organisation's",
    "quiz.02.view.side.why": "One process, two views. The words and some of the measures differ.",
    "quiz.02.view.age": "The journey is the newer word for the same chart",
    "quiz.02.view.age.why": (
        "A funnel counts who got how far. It cannot show who came in late, went back, or met you six times before."
    ),
    "quiz.02.entry": "Suppose a fifth of the journeys do not begin at the first stage. What do you make of that?",
    "quiz.02.entry.broken": "The tracking is broken and must be repaired first",
    "quiz.02.entry.broken.why": (
        "It may be, and the quality report helps to tell. But friends' words, stores and old carts start journeys late."
    ),
    "quiz.02.entry.lost": "These people skipped a step and should be led back to it",
    "quiz.02.entry.lost.why": "They know you already. Sending them back to the beginning is the way to lose them.",
    "quiz.02.entry.normal": "It is normal: look where they come in, and what they find there",
    "quiz.02.entry.normal.why": "Journeys are not lines. The entry that you did not plan is still an entry.",
    "quiz.02.store": "Suppose one in eight purchases was made in a store by somebody met online before. What follows?",
    "quiz.02.store.met": "The store's sales are not all the store's doing, nor the site's missing sales all lost",
    "quiz.02.store.met.why": "The purchase belongs to one journey over both. A report on one of them sees half.",
    "quiz.02.store.moved": "The site loses one in eight purchases to the stores",
    "quiz.02.store.moved.why": (
        "The shop lost nothing: it sold. Whether the person would have bought online instead, this number cannot say."
    ),
    "quiz.02.store.double": "These purchases are counted twice",
    "quiz.02.store.double.why": "Each purchase is one row, in one journey. It has touches in two places, that is all.",
    "quiz.02.control": (
        "Suppose 26% of the people who got a reminder bought, and 18% of everybody else. What did the reminder bring?"
    ),
    "quiz.02.control.difference": "The difference: eight points",
    "quiz.02.control.difference.why": (
        "The reminder goes to people who left a cart. They are keener than everybody else, reminder or not."
    ),
    "quiz.02.control.lot": "You cannot tell: compare with people who left a cart and, by lot, were not reminded",
    "quiz.02.control.lot.why": "Only the lot makes the two groups alike in all but the reminder.",
    "quiz.02.control.all": "26 in a hundred purchases",
    "quiz.02.control.all.why": "Some of these would have bought without it. The control group says how many.",
    "quiz.02.score": (
        "A score has an AUC of 0.95 on the fortnight in which its points were collected. What is it worth?"
    ),
    "quiz.02.score.good": "A great deal: it is nearly always right",
    "quiz.02.score.good.why": "Right about the past. The visits and carts of a purchase are in the points already.",
    "quiz.02.score.luck": "Nothing: so high a number is always luck",
    "quiz.02.score.luck.why": "It is no luck, it would come out again. It only answers another question.",
    "quiz.02.score.remembers": "Nobody knows: it remembers purchases instead of predicting them",
    "quiz.02.score.remembers.why": "Compute it from what was known on one day, and test it on what came after.",
    "quiz.02.last": "Last click puts paid search on top, and it caused next to nothing. How can that be?",
    "quiz.02.last.door": "People who have decided come in by it: it stands at the door",
    "quiz.02.last.door.why": "They type the shop's name and click the advertisement. They would have come anyway.",
    "quiz.02.last.best": "It cannot be: what people click last is what convinced them",
    "quiz.02.last.best.why": "Then the door handle sells the house. What is last is close to the sale, nothing more.",
    "quiz.02.last.cheap": "It was shown to too few people",
    "quiz.02.last.cheap.why": "It has many touches. They are touches with people whose mind is made up.",
    "quiz.02.cause": "How do you learn what a channel causes?",
    "quiz.02.cause.markov": "By the Markov model: it removes the channel",
    "quiz.02.cause.markov.why": (
        "It removes it from the arithmetic, not from the world. The walkers in it have no intent of their own."
    ),
    "quiz.02.cause.away": "Take it away from some people, chosen by lot, and compare",
    "quiz.02.cause.away.why": (
        "What is then missing is what it had caused. No rule over the same rows can replace that."
    ),
    "quiz.02.cause.more": "By more data: with enough journeys the rules agree",
    "quiz.02.cause.more.why": "The intervals shrink, and each rule becomes surer of its own answer.",
    "quiz.02.ladder": "An entry-point offer loses money on every buyer. When is that acceptable?",
    "quiz.02.ladder.never": "Never: who sells below cost goes under",
    "quiz.02.ladder.never.why": "A loss can be the price of winning a buyer, if what follows pays for it.",
    "quiz.02.ladder.always": "Always: it is about buyers, not about profit",
    "quiz.02.ladder.always.why": (
        "That is half of what the document says. The other half is: only if the later offers earn."
    ),
    "quiz.02.ladder.climb": "When enough buyers climb to offers that earn more than the loss",
    "quiz.02.ladder.climb.why": "Loss divided by what the core offer earns is the share that must climb. Compute it.",
    # Lesson 03
    "quiz.03.survey": "A survey says that 50% of organisations have no digital strategy. What do you know now?",
    "quiz.03.survey.half": "That half of all organisations have none",
    "quiz.03.survey.half.why": "Half of those who answered. Who was asked, when, and how many, is not said.",
    "quiz.03.survey.unknown": "Little: without the year and the number of people asked it has no interval",
    "quiz.03.survey.unknown.why": "It is a claim. Keep the question, and look at your own firm.",
    "quiz.03.survey.false": "That it is false, since no source is given",
    "quiz.03.survey.false.why": "Unknown is not false. It may be right; you cannot tell.",
    "quiz.03.content": "A brand pays for a film series on small flats. Nothing is advertised in it. What is it?",
    "quiz.03.content.marketing": "Content marketing",
    "quiz.03.content.marketing.why": (
        "Close. Content marketing is first of all a marketing tool, such as a guide that leads to the shop."
    ),
    "quiz.03.content.placement": "Product placement",
    "quiz.03.content.placement.why": "That is a paid mention in somebody else's work. This work is the brand's own.",
    "quiz.03.content.branded": "Branded content",
    "quiz.03.content.branded.why": "Paid for by the brand, tied to its values, and it need not advertise.",
    "quiz.03.smart": "“700 sales in March!” There are a metric, a number and a date. What is missing most?",
    "quiz.03.smart.specific": "It is not specific enough",
    "quiz.03.smart.specific.why": "It says what and which way. Something else decides whether 700 is good news.",
    "quiz.03.smart.dark": "What it is compared with: the same month a year before",
    "quiz.03.smart.dark.why": "At Pardis 700 in March is a fall. A number without a baseline can be praise for a loss.",
    "quiz.03.smart.fine": "Nothing: it can be measured, so it is a goal",
    "quiz.03.smart.fine.why": "Measurable is one letter of seven.",
    "quiz.03.achievable": "A target lies short of the forecast mean, in the goal's direction. What is it?",
    "quiz.03.achievable.itself": "Unambitious: the number goes there by itself",
    "quiz.03.achievable.itself.why": "Nothing has to change for it. Who sets it will be praised for the calendar.",
    "quiz.03.achievable.safe": "Safe, and therefore a good goal",
    "quiz.03.achievable.safe.why": "Safe, yes. But a goal that asks for nothing changes nothing.",
    "quiz.03.achievable.effort": "Achievable, with effort",
    "quiz.03.achievable.effort.why": "Achievable begins at the mean. Short of it no effort is needed.",
    "quiz.03.interval": "A forecast says 500 sales, interval 400 to 600. For how many do you order goods?",
    "quiz.03.interval.mean": "For 500: that is the best estimate",
    "quiz.03.interval.mean.why": "The best single number, yes. Ask what both ends of the interval would cost you.",
    "quiz.03.interval.both": "It depends: what does too much cost, and what does too little?",
    "quiz.03.interval.both.why": "The interval says what may come. What each end costs you, you must know yourself.",
    "quiz.03.interval.never": "The forecast is useless, because the range is so wide",
    "quiz.03.interval.never.why": "A wide range that is true is worth more than a sharp number that is not.",
    "quiz.03.next": (
        "E-mail: 0.2 million a sale on average, the next one 1.4. Search: 0.4 on average, the next one 0.8. Where does"
        " the next million go?"
    ),
    "quiz.03.next.email": "To e-mail: it is the cheapest channel",
    "quiz.03.next.email.why": "It was, for the sales that you have already. The next one costs 1.4 there.",
    "quiz.03.next.both": "Half to each, to be fair",
    "quiz.03.next.both.why": "Fairness is for people. Each half in e-mail buys fewer sales than it would in search.",
    "quiz.03.next.search": "To search: its next sale is the cheaper one",
    "quiz.03.next.search.why": "Go on until both next sales cost the same. Then stop.",
    "quiz.03.least": "You spend the least money that brings the goal. In how many months will you reach it?",
    "quiz.03.least.always": "In all of them, if the model is right",
    "quiz.03.least.always.why": "The model is right on average. Single months lie on both sides of it.",
    "quiz.03.least.half": "In about half of them",
    "quiz.03.least.half.why": "The least money brings the goal in expectation. To be sure costs more.",
    "quiz.03.least.broken": "In none, because plans are always too optimistic",
    "quiz.03.least.broken.why": "Some are. This one is neither: it is missed about as often as it is met.",
    "quiz.03.profit": (
        "A goal serves profit: sales lead to revenue, revenue to profit. Its last sale costs 2 million, an order leaves"
        " 0.5. What now?"
    ),
    "quiz.03.profit.path": "Fine: the light of “relevant” is on",
    "quiz.03.profit.path.why": "A path says that one feeds the other. It does not say that it is worth the money.",
    "quiz.03.profit.sum": "It pays only if such a customer orders four times",
    "quiz.03.profit.sum.why": "2 divided by 0.5. So look at how many come again before you buy more first orders.",
    "quiz.03.profit.more": "It pays as soon as you sell enough of them",
    "quiz.03.profit.more.why": "More of a loss is a larger loss.",
    # Lesson 04
    "quiz.04.higher": "400 people saw each version: 10% bought in the old one, 12% in the new one. What do you know?",
    "quiz.04.higher.wins": "The new one is better: its rate is higher",
    "quiz.04.higher.wins.why": ("Of two rates one is always higher. Luck alone makes such a gap in every third pair."),
    "quiz.04.higher.same": "They are the same: the gap is not significant",
    "quiz.04.higher.same.why": (
        "Not seen is not the same as not there. With 400 people even two points are easily missed."
    ),
    "quiz.04.higher.open": "Little: luck often makes such a gap, and the new one may be much better, too",
    "quiz.04.higher.open.why": "That is what the wide interval says. More people, planned beforehand, would narrow it.",
    "quiz.04.p": "p = .03. What does it say?",
    "quiz.04.p.luck": "If the versions were the same, luck would make a gap as large in 3 of 100 tests",
    "quiz.04.p.luck.why": "Yes. It is about luck, and about nothing else.",
    "quiz.04.p.null": "The versions are the same with a probability of 3%",
    "quiz.04.p.null.why": "For that you would have to know how often such changes work. p has never asked.",
    "quiz.04.p.better": "The new version is better with a probability of 97%",
    "quiz.04.p.better.why": "That is the same mistake seen from the other side. A posterior (lesson 04b) answers this.",
    "quiz.04.half": "To see half of the gain, with the same power, you need",
    "quiz.04.half.same": "about the same number of people",
    "quiz.04.half.same.why": "Then the gain would drown: luck is as large as before, and the gain is half.",
    "quiz.04.half.four": "four times the people",
    "quiz.04.half.four.why": "Luck must be halved, and that takes four times the people.",
    "quiz.04.half.twice": "twice the people",
    "quiz.04.half.twice.why": "Twice the people shrink luck to seven tenths only. It must shrink to one half.",
    "quiz.04.srm": "Meant half and half; 50,000 and 51,200 came. The new version's rate is up, p = .01. What now?",
    "quiz.04.srm.ship": "Switch it on: 2% more people in one arm cannot matter",
    "quiz.04.srm.ship.why": "Of a hundred thousand people a sound lot is never so uneven. Who is missing, and why?",
    "quiz.04.srm.weigh": "Weigh the arms so that both count the same",
    "quiz.04.srm.weigh.why": "A rate does not depend on how many there are. It depends on who is missing.",
    "quiz.04.srm.repair": "No result: find out where people are lost, repair it, run it again",
    "quiz.04.srm.repair.why": "Something besides the lot has chosen. No arithmetic brings the lost people back.",
    "quiz.04.guard": "A guardrail: complaints may rise by one point. The interval is −0.5 to +2.5 points, p = .19. It",
    "quiz.04.guard.holds": "holds: the rise is not significant",
    "quiz.04.guard.holds.why": (
        "A small test never shows harm. The question is whether harm beyond one point is ruled out."
    ),
    "quiz.04.guard.open": "does not hold: more than one point is still possible",
    "quiz.04.guard.open.why": "The whole interval must stay within the margin. This one reaches to 2.5.",
    "quiz.04.guard.broken": "is broken: complaints have risen",
    "quiz.04.guard.broken.why": (
        "The interval holds zero and even a fall. You do not know; that is not enough to switch on."
    ),
    "quiz.04.peek": "You look at a useless change every day for four weeks and stop at p below .05. You stop in",
    "quiz.04.peek.quarter": "roughly one of four such tests, or more",
    "quiz.04.peek.quarter.why": "Each look is another ticket. Plan the looks and ask for more at each, or look once.",
    "quiz.04.peek.twenty": "one of twenty: that is what .05 means",
    "quiz.04.peek.twenty.why": "It means that for one look. You have taken twenty-eight.",
    "quiz.04.peek.all": "all of them, sooner or later",
    "quiz.04.peek.all.why": "With endless patience, yes. Within four weeks luck has not time enough for all.",
    "quiz.04.interaction": "Date alone +2.5 points, badge alone +1.5, both together +1.5. What do you show?",
    "quiz.04.interaction.both": "Both: two good changes are better than one",
    "quiz.04.interaction.both.why": "Add the cells up: both together bring less than the date alone.",
    "quiz.04.interaction.average": "The one with the better average over all cells, whatever else is on the page",
    "quiz.04.interaction.average.why": (
        "With an interaction the average belongs to nobody. Look at the cell that you will run."
    ),
    "quiz.04.interaction.date": "The date without the badge",
    "quiz.04.interaction.date.why": (
        "They say the same thing twice. The effect of one depends on the other: an interaction."
    ),
    "quiz.04.store": "An ad by lot: online purchases fall by 0.5 points, store purchases rise by 1.4. The ad",
    "quiz.04.store.failed": "has failed: it lowers conversion on the site",
    "quiz.04.store.failed.why": "Some people bought in the store instead. The site's report calls them lost.",
    "quiz.04.store.works": "sells: count both places together, for everybody in the arm",
    "quiz.04.store.works.why": "And compare with what it costs. The lot makes the comparison fair.",
    "quiz.04.store.seers": "cannot be judged until we compare those who saw it with those who did not",
    "quiz.04.store.seers.why": "Those who see ads are often online and buy more anyway. Compare as the lot decided.",
    # Lesson 04b
    "quiz.04b.curse": "A test with little power wins, and reports +3 points. What is the best guess of the gain?",
    "quiz.04b.curse.less": "Less than 3: it won because luck helped",
    "quiz.04b.curse.less.why": (
        "With little power only lucky tests win. The luck does not come along when it goes live."
    ),
    "quiz.04b.curse.same": "3: the estimate is unbiased",
    "quiz.04b.curse.same.why": "Over all tests, yes. Over those that were chosen because they won, no.",
    "quiz.04b.curse.more": "More than 3: it shone in spite of few people",
    "quiz.04b.curse.more.why": "Few people make luck larger, not merit.",
    "quiz.04b.cuped": "Which number may CUPED take out of a customer's revenue?",
    "quiz.04b.cuped.during": "Her visits during the test",
    "quiz.04b.cuped.during.why": "They may be the work of the test. Take them out, and you take out the effect.",
    "quiz.04b.cuped.before": "Her revenue in the month before she was exposed",
    "quiz.04b.cuped.before.why": "The test cannot have changed it, and it tells much about what she spends now.",
    "quiz.04b.cuped.after": "Whether she came back in the month after",
    "quiz.04b.cuped.after.why": "Still later, still changed by the test. Only what is known before exposure is safe.",
    "quiz.04b.unit": "The lot is drawn by office, twenty people each. You count people. Your test",
    "quiz.04b.unit.fine": "is fine: people buy, not offices",
    "quiz.04b.unit.fine.why": "People buy, but the lot decided about offices, and colleagues buy alike.",
    "quiz.04b.unit.weak": "has less power than you think, but its p-value is right",
    "quiz.04b.unit.weak.why": "It is worse: the p-value is too small, and useless changes win much too often.",
    "quiz.04b.unit.alarms": "raises far too many false alarms",
    "quiz.04b.unit.alarms.why": (
        "It takes twenty alike people for twenty independent ones. Count what the lot decided about."
    ),
    "quiz.04b.metrics": "A useless change is looked at through twenty metrics. At least one is below .05 in",
    "quiz.04b.metrics.five": "5% of such tests",
    "quiz.04b.metrics.five.why": "That is for one metric. You have drawn twenty tickets.",
    "quiz.04b.metrics.most": "most such tests, if the metrics are independent",
    "quiz.04b.metrics.most.why": "One minus .95 to the power of twenty: about 64%.",
    "quiz.04b.metrics.all": "all such tests",
    "quiz.04b.metrics.all.why": "On average one of twenty is. Sometimes none, sometimes two.",
    "quiz.04b.bounds": "Five planned looks by O'Brien and Fleming. At the first look z = 2.5 (p = .012). You",
    "quiz.04b.bounds.stop": "stop: p is below .05",
    "quiz.04b.bounds.stop.why": "So early these bounds ask for more than four standard errors.",
    "quiz.04b.bounds.on": "go on: the first look asks for much more",
    "quiz.04b.bounds.on.why": "That is the price of looking five times. In exchange the last look is hardly dearer.",
    "quiz.04b.bounds.five": "compare with .05 divided by five looks, and go on",
    "quiz.04b.bounds.five.why": "Right deed, wrong bound: looks at the same growing data are not independent.",
    "quiz.04b.bayes": "“The new one is better with a probability of 96%”, seen on day 3 of daily looks. That means",
    "quiz.04b.bayes.ninetysix": "of a hundred launches after such a message 96 are better, whatever the prior",
    "quiz.04b.bayes.ninetysix.why": "Only if real effects are spread as the prior says. A flat prior expects giants.",
    "quiz.04b.bayes.nothing": "nothing: Bayes is a matter of belief",
    "quiz.04b.bayes.nothing.why": (
        "It is arithmetic on a stated belief. State a belief drawn from past tests, and it tells much."
    ),
    "quiz.04b.bayes.prior": (
        "what it says only if the prior fits your tests; a daily look finds such days in useless tests, too"
    ),
    "quiz.04b.bayes.prior.why": (
        "Try the rule on useless tests and count. Then take a prior from your past, or fix the looks."
    ),
    "quiz.04b.bandit": "When is a bandit the better choice?",
    "quiz.04b.bandit.always": "Always: it loses fewer purchases on the way",
    "quiz.04b.bandit.always.why": "It also learns less: about the losers hardly anything, and about the gain not much.",
    "quiz.04b.bandit.short": "When the choice lives for days and nobody asks how much better it was",
    "quiz.04b.bandit.short.why": "Headlines of a short sale, for instance. For the budget you want an estimate.",
    "quiz.04b.bandit.few": "When there are too few people for an experiment",
    "quiz.04b.bandit.few.why": "Few people mean little knowledge for a bandit, too. It then follows luck.",
    # Lesson 05a
    "quiz.05a.kind": "A shop without contracts reports: churn of 12% last month. What can that number be?",
    "quiz.05a.kind.silence": "A share of customers who were silent for longer than somebody had decided",
    "quiz.05a.kind.silence.why": "Nobody gives notice in a shop. Ask for the silence, and how many came back after it.",
    "quiz.05a.kind.cancelled": "The share of customers who told the shop that they leave",
    "quiz.05a.kind.cancelled.why": (
        "That exists where there is something to cancel. A shop's customers only fall silent."
    ),
    "quiz.05a.kind.ninety": "The share that had not ordered for 90 days: that is how churn is defined",
    "quiz.05a.kind.ninety.why": (
        "90 days is one choice. For who orders weekly it is long, for who furnishes a flat short."
    ),
    "quiz.05a.empty": "The log ends in March. What is month 6 of the cohort of December?",
    "quiz.05a.empty.zero": "0%: nobody of it has ordered in month 6",
    "quiz.05a.empty.zero.why": "True and useless: nobody could have. As a zero it would pull down every average.",
    "quiz.05a.empty.unseen": "Missing: month 6 is June, and June has not happened",
    "quiz.05a.empty.unseen.why": "Empty is not zero. It stays out of the pooled curve, too.",
    "quiz.05a.empty.error": "An error in the log",
    "quiz.05a.empty.error.why": "The log is fine. It simply ends.",
    "quiz.05a.churn": "Churn is 20% in a membership's first month and 3% in its twelfth. What does that show?",
    "quiz.05a.churn.loyal": "That members become more loyal with every month",
    "quiz.05a.churn.loyal.why": (
        "Perhaps. But the same table comes out where nobody changes at all. You threw those dice."
    ),
    "quiz.05a.churn.left": "That those who leave easily have left; whether anybody changed, it does not show",
    "quiz.05a.churn.left.why": "The first to go are those who were always going to. The rest were always like that.",
    "quiz.05a.churn.luck": "Nothing: such a fall is luck",
    "quiz.05a.churn.luck.why": "Too large for luck. It has a reason, which is not the first one that comes to mind.",
    "quiz.05a.alive": "P(alive) of a customer is 0.3. What does that mean?",
    "quiz.05a.alive.twins": "Of a hundred customers with her history about thirty are still customers",
    "quiz.05a.alive.twins.why": "A share of people like her. Whether she is one of the thirty, nobody can say.",
    "quiz.05a.alive.buys": "She will order with a probability of 30% in the next quarter",
    "quiz.05a.alive.buys.why": (
        "Being there and ordering within a time are two questions. The second has its own number."
    ),
    "quiz.05a.alive.gone": "She is gone, since 0.3 is below one half",
    "quiz.05a.alive.gone.why": "Then you would give up thirty of a hundred customers. A letter costs less than that.",
    "quiz.05a.once": "A tool reports P(alive) = 1.00 for everybody who bought once. Why?",
    "quiz.05a.once.sure": "Because whoever has just begun is surely still there",
    "quiz.05a.once.sure.why": "Some of them bought two years ago. Seven of ten one-time buyers of Pardis had left.",
    "quiz.05a.once.never": "Because in its model nobody can leave before a second purchase",
    "quiz.05a.once.never.why": "BG/NBD throws that die after repeat orders only. It knows nothing about the others.",
    "quiz.05a.once.data": "Because there were too few data to estimate it",
    "quiz.05a.once.data.why": "It would say the same with millions of customers. It is built in.",
    "quiz.05a.ties": "53% of the customers have ordered once. Which scores for frequency should they have?",
    "quiz.05a.ties.same": "All the same one",
    "quiz.05a.ties.same.why": "They did the same. How many groups that leaves is a fact about the customers.",
    "quiz.05a.ties.file": "1, 2 or 3, so that the five groups are of equal size",
    "quiz.05a.ties.file.why": "Then the order of the file decides who gets the letter. Sort it anew, and others do.",
    "quiz.05a.ties.fewer": "None: frequency cannot be used here",
    "quiz.05a.ties.fewer.why": "It can. It tells the other 47% apart, and those from these.",
    "quiz.05a.clv": (
        "A CLV is nearly four times as high as last year's. Nobody changed the shop. What do you look at first?"
    ),
    "quiz.05a.clv.unit": "The unit of time, the horizon, and whether it is margin or revenue",
    "quiz.05a.clv.unit.why": "Weeks taken for days make a factor of 3.7. Such mistakes give numbers that look fine.",
    "quiz.05a.clv.model": "Whether a newer model would fit better",
    "quiz.05a.clv.model.why": "Models differ by some per cent. A factor of four is a mistake, not a model.",
    "quiz.05a.clv.people": "Which customers have become so valuable",
    "quiz.05a.clv.people.why": "Later. First make sure that the number is one.",
    "quiz.05a.ladder": "A trial loses 300 with its advertising; whoever stays leaves 900. When is the loss acceptable?",
    "quiz.05a.ladder.never": "Never: one does not sell below cost",
    "quiz.05a.ladder.never.why": "Then nobody would ever offer a trial. The first sale buys a customer, not a profit.",
    "quiz.05a.ladder.third": "If more than a third of the trials stay",
    "quiz.05a.ladder.third.why": "300 / 900. Below that, every further trial makes the loss larger.",
    "quiz.05a.ladder.revenue": "If the trial brings enough new customers",
    "quiz.05a.ladder.revenue.why": "More of them only multiply it: a gain or a loss. The share decides which.",
}
