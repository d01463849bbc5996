"""The one message of this context: counts by operator, whose cards were counted; no number, no name of a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from haodun.offices.organisations.services import find
from haodun.offices.transitions.on_pages import named

Names = Mapping[UUID, object]
"""Organisations by id."""
NAMED = 8
"""Operators whose names are given where nothing was found at them; more are only counted."""


def names_of(ids: Collection[UUID]) -> Names:
    """The organisations of these ids that are in operation."""
    return {row.id: row for row in find().filter(id__in=list(ids))} if ids else {}


def answer_text(
    cards: Mapping[UUID, int], *, counted: Sequence[UUID], names: Names, at: datetime, language: str
) -> str:
    """The answer, in the language asked in. No link and no telephone number (RULES.md §0.9)."""
    with translation.override(language):
        each = [
            _("%(name)s %(n)d 张") % {"name": _name(of, names), "n": cards[of]}
            for of in sorted(cards, key=lambda one: (-cards[one], _name(one, names)))
        ]
        moment = formats.date_format(timezone.localtime(at), "Y-m-d H:i")
        told = _("一证通查：截至 %(at)s，该证件名下的移动电话卡共 %(all)d 张：%(each)s。") % {
            "at": moment,
            "all": sum(cards.values()),
            "each": _("、").join(each),
        }
        ends = _("有不是本人办理的，请带证件到该企业营业厅核查。任何人以此索要验证码或转账都是诈骗。")
        return told + _scope(counted, names) + ends


def _scope(counted: Sequence[UUID], names: Names) -> str:
    """Whose cards were counted: other operators' are not, and the answer says so."""
    said = _("、").join(_name(of, names) for of in counted[:NAMED])
    if len(counted) > NAMED:
        return _("统计了%(names)s等 %(n)d 家企业，其他企业未计入。") % {"names": said, "n": len(counted)}
    return _("统计了%(names)s，其他企业未计入。") % {"names": said}


def _name(of: UUID, names: Names) -> str:
    return named(names[of]) if of in names else _("其他企业")
