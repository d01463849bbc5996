"""What an officer enters of a node."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from haodun.federation.services import kinds

_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


def kind_choices() -> list[tuple[str, str]]:
    """Kinds that two officers may grant: name and title."""
    english = (get_language() or "").startswith("en")
    return [(one.name, one.en if english else one.zh) for one in kinds() if one.name != "new_key"]


class PublicKeyField(forms.CharField):
    """A public key as `haodun node show` prints it: 64 hexadecimal digits, blanks between them ignored; 32 bytes."""

    def clean(self, value: Any) -> Any:
        """The raw key."""
        plain = "".join(str(super().clean(value)).split()).lower()
        if _KEY.fullmatch(plain) is None:
            raise forms.ValidationError(_("公钥应为 64 位十六进制数字，由对方的 haodun node show 给出。"))
        return bytes.fromhex(plain)


class KindsForm(forms.Form):
    """Which kinds may come and go."""

    may_send = forms.MultipleChoiceField(
        label=_("对方可以发来"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    may_get = forms.MultipleChoiceField(
        label=_("可以发给对方"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """With the kinds that are known here."""
        super().__init__(*args, **kwargs)
        for name in ("may_send", "may_get"):
            self.fields[name].choices = kind_choices()  # type: ignore[attr-defined]


class NodeForm(KindsForm):
    """A node to be proposed."""

    name = forms.CharField(
        label=_("节点名称"),
        help_text=_("对方的 HAODUN_NODE：小写字母、数字和连字符，以字母开头。"),
        max_length=63,
        validators=[RegexValidator(r"\A[a-z][a-z0-9-]{0,62}\Z", _("只用小写字母、数字和连字符，以字母开头。"))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    title = forms.CharField(label=_("由谁运行"), max_length=120)
    public = PublicKeyField(
        label=_("公钥"),
        help_text=_("对方 haodun node show 显示的 64 位十六进制数字，可由文件或邮件送来；真伪由复核人核对指纹。"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "title", "public", "may_send", "may_get")


class KeyForm(forms.Form):
    """A new key of a node, entered by hand where the old one can no longer announce it."""

    public = PublicKeyField(
        label=_("新公钥"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
