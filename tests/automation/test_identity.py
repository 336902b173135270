"""Identity: every row's person against ten lines of plain Python, and stories with their reasons."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog
from funnel_utils.automation import Identity
from funnel_utils.errors import LogError, SpecError

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
KEYS = ("email", "phone", "cookie")


def brute(rows):
    """Each row's person and the deciding key; values in conflict with the people they were seen with."""
    person = [(f"email:{row['email']}", "email") if row["email"] else None for row in rows]
    conflicts = {}
    for key in KEYS[1:]:
        seen = {}
        for row, who in zip(rows, person, strict=True):
            seen.setdefault(row[key], set()).update({who[0]} if who else set())
        owner = {v: (min(w) if w else f"{key}:{v}") for v, w in seen.items() if v and len(w) < 2}
        conflicts |= {(key, v): len(w) for v, w in seen.items() if v and len(w) > 1}
        person = [
            w or ((owner[row[key]], key) if row[key] in owner else None) for row, w in zip(rows, person, strict=True)
        ]
    apart = [next((f"{key}:{row[key]}" for key in KEYS if row[key]), None) for row in rows]
    return [w or (left, None) for w, left in zip(person, apart, strict=True)], conflicts


# The same texts in every key: "1" the phone is not "1" the cookie. Many rows to a run, for a run is what costs.
value = st.sampled_from([None, None, *"1234567"])
some_rows = st.lists(st.fixed_dictionaries(dict.fromkeys(KEYS, value)), min_size=20, max_size=50)


def run(rows, backend=None):
    frame = pd.DataFrame(rows, columns=KEYS, dtype="str").assign(row=range(len(rows)))
    if backend is not None:
        frame = backend.create_table("rows", frame, overwrite=True)
    return Identity(KEYS).run(frame)


def told(result):
    found = result.table.order_by("row").to_pandas().astype(object)
    found = found.where(found.notna(), None)
    return list(zip(found["person"], found["decided_by"], strict=True))


@settings(max_examples=3, phases=NO_SHRINKING)
@given(some_rows)
def test_every_row_belongs_to_whom_plain_python_says(rows):
    result = run(rows)
    people, conflicts = brute(rows)
    assert told(result) == people
    shown = result.conflicts(None, values=True)
    assert {(key, v): n for key, v, n in shown[["key", "value", "people"]].itertuples(index=False)} == conflicts
    assert result.people == len({who for who, key in people if key})
    assert result.keys["decided"].tolist() == [sum(key == one for _, key in people) for one in KEYS]


@settings(max_examples=1, phases=NO_SHRINKING)
@given(some_rows)
def test_another_engine_says_the_same(rows):
    assert told(run(rows, ibis.datafusion.connect())) == brute(rows)[0]


def test_two_addresses_are_two_people_though_they_share_everything_else():
    rows = [{"email": f"{who}@a", "phone": "1", "cookie": "x"} for who in ("ana", "ben")]
    found = run([*rows, {"email": None, "phone": "1", "cookie": None}])
    assert [who for who, _ in told(found)] == ["email:ana@a", "email:ben@a", "phone:1"]
    assert found.people == 2
    assert "value" not in found.conflicts()
    assert found.conflicts()["undecided"].tolist() == [1, 0]


def test_a_shared_phone_is_passed_over_and_the_cookie_decides():
    rows = [
        {"email": "ana@a", "phone": "1", "cookie": "x"},
        {"email": "ben@a", "phone": "1", "cookie": "y"},
        {"email": None, "phone": "1", "cookie": "y"},
    ]
    assert told(run(rows))[2] == ("email:ben@a", "cookie")


def test_a_weaker_key_joins_nobody_known_by_stronger_ones():
    # The browser has seen an address and a phone; that they are one human is a guess, and not made.
    rows = [{"email": "ana@a", "phone": None, "cookie": "x"}, {"email": None, "phone": "1", "cookie": "x"}]
    found = run(rows)
    assert [who for who, _ in told(found)] == ["email:ana@a", "phone:1"]
    assert found.conflicts(values=True)[["key", "value", "people"]].values.tolist() == [["cookie", "x", 2]]


def test_blanks_placeholders_and_capitals():
    rows = {"mail": [" Ana@a ", "ana@A", "unknown", "  "], "cookie": ["x", "y", "z", "z"]}
    spec = Identity(["email", "cookie"], columns={"email": "mail"}, ignore=["Unknown"], ignore_case=["email"])
    found = spec.run(pd.DataFrame(rows))
    people = dict(found.table.to_pandas()[["cookie", "person"]].itertuples(index=False))
    assert people == {"x": "email:ana@a", "y": "email:ana@a", "z": "cookie:z"}
    assert found.keys["most_rows"].tolist() == [2, 2]


@pytest.mark.parametrize("engine", ["duckdb", "datafusion"])
def test_one_number_in_many_ways_of_writing(engine):
    same = ["09123456789", " 0912 345-6789", "+98 912 345 6789", "00989123456789", "۰۹۱۲۳۴۵۶۷۸۹", "(0912)3456789"]
    others = ["9123456789", "+49 912 345 6789", "none", "-"]  # without a zero nobody knows which country is meant
    rows = pd.DataFrame({"phone": [*same, *others, None], "row": range(11)})
    if engine == "datafusion":
        rows = ibis.datafusion.connect().create_table("phones", rows)
    found = Identity(["phone"], phones={"phone": "98"}, ignore=["none"]).run(rows)
    people = found.table.order_by("row").to_pandas()["person"].astype(object)
    told_ = people.where(people.notna(), None).tolist()
    assert told_ == ["phone:989123456789"] * 6 + ["phone:9123456789", "phone:499123456789", None, None, None]
    # Unless asked for, each way of writing is a text of its own.
    assert Identity(["phone"]).run(rows).people == 10


@pytest.mark.parametrize("engine", ["duckdb", "datafusion"])
def test_whole_numbers_beside_missing_ones_are_whole(engine):
    rows = pd.DataFrame({"phone": [9123456789.0, float("nan"), 9123456789.0], "card": [float("inf"), 1.5, 7.0]})
    if engine == "datafusion":
        rows = ibis.datafusion.connect().create_table("cards", rows)
    found = Identity(["phone", "card"]).run(rows).table.to_pandas()["person"].value_counts()
    assert found.to_dict() == {"phone:9123456789": 2, "card:1.5": 1}


def test_the_result_is_read_as_a_log():
    rows = pd.DataFrame(
        {
            "email": ["ana@a", None, None],
            "cookie": ["x", "x", "y"],
            "event": ["order", "visit", "visit"],
            "timestamp": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]),
        }
    )
    found = Identity(["email", "cookie"]).run(rows)
    log = EventLog.read(found.table, user="person", sequence="sequence")
    assert sorted(log.table.select("user").distinct().to_pandas()["user"]) == ["cookie:y", "email:ana@a"]
    by_cookie = EventLog.read(rows, user="cookie", identities=found.pairs("cookie").to_pandas())
    assert sorted(by_cookie.table.to_pandas()["user"]) == ["cookie:y", "email:ana@a", "email:ana@a"]
    assert Identity(["email"]).run(by_cookie).people == 1


def test_what_is_shown_names_nobody():
    found = run([{"email": "<b>ana", "phone": "1", "cookie": None}, {"email": "ben", "phone": "1", "cookie": None}])
    assert "ana" not in found._repr_html_() + repr(found) + found.conflicts().to_string()
    assert repr(found).startswith("2 people. 2 of 2 rows")


def test_rows_without_any_key_are_nobody():
    found = run([dict.fromkeys(KEYS)])
    assert told(found) == [(None, None)]
    assert found.people == 0
    assert found.keys[["rows", "values", "most_rows"]].values.tolist() == [[0, 0, 0]] * 3
    assert found.conflicts().empty


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ([], {}),
        (["a", "a"], {}),
        ("email", {}),
        (["a"], {"ignore_case": ["b"]}),
        ([" "], {}),
        (["a"], {"phones": {"b": "98"}}),
        (["a"], {"phones": {"a": "+98"}}),
        (["a"], {"phones": ["a"]}),
        (5, {}),
    ],
)
def test_what_is_no_identity_is_refused(keys, options):
    with pytest.raises(SpecError, match="Identity"):
        Identity(keys, **options)


def test_missing_and_taken_columns_are_named():
    with pytest.raises(LogError, match="Did you mean 'email'"):
        Identity(["e-mail"]).run([{"email": "x"}])
    with pytest.raises(LogError, match="'person'"):
        Identity(["email"]).run([{"email": "x", "person": 1}])
    with pytest.raises(SpecError, match="the keys are"):
        Identity(["email"]).run([{"email": "x"}]).pairs("phone")
