"""What the five measures of a journey and the value of an intervention say."""

TEXT: dict[str, str] = {
    "measures.unknown": "–",
}
