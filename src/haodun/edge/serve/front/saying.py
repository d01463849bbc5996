"""What the compiled front must know of a policy and a trunks file: trunks by number, and the form of each answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from haodun.edge.serve.calls import LOOPBACK, CallReader
from haodun.edge.serve.front.told import SLOW
from haodun.edge.serve.front.work import FAIL, Integers, Saying
from haodun.edge.serve.naming import Naming
from haodun.edge.serve.replacing import REPLACE
from haodun.edge.serve.wording import Wording
from haodun.edge.sip import Request
from haodun.edge.sip.fast import SAMPLE_NUMBER, SAMPLE_TOKEN, Form, Lines, form_of, forms_of, sample_request
from haodun.numbering import Form as NumberForm
from haodun.numbering import IngressClass, Kind, Number, Refusal
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Event,
    EventKind,
    LiveTrunk,
    Presentation,
    Roaming,
    Trunks,
    trunk_id,
)

NO_LINE = -1


def trunk_names(trunks: Trunks) -> tuple[str, ...]:
    """All trunks by their numbers here: those of the file in its order, then this machine."""
    return (*trunks.names(), LOOPBACK)


def lines_of(names: tuple[str, ...], trunks: Trunks) -> Lines:
    """What events take from each trunk."""
    on_file = {name: place for place, name in enumerate(trunks.names())}
    return Lines(
        np.array([trunks.ingress(name) for name in names], np.int64),
        np.array([trunk_id(name) for name in names], np.int64),
        np.array([on_file.get(name, NO_LINE) for name in names], np.int64),
    )


def saying_of(names: tuple[str, ...], reader: CallReader, wording: Wording, *, generation: int) -> Saying:
    """How each trunk wants it said. What has no form (WITHHOLD_CLI, a text that cannot be sent) the slow path words."""
    named = np.array(wording.naming.directory.numbers(), np.int64)
    wording = replace(wording, naming=Naming())  # a name differs from call to call: the slow path words those
    forms: dict[Form, int] = {}
    table = np.full((len(names), FAIL + 1, 2), SLOW, np.int64)
    made: dict[LiveTrunk, Integers] = {}
    for place, name in enumerate(names):
        live = replace(reader.live(name), sources=())  # trunks differ in their sources and in little else
        if live not in made:
            made[live] = _forms_of_trunk(live, wording, forms)
        table[place] = made[live]
    trusted = np.array([reader.live(name).trust_identity for name in names], np.int64)
    return Saying(trusted, table, forms_of(tuple(forms)), generation, named)


def _forms_of_trunk(live: LiveTrunk, wording: Wording, forms: dict[Form, int]) -> Integers:
    """Numbers of the forms by action and whether the caller may be shown; new forms join `forms`."""
    request = sample_request()
    found = np.full((FAIL + 1, 2), SLOW, np.int64)
    for shown in (0, 1):
        event = _sample_event(shown=bool(shown))
        for action in (Action.ALLOW, Action.TIP, Action.CHALLENGE, Action.BLOCK):
            form = _form(wording, action, request, live, event)
            if form is not None:
                found[action, shown] = forms.setdefault(form, len(forms))
        found[FAIL, shown] = forms.setdefault(form_of(wording.fail(request, live)), len(forms))
    return found


def _form(wording: Wording, action: Action, request: Request, live: LiveTrunk, event: Event) -> Form | None:
    if action is Action.BLOCK and live.unpermitted == REPLACE:
        return None  # whether the line's default is shown depends on the call
    try:
        return form_of(wording.said(action, request, live=live, event=event, token=SAMPLE_TOKEN))
    except ValueError:  # the slow path says so at each call, and counts it
        return None


def _sample_event(*, shown: bool) -> Event:
    caller = Number(SAMPLE_NUMBER, Kind.MOBILE, 7, NumberForm.PLUS, Refusal.NONE)
    return Event(
        1,
        0,
        EventKind.ATTEMPT,
        "h",
        "h",
        True,
        "",
        caller,
        "",
        caller,
        "",
        IngressClass.UNKNOWN,
        Presentation.ALLOWED if shown else Presentation.RESTRICTED,
        Attestation.NONE,
        Roaming.UNKNOWN,
        *(0, 0, 0, False, 0, 0),
        Cause.UNKNOWN,
        "",
    )
