"""Why a step was refused, in both languages, with a code that a page or a program can tell apart."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """What stands against one row of a bulk step."""

    id: uuid.UUID
    code: str
    zh: str
    en: str


class Refused(Exception):  # noqa: N818  (an answer, not a fault)
    """A step was not taken and nothing has changed.

    Codes of this package: `absent`, `permission`, `sudo`, `state`, `stale`, `second_person`, `seen`, `cap`, `reason`,
    `key`, `empty`, `too_many`. Guards bring their own. `rows` lists every row that stood against a bulk step.
    """

    exit_code = 3

    def __init__(self, code: str, zh: str, en: str, *, rows: Sequence[RowRefusal] = ()) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en
        self.rows = tuple(rows)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled whole, since jobs hand refusals between processes."""
        return (_again, (self.code, self.zh, self.en, self.rows))

    def about(self, row_id: uuid.UUID) -> RowRefusal:
        """The same, about one row."""
        return RowRefusal(id=row_id, code=self.code, zh=self.zh, en=self.en)


def _again(code: str, zh: str, en: str, rows: Sequence[RowRefusal]) -> Refused:
    return Refused(code, zh, en, rows=rows)


def together(found: Sequence[RowRefusal], total: int) -> Refused:
    """One refusal out of those of several rows."""
    first = found[0]
    if total == 1:
        return Refused(first.code, first.zh, first.en, rows=found)
    return Refused(
        first.code,
        f"{total} 项中有 {len(found)} 项不能办理，全部未办理。第一项：{first.zh}",
        f"{len(found)} of {total} cannot be done, so none was. The first: {first.en}",
        rows=found,
    )
