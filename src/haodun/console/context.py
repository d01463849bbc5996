"""What every template may use: the reader, the rail, the files, the words the script needs."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from haodun.console.assets import styles_address
from haodun.console.desk import approvals
from haodun.console.formatting import WORDS, Language
from haodun.console.navigation import address_of, rail
from haodun.console.reader import language, reader_of
from haodun.offices.organisations.services import Permission

HTMX = {"includeIndicatorCSS": False, "noSwap": [204, 304, "5xx"]}
"""CONSOLE.md §13."""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the shell; what costs is a function, so a fragment pays for nothing."""
    return {
        "reader": lambda: reader_of(request),
        "rail": lambda: rail(request, reader_of(request), hidden=_hidden()),
        "stylesheet": styles_address,
        "htmx_config": json.dumps(HTMX),
        "may_search": lambda: reader_of(request).may(Permission.NUMBER_LOOKUP),
        "approvals_count": lambda: approvals(reader_of(request)),
        "approvals_address": lambda: address_of("orders:desk") if _approves(request) else "",
        "script_words": lambda: script_words(language()),
        "synthetic": settings.HAODUN_SYNTHETIC,
    }


def uncounted(request: HttpRequest) -> dict[str, Any]:
    """The shell of a page that says no: every entry of the rail, and how much waits behind none."""
    return {
        "rail": lambda: rail(request, reader_of(request), hidden=_hidden(), counted=False),
        "approvals_count": 0,
    }


def _approves(request: HttpRequest) -> bool:
    return reader_of(request).may(Permission.ORDER_APPROVE)


def _hidden() -> tuple[str, ...]:
    return () if settings.HAODUN_SYNTHETIC else ("parts",)


def script_words(lang: Language) -> dict[str, str]:
    """The sentences the script fills in; it has none of its own."""
    return {
        **WORDS[lang],
        "crossed": _("时限变化：{clock}"),
        "selected": _("已选 {count} 件，{items} 个号码"),
        "confirm": _("还差 {left} 项确认。"),
        "failed": _("服务器出错，没有做完。您填写的内容还在。编号 {reference}。"),
        "offline": _("连不上服务器，没有做完。您填写的内容还在，请稍后再试。"),
    }
