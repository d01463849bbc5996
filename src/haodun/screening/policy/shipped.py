"""Find a policy by the name of a shipped pack, or in a file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from haodun.screening.policy.document import MAX_TEXT
from haodun.screening.policy.error import PolicyError, nearest, quoted, refusal
from haodun.screening.policy.policy import Policy
from haodun.screening.policy.policy_reader import parse_policy

PACKS = ("cn", "us", "uk", "intl")
"""Names of the shipped packs."""
_FOLDER = files("haodun.screening.policy") / "packs"


def load_policy(source: str | Path, *, at_ms: int | None = None) -> Policy:
    """The policy of a shipped pack (cn, us, uk, intl) or of a YAML file.

    With `at_ms` (since the epoch), rules that have ended by then are problems. Raises PolicyError.
    """
    if isinstance(source, str) and source in PACKS:
        return parse_policy((_FOLDER / f"{source}.yaml").read_text(encoding="utf-8"), name=source, at_ms=at_ms)
    path = Path(source)
    return parse_policy(read_text_file(path), name=str(source), folder=path.parent, at_ms=at_ms)


def read_text_file(path: Path) -> str:
    """The text of a policy or test file. Raises PolicyError where it cannot be read."""
    try:
        if path.stat().st_size > MAX_TEXT * 4:
            raise refusal(
                str(path), f"is longer than {MAX_TEXT} characters", suggestion="move numbers into a list file"
            )
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = nearest(str(path), PACKS) or f"give a YAML file or one of the packs {', '.join(PACKS)}"
        raise refusal(str(path), "does not exist", suggestion=hint) from error
    except UnicodeDecodeError as error:
        raise refusal(str(path), "is not UTF-8 text", suggestion="save it as UTF-8") from error
    except (OSError, ValueError) as error:
        if isinstance(error, PolicyError):
            raise
        raise refusal(quoted(str(path)), f"cannot be read: {quoted(str(error))}") from error


def pack_tests(source: str) -> str:
    """The test cases of a shipped pack, as YAML. Raises PolicyError for anything else."""
    if source not in PACKS:
        raise refusal(source, "has no test cases of its own", suggestion="name a file of test cases")
    return (_FOLDER / "tests" / f"{source}.yaml").read_text(encoding="utf-8")
