"""What the pages say of each step: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

CLUSTER: dict[str, Saying] = {
    "find": Saying(_("发现卡群")),
    "review": Saying(
        _("开始复核"), _("已开始复核。"), _("开始复核"), _("由您核对每个号码的依据；认定须由另一人办理。")
    ),
    "confirm": Saying(
        _("认定卡群"),
        _("已认定，仍由原机主持有的号码暂停主叫 30 天，等待重新核验。"),
        _("认定并限制"),
        _("由没有开始复核的人办理；先看影响范围。"),
        _("依据什么认定？"),
    ),
    "dismiss": Saying(
        _("排除卡群"),
        _("已排除；没有足够的新卡加入前不再提示。"),
        _("排除"),
        _("不限制任何号码；新卡不足 3 张时不再发现同一卡群。"),
        _("为什么排除？"),
    ),
    "supersede": Saying(_("并入新发现")),
}
SEALS = {"confirm": _("认定")}
