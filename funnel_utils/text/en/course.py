"""What `check` says whatever the exercise."""

TEXT: dict[str, str] = {
    "course.status.todo": "To do.",
    "course.status.hint": "Not yet.",
    "course.status.ok": "Right.",
    "course.todo": "Replace the blank (the three dots) with your answer, then run the cell again.",
    "course.unknown": "There is no exercise called {name!r}. Restore the cell's last line as it was.",
    "course.unreadable": (
        "I cannot read this answer (a value of type {kind}; reading it failed with {error}). Give the kind of answer"
        " that the exercise asks for, such as a number or a name."
    ),
    "course.not_a_number": (
        "The exercise asks for one number; this is a value of type {kind}. From a table take one cell, for example"
        " with .iloc[-1]."
    ),
    "course.not_a_choice": "The exercise asks for one of these names, in quotes: {choices}. I got {kind}.",
    "course.slip.points": (
        "The right figure, but in percentage points. Give the difference of the shares: two points are 0.02."
    ),
    "course.slip.percent": "The right figure, but in percent. Give a share between 0 and 1: seven percent is 0.07.",
    "course.slip.tenfold": "Ten times too much: look at the decimal point. Seven percent is 0.07, not 0.7.",
    "course.slip.tenth": "Ten times too little: look at the decimal point. Seven percent is 0.07, not 0.007.",
    "course.slip.complement": "This is the share of those who did not. Asked for are those who did.",
    "course.slip.upside_down": "Upside down: divide those who did by those who could have, not the other way round.",
    "course.slip.outside": "A share lies between 0 and 1. What did you divide by what?",
    "course.memo.no_text": "Write a text, in quotes; this is a value of type {kind}.",
    "course.memo.words": (
        "A good start: {written} words. Go on to at least {wanted}, so that a stranger understands it."
    ),
    "course.memo.names": "Name what you mean, as the log calls it: one of {names}.",
    "course.memo.number": "Give at least one figure. Advice without a number is an opinion.",
    "course.memo.test": "Say how you will find out whether it worked: what will you compare with what?",
    "course.memo.test_words": "test|experiment|compar|half|control|by lot|trial|measure",
}
