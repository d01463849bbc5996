"""Compare a revision with what it was drafted on, over recorded calls of this site, as a job.

Theory of operation. Asking inserts a row and a job. The job decides the first calls of the run twice and says how far
it is each TOLD_EVERY calls, outside any transaction; run again after a kill, it begins again. What it found is stored
with the digests of both texts, so a page knows whether it is of the text that stands there now.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.jobs.services import defer
from haodun.offices.organisations.services import Permission, system
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.policy_revisions.checking import refuse_unsound
from haodun.registry.policy_revisions.models import Comparison, Revision
from haodun.registry.policy_revisions.tasks import COMPARE
from haodun.registry.policy_revisions.values import COMPARED_CALLS, MAX_FAILURE, digest_of
from haodun.screening.compare import Differences, compare_run
from haodun.screening.events import count_events
from haodun.screening.policy import Policy, PolicyError, parse_policy

RECORDED = "HAODUN_RECORDED_RUN"
"""Environment variable: the run folder (`haodun screen --out`) on whose calls policies are compared."""
LOG = "input.parquet"


def recorded_run() -> Path | None:
    """The run whose calls are decided again: of HAODUN_RECORDED_RUN, else the newest in `runs` of the data folder.

    None where there is none.
    """
    named = os.environ.get(RECORDED)
    if named:
        return Path(named) if (Path(named) / LOG).is_file() else None
    found = [path.parent for path in (Path(settings.HAODUN_DATA) / "runs").glob(f"*/{LOG}")]
    return max(found, key=lambda path: ((path / LOG).stat().st_mtime, path.name), default=None)


def text_before(row: Revision) -> str:
    """The text that a revision was drafted on."""
    if row.base_id is None:
        return row.base_text
    with system():
        return Revision.objects.values_list("text", flat=True).get(id=row.base_id)


def ask_comparison(actor: Actor, row: Revision) -> uuid.UUID:
    """Let a revision be compared; the one that runs already, where one does.

    Refused `permission`, `calls` where there is no recorded run, `policy`, `lists`, `cases`.
    """
    if not actor.system and not {Permission.POLICY_DRAFT, Permission.POLICY_APPROVE} & set(actor.permissions):
        raise Refused("permission", "您的岗位不能比较策略。", "Your role may not compare policies.")
    run = recorded_run()
    if run is None:
        raise Refused(
            "calls",
            "本节点没有可用于比较的话单记录；请运维人员用 HAODUN_RECORDED_RUN 指定一次筛查的目录。",
            "This node has no recorded calls to compare on; let its operator name a run folder in HAODUN_RECORDED_RUN.",
        )
    with transaction.atomic():
        locked = Revision.objects.select_for_update().get(id=row.id)
        refuse_unsound(locked.text, "", at=timezone.now())
        running = Comparison.objects.filter(revision=locked, finished_at=None).first()
        if running is not None:
            return uuid.UUID(str(running.id))
        made = Comparison.objects.create(
            revision=locked,
            old_digest=locked.base_digest,
            new_digest=locked.digest,
            run=run.name[:120],
            asked_by=actor.user_id,
            asked_at=timezone.now(),
            total=min(COMPARED_CALLS, _calls_at_most(run)),
            readers=locked.readers,
        )
        record(
            AuditKind.POLICY_COMPARED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type="policy_revision",
            object_id=locked.id,
            body={"number": locked.number, "digest": locked.digest, "run": made.run},
        )
        defer(COMPARE, comparison=str(made.id))
    return made.id


def run_comparison(comparison: uuid.UUID) -> None:
    """Make a comparison that was asked for; its row says what came of it."""
    with system():
        row = Comparison.objects.select_related("revision").filter(id=comparison, finished_at=None).first()
        if row is None:
            return
        rows = Comparison.objects.filter(id=row.id, finished_at=None)

        def told(calls: int) -> None:
            rows.update(done=calls)

        failure, result = "", None
        try:
            result = _compared(row, told)
        except (PolicyError, OSError, ValueError) as error:
            failure = str(error)[:MAX_FAILURE]
        done = row.done if result is None else result["calls"]
        rows.update(finished_at=timezone.now(), failure=failure, result=result, done=done)


def _compared(row: Comparison, told: Callable[[int], None]) -> dict[str, Any]:
    run = recorded_run()
    if run is None:
        raise OSError("the recorded run is no longer there; name another one in HAODUN_RECORDED_RUN")
    old, new = text_before(row.revision), row.revision.text
    if (digest_of(old), digest_of(new)) != (row.old_digest, row.new_digest):
        raise ValueError("the text was changed since this comparison was asked for; ask for another one")
    policies = [parse_policy(text, name="policy") for text in (old, new)]
    found = compare_run(run, old=policies[0], new=policies[1], limit=COMPARED_CALLS, told=told)
    return as_stored(found, *policies)


def as_stored(found: Differences, old: Policy, new: Policy) -> dict[str, Any]:
    """What a comparison stores: counts, and examples with masked numbers; no number in clear."""
    titles = {rule.id: [rule.title.zh, rule.title.en] for rule in (*old.rules, *new.rules)}
    return {
        "calls": found.calls,
        "changed": [[before, after, count] for (before, after), count in found.changed.most_common()],
        "callers": len(found.callers),
        "who": [[ingress, kind, count] for (ingress, kind), count in found.who.most_common(12)],
        "rules": [[rule, *counts, *titles.get(rule, ["", ""])] for rule, counts in sorted(found.rules.items())],
        "examples": [
            {
                "event": one.event,
                "caller": one.caller,
                "callee": one.callee,
                "old": one.old,
                "new": one.new,
                "old_reasons": list(one.old_reasons),
                "new_reasons": list(one.new_reasons),
            }
            for one in found.examples
        ],
    }


def _calls_at_most(run: Path) -> int:
    """No more calls than events; OSError and ValueError of a damaged log are the job's to tell."""
    try:
        return count_events(run / LOG)
    except (OSError, ValueError):
        return 0
