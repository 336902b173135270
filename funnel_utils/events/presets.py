"""Presets: the exports that analysts have, with the field names and time units that each vendor documents.

A preset is data: for each canonical column the fields that may hold it, in order of preference. What a particular
export does not have, or its engine cannot look up, is left out; every argument of `EventLog.read` overrides what
the preset says.

References ---------- - GA4: "BigQuery Export schema" (support.google.com/analytics/answer/7029846):
`event_timestamp` counts microseconds, UTC; JSON exports of BigQuery write 64-bit integers as text. - Mixpanel: "Raw
Event Export" (developer.mixpanel.com/reference/raw-event-export): JSON lines; `time` counts seconds, or
milliseconds when asked for with `time_in_ms` (then give `timestamp_unit="ms"`). Projects made before 2023 export
the local time of the project as if it were UTC (then give the project's zone as `source_tz`). - PostHog: "Batch
exports", events model (posthog.com/docs/cdp/batch-exports/s3): `timestamp` is UTC; `properties` is JSON text in
Parquet and an object in JSON lines. - Segment: "Spec: Common fields" (segment.com/docs/connections/spec/common) and
"Warehouse schemas": times are ISO 8601 in UTC; `timestamp` is corrected for the clock of the device,
`originalTimestamp` is not. - Snowplow: "Canonical event" (docs.snowplow.io/docs/fundamentals/canonical-event):
times are UTC; `derived_tstamp` is corrected for the clock of the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import has_field, missing
from funnel_utils.events.times import Unit

if TYPE_CHECKING:
    import ibis.expr.types as ir

Fields = tuple[str, ...]


@dataclass(frozen=True)
class Preset:
    """One kind of export.

    Attributes
    ----------
    user, event : tuple of tuple of str
        Groups of alternative fields: of each group the first that the export has; of the groups, for each row, the
        first value that is not blank.
    timestamp : tuple of str
        Alternative fields.
    columns : mapping
        Property name to alternative fields.
    unit, source_tz
        What numbers count; the zone of times without one, where the vendor documents it.
    flatten : tuple of str
        Nested columns whose members are properties.
    types : mapping
        Property name to type.
    stitch : bool
        Whether rows carry both an anonymous and a known id, so that the log itself says who is who.
    """

    name: str
    user: tuple[Fields, ...]
    event: tuple[Fields, ...]
    timestamp: Fields
    columns: Mapping[str, Fields] = field(default_factory=dict)
    unit: Unit | None = None
    source_tz: str | None = None
    flatten: Fields = ()
    types: Mapping[str, str] = field(default_factory=dict)
    stitch: bool = False

    def pick(self, table: ir.Table, what: str) -> Fields:
        """The fields of `table` for `"user"`, `"event"` or `"timestamp"`: the first of each group that is there.

        Raises
        ------
        LogError
            If there is none: the source is not this kind of export.
        """
        groups = (self.timestamp,) if what == "timestamp" else getattr(self, what)
        found = tuple(name for group in groups for name in _first(table, group))
        if not found:
            wanted = " or ".join(repr(name) for group in groups for name in group)
            raise LogError(
                f"preset={self.name!r} expects the {what} in {wanted}. " + missing(groups[0][0], table.columns, what)
            )
        return found

    def properties(self, table: ir.Table) -> dict[str, str]:
        """The properties that `table` has, by their canonical names."""
        return {name: found for name, group in self.columns.items() for found in _first(table, group)}


def _first(table: ir.Table, names: Fields) -> list[str]:
    return [name for name in names if has_field(table, name)][:1]


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "ga4_bigquery",
            user=(("user_id",), ("user_pseudo_id",)),
            event=(("event_name",),),
            timestamp=("event_timestamp",),
            unit="us",
            columns={
                "session": ("event_params.ga_session_id",),
                "channel": ("collected_traffic_source.manual_medium", "event_params.medium"),
                "source": ("collected_traffic_source.manual_source", "event_params.source"),
                "campaign": ("collected_traffic_source.manual_campaign_name", "event_params.campaign"),
                "page": ("event_params.page_location",),
                "device": ("device.category",),
                "city": ("geo.city",),
                "country": ("geo.country",),
                "value": ("event_params.value",),
                "currency": ("event_params.currency",),
                "transaction_id": ("ecommerce.transaction_id", "event_params.transaction_id"),
            },
            types={"value": "float64"},
            stitch=True,
        ),
        Preset(
            "mixpanel",
            user=(("properties.distinct_id", "distinct_id"),),
            event=(("event", "event_name"),),
            timestamp=("properties.time", "time"),
            unit="s",
            columns={
                "insert_id": ("properties.$insert_id", "$insert_id", "insert_id"),
                "channel": ("properties.utm_medium", "utm_medium"),
                "source": ("properties.utm_source", "utm_source"),
                "campaign": ("properties.utm_campaign", "utm_campaign"),
                "page": ("properties.$current_url", "$current_url"),
                "city": ("properties.$city", "$city"),
                "country": ("properties.mp_country_code", "mp_country_code"),
            },
            flatten=("properties",),
        ),
        Preset(
            "posthog",
            user=(("person_id",), ("distinct_id",)),
            event=(("event",),),
            timestamp=("timestamp",),
            source_tz="UTC",
            columns={
                "session": ("properties.$session_id",),
                "channel": ("properties.utm_medium",),
                "source": ("properties.utm_source",),
                "campaign": ("properties.utm_campaign",),
                "page": ("properties.$current_url",),
                "device": ("properties.$device_type",),
                "city": ("properties.$geoip_city_name",),
                "country": ("properties.$geoip_country_code",),
            },
            flatten=("properties",),
        ),
        Preset(
            "segment",
            user=(("userId", "user_id"), ("anonymousId", "anonymous_id")),
            event=(("event_text", "event"), ("type",)),
            timestamp=("timestamp", "originalTimestamp", "original_timestamp"),
            source_tz="UTC",
            columns={
                "message_id": ("messageId",),
                "channel": ("context.campaign.medium", "context_campaign_medium"),
                "source": ("context.campaign.source", "context_campaign_source"),
                "campaign": ("context.campaign.name", "context_campaign_name"),
                "page": ("context.page.url", "context_page_url"),
                "device": ("context.device.type", "context_device_type"),
                "city": ("context.location.city", "context_location_city"),
                "value": ("properties.revenue", "revenue", "properties.value", "value"),
                "currency": ("properties.currency", "currency"),
            },
            flatten=("properties",),
            types={"value": "float64"},
            stitch=True,
        ),
        Preset(
            "snowplow",
            user=(("user_id",), ("domain_userid",)),
            event=(("event_name",), ("event",)),
            timestamp=("derived_tstamp", "collector_tstamp"),
            source_tz="UTC",
            columns={
                "session": ("domain_sessionid",),
                "channel": ("mkt_medium",),
                "source": ("mkt_source",),
                "campaign": ("mkt_campaign",),
                "content": ("mkt_content",),
                "page": ("page_url",),
                "device": ("dvce_type",),
                "city": ("geo_city",),
                "country": ("geo_country",),
                "value": ("tr_total",),
                "currency": ("tr_currency",),
            },
            types={"value": "float64"},
            stitch=True,
        ),
    )
}


def preset_called(name: str) -> Preset:
    """The preset `name`.

    Raises
    ------
    SpecError
        If there is none.
    """
    if name not in PRESETS:
        raise SpecError(f"preset={name!r} is not one of {', '.join(PRESETS)}.")
    return PRESETS[name]
