"""What the casework did about a number: the orders that named it, the appeals against what was done to it."""

from __future__ import annotations

from haodun.casework.appeals import services as appeals
from haodun.casework.orders import services as orders
from haodun.console.number_sources import Answer, Happening, Question
from haodun.offices.organisations.services import Permission


class Orders:
    """Documents of the police that named the number, step by step."""

    def answer(self, question: Question) -> Answer:
        """Those whose order and whose number in it the reader may read."""
        found = Answer()
        if question.reader.user is None or not question.reader.may(Permission.ORDER_READ):
            return found
        for step in orders.steps_on(question.number, question.reader.user):
            found.happenings.append(
                Happening(
                    at=step.at,
                    kind="order",
                    tone=step.tone,
                    icon=step.icon,
                    title=step.title,
                    words=step.document,
                    more=question.say("；", "; ").join(filter(None, (step.unit, step.number_state, step.reason))),
                    address=step.address,
                    link=question.say("看来文", "The order"),
                )
            )
        return found


class Appeals:
    """Appeals about the number, step by step."""

    def answer(self, question: Question) -> Answer:
        """Those the reader may read."""
        found = Answer()
        if question.reader.user is None or not question.reader.may(Permission.APPEAL_READ):
            return found
        for step in appeals.steps_on(question.number, question.reader.user):
            found.happenings.append(
                Happening(
                    at=step.at,
                    kind="appeal",
                    tone=step.tone,
                    icon=step.icon,
                    title=step.title,
                    words=step.reference,
                    more=step.reason,
                    address=step.address,
                    link=question.say("看申诉", "The appeal"),
                )
            )
        return found
