"""What is asked of a person: which document, which number the answer goes to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haodun.numbering import Kind, parse
from haodun.offices.transitions.on_pages import chinese
from haodun.registry.own_cards.models import Channel
from haodun.registry.own_cards.values import Question
from haodun.registry.subscribers.services import PERSONAL, Document, DocumentError, DocumentKind

MAX_TYPED = 64
_NO_FILL = {"autocomplete": "off", "spellcheck": "false"}
_MOBILE = (Kind.MOBILE, Kind.MVNO_MOBILE)
_NARROW = {0xFF10 + digit: str(digit) for digit in range(10)}
"""Digits typed full-width."""


class QuestionForm(forms.Form):
    """一证通查: document and number."""

    kind = forms.ChoiceField(
        label=_("证件类型"),
        choices=[(kind.value, kind.label) for kind in DocumentKind if kind in PERSONAL],
        initial=DocumentKind.RESIDENT,
    )
    document = forms.CharField(
        label=_("证件号码"),
        max_length=MAX_TYPED,
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": _("请填写证件号码。")},
    )
    number = forms.CharField(
        label=_("接收短信的手机号码"),
        help_text=_("须是这份证件名下在用的手机号码，否则收不到短信。"),
        max_length=MAX_TYPED,
        widget=forms.TextInput(attrs={**_NO_FILL, "inputmode": "tel"}),
        error_messages={"required": _("请填写手机号码。")},
    )

    def clean_number(self) -> int:
        """A mobile number of China: nothing else gets messages."""
        found = number_of(str(self.cleaned_data["number"]))
        if found is None:
            raise forms.ValidationError(_("这不是一个完整的手机号码。"))
        return found

    def clean(self) -> dict[str, Any]:
        """The document must have the form of its kind; whether anybody has it is not looked up."""
        given: dict[str, Any] = super().clean() or {}
        if "kind" in given and "document" in given:
            try:
                kind = DocumentKind(given["kind"])
                given["parsed"] = Document.parse(kind, given["document"], on=timezone.localdate())
            except DocumentError as error:
                said = error.zh if chinese() else error.en
                self.add_error("document", _("证件号码%(why)s。") % {"why": said})
        return given

    def question(self, channel: Channel, *, language: str, address: str = "") -> Question:
        """What was asked, of a valid form."""
        given = self.cleaned_data
        return Question(given["parsed"], given["number"], channel, language, address)


def number_of(text: str) -> int | None:
    """The E.164 key of a mobile number as somebody typed it, None of anything else."""
    found = parse(text.translate(_NARROW))
    return int(found.key) if found.is_number and found.kind in _MOBILE else None
