"""What a person asks of the number plan, and brings to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from haodun.offices.sheets.services import CellError
from haodun.registry.number_plan.tables import Table, number_in


class AskForm(forms.Form):
    """Who holds this number at this time."""

    number = forms.CharField(
        label=_("号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text=_("任何写法都可以；固定电话请带区号。"),
    )
    at = forms.DateTimeField(
        label=_("时点"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("北京时间；不填就是现在。"),
    )

    def clean_number(self) -> int:
        """The E.164 key."""
        try:
            return number_in(self.cleaned_data["number"])
        except CellError as error:
            english = (get_language() or "").startswith("en")
            raise forms.ValidationError(error.reason.en if english else error.reason.zh) from error

    def clean_at(self) -> Any:
        """Now where nothing was entered."""
        return self.cleaned_data["at"] or timezone.now()


class ImportForm(forms.Form):
    """A file of allocations or porting records."""

    table = forms.ChoiceField(
        label=_("文件内容"), choices=Table.choices, widget=forms.RadioSelect, initial="allocations"
    )
    file = forms.FileField(
        label=_("文件"),
        help_text=_("CSV、Excel（.xlsx）或 Parquet。列名见下方；有一行不合格就一行也不导入，错行连同原因退回。"),
    )
