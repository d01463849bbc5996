"""What stands between an actor and a step, in the order in which it is asked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from haodun.offices.transitions.actors import Actor
from haodun.offices.transitions.blast import BlastRadius, cap_of
from haodun.offices.transitions.change import Change
from haodun.offices.transitions.models import StepRecord
from haodun.offices.transitions.refusals import Refused, RowRefusal, together
from haodun.offices.transitions.table import Table, Transition

BREAK_GLASS_REASON = 20
"""Characters that a break-glass reason has at least."""


def permission(actor: Actor, transitions: Sequence[Transition]) -> None:
    """The actor may take one of these transitions, else Refused `permission`."""
    for step in transitions:
        if actor.system or (step.permission is not None and step.permission in actor.permissions):
            return
    title = transitions[0]
    raise Refused(
        "permission",
        f"您的岗位没有“{title.zh}”的权限，请联系本单位管理员",
        f"your role may not take the step “{title.en}”; ask your organisation's administrator",
    )


def scope(actor: Actor, table: Table, ids: Sequence[uuid.UUID], rows: Sequence[Any]) -> None:
    """Every row exists and is in the actor's reach, else Refused `absent`, which does not tell the two apart."""
    reach = {row.id for row in rows if actor.system or actor.organisation_id in row.readers}
    missing = [
        RowRefusal(
            row_id,
            "absent",
            f"没有 {row_id} 这一项，或不在您的范围内",
            f"there is no {table.name} {row_id} in your reach",
        )
        for row_id in ids
        if row_id not in reach
    ]
    if missing:
        raise together(missing, len(ids))


def transition(change: Change) -> Transition:
    """The one transition that takes every row on, else Refused `state`."""
    steps = [change.transition_of(row) for row in change.rows]
    stuck = [_stuck(change, row) for row, step in zip(change.rows, steps, strict=True) if step is None]
    if stuck:
        raise together(stuck, len(change.rows))
    first = steps[0]
    if first is None or any(step is not first for step in steps):
        raise Refused(
            "state",
            "所选各项处于不同阶段，请分别办理",
            "the chosen rows stand at different stages; take them separately",
        )
    return first


def _stuck(change: Change, row: Any) -> RowRefusal:
    state = change.table.state(row.state)
    title = change.table.of(change.action)[0]
    return RowRefusal(
        row.id,
        "state",
        f"当前状态为“{state.zh}”，不能“{title.zh}”；可能他人已办理，请刷新页面",
        f"it is {state.en.lower()}, so “{title.en}” is not open; somebody may have been faster: reload the page",
    )


def formal(change: Change, step: Transition) -> None:
    """Second proof and reason, else Refused `sudo` or `reason`."""
    actor = change.actor
    if step.needs_sudo and not actor.system and (actor.sudo_until is None or actor.sudo_until <= change.at):
        raise Refused(
            "sudo",
            "此操作须再次验证身份，请输入一次性验证码",
            "this step needs a second proof; enter your one-time code",
        )
    least = BREAK_GLASS_REASON if step.break_glass else 1 if step.needs_reason else 0
    if len(change.reason.strip()) < least:
        raise Refused("reason", f"请填写理由，至少 {least} 字", f"give a reason of at least {least} characters")


def rows(change: Change, step: Transition, versions: Mapping[uuid.UUID, int]) -> None:
    """Version, second person and guards of every row; all refusals together."""
    taken = _persons(change, step)
    found = []
    for row in change.rows:
        try:
            _version(row, versions)
            _second_person(change, step, taken.get(row.id, frozenset()))
            for guard in step.guards:
                guard(change, row)
        except Refused as refusal:
            found.append(refusal.about(row.id))
    if found:
        raise together(found, len(change.rows))


def _version(row: Any, versions: Mapping[uuid.UUID, int]) -> None:
    wanted = versions.get(row.id)
    if wanted is not None and wanted != row.version:
        raise Refused(
            "stale", "内容已被他人更新，请刷新页面", "somebody has changed it since you read it; reload the page"
        )


def _persons(change: Change, step: Transition) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Who took the steps of `not_by`, per row: the actors and those they acted for."""
    if not step.not_by or change.actor.system:
        return {}
    return persons_of(change.table.name, [row.id for row in change.rows], step.not_by)


def persons_of(
    object_type: str, ids: Sequence[uuid.UUID], actions: Sequence[str]
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Who took one of these steps on each of these objects, they themselves and whoever they acted for."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    steps = StepRecord.objects.filter(object_type=object_type, object_id__in=ids, action__in=actions)
    for object_id, actor, principal in steps.values_list("object_id", "actor", "on_behalf_of"):
        found.setdefault(object_id, set()).update({actor, *([principal] if principal else [])})
    return {object_id: frozenset(persons) for object_id, persons in found.items()}


def _second_person(change: Change, step: Transition, taken: frozenset[uuid.UUID]) -> None:
    if taken & {change.actor.user_id, change.on_behalf_of}:
        raise Refused(
            "second_person",
            f"“{step.zh}”须由另一人办理：您（或您所代办的人）已办理过前一步骤",
            f"another person must take the step “{step.en}”: you, or the person you act for, took an earlier step",
        )


def radius(change: Change, step: Transition, seen: str | None) -> BlastRadius | None:
    """The blast radius as it is now: what the actor saw, and under the cap; else Refused `seen` or `cap`."""
    if step.blast is None:
        return None
    now = step.blast(change)
    if not change.actor.system and seen != now.digest():
        raise Refused(
            "seen",
            f"影响范围与您所见不一致：现为 {now.numbers} 个号码、{now.holders} 个用户，请重新核对",
            f"it would hit something else than you saw: now {now.numbers} numbers of {now.holders} holders; look again",
        )
    if step.cap and now.numbers > cap_of(step.cap):
        raise Refused(
            "cap",
            f"一次影响 {now.numbers} 个号码，超过上限 {cap_of(step.cap)}，请分批办理",
            f"it would hit {now.numbers} numbers, more than the {cap_of(step.cap)} one step may; divide it",
        )
    return now
