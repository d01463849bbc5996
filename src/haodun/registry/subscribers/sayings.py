"""The sentences of imports and of cards above the limit, whole, for buttons, histories and pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

IMPORT = {
    "upload": Saying(told=_("上传了文件")),
    "checked": Saying(told=_("核对完毕")),
    "unreadable": Saying(told=_("文件读不通")),
    "apply": Saying(
        told=_("复核通过，登记开始生效"),
        done=_("复核通过，登记正在分批生效。"),
        button=_("复核通过，登记生效"),
        means=_("核对通过的行写入登记册；有错的行不写。中断后从断点继续，不会重复。"),
    ),
    "applied": Saying(told=_("登记全部生效")),
    "discard": Saying(
        told=_("作废"),
        done=_("已作废，上传的内容已删除。"),
        button=_("作废这次导入"),
        means=_("什么也不登记，上传的内容随即删除。"),
        asks=_("作废的原因"),
    ),
}
EXCESS = {
    "find": Saying(told=_("发现超过五卡")),
    "confirm": Saying(
        told=_("核验通过，保留"),
        done=_("已记为本人持有并保留。"),
        button=_("本人持有，保留"),
        means=_("本人当面或在线核验后确认使用；一个证件在一家企业最多保留五张。"),
        asks=_("怎样核验的"),
    ),
    "give_up": Saying(
        told=_("本人同意，销户"),
        done=_("已销户，号码不再由此人持有。"),
        button=_("本人同意，销户"),
        means=_("号码的持有到此为止。"),
        asks=_("本人怎样表示同意"),
    ),
    "refuse": Saying(
        told=_("核验不通过"),
        done=_("已记为核验不通过，按未实名处理。"),
        button=_("核验不通过"),
        means=_("实名状态记为核验未通过，由补登记或限制流程继续处理。"),
        asks=_("为何不通过"),
    ),
    "lapse": Saying(told=_("号码已不由此人持有")),
}
SEALS = {"upload": _("已提出"), "apply": _("已复核")}
IMPORT_ORDER = ("apply", "discard")
EXCESS_ORDER = ("confirm", "give_up", "refuse")
