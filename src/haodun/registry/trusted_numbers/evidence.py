"""Papers: taken by their content, limited, kept sealed in the data folder, never executed, each look in the ledger."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher
from haodun.registry.trusted_numbers.applying import writable
from haodun.registry.trusted_numbers.models import Evidence
from haodun.registry.trusted_numbers.values import EvidenceKind
from haodun.store import durable

MAX_BYTES = 5 * 1024 * 1024
"""Of one file."""
MAX_FILES = 12
"""Of one application."""
MAX_NAME = 120
NAME_PLACE = "trusted_numbers_evidence.name"
FILE_PLACE = "trusted_numbers_evidence.file"
_PDF_TAIL = 1_024

ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
"""Kinds of file that are taken, and the ending under which they are given back."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file given back."""

    name: str
    media_type: str
    data: bytes


def media_type_of(data: bytes) -> str | None:
    """What a file is by its own first and last bytes, None for what is not taken: its name says nothing."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-_PDF_TAIL:]:
        return "application/pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff") and data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "image/jpeg"
    return None


def add_evidence(actor: Actor, entry_id: uuid.UUID, *, kind: str, name: str, data: bytes) -> uuid.UUID:
    """Keep a paper with an application; its id; the same bytes are kept once. Refused `evidence`, `state`, `absent`."""
    if kind not in EvidenceKind.values:
        raise _refused("请选择材料的种类。", "Choose what the file proves.")
    if not 0 < len(data) <= MAX_BYTES:
        raise _refused("文件不能为空，最大 5 MB。", "A file has at least one byte and at most 5 MB.")
    found = media_type_of(data)
    if found is None:
        raise _refused(
            "只收完整的 PDF、PNG 或 JPEG 文件；请重新导出后上传。",
            "Only whole PDF, PNG or JPEG files are taken; export it again and upload that.",
        )
    with transaction.atomic():
        entry = writable(actor, entry_id)
        known = entry.evidence.filter(kind=kind, sha256=hashlib.sha256(data).hexdigest()).first()
        if known is not None:
            return uuid.UUID(str(known.id))
        if entry.evidence.count() >= MAX_FILES:
            raise _refused(f"最多 {MAX_FILES} 个文件，请先删去一个。", f"At most {MAX_FILES} files; remove one first.")
        paper = Evidence(
            id=uuid.uuid4(),
            entry=entry,
            kind=kind,
            name=cipher().seal(_plain(name), place=NAME_PLACE),
            media_type=found,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            at=timezone.now(),
            by=actor.user_id,
            readers=entry.readers,
        )
        _keep(paper.id, data)
        paper.save(force_insert=True)
    return paper.id


def remove_evidence(actor: Actor, entry_id: uuid.UUID, paper_id: uuid.UUID) -> None:
    """Take a paper out of an application that is still written. Refused `state`, `absent`."""
    with transaction.atomic():
        entry = writable(actor, entry_id)
        if entry.evidence.filter(id=paper_id).delete()[0]:
            transaction.on_commit(lambda: _place(paper_id).unlink(missing_ok=True))


def open_evidence(actor: Actor, paper: Evidence) -> Paper:
    """A paper in clear for eyes that may read it; the look is in the ledger. Refused `evidence` where it is damaged."""
    try:
        sealed = _place(paper.id).read_bytes()
    except OSError as error:
        raise _refused("材料文件不在了，请联系管理员。", "The file is gone; ask the administrator.") from error
    data = cipher().open(sealed, place=FILE_PLACE).encode("latin-1")
    if hashlib.sha256(data).hexdigest() != paper.sha256:
        raise _refused("材料文件已损坏，请申请人重新上传。", "The file is damaged; the applicant uploads it again.")
    record(
        AuditKind.TRUSTED_EVIDENCE_READ,
        actor=actor.user_id,
        organisation=actor.organisation_id,
        object_type="trusted",
        object_id=paper.entry_id,
        body={"paper": str(paper.id), "sha256": paper.sha256},
    )
    return Paper(name_of(paper), paper.media_type, data)


def name_of(paper: Evidence) -> str:
    """The name a file was given."""
    return cipher().open(bytes(paper.name), place=NAME_PLACE)


def cipher() -> FieldCipher:
    """The cipher of this site."""
    return field_cipher(settings.HAODUN_DATA)


def _plain(name: str) -> str:
    """A file's name without folders and without what does not print."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable())[-MAX_NAME:] or "paper"


def _place(paper_id: uuid.UUID) -> Path:
    folder: Path = Path(settings.HAODUN_DATA) / "evidence"
    return folder / f"{paper_id}.sealed"


def _keep(paper_id: uuid.UUID, data: bytes) -> None:
    """Write it sealed, for the site's own account alone and without the right to execute (mode 0600)."""
    place = _place(paper_id)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    sealed = cipher().seal(data.decode("latin-1"), place=FILE_PLACE)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        durable.write(file, sealed)
        durable.fsync(file.fileno())


def _refused(zh: str, en: str) -> Refused:
    return Refused("evidence", zh, en)
