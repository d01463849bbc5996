"""The trunks of the country and what each may carry: the content of trunks.yaml."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.lab.country.draws import Ints
from haodun.lab.country.places import CARRIERS, places
from haodun.lab.country.scenario import Scenario


class Trunks:
    """A register of trunks; calls carry positions in `names`."""

    def __init__(self, scenario: Scenario) -> None:
        codes = places().provinces
        self.names: list[str] = []
        self._entries: dict[str, dict[str, Any]] = {}
        self._within = self._add_all("intra_network", [f"msc-{code}" for code in codes])
        between = [f"ic-{carrier}-{code}" for carrier in CARRIERS for code in codes]
        self._between = self._add_all("inter_network", between).reshape(len(CARRIERS), len(codes))
        self._gateways = self._add_all(
            "international", [f"igw-{n + 1}" for n in range(scenario.international_gateways)]
        )
        self._blocks: dict[int, int] = {}

    def _add_all(self, ingress: str, names: list[str]) -> Ints:
        for name in names:
            self._entries[name] = {"class": ingress, "roaming": "unknown"}
        self.names += names
        return np.arange(len(self.names) - len(names), len(self.names), dtype=np.int64)

    def subscriber(self, province: Ints, *, carrier: Ints, own: int) -> Ints:
        """Trunks of subscribers' calls."""
        return np.where(carrier == own, self._within[province], self._between[carrier, province])

    def gateway(self, choice: Ints) -> Ints:
        """Trunks of calls from abroad."""
        return self._gateways[choice % len(self._gateways)]

    def line(self, ingress: str, *, block: int, size: int, shown: list[str]) -> int:
        """Enter a voice line (or access line) with its block of numbers; the same block is the same line."""
        if block not in self._blocks:
            self._blocks[block] = len(self.names)
            name = f"{'vl' if ingress == 'voice_line' else 'pbx'}-{block}"
            self.names.append(name)
            first, last = f"+86{block}", f"+86{block + size - 1}"
            self._entries[name] = {
                "class": ingress,
                "permits": [f"{first}-{last}"],
                "default": first,
                "roaming": "unknown",
            }
        at = self._blocks[block]
        permits = self._entries[self.names[at]]["permits"]
        permits += [number for number in shown if number not in permits]
        return at

    def content(self) -> dict[str, Any]:
        """What trunks.yaml says."""
        return {"trunks": self._entries}
