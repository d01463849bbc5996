"""The sentences of campaigns and files, whole, for buttons, histories and pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

CAMPAIGN = {
    "draft": Saying(told=_("拟定了补登记安排")),
    "approve": Saying(
        told=_("批准了补登记安排"),
        done=_("已批准，到开始日期即可开始。"),
        button=_("看影响范围，批准"),
        means=_("先看到会影响多少号码、多少人，再批准；须由另一人批准。"),
    ),
    "start": Saying(
        told=_("开始补登记"),
        done=_("已开始，每十分钟办一次到期的步骤。"),
        button=_("开始"),
        means=_("先通知机主；没有告知到的号码，不会进入下一步。"),
    ),
    "end": Saying(
        told=_("结束补登记"),
        done=_("已结束，不再进入下一步；已有的限制到期或补登记时解除。"),
        button=_("结束"),
        means=_("不再通知、不再停机。已停的号码在补登记时立即恢复，否则到期恢复。"),
        asks=_("结束的原因"),
    ),
}
SHEET = {
    "upload": Saying(told=_("上传了文件")),
    "checked": Saying(told=_("核对完毕")),
    "unreadable": Saying(told=_("文件读不通")),
    "apply": Saying(
        told=_("复核通过，开始登记"),
        done=_("复核通过，正在分批登记。"),
        button=_("复核通过，登记"),
        means=_("核对通过的号码逐个补登记，补登记安排对它们的限制立即解除；有错的行不登记。"),
    ),
    "applied": Saying(told=_("登记完毕")),
    "discard": Saying(
        told=_("作废"),
        done=_("已作废，上传的内容已删除。"),
        button=_("作废这份表"),
        means=_("什么也不登记，上传的内容随即删除。"),
        asks=_("作废的原因"),
    ),
}
CAMPAIGN_SEALS = {"draft": _("已提出"), "approve": _("已复核")}
SHEET_SEALS = {"upload": _("已提出"), "apply": _("已复核")}
CAMPAIGN_ORDER = ("approve", "start", "end")
SHEET_ORDER = ("apply", "discard")
