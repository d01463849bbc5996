"""Who was given a number and who took it over: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.number_plan.allocating import allocate
from haodun.registry.number_plan.asking import MnpError, forget_answers, query_porting
from haodun.registry.number_plan.holders import history, holder_of, holders_of, set_range_carrier
from haodun.registry.number_plan.porting import end_porting, port
from haodun.registry.number_plan.stops import lift_stop, stop_of, stop_supply, stops
from haodun.registry.number_plan.values import (
    Certainty,
    Held,
    NewAllocation,
    NewPorting,
    PlanRefused,
    State,
    Stop,
    Stopped,
)

__all__ = [
    "Certainty",
    "Held",
    "MnpError",
    "NewAllocation",
    "NewPorting",
    "PlanRefused",
    "State",
    "Stop",
    "Stopped",
    "allocate",
    "end_porting",
    "forget_answers",
    "history",
    "holder_of",
    "holders_of",
    "lift_stop",
    "port",
    "query_porting",
    "set_range_carrier",
    "stop_of",
    "stop_supply",
    "stops",
]
