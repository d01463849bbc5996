"""What the register knows of a number: its real-name state, the services, lines and trusted entries it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from haodun.console.number_sources import Answer, Happening, Interval, Lane, Question
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_number import Course
from haodun.registry.key_services import services as key_services
from haodun.registry.subscribers.services import RealName, intervals_seen_by, states_of
from haodun.registry.trusted_numbers import services as trusted_numbers
from haodun.registry.voice_lines import services as voice_lines

_TONES = {RealName.VALID: "ok", RealName.INCOMPLETE: "cau", RealName.FAILED: "ser", RealName.NONE: "ser"}


class RealNames:
    """A lane of real-name states (K1 counts the valid ones), an event at each change after the first."""

    def answer(self, question: Question) -> Answer:
        """Of the intervals the reader may see."""
        found, user = Answer(), question.reader.user
        if user is None or not question.reader.may(Permission.SUBSCRIBER_READ):
            return found
        held = {one.interval for one in intervals_seen_by(question.number, user)}
        states = states_of(sorted(held)) if held else ()
        stretches = []
        for nth, one in enumerate(states):
            known = RealName(one.status)
            stretches.append(Interval(one.since, one.until, _TONES[known], str(known.label)))
            if nth and states[nth - 1].interval == one.interval:
                title = question.say(f"实名状态：{known.label}", f"Real-name state: {known.label}")
                found.happenings.append(Happening(one.since, "holding", _TONES[known], "id-card", title))
        if stretches:
            found.lanes.append(Lane(question.say("实名", "Real name"), stretches))
        return found


class Registered:
    """The cases of one context about the number: a lane of when they stood, an event for each step."""

    def __init__(
        self, permission: Permission, zh: str, en: str, courses_on: Callable[[int, Any], list[Course]]
    ) -> None:
        self._permission, self._zh, self._en, self._courses_on = permission, zh, en, courses_on

    def answer(self, question: Question) -> Answer:
        """Those the reader may read."""
        found, user = Answer(), question.reader.user
        if user is None or not question.reader.may(self._permission):
            return found
        stretches = []
        for course in self._courses_on(question.number, user):
            words = question.say(f"{course.title}（{course.state}）", f"{course.title} ({course.state})")
            stretches.append(Interval(course.since, course.until, course.tone, words))
            found.happenings += [
                Happening(
                    step.at, "holding", step.tone, step.icon, step.title, course.title, step.reason,
                    address=course.address, link=question.say("看登记", "The record"),
                )
                for step in course.steps
            ]  # fmt: skip
        if stretches:
            found.lanes.append(Lane(question.say(self._zh, self._en), sorted(stretches, key=lambda one: one.start)))
        return found


def sources() -> tuple[RealNames | Registered, ...]:
    """In the order of their lanes."""
    return (
        RealNames(),
        Registered(Permission.SERVICE_READ, "重点业务", "Key service", key_services.courses_on),
        Registered(Permission.VOICE_LINE_READ, "语音专线", "Voice line", voice_lines.courses_on),
        Registered(Permission.TRUSTED_READ, "可信号码", "Trusted", trusted_numbers.courses_on),
    )
