"""The states of a cluster; nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit
from haodun.registry.card_clusters import effects, guards
from haodun.registry.card_clusters.values import CAP

REVIEW = ClockSpec(
    name="card_cluster_review",
    zh="复核",
    en="Review",
    amount=5,
    unit=Unit.WORKING_DAYS,
    source=gettext_noop("平台规则：发现的卡群 5 个工作日内复核"),
    kind=ClockKind.POLICY,
)
_STEP = (effects.note_move,)

TABLE = Table(
    name="card_cluster",
    model="card_clusters.Cluster",
    initial="FOUND",
    states=(
        State("FOUND", zh="已发现", en="Found"),
        State("IN_REVIEW", zh="复核中", en="In review"),
        State("CONFIRMED", zh="已认定", en="Confirmed"),
        State("DISMISSED", zh="已排除", en="Dismissed"),
        State("SUPERSEDED", zh="已并入新发现", en="Replaced by a newer finding"),
    ),
    transitions=(
        Transition(
            action="find", source=(), target="FOUND", permission=Permission.CLUSTER_REVIEW,
            zh="发现", en="Find", kind=AuditKind.CLUSTER_FOUND, starts=(REVIEW,),
        ),
        Transition(
            action="review", source=("FOUND",), target="IN_REVIEW", permission=Permission.CLUSTER_REVIEW,
            zh="开始复核", en="Take it up", kind=AuditKind.CLUSTER_REVIEWED, effects=_STEP,
        ),
        Transition(
            action="confirm", source=("IN_REVIEW",), target="CONFIRMED", permission=Permission.CLUSTER_CONFIRM,
            zh="认定并限制", en="Confirm and restrict", kind=AuditKind.CLUSTER_CONFIRMED,
            guards=(guards.one_at_a_time, guards.still_held), not_by=("review",), needs_sudo=True, needs_reason=True,
            blast=effects.radius_of, cap=CAP, effects=(*_STEP, effects.restrict), stops=(REVIEW.name,),
        ),
        Transition(
            action="dismiss", source=("IN_REVIEW",), target="DISMISSED", permission=Permission.CLUSTER_REVIEW,
            zh="排除", en="Dismiss", kind=AuditKind.CLUSTER_DISMISSED, needs_reason=True, effects=_STEP,
            stops=(REVIEW.name,),
        ),
        Transition(
            action="supersede", source=("FOUND",), target="SUPERSEDED", permission=Permission.CLUSTER_REVIEW,
            zh="并入新发现", en="Replace", kind=AuditKind.CLUSTER_REPLACED, effects=_STEP, stops=(REVIEW.name,),
        ),
    ),
)  # fmt: skip
