"""Texts of the data-quality report."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "events.quality.title": "Quality of the event log",
    "events.quality.columns.check": "check",
    "events.quality.columns.rows": "rows",
    "events.quality.columns.share": "share",
    "events.quality.columns.example": "example",
    "events.quality.columns.what_to_do": "what to do",
    "events.quality.not_checked": "not checked",
    "events.quality.nothing": "Nothing to do.",
    "events.quality.verdict.size": "Usable events: {events:,}; users: {users:,}; {first} to {last} (UTC).",
    "events.quality.verdict.empty": "No row of this log can be used.",
    "events.quality.verdict.aside": "{rows:,} of {total:,} rows ({share:.1%}) were set aside.",
    "events.quality.verdict.clean": "No check found anything.",
    "events.quality.verdict.look": "Look first at: {names}.",
    "events.quality.someone": "a user",
    "events.quality.example": "{user}, {event}, {time}",
    "events.quality.example_value": "{user}, {event}, {time}: {value}",
    "events.quality.no_user": "no user (null or blank id)",
    "events.quality.no_user.advice": (
        "Set aside. Find out where the id is lost; every such event is missing from somebody's path."
    ),
    "events.quality.no_event": "no event name (null or blank)",
    "events.quality.no_event.advice": "Set aside. Name the event where it is recorded.",
    "events.quality.no_time": "no time",
    "events.quality.no_time.advice": "Set aside. An event without a time has no place in a path.",
    "events.quality.unreadable_time": "unreadable time",
    "events.quality.unreadable_time.advice": (
        "Set aside. Give timestamp_format= or timestamp_unit= if the example is right as it stands."
    ),
    "events.quality.future_time": "time in the future",
    "events.quality.future_time.advice": (
        "Kept. Check clocks and units; such a row also moves the end of observation, so give observed_until=."
    ),
    "events.quality.naive_time": "time without a zone, read as UTC",
    "events.quality.naive_time.advice": 'Kept. Say the zone with source_tz="…" ("UTC" if it is that).',
    "events.quality.mixed_zones": "zone differs from that of most rows",
    "events.quality.mixed_zones.advice": (
        "Kept, each with its own offset. Check that all sources mean the same by their times."
    ),
    "events.quality.no_time_of_day": "midnight exactly",
    "events.quality.no_time_of_day.advice": (
        "Kept. If times are dates only, the order within a day is unknown: see ties."
    ),
    "events.quality.duplicates": "exact duplicate of another row",
    "events.quality.duplicates.advice": "Kept. Remove repeats where the log is written if they were sent twice.",
    "events.quality.ties": "same user and time as another row",
    "events.quality.ties.advice": (
        "Kept. Choose what a funnel does with them (ties=); give sequence= for the order of the log."
    ),
    "events.quality.backwards": "earlier than the row before it in the log",
    "events.quality.backwards.advice": (
        "Kept. Funnels go by time, not by place; check the clocks if the log should be in order."
    ),
    "events.quality.backwards.unchecked": "Give sequence= to check whether the clock goes backwards.",
    "events.quality.unknown_event": "event name that is not known",
    "events.quality.unknown_event.advice": "Kept. Look for misspellings; a step that never occurs counts 0.",
    "events.quality.unknown_event.unchecked": "Give the names you know, quality(events=[…]), to check for others.",
    "events.quality.negative_value": "negative value",
    "events.quality.negative_value.advice": "Kept. Make sure that refunds are meant to be netted.",
    "events.quality.unreadable_property": "property that does not fit its type: {name}",
    "events.quality.unreadable_property.advice": (
        "The property is missing there, the event is kept. Mend it at the source, or change types=."
    ),
    "events.quality.mixed_currencies": "value in another currency than most",
    "events.quality.mixed_currencies.advice": "Kept, but values cannot be added. Give currency= and rates=.",
    "events.quality.shared_ids": "anonymous id with several known ids",
    "events.quality.shared_ids.advice": "Kept under the anonymous id. Give identities= if you know better.",
    "events.quality.removed": "removed by the filter {name}",
    "events.quality.removed.advice": "Set aside, as you asked.",
}
