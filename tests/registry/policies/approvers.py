"""Approvers with keys of their own, edges that know them, and a draft signed as `haodun snapshot approve` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from haodun.registry.policies import services
from haodun.registry.policies.chain import trust_of
from haodun.registry.policies.models import Draft
from haodun.registry.policies.places import approvers_folder
from haodun.screening.snapshot import Approver, Signer, Trust, open_draft, sign_draft

NAMES = ("wang", "li")


@dataclass(frozen=True)
class Approvers:
    """Who may sign, and where their files go."""

    keys: dict[str, Signer]
    place: Path

    @classmethod
    def found(cls, place: Path) -> Approvers:
        """Two persons whose public keys lie with the site."""
        keys = {name: Signer.generate() for name in NAMES}
        for name, key in keys.items():
            public = approvers_folder() / f"{name}.pub"
            public.unlink(missing_ok=True)
            public.parent.mkdir(parents=True, exist_ok=True)
            public.write_bytes(key.public.to_pem())
        return cls(keys, place)

    def trust(self, cap: int) -> Trust:
        """What an edge's operator wrote down."""
        approvers = tuple(Approver(name, key.public) for name, key in self.keys.items())
        return replace(trust_of(), approvers=approvers, approval_cap=cap)

    def sign(self, name: str, *, key: Signer | None = None, as_file: str = "") -> Path:
        """One person signs what waits now."""
        waiting = services.waiting()
        assert waiting is not None
        new, parent = open_draft(waiting.folder, trust=trust_of())
        path = self.place / f"{as_file or name}-{waiting.version}.json"
        path.write_bytes(sign_draft(new, parent, approver_id=name, signer=key or self.keys[name]).encode())
        return path

    def both(self) -> list[Path]:
        return [self.sign(name) for name in self.keys]


def drafts_on_disk() -> list[str]:
    folder = Path(settings.HAODUN_DATA) / "snapshots" / "drafts"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def states() -> list[str]:
    return list(Draft.objects.order_by("version").values_list("state", flat=True))
