"""What a snapshot carries beside the lists: the site's policy as YAML, and its trunks."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from haodun.registry.policy_revisions.services import PolicyFileError, policy_in_force
from haodun.registry.voice_lines.services import LinesRefused, merged

TRUNKS = "HAODUN_TRUNKS"
"""Environment variable: the trunks file that is published; none where it is unset."""


class SiteError(Exception):
    """The site's policy or trunks cannot be read; the message says which file and what to do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Site:
    """Policy and trunks as they are now."""

    policy_yaml: str
    policy_name: str
    trunks_yaml: str | None

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal over both."""
        return hashlib.sha256(f"{self.policy_yaml}\0{self.trunks_yaml}".encode()).hexdigest()


def read_site() -> Site:
    """The policy published last, else that of HAODUN_POLICY; the trunks of HAODUN_TRUNKS. SiteError."""
    trunks = os.environ.get(TRUNKS)
    try:
        policy = policy_in_force()
    except PolicyFileError as error:
        raise SiteError(str(error)) from error
    return Site(policy.text, policy.name, _with_lines(_text(trunks) if trunks else None))


def _with_lines(trunks: str | None) -> str | None:
    """The trunks with the registry's lines merged in; SiteError where the two do not go together."""
    try:
        return merged(trunks, timezone.now())
    except LinesRefused as error:
        raise SiteError(str(error)) from error


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SiteError(f"{path} cannot be read ({error}); name a readable UTF-8 file") from error
