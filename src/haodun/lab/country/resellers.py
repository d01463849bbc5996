"""What inspections of the synthetic country's resellers found, and what was done about it (RULES.md W2e)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from haodun.lab.country.draws import below, chance, hashed, salt

RESELLERS = tuple(f"转售企业{letter}" for letter in "ABCDEF")
COMPLIANT = (0.99, 0.97, 0.95, 0.92, 0.85, 0.70)
"""Share of samples found in order at an inspection, by reseller."""
HOSTS = ("甲网集团", "乙网集团", "丙网集团")
"""Carrier groups whose networks are resold, in turn; of the console's synthetic country."""
TARGET = 9500
"""Least share that passes, hundredths of a percent."""
SUPPLY, USERS = 9000, 8000
"""Below the first, number supply is stopped; below the second, the taking on of new users too."""
NOTICE, STOP, CONFIRM, LAST = 5, 40, 41, 51
"""Days after the inspection: told to put right, supply stopped, carried out, new users stopped."""


def samples(seed: int, *, each: int, start: date) -> pa.Table:
    """What an inspection of each reseller found: one row a sampled registration, no number in it."""
    count = each * len(RESELLERS)
    keys = hashed(salt(seed, "registry", "samples"), np.arange(count, dtype=np.int64))
    seller = np.arange(count, dtype=np.int64) // each
    good = np.zeros(count, dtype=np.bool_)
    for place, share in enumerate(COMPLIANT):
        good |= (seller == place) & chance(keys, share)
    back = below(hashed(salt(seed, "registry", "inspections"), np.arange(len(RESELLERS), dtype=np.int64)), 20)
    days = [(start - timedelta(days=60 + one)).isoformat() for one in back.tolist()]
    return pa.table(
        {
            "reseller": [RESELLERS[place] for place in seller.tolist()],
            "sample": pa.array(np.arange(count, dtype=np.int64) % each + 1),
            "inspected_on": [days[place] for place in seller.tolist()],
            "compliant": pa.array(good),
        }
    )


def cases(inspected: pa.Table) -> pa.Table:
    """What followed on each inspection; the days of steps that were not due are null."""
    rows = []
    names: list[Any] = inspected["reseller"].to_pylist()
    days: list[Any] = inspected["inspected_on"].to_pylist()
    good: list[Any] = inspected["compliant"].to_pylist()
    for place, reseller in enumerate(RESELLERS):
        own = [at for at, name in enumerate(names) if name == reseller]
        share = 10_000 * sum(good[at] for at in own) // len(own)
        day = date.fromisoformat(days[own[0]])

        def after(count: int, due: bool, day: date = day) -> str | None:
            return (day + timedelta(days=count)).isoformat() if due else None

        rows.append(
            {
                "reseller": reseller,
                "host": HOSTS[place % len(HOSTS)],
                "way": ("sample", "covert")[place % 2],
                "inspected_on": day.isoformat(),
                "target": TARGET,
                "notified_on": after(NOTICE, share < TARGET),
                "supply_stopped_on": after(STOP, share < SUPPLY),
                "confirmed_on": after(CONFIRM, share < SUPPLY),
                "users_stopped_on": after(LAST, share < USERS),
            }
        )
    texts = [pa.field(name, pa.int64() if name == "target" else pa.string()) for name in rows[0]]
    return pa.Table.from_pylist(rows, schema=pa.schema(texts))
