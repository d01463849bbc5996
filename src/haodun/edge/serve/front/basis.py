"""What the compiled front reads and says by: everything that a new policy or trunks file replaces, made ready ahead."""

from __future__ import annotations

from typing import NamedTuple

from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.front.judging import Judge, ScreenerJudge
from haodun.edge.serve.front.saying import lines_of, saying_of, trunk_names
from haodun.edge.serve.front.work import Saying
from haodun.edge.serve.settings import EdgeError
from haodun.edge.serve.wording import tag_key
from haodun.edge.sip.fast import Reading, make_reading
from haodun.numbering.bulk import load_tables
from haodun.screening.verdicts.fast import FastScreener


class Basis(NamedTuple):
    """Of one `Deciding`."""

    judge: Judge
    names: tuple[str, ...]
    """Trunks by their numbers here."""
    numbers: dict[str, int]
    reading: Reading
    saying: Saying
    opens: tuple[bool, ...]
    """By trunk: whether a call that is not judged goes on."""


def basis_of(deciding: Deciding, *, secret: bytes, generation: int) -> Basis:
    """Make it; `secret` is that of To tags, `generation` another each time. EdgeError under another kernel."""
    if not isinstance(deciding.screener, FastScreener):
        raise EdgeError("the compiled front needs the compiled kernel: give --kernel fast, or --front plain")
    return basis_with(ScreenerJudge(deciding.screener), deciding, secret=secret, generation=generation)


def basis_with(judge: Judge, deciding: Deciding, *, secret: bytes, generation: int) -> Basis:
    """The same with who judges."""
    reader, wording, names = deciding.reader, deciding.wording, trunk_names(deciding.trunks)
    tables, lines = load_tables(deciding.policy.home), lines_of(names, deciding.trunks)
    return Basis(
        judge,
        names,
        {name: place for place, name in enumerate(names)},
        make_reading(tables, lines, key=judge.key, tag_key=tag_key(secret)),
        saying_of(names, reader, wording, generation=generation),
        tuple(wording.opens(reader.live(name)) for name in names),
    )
