"""What a person enters of an order."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from haodun.casework.orders.documents import MAX_DOCUMENT, canonical
from haodun.casework.orders.models import Category, Urgency
from haodun.casework.orders.numbers import MAX_TEXT, Bad
from haodun.casework.orders.services import Filing
from haodun.numbering import Refusal
from haodun.offices.organisations.services import Kind, find
from haodun.registry.restrictions.services import LAWS, Basis

MAX_REMARK = 400

REFUSALS = {
    Refusal.EMPTY: _("没有号码"),
    Refusal.ANONYMOUS: _("匿名，不是号码"),
    Refusal.NOT_ASCII: _("含有数字以外的字符"),
    Refusal.BAD_CHARACTER: _("含有数字以外的字符"),
    Refusal.TOO_LONG: _("过长"),
    Refusal.TOO_SHORT: _("过短，或缺少区号"),
    Refusal.BAD_PARAMETER: _("附带的参数不可接受"),
    Refusal.UNKNOWN_COUNTRY: _("没有这个国家代码"),
    Refusal.WRONG_LENGTH: _("位数不符"),
    Refusal.IMPOSSIBLE: _("号码计划中没有"),
    Refusal.BAD_PREFIX: _("前缀错误"),
}


def _basis_choices() -> list[tuple[str, str]]:
    chinese = (get_language() or "").startswith("zh")
    return [(basis.value, LAWS[basis].zh if chinese else LAWS[basis].en) for basis in Basis]


def _unit_choices() -> list[tuple[str, str]]:
    chinese = (get_language() or "").startswith("zh")
    return [(str(unit.id), unit.name_zh if chinese else unit.name_en) for unit in find(kind=Kind.POLICE)]


def bad_lines(bad: tuple[Bad, ...]) -> list[str]:
    """One sentence for each bad entry."""
    return [
        _("第 %(line)s 行“%(text)s”：%(why)s") % {"line": one.line, "text": one.text, "why": REFUSALS[one.refusal]}
        for one in bad
    ]


class NumbersField(forms.CharField):
    """A list of numbers in any format."""

    def __init__(self) -> None:
        """A tall text field."""
        super().__init__(
            label=_("号码"),
            help_text=_("一行一个，或用逗号、分号、顿号隔开；任何写法都可以。一件最多 200 个。"),
            widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
            max_length=MAX_TEXT,
        )


class RemarkField(forms.CharField):
    """A remark of at most MAX_REMARK characters."""

    def __init__(self) -> None:
        """A low text field."""
        super().__init__(
            label=_("备注"), required=False, max_length=MAX_REMARK, widget=forms.Textarea(attrs={"rows": 2})
        )


class FilingForm(forms.Form):
    """登记来文: a new document. `own_unit` is the police unit that files for itself, None for a bureau."""

    document = forms.CharField(
        label=_("文号"),
        max_length=MAX_DOCUMENT,
        help_text=_("例如：苏公网安关停〔2026〕1123-021"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    issuing_unit = forms.ChoiceField(label=_("来文单位"), choices=_unit_choices)
    category = forms.ChoiceField(label=_("诈骗类别"), choices=Category.choices, initial=Category.UNKNOWN)
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=Urgency.choices, initial=Urgency.NORMAL, widget=forms.RadioSelect
    )
    basis = forms.ChoiceField(label=_("法律依据"), choices=_basis_choices, initial=Basis.MIIT_POLICE_2015_11)
    numbers = NumbersField()
    remark = RemarkField()

    def __init__(self, *args: object, own_unit: uuid.UUID | None = None, **kwargs: object) -> None:
        """A police unit files only for itself: the field has one choice then."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["issuing_unit"]
        if own_unit is not None and isinstance(field, forms.ChoiceField):
            field.choices = [(value, name) for value, name in _unit_choices() if value == str(own_unit)]

    def clean_document(self) -> str:
        """In its one spelling."""
        document = canonical(self.cleaned_data["document"])
        if document is None:
            raise forms.ValidationError(_("文号格式不符；请写成“苏公网安关停〔2026〕1123-021”这样的形式。"))
        return document

    def filing(self) -> Filing:
        """What was entered, of a valid form."""
        given = self.cleaned_data
        return Filing(
            document=given["document"],
            issuing_unit=uuid.UUID(given["issuing_unit"]),
            category=Category(given["category"]),
            urgency=Urgency(given["urgency"]),
            basis=Basis(given["basis"]),
            numbers=given["numbers"],
            remark=given["remark"],
        )


class CorrectionForm(forms.Form):
    """补正: the numbers of a document that was sent back."""

    numbers = NumbersField()
    remark = RemarkField()
