"""One question a page: the forms of an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from haodun.registry.trusted_numbers.applying import MAX_TEXT
from haodun.registry.trusted_numbers.naming import LENGTH_EN, LENGTH_ZH
from haodun.registry.trusted_numbers.values import MAX_PURPOSE, MAX_TRUNK, MAX_TRUNKS, EvidenceKind, Purpose

_NO_FILL = {"autocomplete": "off", "spellcheck": "false"}


class NumbersForm(forms.Form):
    """Which numbers."""

    numbers = forms.CharField(
        label=_("哪些号码？"),
        help_text=_("一行一个，任何写法都可以；固定电话请带区号。一次最多 500 个。"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6, **_NO_FILL}),
        error_messages={"required": _("请填写号码。")},
    )


class NameForm(forms.Form):
    """The name that telephones show."""

    zh = forms.CharField(
        label=_("中文显示名"),
        help_text=_("来电时显示在对方屏幕上，2 至 12 个字：登记名称或它的简称，后面可以加客服、配送等用途。"),
        max_length=LENGTH_ZH[1],
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": _("请填写中文显示名。")},
    )
    en = forms.CharField(
        label=_("英文显示名"),
        help_text=_("2 至 30 个字符：登记英文名称里的词，后面可以加 Service、Delivery 等。"),
        max_length=LENGTH_EN[1],
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": _("请填写英文显示名。")},
    )


class PurposeForm(forms.Form):
    """What the calls are for."""

    purpose = forms.ChoiceField(
        label=_("这些号码作什么用？"),
        choices=Purpose.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择一项。")},
    )
    words = forms.CharField(
        label=_("具体说明"),
        help_text=_("例如：派送前与收件人联系。不能有网址和号码；营销呼叫不予登记。"),
        max_length=MAX_PURPOSE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明用途。")},
    )


class TrunksForm(forms.Form):
    """Where the calls come from."""

    trunks = forms.CharField(
        label=_("从哪些中继呼出？"),
        help_text=_("电信业务经营者给的中继或专线编号，一行一个。不填，则只有本网主叫或带认证的来电能显示名称。"),
        required=False,
        max_length=MAX_TRUNK * MAX_TRUNKS,
        widget=forms.Textarea(attrs={"rows": 3, **_NO_FILL}),
    )


class EvidenceForm(forms.Form):
    """A paper."""

    kind = forms.ChoiceField(
        label=_("这份材料是什么？"),
        choices=EvidenceKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择一项。")},
    )
    file = forms.FileField(
        label=_("文件"),
        help_text=_("PDF、PNG 或 JPEG，最大 5 MB。"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,image/png,image/jpeg"}),
        error_messages={"required": _("请选择文件。"), "empty": _("文件是空的。"), "invalid": _("请选择文件。")},
    )


class CodeForm(forms.Form):
    """The code that was sent or spoken."""

    code = forms.CharField(
        label=_("核验码"),
        help_text=_("6 位数字，15 分钟内有效；手机收短信，固定电话和 400 号码由语音播报。"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("请填写核验码。")},
    )

    def clean_code(self) -> str:
        """Its digits, whatever stood between them."""
        text: Any = self.cleaned_data["code"]
        return str(text).translate({0xFF10 + digit: str(digit) for digit in range(10)}).replace(" ", "")


class LookForm(forms.Form):
    """A number that somebody wants to know about."""

    number = forms.CharField(
        label=_("查一个号码"),
        help_text=_("任何写法都可以。号码不会出现在地址里。"),
        max_length=40,
        widget=forms.TextInput(attrs={**_NO_FILL, "inputmode": "tel"}),
        error_messages={"required": _("请填写号码。")},
    )
