"""What the pages say of each step of an appeal: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.casework.orders.sayings import Saying

SAYINGS: dict[str, Saying] = {
    "file": Saying(_("提出申诉")),
    "acknowledge": Saying(
        _("受理申诉"), _("已受理，复核时限开始计时。"), _("受理申诉"), "", _("申诉人收到受理告知；24 小时内复核。")
    ),
    "take_up": Saying(
        _("开始复核"),
        _("复核已开始，由您承办。"),
        _("开始复核"),
        "",
        _("由您承办；决定也由您作出。"),
    ),
    "lift": Saying(
        _("申诉成立，解除限制"),
        _("已解除，正在全网入口生效；申诉人收到告知。"),
        _("申诉成立，解除限制"),
        _("为什么解除？这段话告知申诉人。"),
        _("限制立即解除，在全网入口生效；这次误限记在原来文或规则上。"),
    ),
    "lift_in_part": Saying(
        _("申诉部分成立，改为较轻的措施"),
        _("已改为较轻的措施，正在全网入口生效；申诉人收到告知。"),
        _("改为较轻的措施"),
        _("为什么改轻？这段话告知申诉人。"),
        _("原措施换成所选的较轻措施，到期日不变。"),
    ),
    "uphold": Saying(
        _("维持原限制"),
        _("已维持；申诉人收到理由，可以申请上一级复核。"),
        _("维持原限制"),
        _("为什么维持？这段话告知申诉人。"),
        _("限制继续；申诉人可以申请上一级复核。"),
    ),
    "escalate": Saying(_("申诉人申请上一级复核")),
    "accept": Saying(
        _("上一级受理"),
        _("已受理，30 日内答复。"),
        _("受理上一级复核"),
        "",
        _("受理后 30 日内答复。"),
    ),
    "decline": Saying(
        _("上一级不予受理"),
        _("已决定不予受理；申诉人收到理由。"),
        _("不予受理"),
        _("为什么不予受理？这段话告知申诉人。"),
        _("申诉就此办结，限制继续。"),
    ),
    "lift_finally": Saying(
        _("上一级决定解除限制"),
        _("已解除，正在全网入口生效；申诉人收到告知。"),
        _("申诉成立，解除限制"),
        _("为什么解除？这段话告知申诉人。"),
        _("限制立即解除，在全网入口生效；这次误限记在原来文或规则上。"),
    ),
    "uphold_finally": Saying(
        _("上一级维持，办结"),
        _("已维持并办结；申诉人收到理由。"),
        _("维持原限制并办结"),
        _("为什么维持？这段话告知申诉人。"),
        _("限制继续，申诉就此办结。"),
    ),
    "go_to_court": Saying(
        _("转行政复议或诉讼"),
        _("已记为转行政复议或诉讼。"),
        _("转行政复议或诉讼"),
        _("受理的机关和案号"),
        _("此后以复议机关或法院的决定为准。"),
    ),
}
"""By action of the table, all of them."""


def saying(action: str) -> Saying:
    """The sentences of an action. KeyError for one the table has not."""
    return SAYINGS[action]
