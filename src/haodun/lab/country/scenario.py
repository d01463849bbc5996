"""What a scenario file may say: the model behind the published schema."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_DAYS = 366
MAX_POOLS = 200
"""Populations, and campaigns, of one scenario."""

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=1e9)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Carrier = Literal["telecom", "mobile", "unicom", "broadnet"]
CauseName = Literal["busy", "no_answer", "cancelled", "rejected", "unallocated", "congestion", "failed"]
Digits = Annotated[str, Field(pattern=r"^\+?0{0,3}[1-9][0-9]{1,15}$")]
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class _Part(BaseModel):
    """A part of a scenario: unknown keys are errors, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Title(_Part):
    """What a reader sees."""

    zh: str = Field(max_length=80)
    en: str = Field(max_length=80)


class Amount(_Part):
    """A log-normal amount: two thirds of the draws lie between median/spread and median*spread."""

    median: float = Field(gt=0, le=1e7)
    spread: float = Field(default=1.0, ge=1, le=20, description="geometric standard deviation; 1 is always the median")
    max: float = Field(default=1e7, gt=0, le=1e7, description="the tail is cut here")


class Curve(_Part):
    """When people call: a weight for each local hour and each weekday."""

    hours: list[Weight] = Field(min_length=24, max_length=24, description="from 00:00, local time")
    weekdays: list[Weight] = Field(default=[1.0] * 7, min_length=7, max_length=7, description="from Monday")


class Session(_Part):
    """Calls made in one go: so many, one after the other."""

    calls: int = Field(ge=1, le=100_000)
    gap: Amount = Field(description="seconds from one start to the next")


class NumberSource(_Part):
    """One kind of number that callers show."""

    kind: Literal["subscriber", "mobile", "resold", "fixed", "line", "service_400", "foreign", "literal"] = Field(
        description="subscriber: one of the country's people; line: of the block of the caller's own voice line; "
        "literal: one of `texts`"
    )
    weight: Weight = 1.0
    written: dict[Literal["national", "plus", "idd", "bare"], Weight] = Field(
        default={"national": 1.0}, description="how the switch shows it: 0571…, +86571…, 0086571…, 86571…"
    )
    texts: list[Digits] = Field(default=[], max_length=1000, description="literal: the numbers as shown")
    provinces: list[str] = Field(default=[], max_length=34, description="mobile, resold, fixed: only from these")
    regions: dict[Region, Weight] = Field(
        default={}, description="foreign: only from these; default the scenario's `foreign`"
    )
    blocks: int = Field(default=0, ge=0, le=1000, description="foreign: from so many blocks of 10,000 numbers; 0 any")
    shown: int = Field(default=1, ge=1, le=100, description="line: how many numbers of the block are shown")
    registered: bool = Field(default=True, description="voice line, access: the number is on the line's permitted list")

    @model_validator(mode="after")
    def _literal_has_texts(self) -> NumberSource:
        if (self.kind == "literal") != bool(self.texts):
            raise ValueError("`texts` belongs to kind literal, which needs at least one")
        return self


class Callees(_Part):
    """Whom they call: shares of calls, any sum."""

    contacts: Weight = Field(default=0.0, description="people of the caller's own circle")
    circle: int = Field(default=24, ge=1, le=100_000, description="how many people the circle has")
    favourites: bool = Field(default=True, description="some of the circle are called far more often than others")
    strangers: Weight = Field(default=0.0, description="people picked afresh for each call")
    local: Share = Field(default=0.0, description="share of the strangers who live in the caller's own town")
    services: Weight = Field(default=0.0, description="short codes, banks, hotlines: the scenario's `services`")
    foreign: Weight = Field(default=0.0, description="numbers abroad")
    premium: Weight = Field(default=0.0, description="numbers abroad in the scenario's `premium` regions")
    sequential: Weight = Field(default=0.0, description="number after number, counted up")
    run: int = Field(default=1000, ge=2, le=100_000, description="sequential: so many, then another block")

    @model_validator(mode="after")
    def _somebody(self) -> Callees:
        parts = (self.contacts, self.strangers, self.services, self.foreign, self.premium, self.sequential)
        if sum(parts) <= 0:
            raise ValueError("callees need at least one of contacts, strangers, services, foreign, premium, sequential")
        return self


class Habit(_Part):
    """How a group of callers lives."""

    name: Name
    title: Title | None = None
    numbers: list[NumberSource] = Field(min_length=1, max_length=20, description="what they show, by weight")
    calls_per_number: int = Field(
        default=0, ge=0, le=1_000_000, description="a caller changes number after so many; 0 never"
    )
    enters: Literal["subscriber", "voice_line", "access", "international"] = Field(
        default="subscriber", description="subscriber: own or another carrier's network by the number"
    )
    gateways: int = Field(default=1, ge=1, le=64, description="international: gateways that one caller's calls come by")
    calls_per_day: Amount
    life_hours: int | None = Field(
        default=None, ge=1, le=24 * MAX_DAYS, description="a caller is active so long; absent: all days"
    )
    session: Session | None = None
    one_line: bool = Field(default=True, description="one call at a time")
    curve: str
    callees: Callees
    answer: Share = Field(description="share of calls that are answered")
    talk: Amount = Field(description="seconds of an answered call")
    ring: Amount = Field(default=Amount(median=9, spread=1.8, max=58), description="seconds until the answer")
    give_up: Amount = Field(default=Amount(median=20, spread=1.7, max=60), description="seconds until a caller cancels")
    unanswered: dict[CauseName, Weight] = Field(
        default={"no_answer": 34, "cancelled": 34, "busy": 16, "rejected": 9, "unallocated": 4, "congestion": 3},
        min_length=1,
        description="why calls fail, by weight",
    )
    redial: Share = Field(
        default=0.0, description="share of missed calls after which the caller's next call tries the same person again"
    )
    callback: Share = Field(default=0.0, description="share of missed people who call the shown number back")
    callback_answer: Share = 0.7
    callback_talk: Amount = Amount(median=55, spread=3, max=3600)
    withheld: Share = Field(default=0.0, description="callers whose number reaches the network but may not be shown")
    anonymous: Share = Field(default=0.0, description="callers of whom no number reaches us")
    diverted: Share = Field(default=0.0, description="share of calls that the called person's phone sends on")
    true_origin: str | None = Field(
        default=None, max_length=40, description="for the labels; default where the number is from"
    )

    @model_validator(mode="after")
    def _rotating_numbers_are_not_registered(self) -> Habit:
        line = self.enters in ("voice_line", "access")
        if not line and any(source.kind == "line" for source in self.numbers):
            raise ValueError("numbers of kind line need `enters: voice_line` or `enters: access`")
        return self


class Population(Habit):
    """Ordinary callers."""

    share: Weight = Field(description="weight among the ordinary calls")
    heavy: bool = Field(default=False, description="they look guilty and are not: many calls, many people")


class Campaign(Habit):
    """Fraud: its attempts are labelled with its name."""

    shape: Literal[
        "spoofed_police",
        "fan_out",
        "wangiri",
        "sequential",
        "line_abuse",
        "irsf",
        "sim_box",
        "service_400_abuse",
        "slow_scam",
        "other",
    ] = Field(description="what kind of fraud it is; for reports only")
    weight: Weight = Field(description="weight among the calls of all campaigns")


class Subscribers(_Part):
    """The people of the country, as called numbers."""

    fixed: Share = 0.06
    resold: Share = 0.03
    portability: Share = Field(default=0.04, description="numbers served by another carrier than the range's holder")


class Scenario(_Part):
    """A synthetic country."""

    version: Literal[1]
    title: Title
    home: Literal[86] = 86
    start: datetime.date = Field(description="first day, local time")
    days: int = Field(ge=1, le=MAX_DAYS)
    utc_offset_minutes: int = Field(default=480, ge=-720, le=840)
    resolution_ms: Literal[1, 10, 100, 1000] = Field(default=1000, description="switches write whole seconds")
    operator: Carrier = Field(
        default="mobile", description="whose switches wrote the records; other networks are inter-network"
    )
    international_gateways: int = Field(default=6, ge=1, le=64)
    roaming_known: Share = Field(
        default=0.0, description="share of +86 callers on international trunks of whom the record says it"
    )
    provinces: dict[str, Weight] = Field(min_length=1, description="GB/T 2260 code: weight of its people")
    carriers: dict[Carrier, Weight] = Field(min_length=1)
    subscribers: Subscribers = Subscribers()
    services: dict[Digits, Weight] = Field(
        min_length=1, max_length=1000, description="short codes and services that people call"
    )
    foreign: dict[Region, Weight] = Field(min_length=1, description="ISO 3166 code: weight")
    premium: dict[Region, Weight] = Field(default={}, description="regions with costly ranges, for IRSF")
    curves: dict[str, Curve] = Field(min_length=1, max_length=50)
    populations: list[Population] = Field(min_length=1, max_length=MAX_POOLS)
    campaign_share: Share = Field(default=0.02, description="share of all calls that belong to campaigns")
    campaigns: list[Campaign] = Field(default=[], max_length=MAX_POOLS)

    @property
    def habits(self) -> list[Population | Campaign]:
        """Populations, then campaigns."""
        return [*self.populations, *self.campaigns]


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file."""
    schema = Scenario.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Haodun scenario",
        **{k: v for k, v in schema.items() if k != "title"},
    }


SCENARIO_JSON_SCHEMA: dict[str, Any] = scenario_schema()
"""`scenario_schema()`, made once."""
