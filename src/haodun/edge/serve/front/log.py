"""A batch as a frame of columns for the live log."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.front.judging import Verdicts
from haodun.edge.serve.front.system import Mail
from haodun.edge.serve.front.texts import columns_of, gather, make_gathered
from haodun.edge.serve.front.turn import Work
from haodun.edge.sip.fast import TOKEN_BYTES
from haodun.store.columns import Column, Header, Texts, encode_columns

Letters = npt.NDArray[np.uint8]


class FrameMaker:
    """Makes the frame of each batch from where its texts lie."""

    def __init__(self) -> None:
        self._gathered = make_gathered()
        self._trunks = Column.of(())
        self._ends = np.zeros(1, np.uint32)

    def name_trunks(self, names: tuple[str, ...]) -> None:
        """The names of trunks, by their numbers."""
        self._trunks = Column.of(names)

    def warm(self, mail: Mail, work: Work) -> None:
        """Compile, or load what is compiled."""
        gather(mail, work, 0, self._gathered)

    def frame(
        self,
        mail: Mail,
        work: Work,
        verdicts: Verdicts,
        tokens: Letters,
        *,
        deciding: Deciding,
        bypass: bool,
        lease: int,
    ) -> bytes:
        """The frame of the calls that verdicts are given of; `tokens` has TOKEN_BYTES letters a row."""
        count = len(verdicts.judged)
        gather(mail, work, count, self._gathered)
        if len(self._ends) <= len(tokens):
            self._ends = np.arange(2 * len(tokens) + 1, dtype=np.uint32) * TOKEN_BYTES
        texts = Texts(
            *columns_of(self._gathered, count),
            token=Column(self._ends[: len(tokens) + 1], tokens.data),
            trunk=work.trunks[:count].astype(np.uint16),
            trunks=self._trunks,
        )
        header = Header(deciding.version, deciding.policy.digest, bypass, lease)
        return encode_columns(header, work.events[:count], verdicts.judged, verdicts.rows, verdicts.decisions, texts)
