"""Campaigns, cards and targets of re-registration: what other contexts use (RULES.md W2b)."""

from __future__ import annotations

from haodun.registry.reregistration.advancing import advance, settle
from haodun.registry.reregistration.forecast import Counted, Forecast, forecast
from haodun.registry.reregistration.handing_over import hand_over
from haodun.registry.reregistration.planning import draft_campaign, preview_step, set_target, take
from haodun.registry.reregistration.reading import counts_of, plan_of, standings, told_of
from haodun.registry.reregistration.recording import record_holder
from haodun.registry.reregistration.states import CAMPAIGN, CARD, RECORDING, SHEET
from haodun.registry.reregistration.values import Dimension, NewCampaign, NewTarget, Possession, Shop

__all__ = [
    "CAMPAIGN",
    "CARD",
    "RECORDING",
    "SHEET",
    "Counted",
    "Dimension",
    "Forecast",
    "NewCampaign",
    "NewTarget",
    "Possession",
    "Shop",
    "advance",
    "counts_of",
    "draft_campaign",
    "forecast",
    "hand_over",
    "plan_of",
    "preview_step",
    "record_holder",
    "set_target",
    "settle",
    "standings",
    "take",
    "told_of",
]
