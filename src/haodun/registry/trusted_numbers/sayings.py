"""What the pages say of each step of an entry; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

SAYINGS: dict[str, Saying] = {
    "begin": Saying(_("开始填写申请")),
    "submit": Saying(
        _("提交申请"),
        _("申请已提交，3 个工作日内核验材料。"),
        _("提交申请"),
        _("提交后由可信号码中心核验，期间不能更改。"),
    ),
    "withdraw": Saying(_("撤回申请"), _("申请已撤回。"), _("撤回申请"), _("申请就此结束；需要时可以重新申请。")),
    "check": Saying(
        _("材料核验通过"),
        _("已记为核验通过，等另一位经办人批准。"),
        _("材料核验通过"),
        _("您确认材料真实、名称和用途符合规则；批准须由另一人作出。"),
    ),
    "send_back": Saying(
        _("退回补正"),
        _("已退回，申请人有 15 日补正。"),
        _("退回补正"),
        _("申请人看到原因和补救办法，改好后再次提交。"),
        _("为什么退回？这段话告知申请人。"),
    ),
    "refuse": Saying(
        _("不予登记"),
        _("已决定不予登记，申请人看到原因和补救办法。"),
        _("不予登记"),
        _("申请就此结束。"),
        _("为什么不予登记？这段话告知申请人。"),
    ),
    "approve": Saying(
        _("批准登记"),
        _("已批准，名称正在全网入口生效，公开目录随即更新。"),
        _("批准登记"),
        _("名称在全网入口显示，写入公开目录，有效期一年。"),
    ),
    "revoke": Saying(
        _("撤销登记"),
        _("已撤销，正从全网入口和公开目录移除。"),
        _("撤销登记"),
        _("立即从全网入口和公开目录移除。"),
        _("为什么撤销？这段话告知登记单位。"),
    ),
    "give_up": Saying(
        _("注销登记"),
        _("已注销，正从全网入口和公开目录移除。"),
        _("注销登记"),
        _("立即从全网入口和公开目录移除；再用须重新申请。"),
        _("为什么注销？"),
    ),
    "supersede": Saying(_("由续期登记接替")),
    "expire": Saying(_("有效期满")),
}
"""By action of the table, all of them."""
VERBS = ("submit", "check", "approve", "send_back", "refuse", "revoke", "give_up", "withdraw")
"""Steps with a button, in their order."""
REMEDY = {"remedy": "—"}
PREVIEW = {"send_back": REMEDY, "refuse": REMEDY, "revoke": REMEDY}
"""Steps that ask for a remedy, with what they are previewed with."""
SEALS = {"check": _("已核验"), "approve": _("已批准")}
