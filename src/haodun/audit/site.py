"""Where this installation keeps its checkpoints and their key."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from haodun.audit.checkpoints import Folder, site_signer
from haodun.audit.sealing import Sealer


def checkpoints_of(data: Path) -> Folder:
    """The checkpoints of a data folder."""
    return Folder(data / "checkpoints")


def site_sealer() -> Sealer:
    """The sealer of this installation; its key is made at first use."""
    data = Path(settings.HAODUN_DATA)
    return Sealer(checkpoints_of(data), site_signer(data / "keys"), f"haodun/{settings.HAODUN_NODE}")
