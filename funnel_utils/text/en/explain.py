"""Texts of `funnel.explain`."""

TEXT: dict[str, str] = {
    "explain.absent": "{unit} never did step 1 ({step}), so no attempt started.",
    "explain.converted": "{unit} did all {count} steps: the attempt that started {entry} converted.",
    "explain.level": "{unit} reached step {level} ({step}) in the attempt that started {entry}.",
    "explain.unit_excluded": "{unit} is out of the funnel: {event} at {time} lies between steps {after} and {before}.",
    "explain.excluded": "The attempt ended there: {event} at {time} is excluded between steps {after} and {before}.",
    "explain.blocked": "The attempt ended there: {event} at {time} lies between two steps that must follow directly.",
    "explain.repeated": "The attempt ended there: {event} at {time} repeats a step already done.",
    "explain.open": "It may still go on: it has until {deadline}, and the log is observed until {observed}.",
    "explain.never": "It never did step {step_number} ({step}) afterwards; its time ran out {deadline}.",
    "explain.never_at_all": "It never did step {step_number} ({step}); its time ran out {deadline}.",
    "explain.no_limit": "It has not done step {step_number} ({step}) by the end of the log, {observed}.",
    "explain.order": "It did step {step_number} ({step}) at {time}, before step {level}: the order is wrong.",
    "explain.window": "It did step {step_number} ({step}) at {time}, {late} after the window had ended.",
    "explain.gap_long": "It did step {step_number} ({step}) at {time}, more than {limit} after the step before.",
    "explain.gap_short": "It did step {step_number} ({step}) at {time}, less than {limit} after the step before.",
    "explain.hold": "It did step {step_number} ({step}) at {time}, but with another value of {names}.",
    "explain.tie": "It did step {step_number} ({step}) at {time}, the very time of the step before; it must be later.",
    "explain.used": "The event that could do step {step_number} ({step}) at {time} already served an earlier step.",
    "explain.unordered": "Within the window it did {level} of the {count} steps; missing: {missing}.",
}
