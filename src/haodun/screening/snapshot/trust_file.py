"""Read whom to believe from a file: the issuer's public key alone, or a trust file with approvers and caps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.screening.events.plain_yaml import PlainYaml, PlainYamlError
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.folder import read_small
from haodun.screening.snapshot.keys import PublicKey
from haodun.screening.snapshot.manifest import Name
from haodun.screening.snapshot.trust import Approver, Trust

MAX_TRUST_BYTES = 65_536
MAX_KEYS = 16
"""Of the issuer, and of one approver."""
MAX_APPROVERS = 1_000
_PEM = b"-----BEGIN"

KeyFile = Annotated[str, Field(min_length=1, max_length=255)]
Count = Annotated[str, Field(pattern="^(0|[1-9][0-9]{0,9})$")]


class _File(BaseModel):
    """The file as written; every value is text, as `PlainYaml` reads it."""

    model_config = ConfigDict(extra="forbid")

    issuer: Name
    keys: list[KeyFile] = Field(min_length=1, max_length=MAX_KEYS)
    approvers: dict[Name, Annotated[list[KeyFile], Field(min_length=1, max_length=MAX_KEYS)]] = Field(
        default={}, max_length=MAX_APPROVERS
    )
    approval_cap: Count | None = None
    max_new_blocks_per_hour: Count | None = None
    policy_needs_approval: Literal["yes", "no"] | None = None


def load_trust(path: Path) -> Trust:
    """Whom an edge believes. Key files are named relative to the trust file. Raises SnapshotRefused `key`.

    A PEM file is the issuer's key, whoever he is, without approvers and with the caps as they are by default.
    """
    data = read_small(path, limit=MAX_TRUST_BYTES)
    if data.startswith(_PEM):
        return Trust(issuer=None, keys=(PublicKey.load(path),))
    file = _parsed(path, data)
    given: dict[str, Any] = {}
    if file.approval_cap is not None:
        given["approval_cap"] = int(file.approval_cap)
    if file.max_new_blocks_per_hour is not None:
        given["max_new_blocks_per_hour"] = int(file.max_new_blocks_per_hour)
    if file.policy_needs_approval is not None:
        given["policy_needs_approval"] = file.policy_needs_approval == "yes"
    approvers = (
        Approver(name, PublicKey.load(path.parent / key)) for name, keys in file.approvers.items() for key in keys
    )
    keys = tuple(PublicKey.load(path.parent / key) for key in file.keys)
    return Trust(issuer=file.issuer, keys=keys, approvers=tuple(approvers), **given)


def _parsed(path: Path, data: bytes) -> _File:
    try:
        written = PlainYaml.parse(data.decode("utf-8"))
        return _File.model_validate(written.content)
    except (PlainYamlError, UnicodeDecodeError) as error:
        raise SnapshotRefused(Code.KEY, f"{path} is neither a public key (PEM) nor a trust file: {error}") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        line = written.line(tuple(problem["loc"]))
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise SnapshotRefused(
            Code.KEY, f"{path} line {line}: {place}: {problem['msg']}; see docs/reference/snapshot.md, A trust file"
        ) from error
