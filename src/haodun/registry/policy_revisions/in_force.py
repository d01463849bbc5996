"""Which policy is in force: the revision published last; where none was, the file of HAODUN_POLICY.

Theory of operation. Deciding code reads policies from files, so a published text is also kept as a file named by its
digest: written beside and renamed, whole or not at all, the same whoever writes it, and never changed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

from haodun.offices.organisations.services import system
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.values import digest_of
from haodun.screening.policy import PACKS, pack_tests

POLICY = "HAODUN_POLICY"
"""Environment variable: the policy where no revision was published, a shipped pack or a YAML file."""
DEFAULT_POLICY = "cn"


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy in force, wherever it comes from."""

    revision: Revision | None
    """None: the site's own file."""
    name: str
    text: str
    cases: str
    """Its test cases; '' where none are known."""

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return digest_of(self.text)


class PolicyFileError(Exception):
    """The site's policy file cannot be read; the message says which and what to do."""

    exit_code = 2


def in_force(at: datetime | None = None) -> Revision | None:
    """The revision in force now, or at a moment; None where the site's file was."""
    with system():
        if at is None:
            return Revision.objects.filter(in_force=True).first()
        return Revision.objects.filter(published_at__lte=at).order_by("-published_at", "-number").first()


def last_change() -> datetime | None:
    """When the policy in force was published; None where it is the site's file."""
    found = in_force()
    return None if found is None else found.published_at


def policy_in_force() -> InForce:
    """Text, cases and name of the policy in force. PolicyFileError."""
    found = in_force()
    if found is not None:
        return InForce(found, f"revision {found.number}", found.text, found.cases)
    source = site_file()
    if source in PACKS:
        text = (files("haodun.screening.policy") / "packs" / f"{source}.yaml").read_text(encoding="utf-8")
        return InForce(None, source, text, pack_tests(source))
    try:
        return InForce(None, source, Path(source).read_text(encoding="utf-8"), "")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyFileError(f"{source} cannot be read ({error}); name a readable UTF-8 file") from error


def site_file() -> str:
    """The policy named in the environment: a shipped pack's name or a file."""
    return os.environ.get(POLICY, DEFAULT_POLICY)


def policy_source() -> str:
    """The policy in force as something that `load_policy` takes: a shipped pack's name or a file."""
    found = in_force()
    return site_file() if found is None else str(kept(found))


def kept(revision: Revision) -> Path:
    """The file of a revision's text, written where it is not there yet. OSError."""
    folder = Path(settings.HAODUN_DATA) / "policies"
    path = folder / f"{revision.digest}.yaml"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=folder, suffix=".part", delete=False, encoding="utf-8", newline="") as file:
            file.write(revision.text)
        Path(file.name).replace(path)
    return path
