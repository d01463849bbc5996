"""What the pages say of each step of an order: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Saying:
    """The sentences of one step, in the page's language."""

    told: str | Promise
    """In a history: what somebody did."""
    done: str | Promise = ""
    """After it was done: what that means."""
    button: str | Promise = ""
    """On its button."""
    asks: str | Promise = ""
    """Above the field for the reason."""
    means: str | Promise = ""
    """Beside the button: what will happen."""


SAYINGS: dict[str, Saying] = {
    "file": Saying(_("登记来文")),
    "file_urgent": Saying(_("登记紧急来文")),
    "validate": Saying(_("系统核验来文")),
    "route": Saying(_("系统按运营商分派")),
    "adopt": Saying(_("采用来源节点的批准，下发关停")),
    "approve": Saying(_("复核同意，下发关停"), _("已同意，正在下发到全网入口。")),
    "correct": Saying(_("补正来文"), _("已补正，重新等待复核。"), _("补正来文")),
    "execute": Saying(_("全网入口执行完毕")),
    "report": Saying(_("上报执行结果")),
    "send_back": Saying(
        _("退回来文单位补正"),
        _("已退回，等来文单位补正；时限暂停。"),
        _("退回补正"),
        _("为什么退回？请写明要补正什么。"),
        _("来文单位收到理由，补正后重新复核；时限暂停。"),
    ),
    "reject": Saying(
        _("驳回来文"),
        _("已驳回，不关停任何号码。"),
        _("驳回来文"),
        _("为什么驳回？"),
        _("来文就此办结，不关停任何号码；来文单位看到理由。"),
    ),
    "withdraw": Saying(
        _("来文单位撤回"),
        _("已撤回，不关停任何号码。"),
        _("撤回来文"),
        _("为什么撤回？"),
        _("来文就此办结，不关停任何号码。"),
    ),
    "acknowledge": Saying(
        _("来文单位确认收到结果"),
        _("已确认收到执行结果。"),
        _("确认收到结果"),
        "",
        _("确认后这件来文办结。"),
    ),
    "recall": Saying(
        _("撤销来文，解除全部号码"),
        _("已撤销，正在全网解除这件来文的全部号码。"),
        _("撤销来文，解除全部号码"),
        _("为什么撤销？"),
        _("这件来文关停的全部号码立即解除，同样在全网入口生效；别的来文关停的不受影响。"),
    ),
}
"""By action of the table, all of them."""


def saying(action: str) -> Saying:
    """The sentences of an action. KeyError for one the table has not."""
    return SAYINGS[action]
