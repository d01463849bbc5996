"""What a person enters of services, campaigns, agents and listings."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haodun.registry.key_services.values import (
    MAX_LANDING,
    MAX_NAME,
    MAX_NOTE,
    MAX_USE,
    ApplicantKind,
    Application,
    Breach,
    Channel,
    PartyKind,
    PersonSeen,
    ServiceKind,
)

_OFF = {"autocomplete": "off", "spellcheck": "false"}


def _text(label: Any, *, most: int, needed: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=needed, help_text=hint, widget=forms.TextInput(attrs=_OFF)
    )


class _Day(forms.DateField):
    def __init__(self, label: Any, *, needed: bool = True, hint: Any = "") -> None:
        super().__init__(
            label=label,
            required=needed,
            help_text=hint,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        )


class ServiceForm(forms.Form):
    """受理申请 or 登记存量: the service and its applicant. `existing` asks since when it is open, and needs less."""

    kind = forms.ChoiceField(label=_("业务种类"), choices=ServiceKind.choices)
    number = _text(_("业务号码"), most=32, hint=_("任何写法都可以，固定电话带区号。"))
    applicant = _text(_("申请单位"), most=MAX_NAME)
    uscc = _text(_("统一社会信用代码"), most=18)
    applicant_kind = forms.ChoiceField(label=_("申请人"), choices=ApplicantKind.choices, widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=_("受理渠道"), choices=Channel.choices, widget=forms.RadioSelect)
    legal_name = _text(_("法定代表人姓名"), most=60)
    legal_document = _text(_("法定代表人证件号码"), most=20)
    handler_name = _text(_("经办人姓名"), most=60)
    handler_document = _text(_("经办人证件号码"), most=20)
    use = _text(_("用途"), most=MAX_USE, hint=_("例如：客户服务热线。实际用途与登记不符是缺陷。"))
    landing = forms.CharField(
        label=_("落地号码"),
        help_text=_("一行一个，最多 20 个；核验时逐个回拨。"),
        widget=forms.Textarea(attrs={"rows": 3, **_OFF}),
        max_length=1_000,
    )
    resold = forms.BooleanField(label=_("用于转售"), required=False)
    licence = _text(_("电信业务经营许可证号"), most=60, needed=False)
    licence_until = _Day(_("许可证有效期至"), needed=False)
    existing_since = _Day(_("开通日期"))

    FREE = ("uscc", "legal_name", "legal_document", "handler_name", "handler_document", "use", "landing")
    """What one of the existing base may lack: a campaign finds it."""

    def __init__(self, *args: Any, existing: bool = False, correcting: bool = False, **kwargs: Any) -> None:
        """`existing`: one of the existing base; `correcting`: number, kind and landing numbers stay as they are."""
        first = {"applicant_kind": ApplicantKind.ORGANISATION, "channel": Channel.OWN_SHOP}
        super().__init__(*args, **{**kwargs, "initial": first | (kwargs.get("initial") or {})})
        if not existing:
            del self.fields["existing_since"]
        for name in self.FREE if existing else ():
            self.fields[name].required = False
        for name in ("kind", "number", "landing") if correcting else ():
            del self.fields[name]

    def clean_landing(self) -> list[str]:
        """One number a line."""
        lines = [line.strip() for line in str(self.cleaned_data["landing"]).splitlines() if line.strip()]
        if len(lines) > MAX_LANDING:
            raise forms.ValidationError(_("落地号码最多 20 个。"))
        return lines

    def application(self, *, kind: str = "", number: str = "") -> Application:
        """What was entered, of a valid form."""
        given = self.cleaned_data
        since = given.get("existing_since")
        return Application(
            kind=ServiceKind(given.get("kind") or kind),
            number=given.get("number") or number,
            applicant=given["applicant"],
            uscc=given["uscc"],
            legal=PersonSeen(given["legal_name"], given["legal_document"]),
            handler=PersonSeen(given["handler_name"], given["handler_document"]),
            use=given["use"],
            landing=tuple(given.get("landing", ())),
            applicant_kind=ApplicantKind(given["applicant_kind"]),
            channel=Channel(given["channel"]),
            resold=given["resold"],
            licence=given["licence"],
            licence_until=given["licence_until"],
            existing_since=timezone.make_aware(datetime.combine(since, time.min)) if since else None,
        )


class CampaignForm(forms.Form):
    """拟定清理行动."""

    name = _text(_("名称"), most=MAX_NAME)
    kinds = forms.MultipleChoiceField(
        label=_("业务种类"), choices=ServiceKind.choices, widget=forms.CheckboxSelectMultiple
    )
    opened_before = _Day(_("存量范围：此日之前开通"), hint=_("这一天之前开通的业务都在范围内。"))
    deadline = _Day(_("截止日"))


class AgentForm(forms.Form):
    """登记代理商."""

    name = _text(_("代理商名称"), most=MAX_NAME)
    uscc = _text(_("统一社会信用代码"), most=18)
    legal_name = _text(_("法定代表人姓名"), most=60)
    legal_document = _text(_("法定代表人证件号码"), most=20)
    committed_on = _Day(_("签署责任承诺书的日期"), hint=_("承诺不转委托；未签署的不能登记。"))


class ListingForm(forms.Form):
    """提请列入黑名单."""

    kind = forms.ChoiceField(label=_("对象"), choices=PartyKind.choices, widget=forms.RadioSelect)
    name = _text(_("名称或姓名"), most=MAX_NAME)
    uscc = _text(_("统一社会信用代码"), most=18, needed=False, hint=_("企业必填。"))
    document = _text(_("证件号码"), most=20, needed=False, hint=_("个人必填；企业可填法定代表人的。"))
    breach = forms.ChoiceField(label=_("违规类型"), choices=Breach.choices)
    note = forms.CharField(label=_("事实"), max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 3}))


class PartyForm(forms.Form):
    """查黑名单: a code or a document; asked by POST, kept nowhere."""

    party = _text(_("统一社会信用代码或证件号码"), most=20)
