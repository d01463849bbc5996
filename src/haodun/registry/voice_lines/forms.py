"""What a person enters of lines, tests and findings."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haodun.registry.voice_lines.values import (
    MAX_NAME,
    MAX_NOTE,
    DeviceKind,
    Direction,
    LineKind,
    Method,
    NewLine,
    Unpermitted,
)

_OFF = {"autocomplete": "off", "spellcheck": "false"}


def _text(label: Any, *, most: int, needed: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=needed, help_text=hint, widget=forms.TextInput(attrs=_OFF)
    )


class LineForm(forms.Form):
    """登记线路; `correcting`: kind and trunk stay as they are."""

    kind = forms.ChoiceField(label=_("线路种类"), choices=LineKind.choices)
    trunk = _text(_("中继编号"), most=64, hint=_("与话单和入口里的编号一致。"))
    holder = _text(_("使用单位"), most=MAX_NAME, needed=False, hint=_("查不到的先留空；没有使用单位是缺陷。"))
    uscc = _text(_("统一社会信用代码"), most=18, needed=False)
    location = _text(_("落地地点"), most=MAX_NAME, needed=False)
    direction = forms.ChoiceField(label=_("方向"), choices=Direction.choices, widget=forms.RadioSelect)
    permits = forms.CharField(
        label=_("许可号码"),
        required=False,
        max_length=200_000,
        help_text=_("一行一个号码或号段，如 +8657188000000-+8657188000099。"),
        widget=forms.Textarea(attrs={"rows": 4, **_OFF}),
    )
    default = _text(_("默认号码"), most=20, needed=False, hint=_("许可号码中的一个。"))
    unpermitted = forms.ChoiceField(
        label=_("不是本线路的主叫号码"), choices=Unpermitted.choices, widget=forms.RadioSelect
    )
    hiding_off = forms.BooleanField(label=_("已关闭主叫号码隐藏"), required=False)
    resold = forms.BooleanField(label=_("用于转租"), required=False)
    licence = _text(_("电信业务经营许可证号"), most=60, needed=False)

    def __init__(self, *args: Any, correcting: bool = False, **kwargs: Any) -> None:
        """A correction leaves kind and trunk alone."""
        first = {"direction": Direction.OUT, "unpermitted": Unpermitted.REFUSE}
        super().__init__(*args, **{**kwargs, "initial": first | (kwargs.get("initial") or {})})
        for name in ("kind", "trunk") if correcting else ():
            del self.fields[name]

    def line(self, *, kind: str = "", trunk: str = "") -> NewLine:
        """What was entered, of a valid form."""
        given = self.cleaned_data
        permits = tuple(part.strip() for part in given["permits"].replace(",", "\n").splitlines() if part.strip())
        return NewLine(
            kind=LineKind(given.get("kind") or kind),
            trunk=given.get("trunk") or trunk,
            permits=permits,
            default=given["default"],
            holder=given["holder"],
            uscc=given["uscc"],
            location=given["location"],
            direction=Direction(given["direction"]),
            unpermitted=Unpermitted(given["unpermitted"]),
            hiding_off=given["hiding_off"],
            resold=given["resold"],
            licence=given["licence"],
        )


class TestForm(forms.Form):
    """计划测试."""

    method = forms.ChoiceField(label=_("测试方法"), choices=Method.choices)
    planned_for = forms.DateField(
        label=_("计划日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ResultForm(forms.Form):
    """测试结果."""

    passed = forms.ChoiceField(
        label=_("结果"), choices=(("yes", _("通过")), ("no", _("未通过"))), widget=forms.RadioSelect
    )
    evidence = forms.CharField(
        label=_("依据"),
        max_length=MAX_NOTE,
        help_text=_("写判定编号，不写号码。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class UntilForm(forms.Form):
    """批准例外: until when and why."""

    until = forms.DateField(label=_("例外到何日止"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("为什么需要例外？"), max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 2}))

    def moment(self) -> str:
        """The end of that day, Beijing time."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time(23, 59, 59))).isoformat()


class DeviceForm(forms.Form):
    """登记发现的违法设备."""

    kind = forms.ChoiceField(label=_("设备种类"), choices=DeviceKind.choices)
    finding = forms.CharField(
        label=_("发现"),
        max_length=MAX_NOTE,
        help_text=_("写判定编号、小区和次数，不写号码。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
