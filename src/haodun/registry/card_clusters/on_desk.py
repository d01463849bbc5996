"""Clusters of cards that wait for a review or a second person, for the 工作台."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.offices.transitions.on_desk import Said, waiting
from haodun.registry.card_clusters import shown
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.states import TABLE


def clusters_waiting(user: Any, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Found or in review, the highest score first."""
    found = Cluster.objects.scoped_to(user).filter(state__in=("FOUND", "IN_REVIEW"))

    def describe(row: Cluster) -> Said:
        cards = _("{cards} 张卡，{documents} 个证件").format(cards=row.cards, documents=row.documents)
        score = _("得分 {score}").format(score=row.score)
        return Said(shown.short(row), reverse("card_clusters:cluster", args=[row.id]), cards, score, "—")

    return waiting(TABLE, found, by="-score", limit=limit, tones=shown.TONES, describe=describe)
