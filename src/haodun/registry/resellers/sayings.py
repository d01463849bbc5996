"""What the pages say of each step: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

CASE: dict[str, Saying] = {
    "record": Saying(_("登记检查")),
    "clear": Saying(_("合格结案"), _("已合格结案。"), _("合格结案"), _("样本达标，本案结束。")),
    "notify": Saying(
        _("通知限期整改"),
        _("已通知转售企业和基础运营商，30 日整改时限开始。"),
        _("通知整改"),
        _("转售企业和基础运营商从现在起可以看到本案；30 日内整改。"),
    ),
    "stop_supply": Saying(
        _("决定停止供号"),
        _("已决定停止供号，号码资源立即拒绝新分配。"),
        _("停止供号"),
        _("号码资源不再向其分配号段，基础运营商 24 小时内执行；在用号码不受影响。"),
        _("为什么停止供号？"),
    ),
    "confirm": Saying(
        _("基础运营商确认已停止供号"), _("已确认停止供号。"), _("确认已停止供号"), _("本网已不再向其供号。")
    ),
    "stop_users": Saying(
        _("停止发展新用户"),
        _("已停止发展新用户，登记立即拒绝新开户。"),
        _("停止发展新用户"),
        _("用户登记和导入不再接受其新用户，携入也不接受；老用户不受影响。"),
        _("为什么停止发展新用户？"),
    ),
    "propose_licence": Saying(
        _("建议处理经营许可"),
        _("已提出许可处理建议。"),
        _("建议处理许可"),
        _("向发证机关提出；供号和新用户继续停止。"),
        _("建议怎样处理，为什么？"),
    ),
    "withdraw_proposal": Saying(
        _("撤回许可处理建议"),
        _("已撤回建议，新用户仍然停止。"),
        _("撤回许可建议"),
        _("只撤回建议；恢复新用户须再次证明和复查。"),
    ),
    "lift_users": Saying(
        _("恢复发展新用户"),
        _("已恢复发展新用户，供号仍然停止。"),
        _("恢复发展新用户"),
        _("登记重新接受其新用户；恢复供号须再次证明和复查。"),
    ),
    "lift_supply": Saying(
        _("恢复供号"), _("已恢复供号，本案结束。"), _("恢复供号"), _("号码资源重新向其分配；本案结束。")
    ),
    "close": Saying(
        _("整改完成"), _("整改完成，本案结束。"), _("整改完成"), _("复查达标，本案结束，没有采取停止措施。")
    ),
}
SEALS = {
    **dict.fromkeys(("record", "notify"), _("已提出")),
    **dict.fromkeys(("stop_supply", "stop_users", "propose_licence"), _("已复核")),
}
