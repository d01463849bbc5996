"""What decides a run: a policy with its trunks, or a signed snapshot that carries both; and the run's own copy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from haodun.edge.batch.errors import WrongUseError
from haodun.edge.batch.folder import RunFolder, text_of
from haodun.edge.batch.settings import Settings
from haodun.screening.events import Trunks
from haodun.screening.policy import Policy, load_policy, policy_files
from haodun.screening.policy.source import POLICY_FILE
from haodun.screening.snapshot import Snapshot, copy_snapshot, load_snapshot, load_trust, read_manifest
from haodun.store import durable


@dataclass(frozen=True, slots=True)
class Decider:
    """Policy, trunks, and where both come from."""

    policy: Policy
    trunks: Trunks
    trunks_text: str | None
    """As given; None where nothing was."""
    snapshot: Snapshot | None

    @property
    def snapshot_name(self) -> str:
        """The snapshot's own name, `none` where only a policy was given."""
        return "none" if self.snapshot is None else self.snapshot.name

    @property
    def record(self) -> dict[str, object] | None:
        """What run.json says of the snapshot, so that the run can be explained under it."""
        if self.snapshot is None:
            return None
        manifest = self.snapshot.manifest
        return {"issuer": manifest.issuer, "version": manifest.version, "digest": manifest.digest}

    def keep(self, settings: Settings, folder: RunFolder) -> None:
        """Put what decides into the run folder, where `haodun explain` finds it."""
        folder.policy.parent.mkdir(exist_ok=True)
        if self.snapshot is not None and settings.snapshot is not None:
            files = {POLICY_FILE: self.snapshot.policy_yaml}
            shutil.rmtree(folder.snapshot, ignore_errors=True)  # of a try that was killed
            copy_snapshot(settings.snapshot, folder.snapshot, digest=self.snapshot.manifest.digest)
        else:
            files = policy_files(settings.policy)
        for name, text in files.items():
            durable.place(folder.policy.with_name(name), text.encode("utf-8"))
        if self.trunks_text is not None:
            durable.place(folder.trunks, self.trunks_text.encode("utf-8"))


def decider(settings: Settings) -> Decider:
    """Read what decides. A trunks file of the site goes before that of the snapshot.

    The snapshot's expiry is not asked: calls of the past are judged at their own time. Raises PolicyError, TrunksError,
    SnapshotRefused, BatchError.
    """
    snapshot = _snapshot(settings)
    if settings.trunks is not None:
        text: str | None = text_of(settings.trunks)
    else:
        text = None if snapshot is None else snapshot.trunks_yaml
    trunks = Trunks({}) if text is None else Trunks.parse(text, str(settings.trunks or settings.snapshot))
    if snapshot is not None and snapshot.directory is not None:
        trunks = trunks.with_own(snapshot.directory.by_trunk())
    policy = load_policy(settings.policy) if snapshot is None else snapshot.policy
    return Decider(policy, trunks, text, snapshot)


def _snapshot(settings: Settings) -> Snapshot | None:
    if settings.snapshot is None:
        return None
    if settings.snapshot_key is None:
        raise WrongUseError(
            "--snapshot needs --trust with the issuer's public key; without it anyone could have made it"
        )
    trust = load_trust(settings.snapshot_key)
    if read_manifest(settings.snapshot, trust=trust).kind != "full":
        raise WrongUseError(f"{settings.snapshot} is a delta; give a full snapshot, which can be screened under alone")
    return load_snapshot(settings.snapshot, trust=trust)
