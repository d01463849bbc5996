"""What the pages say of each step: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

LINE: dict[str, Saying] = {
    "register": Saying(_("登记线路")),
    "pass_test": Saying(
        _("鉴权测试通过"),
        _("已记为测试通过，等另一人实施鉴权。"),
        _("测试通过"),
        _("最近一次测试须已通过；由另一人实施鉴权。"),
    ),
    "enforce": Saying(
        _("实施主叫鉴权"),
        _("已实施鉴权，正在下发到全网入口。"),
        _("实施主叫鉴权"),
        _("许可号码写入快照；不是本线路的主叫号码，按登记换成默认号码或拒绝。"),
    ),
    "except_for": Saying(
        _("批准例外"),
        _("例外已批准，到期自动恢复鉴权。"),
        _("批准例外"),
        _("期间不核对主叫号码；最长 90 日，到期自动恢复。"),
        _("为什么需要例外？"),
    ),
    "end_exception": Saying(_("例外结束，恢复鉴权"), _("已恢复鉴权。"), _("结束例外"), _("立即恢复核对主叫号码。")),
    "fail": Saying(
        _("鉴权测试未通过"),
        _("已记为未鉴权，可以由另一人关停。"),
        _("记为未鉴权"),
        _("线路退出鉴权；可以整改后重新测试，或由另一人关停。"),
        _("哪里未通过？"),
    ),
    "close": Saying(
        _("复核同意，关停线路"),
        _("线路已关停，入口不再受理其呼叫。"),
        _("复核并关停"),
        _("先看影响范围；由记为未鉴权以外的人决定，入口不再受理这条线路的呼叫。"),
        _("为什么关停？"),
    ),
}
DEVICE: dict[str, Saying] = {
    "find": Saying(_("登记发现")),
    "report": Saying(
        _("报告主管部门并移送公安"),
        _("已报告并移送，等公安签收。"),
        _("报告并移送公安"),
        _("主管部门登记时即可看到；所选公安机关从现在起可以看到。"),
    ),
    "acknowledge": Saying(_("公安签收"), _("已签收。"), _("签收"), _("确认收到移送的线索。")),
    "dismiss": Saying(
        _("发现不成立"), _("已记为不成立。"), _("不成立"), _("由登记以外的人确认。"), _("为什么不成立？")
    ),
}
SEALS = {
    **dict.fromkeys(("pass_test", "fail", "find"), _("已提出")),
    **dict.fromkeys(("enforce", "close", "acknowledge"), _("已复核")),
}
