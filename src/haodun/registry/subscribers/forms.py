"""The forms of these pages."""

from __future__ import annotations

import re
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from haodun.registry.subscribers.rates import today
from haodun.registry.subscribers.run_models import Mode

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class UploadForm(forms.Form):
    """A file of registrations."""

    file = forms.FileField(
        label=_("文件"), help_text=_("CSV（UTF-8 或 GB 18030）、Excel（xlsx）或 Parquet，最大 512 MB。")
    )
    mode = forms.ChoiceField(label=_("这些行是"), choices=Mode.choices, widget=forms.RadioSelect, initial=Mode.EXISTING)


def day_of(text: str) -> date:
    """The day asked for; the last that is over where the text is none or lies ahead."""
    last = today()
    if not _DAY.fullmatch(text):
        return last
    try:
        return min(date.fromisoformat(text), last)
    except ValueError:
        return last
