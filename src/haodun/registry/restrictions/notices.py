"""The notice to the holder of a restricted number: what, why, which law, since when, what still works, how to appeal.

反电信网络诈骗法 art. 32: whoever restricts says why and how to object. One notice a restriction, in both languages;
it names no link but the portal's, and no number but the public ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from haodun.registry.restrictions.models import Notice, RestrictionRow
from haodun.registry.restrictions.values import LAWS, MEASURES, Basis, Measure, Text

PORTAL = "HAODUN_PORTAL"
"""Environment variable: where the public pages of this installation are reached."""
DEFAULT_PORTAL = "http://127.0.0.1:8000"
APPEAL_PATH = "/appeal/"
ACKNOWLEDGE_HOURS = 1
ANSWER_HOURS = 24
LIMIT_DAYS = 15
"""Clocks of an appeal: receipt and review are proposed, the outer limit is law (RULES.md W4f, §1.4)."""
BATCH = 2_000


def portal() -> str:
    """Address of the public appeal page."""
    return os.environ.get(PORTAL, DEFAULT_PORTAL).rstrip("/") + APPEAL_PATH


def notice_text(row: RestrictionRow) -> Text:
    """The notice about one restriction, in both languages; the number itself is not in it."""
    measure, law = MEASURES[Measure(row.measure)], LAWS[Basis(row.basis)]
    since = row.starts.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M")
    ends = row.ends.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M")
    zh = (
        f"【号盾告知】您的号码自 {since} 起{measure.zh}，至 {ends} 止。"
        f"原因：{_closed(row.reason_zh, '。')}依据：{law.zh}。"
        f"110、119、120、122 始终可以拨打。"
        f"如有异议，请到 {portal()} 申诉，编号 {row.appeal}；"
        f"{ACKNOWLEDGE_HOURS} 小时内受理，{ANSWER_HOURS} 小时内答复，最迟不超过 {LIMIT_DAYS} 日。"
    )
    en = (
        f"[Haodun notice] Since {since} {measure.en}, until {ends} (China time). "
        f"Why: {_closed(row.reason_en, '.')} Law: {law.en}. "
        f"110, 119, 120 and 122 can always be called. "
        f"To object, appeal at {portal()} with reference {row.appeal}: acknowledged within {ACKNOWLEDGE_HOURS} hour, "
        f"answered within {ANSWER_HOURS} hours, by law within {LIMIT_DAYS} days at the latest."
    )
    return Text(zh, en)


def write_notices(rows: Sequence[RestrictionRow], *, at: datetime) -> None:
    """One notice for each restriction, in the transaction that places it; `outbox` hands them over."""
    notices = []
    for row in rows:
        text = notice_text(row)
        notices.append(Notice(restriction=row, text_zh=text.zh, text_en=text.en, created_at=at, readers=row.readers))
    Notice.objects.bulk_create(notices, batch_size=BATCH)


def _closed(sentence: str, stop: str) -> str:
    return sentence if sentence.endswith(("。", ".", "！", "!", "?", "？")) else sentence + stop
