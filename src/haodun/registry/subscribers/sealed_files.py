"""A file of personal data between two steps of an import: on disk only as ciphertext, in clear only while it is read.

Parts of one megabyte, each AES-256-GCM under the field key and bound to the file, its place and whether it is the last:
a part left out, moved or cut off is found.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from django.conf import settings

from haodun.offices.sheets.services import Temporary
from haodun.registry.subscribers.sealing import cipher

PART = 1 << 20
_LENGTH = 4


def keep(name: str, file: IO[bytes]) -> None:
    """Keep a file under a name (letters, digits, hyphens)."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".part")
    file.seek(0)
    with draft.open("wb") as out:
        draft.chmod(0o600)
        place, data = 0, file.read(PART)
        while True:
            following = file.read(PART)
            sealed = cipher().seal_bytes(data, place=_label(name, place, last=not following))
            out.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
            if not following:
                break
            place, data = place + 1, following
    draft.replace(path)


def opened(name: str) -> IO[bytes]:
    """The kept file in clear, as a temporary one that is gone with its reader. FileNotFoundError; CiphertextError."""
    found: IO[bytes] = Temporary(max_size=PART)
    with _path(name).open("rb") as file:
        place, head = 0, file.read(_LENGTH)
        while head:
            sealed = file.read(int.from_bytes(head, "big"))
            head = file.read(_LENGTH)
            found.write(cipher().open_bytes(sealed, place=_label(name, place, last=not head)))
            place += 1
    found.seek(0)
    return found


def forget(name: str) -> None:
    """Delete it, where it is there."""
    _path(name).unlink(missing_ok=True)


def is_kept(name: str) -> bool:
    """Whether it is there."""
    return _path(name).exists()


def _path(name: str) -> Path:
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise ValueError(f"{name!r} is no name of a kept file")
    return Path(settings.HAODUN_DATA) / "imports" / f"{name}.sealed"


def _label(name: str, place: int, *, last: bool) -> str:
    return f"imports.{name}.{place}.{'last' if last else 'more'}"
