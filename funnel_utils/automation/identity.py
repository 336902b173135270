"""Identity: one person over several keys, such as an e-mail address, a phone number and a cookie.

The keys are given in order of strength. A value of the **strongest** key is a person: two such values are never merged.
A value of a weaker key belongs to the one person it is seen with. Seen with nobody, it is a person of its own. Seen
with two or more (a phone that a family shares, the browser of a library) it is a **conflict**: it links nobody, and is
reported. A weaker key therefore never joins two persons into one; it only tells whose a row is that has nothing
stronger. Who is merged with whom depends on the rows alone, not on their order.

Values are compared as text, without spaces around them. Capitals count unless `ignore_case` says otherwise, and a
telephone number is one text of many until `phones` says how it is dialled. Time does not: a cookie that was Ana's in
spring and is Ben's in autumn is a conflict in both.

A row with nothing but conflicting values stays under its strongest one, apart from everybody: `decided_by` is then
missing.

It all happens in the engine: one pass for each key over the distinct combinations of values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing
from funnel_utils.events.sources import ROW, Source, open_source
from funnel_utils.text import t

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from funnel_utils.engine import Engine


@dataclass(frozen=True)
class Identity:
    """Which columns say who somebody is.

    Parameters
    ----------
    keys : iterable of str
        Names of the keys, the strongest first.
    columns : mapping of str to str, optional
        The column of a key that is not called like it.
    ignore : iterable of str
        Values that stand for nothing, such as `"unknown"` or `"none@example.com"`. One placeholder in the strongest key
        would make one person of everybody who carries it: look at `most_rows` of the result.
    ignore_case : iterable of str
        Keys whose capitals do not matter.
    phones : mapping of str to str, optional
        Keys that are telephone numbers, each with the country code (digits) of those written without one: with
        `{"phone": "98"}`, `0912 345 6789`, `+98-912-345-6789`, `00989123456789` and the same in Persian digits are one
        number. Of a number, only digits count then; one without a leading `0`, `00` or `+` is taken as it is.

    Raises
    ------
    SpecError
        If no key is given, one is given twice, or an option names another.

    Examples
    --------
    >>> rows = [
    ...     {"email": "ana@a.com", "cookie": "c1"},
    ...     {"email": None, "cookie": "c1"},
    ...     {"email": "ben@a.com", "cookie": "c2"},
    ...     {"email": "eli@a.com", "cookie": "c2"},
    ...     {"email": None, "cookie": "c2"},
    ... ]
    >>> found = Identity(["email", "cookie"]).run(rows)
    >>> found.table.select("person").to_pandas()["person"].sort_values().tolist()
    ['cookie:c2', 'email:ana@a.com', 'email:ana@a.com', 'email:ben@a.com', 'email:eli@a.com']
    >>> found.conflicts()
          key  people  rows  undecided
    0  cookie       2     3          1
    """

    keys: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    ignore_case: tuple[str, ...] = ()
    phones: Mapping[str, str] = field(default_factory=dict)

    def __init__(
        self,
        keys: Iterable[str],
        *,
        columns: Mapping[str, str] | None = None,
        ignore: Iterable[str] = (),
        ignore_case: Iterable[str] = (),
        phones: Mapping[str, str] | None = None,
    ) -> None:
        for name, given in (("keys", keys), ("ignore", ignore), ("ignore_case", ignore_case)):
            listed = isinstance(given, Iterable) and not isinstance(given, str)
            names = tuple(given) if listed else ()
            if not listed or not all(isinstance(one, str) for one in names):
                raise SpecError(f"Identity: {name}={given!r}; give a list of names.")
            object.__setattr__(self, name, names)
        for name, mapped in (("columns", columns), ("phones", phones)):
            if mapped is not None and not isinstance(mapped, Mapping):
                raise SpecError(f"Identity: {name}={mapped!r}; give a mapping of key to text.")
            object.__setattr__(self, name, dict(mapped or {}))
        for key, code in self.phones.items():
            if not isinstance(code, str) or not re.fullmatch(r"[1-9][0-9]{0,3}", code):
                raise SpecError(f'Identity: phones={{{key!r}: {code!r}}}; give the digits of a country code, as "98".')
        if not self.keys or len(set(self.keys)) < len(self.keys) or not all(one.strip() for one in self.keys):
            raise SpecError(f"Identity: keys={list(self.keys)}; give each key once, the strongest first.")
        strange = [one for one in (*self.columns, *self.ignore_case, *self.phones) if one not in self.keys]
        if strange:
            raise SpecError(f"Identity: {strange[0]!r} is not one of the keys {', '.join(self.keys)}.")

    def run(self, source: Any, *, engine: Engine | None = None) -> IdentityResult:
        """Say of every row whose it is.

        Parameters
        ----------
        source
            Anything that `EventLog.read` takes: a frame, a list of dicts, files, an Ibis table. An `EventLog` too.
        engine : Engine, optional

        Returns
        -------
        IdentityResult

        Raises
        ------
        LogError
            If a column is not there, or the source has one called `person` or `decided_by` already.
        """
        from funnel_utils.events import EventLog

        opened = source.source if isinstance(source, EventLog) else open_source(source, engine)
        rows: Any = source.table if isinstance(source, EventLog) else opened.table
        if ROW in rows.columns:
            rows = rows.drop(ROW) if "sequence" in rows.columns else rows.rename(sequence=ROW)
        for key in self.keys:
            if self.columns.get(key, key) not in rows.columns:
                raise LogError(missing(self.columns.get(key, key), rows.columns, key))
        taken = [name for name in ("person", "decided_by") if name in rows.columns]
        if taken:
            raise LogError(f"the source has a column {taken[0]!r} of its own; rename it, the result writes there.")
        values = {f"_k{place}": self._value(rows, key) for place, key in enumerate(self.keys)}
        seen = rows.mutate(**values).group_by(list(values)).aggregate(_rows=lambda each: each.count()).cache()
        owners, known = _owners(seen, self.keys)
        return IdentityResult(self, _told(rows.mutate(**values), owners, self.keys), known, tuple(owners), opened)

    def _value(self, rows: Any, key: str) -> Any:
        """A key's value as text, or null for what stands for nothing."""
        column = rows[self.columns.get(key, key)]
        if column.type().is_floating():
            # Whole numbers beside missing ones are floats to pandas: 912.0 was written 912.
            column = column.nullif(float("nan")).cast("string").re_replace(r"\.0$", "")
        text = column.cast("string").strip()
        text = text.lower() if key in self.ignore_case else text
        for nothing in ("", *(one.strip().lower() if key in self.ignore_case else one.strip() for one in self.ignore)):
            text = text.nullif(nothing)
        return _dialled(text, self.phones[key]).nullif("") if key in self.phones else text


def _dialled(text: Any, code: str) -> Any:
    """A telephone number as the digits that one dials from abroad, without what stands for a call abroad."""
    import ibis

    # Persian and Arabic digits; a plus is kept as the two zeros that it stands for.
    text = text.translate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
    digits = ibis.ifelse(text.startswith("+"), ibis.literal("00") + text, text).re_replace("[^0-9]", "")
    national = digits.startswith("0") & ~digits.startswith("00")
    return ibis.ifelse(national, ibis.literal(code) + digits.substr(1), digits.re_replace("^00", ""))


def _owners(seen: Any, keys: tuple[str, ...]) -> tuple[list[Any], Any]:
    """For each weaker key a table of its values: `value`, `owner` (null: a conflict), `people`, `rows`, `undecided`.

    And the combinations of values, each with the `_person` that the keys name.
    """
    known = seen.mutate(_person=_named(keys[0], seen["_k0"]))
    owners = []
    for place, key in enumerate(keys[1:], 1):
        there = known.filter(known[f"_k{place}"].notnull())
        open_ = there["_person"].isnull()
        each = there.group_by(value=there[f"_k{place}"]).aggregate(
            people=there["_person"].nunique(),
            one=there["_person"].max(),
            rows=there["_rows"].sum(),
            undecided=open_.ifelse(there["_rows"], 0).sum(),
        )
        alone = each["people"] == 0
        owner = alone.ifelse(_named(key, each["value"]), (each["people"] == 1).ifelse(each["one"], None))
        each = each.mutate(owner=owner).drop("one").cache()
        owners.append(each)
        found = each.select(_value=each["value"], _owner=each["owner"])
        known = known.left_join(found, known[f"_k{place}"] == found["_value"])
        known = known.mutate(_person=known["_person"].coalesce(known["_owner"])).drop("_value", "_owner").cache()
    return owners, known


def _told(rows: Any, owners: list[Any], keys: tuple[str, ...]) -> Any:
    """The rows with their `person` and the key that said so."""
    import ibis

    person = _named(keys[0], rows["_k0"])
    rows = rows.mutate(person=person, decided_by=person.notnull().ifelse(keys[0], ibis.null("string")))
    for place, (key, each) in enumerate(zip(keys[1:], owners, strict=True), 1):
        found = each.select(_value=each["value"], _owner=each["owner"])
        rows = rows.left_join(found, rows[f"_k{place}"] == found["_value"])
        decides = rows["person"].isnull() & rows["_owner"].notnull()
        rows = rows.mutate(
            person=rows["person"].coalesce(rows["_owner"]), decided_by=decides.ifelse(key, rows["decided_by"])
        ).drop("_value", "_owner")
    apart = ibis.coalesce(*(_named(key, rows[f"_k{place}"]) for place, key in enumerate(keys)))
    return rows.mutate(person=rows["person"].coalesce(apart)).drop(*(f"_k{place}" for place in range(len(keys))))


def _named(key: str, value: Any) -> Any:
    """A person's id from the value that names her: the key is part of it, or a phone could be a cookie."""
    import ibis

    return ibis.literal(f"{key}:") + value


@dataclass(frozen=True, eq=False, repr=False)
class IdentityResult:
    """Whose each row is.

    Attributes
    ----------
    spec : Identity
    table : ibis.Table
        The rows, in the engine, with `person` (key and value, such as `email:ana@a.com`; missing where a row has no
        key) and `decided_by`: the key that said so, missing where all values of the row are in conflict. The
        order of a frame's or list's rows is in `sequence`. Hand it on: `EventLog.read(found.table, user="person",
        sequence="sequence", …)`.
    """

    spec: Identity
    table: ir.Table
    _known: ir.Table
    _owners: tuple[ir.Table, ...]
    _source: Source

    @cached_property
    def keys(self) -> pd.DataFrame:
        """What each key is worth.

        Returns
        -------
        DataFrame
            A row a key, strongest first: `key`, `rows` with a value, `of` (rows), `values` (distinct), `conflicts`
            (values seen with two persons or more), `decided` (rows whose person it named), `most_rows` (of one value).
        """
        import pandas as pd

        known: Any = self._known
        total = int(known["_rows"].sum().to_pyarrow().as_py() or 0)
        rows = []
        for place, key in enumerate(self.spec.keys):
            each = known.filter(known[f"_k{place}"].notnull()).group_by(f"_k{place}").aggregate(n=known["_rows"].sum())
            sums = each.aggregate(rows=each["n"].sum(), values=each.count(), most=each["n"].max()).to_pandas().iloc[0]
            with_it, values, most = (_whole(one) for one in sums)
            conflicts, decided = 0, with_it
            if place:
                owner: Any = self._owners[place - 1]
                shared = owner["owner"].isnull()
                told = owner.aggregate(
                    conflicts=shared.cast("int64").sum(), decided=shared.ifelse(0, owner["undecided"]).sum()
                )
                conflicts, decided = (_whole(one) for one in told.to_pandas().iloc[0])
            rows.append((key, with_it, total, values, conflicts, decided, most))
        return pd.DataFrame(rows, columns=["key", "rows", "of", "values", "conflicts", "decided", "most_rows"])

    def conflicts(self, limit: int | None = 20, *, values: bool = False) -> pd.DataFrame:
        """The values that were seen with two persons or more, those in most rows first.

        Parameters
        ----------
        limit : int, optional
            At most so many rows; all if `None`.
        values : bool
            Also show the values: they are personal data.

        Returns
        -------
        DataFrame
            `key`, `value` (if asked for), `people` it was seen with, `rows` it is in, and `undecided`: those of the
            rows that nothing stronger speaks for.
        """
        import ibis
        import pandas as pd

        parts = []
        for key, owner in zip(self.spec.keys[1:], self._owners, strict=True):
            table: Any = owner
            shared = table.filter(table["owner"].isnull()).order_by([ibis.desc("rows"), "value"])
            found = (shared if limit is None else shared.limit(limit)).to_pandas()
            parts.append(found.assign(key=key))
        columns = ["key", "value", "people", "rows", "undecided"]
        whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
        whole = whole.sort_values(["rows", "key", "value"], ascending=[False, True, True], ignore_index=True)
        whole = whole[columns if values else [name for name in columns if name != "value"]].astype(
            dict.fromkeys(("people", "rows", "undecided"), "int64")
        )
        return whole if limit is None else whole.head(limit)

    def pairs(self, key: str) -> ir.Table:
        """Who is behind each value of one key, for a log whose user is that key.

        Returns
        -------
        ibis.Table
            `anonymous` (the value) and `known` (the person): `EventLog.read(rows, user="cookie",
            identities=found.pairs("cookie"))`. Values in conflict are left out: they stay as they are.

        Raises
        ------
        SpecError
            If there is no such key.
        """
        if key not in self.spec.keys:
            raise SpecError(f"pairs({key!r}): the keys are {', '.join(self.spec.keys)}.")
        place = self.spec.keys.index(key)
        if not place:
            known: Any = self._known
            value = known["_k0"]
            return known.filter(value.notnull()).select(anonymous=value, known=_named(key, value)).distinct()
        owner: Any = self._owners[place - 1]
        return owner.filter(owner["owner"].notnull()).select(anonymous=owner["value"], known=owner["owner"])

    @cached_property
    def people(self) -> int:
        """How many persons the keys name; values in conflict are nobody."""
        known: Any = self._known
        return _whole(known["_person"].nunique().to_pyarrow().as_py())

    @property
    def verdict(self) -> str:
        """How many people, and how much is left undecided, in plain words."""
        keys = self.keys
        total, decided = int(keys["of"].iloc[0]), int(keys["decided"].sum())
        return t(
            "contacts.identity.verdict",
            people=f"{self.people:,}",
            rows=f"{decided:,}",
            of=f"{total:,}",
            conflicts=f"{int(keys['conflicts'].sum()):,}",
        )

    def __repr__(self) -> str:
        return self.verdict

    def to_frame(self) -> pd.DataFrame:
        """What each key is worth, as a copy of your own."""
        return self.keys.copy()

    def _repr_html_(self) -> str:
        columns = list(self.keys.columns)
        head = "".join(f'<th scope="col">{escape(t(f"contacts.identity.{name}"))}</th>' for name in columns)
        body = ""
        for row in self.keys.to_dict("records"):
            cells = [row[name] if name == "key" else f"{row[name]:,}" for name in columns]
            body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div><p>{escape(self.verdict)}</p>{table}</div>"


def _whole(value: Any) -> int:
    """A count; a sum over nothing is missing, and stands for 0."""
    return 0 if value is None or value != value else int(value)
