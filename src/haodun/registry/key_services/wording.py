"""What the holder of a restricted service number is told, in both languages: one plain sentence, without the case."""

from __future__ import annotations

from haodun.registry.restrictions.services import Text

SUSPENDED_BECAUSE = Text(
    "这个号码所属的重点电信业务登记或使用存在问题，整改期间暂停使用。",
    "The service this number belongs to has a defect in its registration or use and is suspended until it is remedied.",
)
CLOSED_BECAUSE = Text(
    "这个号码所属的重点电信业务未按要求整改或违规，已依规关停。",
    "The service this number belongs to broke the rules or was not put right, and has been closed.",
)
