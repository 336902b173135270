"""Worksheets to be filled in: the value proposition, and the four P of the marketing mix.

A value proposition is the value that is promised: why a customer should buy here and not from a rival; it may be for
the firm, a unit of it, an account or a product. The four P (product, price, promotion, place) are reviewed against it.
Empty fields are allowed while one works; `gaps` names them, so that a half-filled worksheet does not look done.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from funnel_utils.plan.checked import Part, Words
from funnel_utils.text import t

FOUR_P = ("product", "price", "promotion", "place")


class Rival(Part):
    """A rival and its promise.

    Parameters
    ----------
    name, promise : str
    """

    name: Words
    promise: Words


class ValueProposition(Part):
    """Why us, and not a rival.

    Parameters
    ----------
    level : {"firm", "unit", "account", "product"}
        What makes the promise.
    of : str, optional
        Which firm, unit, account or product.
    for_whom : str, optional
        The persona.
    need : str, optional
        What that person wants solved.
    promise : str, optional
        The value promised, in one sentence.
    why_us : str, optional
        Why it cannot be had from a rival.
    proof : str, optional
        By what a customer sees that the promise is kept.
    test : str, optional
        How it will be found out whether it convinces.
    rivals : list of Rival

    Examples
    --------
    >>> ValueProposition(level="firm", for_whom="newly-weds", promise="A furnished home within a week").gaps
    ['of', 'need', 'why_us', 'proof', 'test', 'rivals']
    """

    level: Literal["firm", "unit", "account", "product"]
    of: Words | None = None
    for_whom: Words | None = None
    need: Words | None = None
    promise: Words | None = None
    why_us: Words | None = None
    proof: Words | None = None
    test: Words | None = None
    rivals: list[Rival] = Field(default_factory=list)

    @property
    def gaps(self) -> list[str]:
        """The fields that are still empty."""
        return [name for name in type(self).model_fields if not getattr(self, name)]


class MixItem(Part):
    """One of the four P.

    Parameters
    ----------
    now, change, because : str, optional
        How it is, what will be changed, and why.
    """

    now: Words | None = None
    change: Words | None = None
    because: Words | None = None


class MarketingMix(Part):
    """The four P.

    Parameters
    ----------
    product, price, promotion, place : MixItem
    """

    product: MixItem = MixItem()
    price: MixItem = MixItem()
    promotion: MixItem = MixItem()
    place: MixItem = MixItem()

    @property
    def gaps(self) -> list[str]:
        """Those of which nothing is said of how they are now; and changes without a reason, as `price.because`."""
        empty = [name for name in FOUR_P if not getattr(self, name).now]
        return empty + [
            f"{name}.because" for name in FOUR_P if getattr(self, name).change and not getattr(self, name).because
        ]


class Worksheets(Part):
    """The worksheets of a plan.

    Parameters
    ----------
    value_propositions : list of ValueProposition
    marketing_mix : MarketingMix, optional
    """

    value_propositions: list[ValueProposition] = Field(default_factory=list)
    marketing_mix: MarketingMix | None = None

    @property
    def verdict(self) -> str:
        """How many are filled in, and what is open."""
        sheets: list[tuple[str, list[str]]] = [
            (t("plan_file.sheet.proposition", n=k), one.gaps) for k, one in enumerate(self.value_propositions, 1)
        ]
        if self.marketing_mix is not None:
            sheets.append((t("plan_file.sheet.mix"), self.marketing_mix.gaps))
        if not sheets:
            return t("plan_file.sheet.none")
        filled = [name for name, gaps in sheets if not gaps]
        said = [t("plan_file.sheet.filled", n=len(filled), all=len(sheets))]
        said += [t("plan_file.sheet.open", name=name, gaps=", ".join(gaps)) for name, gaps in sheets if gaps]
        return " ".join(said)
