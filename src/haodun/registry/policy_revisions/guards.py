"""What must hold before a revision goes on; each refusal is one sentence in both languages."""

from __future__ import annotations

from django.db import connection, transaction

from haodun.offices.organisations.services import readers_of, system
from haodun.offices.peering.services import operator
from haodun.offices.transitions.services import Actor, Change, Refused
from haodun.registry.policy_revisions.checking import refuse_unsound
from haodun.registry.policy_revisions.in_force import policy_in_force
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.values import Start, digest_of
from haodun.screening.policy import PolicyError, parse_policy

LOCK = "haodun.policy_revisions"
"""Advisory lock of a transaction that numbers, publishes or supersedes: one after the other."""


def take_lock() -> None:
    """Be the only one to number or publish until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def one_at_a_time(change: Change, row: Revision) -> None:
    """Only one policy can be in force, so revisions are published one by one. Refused `one`."""
    if len(change.rows) != 1:
        raise Refused("one", "一次只能发布一个版本。", "Only one revision is published at a time.")


def is_their_own(change: Change, row: Revision) -> None:
    """A draft is its own organisation's. Refused `organisation`."""
    if not change.actor.system and change.actor.organisation_id != row.organisation_id:
        raise Refused(
            "organisation", "只能由起草单位办理。", "Only the organisation that drafted it may take this step."
        )


def runs_the_node(change: Change, row: Revision) -> None:
    """It binds every edge of the node: whoever runs the node, or stands above it, decides. Refused `operator`."""
    refuse_not_operator(change.actor)


def refuse_not_operator(actor: Actor) -> None:
    """Refused `operator` for whoever neither runs this node nor stands above."""
    with system(), transaction.atomic():
        runs = operator()
        allowed = runs is None or actor.system or actor.organisation_id in readers_of(runs)
    if not allowed:
        raise Refused(
            "operator",
            "策略约束本节点的全部入口，由运行本节点的单位或其上级决定。",
            "The policy binds every edge of this node; the organisation that runs it, or one above, decides.",
        )


def changes_something(change: Change, row: Revision) -> None:
    """A revision is another text than the one it was drafted on. Refused `same`."""
    if row.digest == row.base_digest:
        raise Refused(
            "same",
            "与现行策略完全相同，没有可提交的改动。",
            "It is the same as the policy in force; nothing is due.",
        )


def is_sound(change: Change, row: Revision) -> None:
    """The checker finds no error, its cases pass, and it can be published. Refused `policy`, `lists`, `cases`."""
    refuse_unsound(row.text, row.cases, at=change.at)


def loads(change: Change, row: Revision) -> None:
    """What goes back into force loads here. Refused `policy`."""
    try:
        parse_policy(row.text, name="policy")
    except PolicyError as error:
        first = error.problems[0]
        raise Refused(
            "policy",
            f"这一版在当前软件上已不能载入（第 {first.line} 行），请另行起草。",
            f"This revision no longer loads in this version of the software (line {first.line}); draft another one.",
        ) from error


def base_in_force(change: Change, row: Revision) -> None:
    """What it was drafted on is still what is in force. Refused `rebase`."""
    take_lock()
    if policy_in_force().digest != row.base_digest:
        raise Refused(
            "rebase",
            "起草之后已有别的策略生效，请退回起草人，并入现行策略的改动后再提交。",
            "Another policy came into force since it was drafted; return it, take that in, and submit it again.",
        )


def is_an_earlier_text(change: Change, row: Revision) -> None:
    """Rolling back publishes what was in force before, and nothing else. Refused `earlier`."""
    with system():
        before = row.again_of
        known = before is not None and before.published_at is not None and _was_in_force(row, before)
    if row.start != Start.ROLL_BACK or not known:
        raise Refused(
            "earlier", "回退只能恢复曾经生效过的策略。", "Only a policy that was in force before can be rolled back to."
        )
    take_lock()
    if policy_in_force().digest == row.digest:
        raise Refused("same", "这正是现行策略。", "This is the policy in force already.")


def _was_in_force(row: Revision, before: Revision) -> bool:
    """Whether the text is that of a published revision, or of the site's file that it took the place of."""
    return row.digest == before.digest or (bool(before.base_text) and row.digest == digest_of(before.base_text))
