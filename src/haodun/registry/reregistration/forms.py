"""What people enter: a campaign, a holder who came, a file, a target."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import PROVINCES, Kind, find
from haodun.offices.transitions.on_pages import chinese, named
from haodun.registry.reregistration.planning import within
from haodun.registry.reregistration.values import MAX_TITLE, MAX_WAIT, Dimension, NewCampaign, Possession, Shop
from haodun.registry.subscribers.services import DocumentKind

_DAY = {"type": "date"}


def _wait(label: Any, initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=MAX_WAIT, initial=initial)


def provinces() -> list[tuple[str, str]]:
    """Code and name."""
    return [(code, zh if chinese() else en) for code, (zh, en) in PROVINCES.items()]


class CampaignForm(forms.Form):
    """拟定补登记."""

    title = forms.CharField(label=_("名称"), max_length=MAX_TITLE)
    starts_on = forms.DateField(label=_("开始日期"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    reseller = forms.ChoiceField(label=_("只办一家转售企业的用户"), required=False)
    province = forms.ChoiceField(label=_("只办一个省的号码"), required=False)
    remind_after = _wait(_("通知后几日提醒"), 15)
    one_way_after = _wait(_("提醒后几日单停"), 15)
    two_way_after = _wait(_("单停后几日双停"), 30)
    release_after = _wait(_("双停后几日收回号码"), 60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Choices are the resellers in operation and the provinces."""
        super().__init__(*args, **kwargs)
        rows = find(kind=Kind.RESELLER).filter(closed_at=None).order_by("name_zh")
        reseller: Any = self.fields["reseller"]
        reseller.choices = [("", "—"), *((str(row.id), named(row)) for row in rows)]
        province: Any = self.fields["province"]
        province.choices = [("", "—"), *provinces()]

    def campaign(self) -> NewCampaign:
        """What was entered, of a valid form."""
        given = self.cleaned_data
        return NewCampaign(**given | {"reseller": given["reseller"] or None})


class ShopForm(forms.Form):
    """机主来办补登记."""

    number = forms.CharField(
        label=_("号码"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    name = forms.CharField(
        label=_("证件上的姓名或单位名称"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    document_kind = forms.ChoiceField(label=_("证件类型"), choices=DocumentKind.choices)
    document = forms.CharField(
        label=_("证件号码"),
        max_length=64,
        help_text=_("查验原件后录入；加密保存，只显示前三位和后四位。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    possession = forms.ChoiceField(
        label=_("怎样核实号码在其手中"), choices=Possession.choices, widget=forms.RadioSelect
    )
    agent = forms.CharField(
        label=_("渠道的统一社会信用代码"),
        max_length=40,
        required=False,
        help_text=_("自有营业厅留空；在行业黑名单中的渠道不能办理。"),
    )
    seen = forms.BooleanField(label=_("已查验证件原件，人证一致"))

    def shop(self) -> Shop:
        """What was entered, of a valid form."""
        given = self.cleaned_data
        return Shop(**{name: given[name] for name in Shop.__slots__})


class SheetForm(forms.Form):
    """补登记表."""

    file = forms.FileField(
        label=_("文件"), help_text=_("CSV（UTF-8 或 GB 18030）、Excel（xlsx）或 Parquet，最多 20 MB、20,000 行。")
    )


class TargetForm(forms.Form):
    """目标，或目标的新版本."""

    about = forms.ChoiceField(label=_("对象"))
    share = forms.DecimalField(label=_("实名率目标（%）"), min_value=0.01, max_value=100, decimal_places=2)
    due = forms.DateField(label=_("达到日期"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("依据或修订原因"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, unit: Organisation | None, **kwargs: Any) -> None:
        """Choices are what the unit is set over."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["about"]
        field.choices = abouts(unit)


def abouts(unit: Organisation | None) -> list[tuple[str, str]]:
    """`dimension:key` and words of all that a unit may set a target about."""
    if unit is None:
        return []
    whole = unit.kind == Kind.MINISTRY
    places = [one for one in provinces() if whole or one[0] == unit.province]
    rows = within(unit).filter(closed_at=None).order_by("kind", "name_zh")
    kinds = {Kind.CARRIER: Dimension.CARRIER, Kind.RESELLER: Dimension.RESELLER}
    return [
        *([(f"{Dimension.ALL}:", str(Dimension.ALL.label))] if whole else []),
        *((f"{Dimension.PROVINCE}:{code}", name) for code, name in places),
        *((f"{kinds[Kind(row.kind)]}:{row.id}", named(row)) for row in rows),
    ]
