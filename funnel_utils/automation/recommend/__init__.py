"""What to offer next: who bought what, what goes with what, and how often that comes true.

`Recommender` is fitted on a log; `evaluate` holds purchases back and counts how often each model would have offered
them, beside the plainest of all: what sells best.
"""

from __future__ import annotations

from funnel_utils.automation.recommend.baskets import Baskets
from funnel_utils.automation.recommend.evaluation import Evaluation, evaluate
from funnel_utils.automation.recommend.model import Recommendations, Recommender

__all__ = ["Baskets", "Evaluation", "Recommendations", "Recommender", "evaluate"]
