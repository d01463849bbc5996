"""Place and lift restrictions, and what derives from them: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.restrictions.blast import Radius, blast_radius, count_trusted_with, trusted_list
from haodun.registry.restrictions.cells import blast_cells, blast_flags
from haodun.registry.restrictions.changes import last_change, next_change
from haodun.registry.restrictions.handing_over import in_effect
from haodun.registry.restrictions.lifting import lift
from haodun.registry.restrictions.lists import AHEAD, active_lists, changed_numbers, moment_of, placings
from haodun.registry.restrictions.messages import owe
from haodun.registry.restrictions.notices import portal
from haodun.registry.restrictions.placing import place, renew
from haodun.registry.restrictions.reading import (
    by_appeal,
    by_ids,
    by_source,
    in_force,
    notices_seen_by,
    of_number,
    seen_by,
)
from haodun.registry.restrictions.values import (
    LAWS,
    LISTS,
    MAX_TERM,
    MEASURES,
    Basis,
    Measure,
    NoticeTimes,
    Restriction,
    RestrictionRefused,
    Source,
    Text,
)

__all__ = [
    "AHEAD",
    "LAWS",
    "LISTS",
    "MAX_TERM",
    "MEASURES",
    "Basis",
    "Measure",
    "NoticeTimes",
    "Radius",
    "Restriction",
    "RestrictionRefused",
    "Source",
    "Text",
    "active_lists",
    "blast_cells",
    "blast_flags",
    "blast_radius",
    "by_appeal",
    "by_ids",
    "by_source",
    "changed_numbers",
    "count_trusted_with",
    "in_effect",
    "in_force",
    "last_change",
    "lift",
    "moment_of",
    "next_change",
    "notices_seen_by",
    "of_number",
    "owe",
    "place",
    "placings",
    "portal",
    "renew",
    "seen_by",
    "trusted_list",
]
