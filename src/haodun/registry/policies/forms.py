"""What a person enters of an edge."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from haodun.registry.policies.edges import NAME_PATTERN
from haodun.registry.policies.enrolling import networks_of

_SOUND = RegexValidator(
    rf"\A{NAME_PATTERN}\Z",  # `$` would let a line feed through
    _("名称只能用字母、数字、点、连字符和下划线，以字母或数字开头。"),
)


class EnrolForm(forms.Form):
    """A new edge: its name, whose it is, whether it blocks."""

    name = forms.CharField(
        label=_("名称"),
        help_text=_("字母、数字、点、连字符和下划线，不超过 64 个；停用后也不能再用。"),
        max_length=64,
        # The pattern ends in \Z: `$` would let a line feed through.
        validators=[
            RegexValidator(rf"\A{NAME_PATTERN}\Z", _("名称只能用字母、数字、点、连字符和下划线，以字母或数字开头。"))
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organisation = forms.ChoiceField(
        label=_("所属单位"), help_text=_("本单位及其下属中运营电话网的单位；只有它们和上级看得到这个入口。")
    )
    mode = forms.ChoiceField(
        label=_("方式"),
        widget=forms.RadioSelect,
        choices=[
            ("observe", _("只观察：每通来电都判定并记录，一通也不拦")),
            ("enforce", _("执行：按快照拦截、提示或质询")),
        ],
        initial="observe",
    )

    def __init__(self, *args: object, organisation: UUID, **kwargs: object) -> None:
        """`organisation`: for which the person acts."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chinese = not (get_language() or "").startswith("en")
        found = [(str(one.id), one.name_zh if chinese else one.name_en) for one in networks_of(organisation)]
        self.fields["organisation"].choices = found  # type: ignore[attr-defined]
