"""The six stage models of the documents, as data: structure here, words in the catalogue (`stages.<model>.…`).

Six authors cut one relation into stages, each in another place. To lay the models side by side we cut it finer: eleven
**moments**, from knowing nothing of the solution to bringing others unasked. A stage covers one or several of them, and
whatever event shows a moment is a sign of the stage. Which moments a stage covers, and which events show a moment in
the course's logs, is our reading; the mapping of a model can be changed (`StageModel.mapped`).

A field named in `ours` is our gloss: the document does not say it. The eighth stage of the value journey is only
counted in document E, never described; its words come from outside.

References
----------
A: a lesson on the marketing funnel and the customer journey. B: a translated excerpt on the RACE plan (Smart Insights).
C: a vendor's article on retention. D: an article on the funnel that does not end at the sale. E: a translation of the
customer value journey (DigitalMarketer).
"""

from __future__ import annotations

from funnel_utils.errors import SpecError
from funnel_utils.stages.model import TEXTS, Sign, Stage, StageModel
from funnel_utils.text import t

MOMENTS = (
    "unaware",
    "aware",
    "interested",
    "within_reach",
    "comparing",
    "deciding",
    "buying",
    "using",
    "buying_again",
    "speaking_well",
    "bringing_others",
)

_BOUGHT = ("purchase", "store_purchase", "deal_closed")

#: What shows a moment in the course's logs. Nothing shows somebody who does not know the shop. A review is taken for
#: "speaks when asked", since most follow a reminder; the log does not hold the stars.
SIGNS: dict[str, tuple[Sign, ...]] = {
    "unaware": (),
    "aware": (Sign(("ad_impression", "content_shown", "visit")),),
    "interested": (
        Sign(("ad_click", "content_engaged", "email_click", "email_open", "read_guide", "sms_open", "watch_video")),
    ),
    "within_reach": (Sign("subscribe"),),
    "comparing": (
        Sign(("compare", "offer_sent", "quote_requested", "search", "store_visit", "support_chat", "view_product")),
    ),
    "deciding": (Sign(("add_to_cart", "begin_checkout", "quote_won")),),
    "buying": (Sign(_BOUGHT, lasting=True),),
    "using": (Sign("order_delivered", lasting=True),),
    "buying_again": (Sign(_BOUGHT, times=2, lasting=True),),
    "speaking_well": (Sign("review", lasting=True),),
    "bringing_others": (Sign("refer", lasting=True),),
}

#: model -> stage -> (moments it covers, fields that are ours).
_LAYOUT: dict[str, dict[str, tuple[str, str]]] = {
    "three_stage": {
        "top": ("aware interested within_reach", "kpis touchpoints"),
        "middle": ("comparing", "kpis touchpoints"),
        "bottom": ("deciding buying", "kpis touchpoints"),
        "after": ("using buying_again", "act kpis"),
    },
    "journey_five": {
        "awareness": ("aware interested", "who work content kpis"),
        "consideration": ("within_reach comparing", "who work content kpis"),
        "purchase": ("deciding buying", "who work content kpis"),
        "use": ("using", "who work content kpis"),
        "loyalty": ("buying_again", "who content kpis"),
    },
    "race": {
        "reach": ("aware", "act content"),
        "act": ("interested within_reach comparing", "act content touchpoints"),
        "convert": ("deciding buying", "content touchpoints"),
        "engage": ("using buying_again speaking_well bringing_others", "content"),
    },
    "retention_five": {
        "brand_awareness": ("aware", " ".join(TEXTS)),
        "attention": ("interested within_reach", " ".join(TEXTS)),
        "acquisition": ("comparing deciding buying", " ".join(TEXTS)),
        "retention": ("using", "kpis"),
        "loyalty": ("buying_again", " ".join(TEXTS)),
    },
    "extended_funnel": {
        "unaware": ("unaware", "work kpis"),
        "lead": ("aware interested within_reach", "kpis touchpoints"),
        "prospect": ("comparing deciding", "content kpis"),
        "customer": ("buying", "content kpis touchpoints"),
        "satisfied": ("using", "kpis"),
        "loyal": ("buying_again", "kpis touchpoints"),
        "advocate": ("speaking_well bringing_others", "content kpis touchpoints"),
    },
    "value_journey": {
        "aware": ("aware", "kpis"),
        "engage": ("interested", "kpis"),
        "subscribe": ("within_reach", "kpis"),
        "convert": ("deciding buying", "kpis touchpoints"),
        "excite": ("using", "kpis"),
        "ascend": ("buying_again", "kpis touchpoints"),
        "advocate": ("speaking_well", "content kpis touchpoints"),
        "promote": ("bringing_others", " ".join(TEXTS)),
    },
}

#: The customer's finer steps, which document D draws inside its stages.
_STEPS: dict[str, tuple[str, ...]] = {
    "lead": ("category_awareness", "brand_awareness", "interest"),
    "prospect": ("search", "consideration", "intent", "evaluation", "desire"),
    "customer": ("action", "purchase"),
    "satisfied": ("onboarding", "support", "adoption", "continual_engagement"),
    "loyal": ("expansion", "repurchase"),
    "advocate": ("recommend",),
}

NAMES = tuple(_LAYOUT)
"""The names of the six models."""


def models() -> tuple[StageModel, ...]:
    """The six models, in the order of the documents.

    Examples
    --------
    >>> [model.name for model in models()][:3]
    ['three_stage', 'journey_five', 'race']
    """
    return tuple(model(name) for name in NAMES)


def model(name: str) -> StageModel:
    """One of the documents' models, in the current language.

    Parameters
    ----------
    name : {"three_stage", "journey_five", "race", "retention_five", "extended_funnel", "value_journey"}

    Raises
    ------
    SpecError
        If there is no model of that name.

    Examples
    --------
    >>> model("value_journey").names
    ('aware', 'engage', 'subscribe', 'convert', 'excite', 'ascend', 'advocate', 'promote')
    >>> model("race")["act"].who
    'Somebody who decides what to do next'
    """
    if name not in _LAYOUT:
        raise SpecError(f"There is no stage model {name!r}; there are {', '.join(NAMES)}.")
    stages = tuple(_stage(name, stage, *layout) for stage, layout in _LAYOUT[name].items())
    label, source, about = (t(f"stages.{name}.{field}") for field in ("label", "source", "about"))
    return StageModel(name, stages, label, source, about)


def _stage(model: str, name: str, moments: str, ours: str) -> Stage:
    said = {field: t(f"stages.{model}.{name}.{field}") for field in ("label", *TEXTS)}
    steps = _STEPS.get(name, ()) if model == "extended_funnel" else ()
    return Stage(
        name,
        label=said["label"],
        who=said["who"],
        act=said["act"],
        work=said["work"],
        content=tuple(said["content"].split("|")),
        kpis=tuple(said["kpis"].split("|")),
        touchpoints=tuple(said["touchpoints"].split("|")),
        steps=tuple(t(f"stages.{model}.{name}.step.{step}") for step in steps),
        signs=tuple(sign for moment in moments.split() for sign in SIGNS[moment]),
        moments=tuple(moments.split()),
        ours=frozenset(ours.split()),
    )
