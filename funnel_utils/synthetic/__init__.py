"""Pardis, the course's business: an online homeware shop generated from known rates, so that methods can be checked.

`load_pardis` opens the log that the lessons read and `load_truth` what it was drawn from. `Pardis` specifies
such a business, `generate` draws its log in memory, `simulate` writes a log of any size to Parquet files.
`load_journey` opens another season of the shop in which channels touch people and cause purchases, and
`load_journey_truth` says how many each caused; `Journeys` specifies such a season. `load_plan_months` holds three years
of spend and results per channel, drawn around the response curves of `load_plan_truth`. `load_orders` holds two years
of customers who come back or do not, `load_members` a subscription; `load_orders_truth` knows who is gone.
`load_experiment` opens an experiment whose effect `load_experiment_truth` knows, `load_campaign` a campaign of
automatic messages, of which `load_campaign_truth` knows whom they moved.
"""

from __future__ import annotations

from funnel_utils.synthetic.campaigns import CampaignTruth, Season
from funnel_utils.synthetic.experiments import (
    ExperimentTruth,
    Trial,
    draw_experiment,
    experiment_names,
    experiment_spec,
    write_experiment,
)
from funnel_utils.synthetic.experiments.loading import load_experiment, load_experiment_truth
from funnel_utils.synthetic.journeys import Journeys, JourneyTruth, JourneyWorld, generate_journeys, journey_truth_of
from funnel_utils.synthetic.pieces import Simulation, simulate
from funnel_utils.synthetic.retention import Buyers, BuyersWorld, Members, MembersTruth, OrdersTruth, draw_buyers
from funnel_utils.synthetic.shipped import (
    data_file,
    lesson_shop,
    load_campaign,
    load_campaign_truth,
    load_journey,
    load_journey_spend,
    load_journey_truth,
    load_members,
    load_members_truth,
    load_orders,
    load_orders_spend,
    load_orders_truth,
    load_pardis,
    load_plan_months,
    load_plan_truth,
    load_population,
    load_truth,
)
from funnel_utils.synthetic.spec import Dirt, Pardis
from funnel_utils.synthetic.truth import Truth, truth_of
from funnel_utils.synthetic.world import World, generate

__all__ = [
    "Buyers",
    "BuyersWorld",
    "CampaignTruth",
    "Dirt",
    "ExperimentTruth",
    "JourneyTruth",
    "JourneyWorld",
    "Journeys",
    "Members",
    "MembersTruth",
    "OrdersTruth",
    "Pardis",
    "Season",
    "Simulation",
    "Trial",
    "Truth",
    "World",
    "data_file",
    "draw_buyers",
    "draw_experiment",
    "experiment_names",
    "experiment_spec",
    "generate",
    "generate_journeys",
    "journey_truth_of",
    "lesson_shop",
    "load_campaign",
    "load_campaign_truth",
    "load_experiment",
    "load_experiment_truth",
    "load_journey",
    "load_journey_spend",
    "load_journey_truth",
    "load_members",
    "load_members_truth",
    "load_orders",
    "load_orders_spend",
    "load_orders_truth",
    "load_pardis",
    "load_plan_months",
    "load_plan_truth",
    "load_population",
    "load_truth",
    "simulate",
    "truth_of",
    "write_experiment",
]
