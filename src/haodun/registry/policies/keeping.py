"""From the live logs of edges into the store and the counts: what `haodun manage keep_store` does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

from haodun.offices.organisations.services import Kind, find, system
from haodun.registry.policies.models import Edge
from haodun.registry.policy_revisions.services import policy_source
from haodun.registry.verdict_counts.services import Classes, ingest, taken_upto
from haodun.screening.policy import PolicyError, load_policy
from haodun.store.frames import Batch
from haodun.store.keeper import run_of
from haodun.store.services import Store


def store() -> Store:
    """The store of this installation."""
    return Store(Path(settings.HAODUN_DATA) / "store")


def live_logs() -> list[Path]:
    """The folders where edges of this machine write their live logs: `edges/<name>` in the data folder."""
    place = Path(settings.HAODUN_DATA) / "edges"
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


class Counter:
    """Takes batches of live logs into the counts; batches that come again are passed over there."""

    def __init__(self) -> None:
        self._owners: dict[str, UUID] = {}

    def know(self, logs: Sequence[Path]) -> None:
        """Learn whose the runs of some logs are: their edge's organisation, by the folder's name."""
        for log in logs:
            if not (log / "run.json").is_file():
                continue
            run = run_of(log)
            if run not in self._owners:
                self._owners[run] = _owner(log.name)

    def __call__(self, run: str, batches: Sequence[Batch]) -> None:
        """Count the verdicts of some batches of one run."""
        start = 0
        for end in range(1, len(batches) + 1):
            if end == len(batches) or batches[end].policy != batches[start].policy:
                self._count(run, batches[start:end])
                start = end

    def _count(self, run: str, batches: Sequence[Batch]) -> None:
        upto = batches[-1].pairs[-1][0].number
        if upto <= taken_upto(run):
            return
        verdicts = [verdict for batch in batches for _, verdict in batch.pairs if verdict is not None]
        classes = _classes(batches[0].snapshot, batches[0].policy)
        ingest(run, verdicts, upto, organisation=self._owners[run], classes=classes)


def _owner(edge: str) -> UUID:
    """The organisation of an enrolled edge; for another edge the first ministry, else any organisation."""
    with system():
        enrolled: Edge | None = Edge.objects.filter(name=edge).first()
        if enrolled is not None:
            return UUID(str(enrolled.organisation_id))
        first = find(kind=Kind.MINISTRY).first() or find().first()
    if first is None:
        raise LookupError("there is no organisation that counts could belong to; make one first")
    return first.id


@lru_cache(maxsize=16)
def _classes(snapshot: int, digest: str) -> Classes:
    """The rules of the policy that decided; the digest is part of the key, so a new policy is read anew."""
    published = Path(settings.HAODUN_DATA) / "snapshots" / str(snapshot) / "policy.yaml"
    try:
        return Classes(load_policy(published if snapshot and published.is_file() else policy_source()))
    except PolicyError:
        return Classes(load_policy("cn"))
