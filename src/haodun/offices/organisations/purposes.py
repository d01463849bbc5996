"""Why a person looks something up: the codes, and the one kept for the session (个人信息保护法 art. 6)."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SESSION_KEY = "haodun.purpose"
LASTS = timedelta(hours=8)
"""A shift: the next one states its own purpose."""
MAX_REFERENCE = 64


class Purpose(TextChoices):
    """A purpose code; the label is what the top bar shows."""

    APPEAL_REVIEW = "appeal_review", _("申诉复核")
    AUDIT = "audit", _("审计")
    FAULT = "fault", _("故障排查")
    HOLDER_REQUEST = "holder_request", _("机主申请")
    INSPECTION = "inspection", _("监督检查")
    LEAD_QUERY = "lead_query", _("线索查询")
    LIST_REVIEW = "list_review", _("名单复核")
    ORDER_CHECK = "order_check", _("指令核查")
    REPORT_CHECK = "report_check", _("举报核实")
    TRACEBACK = "traceback", _("通话溯源")
    TRAINING = "training", _("培训演练")


def state(request: HttpRequest, code: str, reference: str = "") -> None:
    """Keep a purpose, and the case or document it belongs to, for this session; '' takes it away.

    ValueError where the code is none or the reference is longer than MAX_REFERENCE.
    """
    if not code:
        request.session.pop(SESSION_KEY, None)
        return
    if code not in Purpose.values:
        raise ValueError(f"{code!r} is no purpose; known: {', '.join(Purpose.values)}")
    if len(reference) > MAX_REFERENCE:
        raise ValueError(f"a reference has at most {MAX_REFERENCE} characters, this one {len(reference)}")
    until = timezone.now() + LASTS
    request.session[SESSION_KEY] = {"code": code, "reference": reference.strip(), "until": until.isoformat()}


def purpose_of(request: HttpRequest) -> str:
    """The code stated in this session and still valid, else ''."""
    return _kept(request).get("code", "")


def reference_of(request: HttpRequest) -> str:
    """The case or document stated with the purpose, else ''."""
    return _kept(request).get("reference", "")


def _kept(request: HttpRequest) -> dict[str, str]:
    kept: dict[str, str] = request.session.get(SESSION_KEY) or {}
    if kept and kept["until"] > timezone.now().isoformat() and kept["code"] in Purpose.values:
        return kept
    return {}
