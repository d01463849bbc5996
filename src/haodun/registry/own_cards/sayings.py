"""What the pages say of each step: its button, why it is asked for, what was done; whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from haodun.offices.transitions.on_pages import Saying

QUESTION: dict[str, Saying] = {
    "ask": Saying(_("受理查询")),
    "answer": Saying(
        _("已办理"),
        _("已办理。号码在该证件名下且当日未答复过的，短信已交发送；其余不发送，也不另行告知。"),
        _("立即办理"),
        _("后台任务没有按时办理时使用；结果只以短信发给号码本人。"),
    ),
    "lapse": Saying(
        _("逾期失效"),
        _("已失效，证件和号码已删除。"),
        _("逾期失效"),
        _("提出满 7 天仍未办理的查询失效，本人可以重新查询。"),
    ),
}
