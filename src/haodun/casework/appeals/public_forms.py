"""One question a page: the forms of the public pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haodun.casework.appeals.proofs import DAYS_BACK
from haodun.casework.appeals.services import MAX_CONTACT, MAX_STATEMENT
from haodun.casework.orders.numbers import typed
from haodun.numbering import Number, parse

_NO_FILL = {"autocomplete": "off", "spellcheck": "false"}


class WayForm(forms.Form):
    """What the visitor has."""

    way = forms.ChoiceField(
        label=_("您手里有什么？"),
        choices=[
            ("token", _("告知信息里的编号，或被拒接时得到的查询码")),
            ("number", _("只有号码，或者不清楚")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择一项。")},
    )


class TokenForm(forms.Form):
    """A redress token or the reference of a notice."""

    token = forms.CharField(
        label=_("编号或查询码"),
        help_text=_("字母大小写、空格和短横都不影响。"),
        max_length=80,
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": _("请填写编号或查询码。")},
    )


class NumberForm(forms.Form):
    """A number and a day."""

    number = forms.CharField(
        label=_("您的号码"),
        help_text=_("任何写法都可以。我们会向这个号码发送验证码。"),
        max_length=40,
        widget=forms.TextInput(attrs={**_NO_FILL, "inputmode": "tel"}),
        error_messages={"required": _("请填写号码。")},
    )
    day = forms.DateField(
        label=_("哪一天"),
        help_text=_("不清楚可以不填，我们查今天。"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("请写成 2026-11-24 这样的日期。")},
    )
    parsed: Number

    def clean_number(self) -> str:
        """It must be a number that one can hold."""
        self.parsed = parse(typed(self.cleaned_data["number"]))
        if not self.parsed.is_number:
            raise forms.ValidationError(_("这不是一个完整的号码；固定电话请带区号。"))
        return str(self.cleaned_data["number"])

    def clean_day(self) -> date:
        """Today where nothing was said; no day beyond what is kept."""
        today = timezone.localdate()
        day: date = self.cleaned_data["day"] or today
        if not today - timedelta(days=DAYS_BACK) <= day <= today:
            raise forms.ValidationError(_("只能查最近 180 天。"))
        return day


class CodeForm(forms.Form):
    """The one-time code."""

    code = forms.CharField(
        label=_("验证码"),
        help_text=_("6 位数字，10 分钟内有效。"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("请填写验证码。")},
    )

    def clean_code(self) -> str:
        """Its digits, whatever stood between them."""
        return typed(str(self.cleaned_data["code"])).replace(" ", "").replace("-", "")


class WhichForm(forms.Form):
    """What the appeal is against."""

    claim = forms.ChoiceField(
        label=_("您对哪一项申诉？"), widget=forms.RadioSelect, error_messages={"required": _("请选择一项。")}
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        """The choices are what the visitor has shown to be theirs."""
        super().__init__(*args, **kwargs)
        field = self.fields["claim"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class StatementForm(forms.Form):
    """Why."""

    statement = forms.CharField(
        label=_("为什么认为处理有误？"),
        help_text=_("写清谁在使用这个号码、作什么用途。不用上传证件。"),
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("请写明理由。")},
    )


class ContactForm(forms.Form):
    """Where the answer goes."""

    contact = forms.CharField(
        label=_("答复发到哪里？"),
        help_text=_("可以写另一个手机号码或邮箱；不填则发到被处理的号码。"),
        max_length=MAX_CONTACT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class StatusForm(forms.Form):
    """Reference and code of an appeal."""

    reference = forms.CharField(
        label=_("申诉编号"),
        max_length=40,
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": _("请填写申诉编号。")},
    )
    code = forms.CharField(
        label=_("查询码"),
        max_length=40,
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": _("请填写查询码。")},
    )
