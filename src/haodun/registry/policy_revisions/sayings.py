"""What the pages say of each step: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

SAYS: dict[str, Saying] = {
    "draft": Saying(_("起草")),
    "reinstate": Saying(_("取出较早的策略")),
    "amend": Saying(_("修改"), _("草稿已保存。")),
    "rebase": Saying(
        _("改以现行策略为底"),
        _("草稿已改以现行策略为底，请核对差异后再提交。"),
        _("以现行策略为底"),
        _("起草之后现行策略变了；文本不动，差异改为与现行策略相比，请把现行策略的改动并入。"),
    ),
    "submit": Saying(
        _("提交复核"),
        _("已提交，等另一人复核；文本不能再改。"),
        _("提交复核"),
        _("检查没有错误、用例全部通过才能提交；提交后文本不能再改，由起草人以外的人复核。"),
    ),
    "approve": Saying(
        _("复核同意"),
        _("已复核同意，可以发布。"),
        _("复核同意"),
        _("看过改动和比较结果再同意；同意后即可发布。"),
    ),
    "return": Saying(
        _("退回起草人"),
        _("已退回起草人。"),
        _("退回起草人"),
        _("文本重新可改；再次提交后须重新复核。"),
        _("为什么退回？"),
    ),
    "withdraw": Saying(
        _("撤回草稿"), _("草稿已撤回。"), _("撤回草稿"), _("不再办理，文本留存备查。"), _("为什么撤回？")
    ),
    "publish": Saying(
        _("发布"),
        _("已发布，正在随快照下发到全网入口。"),
        _("发布到全网入口"),
        _(
            "立即成为现行策略，随下一份快照到达全部入口；新拦截的号码超过上限时，快照等两名审批人签名。可以一次操作回退。"
        ),
    ),
    "roll_back": Saying(
        _("回退并发布"),
        _("已回退，正在随快照下发到全网入口。"),
        _("回退到上一版"),
        _("不等复核，立即恢复这一版之前生效的策略，作为新的一版发布；这一版留存备查。"),
        _("为什么回退？"),
    ),
    "supersede": Saying(_("被新的一版取代")),
}
AGAIN = Saying(
    _("回退并发布"),
    SAYS["roll_back"].done,
    _("恢复发布这一版"),
    _("不等复核，把这一版的文本作为新的一版立即发布；当时的复核仍然有效。"),
    _("为什么恢复这一版？"),
)
"""The same step, where the page is that of an earlier revision."""
SEALS = {
    "submit": _("已提出"),
    **dict.fromkeys(("approve", "roll_back"), _("已复核")),
}
ORDER = ("submit", "approve", "publish", "rebase", "return", "withdraw")
"""Verbs with a button, in their order; `rebase` only where another policy came into force."""
