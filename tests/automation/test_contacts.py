"""Contacts: each column by reading a person's events in plain Python, by hand, and in another engine."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog
from funnel_utils.automation import Consent, Contacts, Preference, Segment
from funnel_utils.errors import LogError, SpecError
from funnel_utils.journey import EngagementScore
from funnel_utils.retention import Rfm
from funnel_utils.stages import Sign, Stage, StageModel

START = pd.Timestamp("2026-01-01")
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
CHANNELS = ("email", "sms")
CONSENT = Consent(channels=CHANNELS)


def frame(people):
    rows = [
        {"user": f"u{k}", "event": event, "timestamp": START + pd.Timedelta(hours=at), "channel": channel, "city": city}
        for k, events in enumerate(people)
        for at, event, channel, city in events
    ]
    made = pd.DataFrame(rows, columns=["user", "event", "timestamp", "channel", "city"])
    return made.astype({"channel": "str", "city": "str", "timestamp": "datetime64[us]"})


def expected(events, as_of):
    """One person's row, event by event, in the order of the log."""
    row, said = None, dict.fromkeys(CHANNELS, (-1, False))
    for at, event, channel, city in sorted((one for one in events if one[0] < as_of), key=lambda one: one[0]):
        row = row or {"first": at, "events": 0, "city": None}
        row |= {
            "last": at,
            "event": event,
            "channel": channel,
            "events": row["events"] + 1,
            "city": city or row["city"],
        }
        for one in CHANNELS:
            if event == "opt_in" and channel == one and said[one] != (at, False):
                said[one] = (at, True)
            if event in ("opt_out", "unsubscribed") and channel in (one, None):
                said[one] = (at, False)
    return row and row | {one: agreed for one, (_, agreed) in said.items()}


happening = st.tuples(
    st.integers(0, 9),
    st.sampled_from(["opt_in", "opt_in", "opt_out", "unsubscribed", "visit"]),
    st.sampled_from([None, *CHANNELS, "ads"]),
    st.sampled_from([None, "Tehran", "Shiraz"]),
)
some_people = st.lists(st.lists(happening, max_size=8), min_size=30, max_size=60)


@settings(max_examples=2, phases=NO_SHRINKING)
@given(some_people, st.integers(1, 9))
def test_every_row_is_that_of_reading_the_events(people, as_of):
    wanted = {f"u{k}": expected(events, as_of) for k, events in enumerate(people)}
    wanted = {user: row for user, row in wanted.items() if row}
    if not wanted or max(at for events in people for at, *_ in events) < as_of:
        return
    made = Contacts(consent=CONSENT, properties=["city"]).run(
        EventLog.read(frame(people)), START + pd.Timedelta(hours=as_of)
    )
    table = made.to_frame().set_index("user")
    assert sorted(table.index) == sorted(wanted)
    for user, row in wanted.items():
        found = table.loc[user]
        assert found["first_seen"] == START + pd.Timedelta(hours=row["first"])
        assert found["last_seen"] == found["last_touch"] == START + pd.Timedelta(hours=row["last"])
        assert (found["last_event"], found["events"]) == (row["event"], row["events"])
        assert [found[f"consent_{one}"] for one in CHANNELS] == [row[one] for one in CHANNELS]
        assert (found["last_channel"] if pd.notna(found["last_channel"]) else None) == row["channel"]
        assert (found["city"] if pd.notna(found["city"]) else None) == row["city"]
    summary = made.summary.set_index(["column", "value"])["people"]
    assert [summary["consent", one] for one in CHANNELS] == [
        sum(row[one] for row in wanted.values()) for one in CHANNELS
    ]


MODEL = StageModel(
    "shop", (Stage("look", signs=(Sign("visit"),)), Stage("buy", signs=(Sign("purchase", lasting=True),)))
)

SCORE = EngagementScore({"opened": 1, "purchase": 5}, cap=20)


def story():
    mail, text = {"channel": "email"}, {"channel": "sms"}
    sends = [("sent@1d", mail), ("opened@1d1h", mail), ("sent@2d", mail), ("opened@2d1h", mail), ("sent@3d", text)]
    ben = [("opt_in@0", mail), ("visit@1h", {"channel": "search"}), ("sent@1d", mail), ("sent@2d", text)]
    return {
        "ana": [("opt_in@0", mail), *sends, ("purchase@5d", {"value": 90.0}), ("purchase@8d", {"value": 10.0})],
        "ben": [*ben, ("opened@2d1h", text), ("unsubscribed@3d", {})],
        "=1+1": [("purchase@1d", {"value": 5.0, "city": "<b>"})],
        "eli": [("visit@9d", {"channel": "ads"})],
    }


@pytest.fixture(scope="module")
def log():
    return EventLog.from_story(story())


@pytest.fixture(scope="module")
def spec():
    return Contacts(
        MODEL, rfm=Rfm(), score=SCORE, preference=Preference(), consent=CONSENT, properties=["city"], silence=None
    )


@pytest.fixture(scope="module")
def contacts(spec, log):
    return spec.run(log)


def test_by_hand(contacts):
    table = contacts.to_frame().set_index("user")
    assert list(table.index) == ["=1+1", "ana", "ben", "eli"]
    assert table["stage"].tolist() == ["buy", "buy", "look", "look"]
    assert table["orders"].fillna(0).tolist() == [1, 2, 0, 0]
    assert table["value"].fillna(0).tolist() == [5, 100, 0, 0]
    # Ana bought last, most often and for most; scores count who is worse: 1 + floor(5 x 1/2) = 3 of two customers.
    assert table["rfm"].fillna("").tolist() == ["111", "333", "", ""]
    # Ana opened two mails and no text; ben opened a text and no mail. The others were sent nothing.
    assert table["preferred_channel"].fillna("").tolist() == ["", "email", "sms", ""]
    # She may be written to by mail alone; ben, who withdrew, and those who never agreed by nothing.
    assert table["write_by"].fillna("").tolist() == ["", "email", "", ""]
    # Ben withdrew without naming a channel; nobody else said anything but ana.
    assert table["consent_email"].tolist() == [False, True, False, False]
    assert not table["consent_sms"].any()
    # Purchases 1 and 4 days old and opened mails 7 and 8 days old: 4.8 + 4.1 + 0.7 + 0.7 of 20 points.
    assert table["band"].tolist() == ["other", "ready", "other", "other"]
    assert table["last_event"].tolist() == ["purchase", "purchase", "unsubscribed", "visit"]


def test_the_summary_counts_everybody_once_for_each_thing(contacts):
    summary = contacts.summary
    whole = summary[summary["column"] != "consent"].groupby("column")["people"].sum()
    assert whole.to_dict() == dict.fromkeys(
        ["stage", "segment", "band", "last_channel", "preferred_channel", "write_by"], 4
    )
    assert summary.set_index(["column", "value"]).loc[("consent", "email"), "people"] == 1
    assert repr(contacts).endswith("1 of them (25.0%) agreed to be written to over one channel or more.")


def test_a_moment_is_not_part_of_what_is_known_at_it(log, contacts):
    # Ana's second purchase, to the second: it is not seen, nor what came later.
    before = Contacts(rfm=Rfm(), score=SCORE).run(log, "2026-01-09").to_frame().set_index("user")
    assert (before.loc["ana", "orders"], before.loc["ana", "events"]) == (1, 7)
    assert before.loc["ana", "days_since_last"] == 3
    # One purchase 3 days old and mails opened 6 and 7 days ago, with a half-life of 14 days, of 20 points.
    ages = {"purchase": [3], "opened": [7 - 1 / 24, 6 - 1 / 24]}
    raw = sum(SCORE.weights[event] * 0.5 ** (age / 14) for event, some in ages.items() for age in some)
    assert before.loc["ana", "score"] == pytest.approx(100 * raw / 20)
    assert "eli" not in before.index
    assert contacts.to_frame().set_index("user").loc["ana", "events"] == 8


def test_segments_may_name_the_columns(contacts, log):
    rule = 'stage = "buy" and consent_email = true and count(purchase) = 2'
    assert Segment(rule).run(log, contacts=contacts).people()["user"].tolist() == ["ana"]
    assert log.restrict(contacts.members()).n_users() == 4


def test_one_person_is_opened_on_request_only(contacts):
    ana = contacts.person("ana", events=2)
    assert ana.timeline["event"].tolist() == ["purchase", "purchase"]
    assert list(ana.timeline.columns) == ["timestamp", "event", "value"]
    assert (ana.contact["orders"], ana.events) == (2, 8)
    assert "The latest 2 of 8 events" in str(ana)
    strange = contacts.person("=1+1")
    assert "&lt;b&gt;" in strange._repr_html_()
    assert "<b>" not in strange._repr_html_()
    for shown in (contacts._repr_html_(), repr(contacts), contacts.summary.to_string()):
        assert not any(name in shown for name in ("ana", "eli", "=1+1"))
    with pytest.raises(LogError, match="no such person"):
        contacts.person("zoe")


def test_formulas_are_defused_in_the_file(contacts, tmp_path):
    text = contacts.to_csv(tmp_path / "contacts.csv").read_text(encoding="utf-8")
    assert "'=1+1" in text
    assert not any(line.startswith("=") for line in text.splitlines())


def test_another_engine_says_the_same(contacts, spec, log):
    con = ibis.datafusion.connect()
    con.create_table("events", log.table.to_pandas())
    other = spec.run(EventLog.read(con.table("events"), sequence="sequence")).to_frame()
    pd.testing.assert_frame_equal(other, contacts.to_frame(), check_dtype=False)


def test_nobody_bought_yet(log):
    made = Contacts(rfm=Rfm(purchase="order"), channel=None).run(log)
    assert made.to_frame()["rfm"].isna().all()
    assert "order" in made.warnings[0]
    shown = made.summary[made.summary["column"] == "segment"]
    assert shown["people"].tolist() == [0] * (len(shown) - 1) + [4]


def test_the_best_channel_is_one_that_was_agreed_to():
    agree = [(f"opt_in@{k}h", {"channel": channel}) for k, channel in enumerate(CHANNELS)]
    sends = [(f"{event}@{k}d", {"channel": "sms"}) for k in (1, 2, 3) for event in ("sent", "opened")]
    mails = [(f"sent@{k}d", {"channel": "email"}) for k in (1, 2, 3)]
    people = {"both": [*agree, *sends, *mails], "mail": [agree[0], *sends, *mails], "new": agree}
    table = Contacts(preference=Preference(), consent=CONSENT).run(EventLog.from_story(people)).to_frame()
    # Everybody answers texts; who agreed to mail alone gets mail; a newcomer what suits everybody.
    assert table["write_by"].tolist() == ["sms", "email", "sms"]
    assert table["preferred_channel"].fillna("").tolist() == ["sms", "sms", ""]


def test_touches_are_the_events_named(log):
    table = Contacts(touches=["visit", "purchase"]).run(log).to_frame().set_index("user")
    assert table.loc["ben", "last_event"] == "visit"
    assert table.loc["ben", "last_channel"] == "search"
    assert table.loc["ben", "last_seen"] > table.loc["ben", "last_touch"]


def test_what_cannot_be_is_refused(log):
    for name in ("properties", "touches"):
        with pytest.raises(SpecError, match=f"{name}=5"):
            Contacts(**{name: 5})
    with pytest.raises(SpecError, match="rfm=1"):
        Contacts(rfm=1)
    with pytest.raises(SpecError, match="no stage 'x'"):
        Contacts(MODEL, mapping={"x": "visit"})
    with pytest.raises(SpecError, match="give stage="):
        Contacts(mapping={"look": "visit"})
    with pytest.raises(SpecError, match="already"):
        Contacts(properties=["orders"])
    with pytest.raises(SpecError, match="both"):
        Consent("opt_in", "opt_in")
    with pytest.raises(SpecError, match="share a column"):
        Consent(channels=["in app", "in-app"])
    with pytest.raises(SpecError, match="touches"):
        Contacts(touches=[])
    with pytest.raises(LogError, match="Did you mean 'city'"):
        Contacts(properties=["City"]).run(log)
    with pytest.raises(SpecError, match="after the end"):
        Contacts().run(log, "2027-01-01")
    with pytest.raises(LogError, match="nobody did anything"):
        Contacts().run(log, "2025-01-01")
