"""What an order says to the holder of a number, in both languages."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext

from haodun.casework.orders.models import Category
from haodun.registry.restrictions.services import Text


def reason_of(category: str) -> Text:
    """Why a number was shut: one plain sentence, without the document, the unit or the case."""
    return Text(zh=_sentence(category, "zh-hans"), en=_sentence(category, "en"))


def _sentence(category: str, language: str) -> str:
    with translation.override(language):
        if category == Category.UNKNOWN:
            return gettext("公安机关通报这个号码涉嫌用于电信网络诈骗，要求关停。")
        label = str(Category(category).label)
        return gettext("公安机关通报这个号码涉嫌用于电信网络诈骗（%(category)s），要求关停。") % {"category": label}
