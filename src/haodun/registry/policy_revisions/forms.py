"""What a person enters of a revision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.values import MAX_CASES, MAX_POLICY, MAX_WHY

_CODE = {"class": "editor", "spellcheck": "false", "autocomplete": "off", "wrap": "off", "lang": "zh-Hans"}


class DraftForm(forms.Form):
    """起草: why, and from what."""

    start = forms.ChoiceField(label=_("从哪一版开始"))
    why = forms.CharField(
        label=_("为什么要改"), max_length=MAX_WHY, help_text=_("复核的人先看这一句。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, earlier: list[Revision], **kwargs: Any) -> None:
        """`earlier`: published revisions to begin from."""
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("现行策略"))]
        choices += [(str(one.id), _("第 %(number)s 版") % {"number": one.number}) for one in earlier]
        self.fields["start"].choices = choices  # type: ignore[attr-defined]
        self.fields["start"].required = False


class TextForm(forms.Form):
    """The text and its test cases. White space is kept: it means something in YAML."""

    text = forms.CharField(
        label=_("策略（YAML）"), max_length=MAX_POLICY, strip=False, widget=forms.Textarea(attrs={"rows": 28, **_CODE})
    )
    cases = forms.CharField(
        label=_("用例（YAML）"), max_length=MAX_CASES, strip=False, required=False,
        help_text=_("事实在前，预期在后；提交前须全部通过。"), widget=forms.Textarea(attrs={"rows": 10, **_CODE}),
    )  # fmt: skip
