"""Two years of buyers and members of Pardis: who comes back, who is gone, and what each of them is worth.

In a shop nobody gives notice. Whether a silent customer is gone can be seen in no log, so here it is known: every buyer
has a rate of buying and a chance of leaving after each order, drawn from known distributions, and lives on for a year
after the log ends. `spec` says what is drawn, `world` draws the buyers and their orders, `members` the members of a
subscription, who do give notice; `truth` tells what was behind both, `shipped` holds the lessons' files.
"""

from __future__ import annotations

from funnel_utils.synthetic.retention.members import draw_members
from funnel_utils.synthetic.retention.spec import Buyers, Members, WonBy
from funnel_utils.synthetic.retention.truth import MembersTruth, OrdersTruth
from funnel_utils.synthetic.retention.world import BuyersWorld, draw_buyers

__all__ = [
    "Buyers",
    "BuyersWorld",
    "Members",
    "MembersTruth",
    "OrdersTruth",
    "WonBy",
    "draw_buyers",
    "draw_members",
]
