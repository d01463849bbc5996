"""What a person enters of an inspection, a proof and a re-check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.services import Kind, find
from haodun.offices.transitions.on_pages import named
from haodun.registry.resellers.values import FULL, MAX_NOTE, MAX_SAMPLE, Sample, Way

_DAY = {"type": "date"}


class SampleForm(forms.Form):
    """复查: how many were looked at, how many were in order, what shows it."""

    size = forms.IntegerField(label=_("样本数"), min_value=1, max_value=MAX_SAMPLE)
    compliant = forms.IntegerField(label=_("其中合规"), min_value=0, max_value=MAX_SAMPLE)
    evidence = forms.CharField(
        label=_("依据"),
        max_length=MAX_NOTE,
        help_text=_("写档案批次、网点和影像编号，不写号码和姓名。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def sample(self) -> Sample:
        """What was entered, of a valid form."""
        given = self.cleaned_data
        return Sample(given["size"], given["compliant"], given["evidence"])


class InspectionForm(SampleForm):
    """登记检查."""

    reseller = forms.ChoiceField(label=_("转售企业"))
    host = forms.ChoiceField(label=_("基础运营商"))
    way = forms.ChoiceField(label=_("检查方式"), choices=Way.choices, widget=forms.RadioSelect, initial=Way.SAMPLE)
    on = forms.DateField(label=_("检查日期"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    target = forms.DecimalField(
        label=_("达标线（%）"),
        min_value=1,
        max_value=100,
        decimal_places=2,
        initial=FULL // 100,
        help_text=_("实名登记自 2017 年 6 月 30 日起应为 100%。"),
    )
    field_order = ("reseller", "host", "way", "on", "size", "compliant", "target", "evidence")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Choices are the organisations in operation."""
        super().__init__(*args, **kwargs)
        for name, kinds in (("reseller", [Kind.RESELLER]), ("host", [Kind.CARRIER_GROUP, Kind.CARRIER])):
            rows = find().filter(kind__in=kinds, closed_at=None).order_by("name_zh")
            field: Any = self.fields[name]
            field.choices = [("", "—"), *((str(row.id), named(row)) for row in rows)]
        self.fields["on"].initial = timezone.localdate

    def clean_on(self) -> Any:
        """Not in the future."""
        if self.cleaned_data["on"] > timezone.localdate():
            raise forms.ValidationError(_("检查日期不能在将来。"))
        return self.cleaned_data["on"]


class ProofForm(forms.Form):
    """提交整改证明."""

    words = forms.CharField(
        label=_("整改情况"),
        max_length=MAX_NOTE,
        help_text=_("写整改了什么、材料的编号，不写号码和姓名。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
