"""What a person types to prove who they are, to state a purpose, to choose for whom to act."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.purposes import MAX_REFERENCE, Purpose


class SudoForm(forms.Form):
    """One field for the password or a code of the second factor."""

    proof = forms.CharField(
        label=_("密码或动态验证码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class PurposeForm(forms.Form):
    """A purpose code and the case or document it belongs to."""

    purpose = forms.ChoiceField(label=_("查询目的"), choices=Purpose.choices, required=False)
    reference = forms.CharField(label=_("案件或文书编号"), max_length=MAX_REFERENCE, required=False)


class ActingForm(forms.Form):
    """One of the organisations a person has a seat at."""

    organisation = forms.UUIDField()
