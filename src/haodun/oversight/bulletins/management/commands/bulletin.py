"""`haodun manage bulletin`: the sentences of a period with their figures, or the rows that one figure counts."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from haodun.offices.organisations.models import User
from haodun.oversight.bulletins.services import (
    Bulletin,
    BulletinRefused,
    Figure,
    Period,
    bulletin,
    in_language,
    months_of,
    rows_of,
)
from haodun.registry.subscribers.services import Published


class Command(BaseCommand):
    """Print a bulletin."""

    help = "Print a period's bulletin in Chinese and English with its figures; --rows CODE lists what a figure counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Reader, period, months, what to print."""
        parser.add_argument("--user", required=True, help="login of the person as whom the registry is read")
        parser.add_argument("--from", dest="first", required=True, help="first day of the period: 2016-01-01")
        parser.add_argument("--to", dest="last", required=True, help="last day of the period: 2016-06-30")
        parser.add_argument("--baseline", required=True, help="months before the clean-up: 2016-01..2016-03")
        parser.add_argument("--window", required=True, help="months compared with them: 2016-05..2016-06")
        parser.add_argument("--lang", choices=("zh", "en", "both"), default="both", help="of the text; JSON has both")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--rows", metavar="CODE", help="print the rows that this figure counts, one JSON a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print; exit 1 with a sentence where it cannot."""
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"there is no login {options['user']!r}; name one that may read the registry")
        try:
            made = bulletin(user, _period(options))
            if options["rows"]:
                self._rows(user, made, options["rows"])
            elif options["json"]:
                self.stdout.write(json.dumps(_json(made), ensure_ascii=False, indent=1))
            else:
                self._text(made, options["lang"])
        except BulletinRefused as refused:
            raise CommandError(str(refused)) from refused

    def _rows(self, user: Any, made: Bulletin, code: str) -> None:
        if code not in made.figures:
            raise CommandError(f"there is no figure {code!r}; known are {', '.join(made.figures)}")
        for row in rows_of(user, made.figures[code]):
            self.stdout.write(json.dumps(row, ensure_ascii=False))

    def _text(self, made: Bulletin, lang: str) -> None:
        for one in made.sentences:
            for name, text in (("zh", one.zh), ("en", one.en)):
                if lang in (name, "both"):
                    self.stdout.write(text)
            for code in one.codes:
                self.stdout.write(f"    {_line(made.figures[code], 'en' if lang == 'en' else 'zh')}")
            self.stdout.write("")


def _period(options: dict[str, Any]) -> Period:
    return Period(
        _day(options["first"], "--from"),
        _day(options["last"], "--to"),
        months_of(options["baseline"]),
        months_of(options["window"]),
    )


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BulletinRefused(f"{option} {text!r} is no day; write it as 2016-06-30") from None


def _line(figure: Figure, lang: Any) -> str:
    value = "—" if figure.value is None else str(figure.value)
    of = "" if figure.whole is None else f" ({figure.part}/{figure.whole})"
    since = "" if figure.since is None else f"{figure.since.date()} … "
    says = in_language(figure.definition, lang)
    return f"{figure.code} = {value} {figure.unit}{of} | {since}<{figure.until.date()} | {says}"


def _json(made: Bulletin) -> dict[str, Any]:
    period = made.period
    return {
        "period": {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "baseline": [f"{year}-{month:02d}" for year, month in period.baseline],
            "window": [f"{year}-{month:02d}" for year, month in period.window],
        },
        "known_at": made.known_at.isoformat(),
        "sentences": [
            {"topic": one.topic, "zh": one.zh, "en": one.en, "figures": list(one.codes)} for one in made.sentences
        ],
        "figures": {code: _figure(figure) for code, figure in made.figures.items()},
        "published": [_published(one) for one in made.published],
    }


def _published(one: Published) -> dict[str, Any]:
    figure = one.figure
    return {
        "code": figure.code,
        "as_of": figure.as_of.isoformat(),
        "value": figure.value,
        "part": figure.numerator,
        "whole": figure.denominator,
        "published_at": one.published_at.isoformat(),
        "id": one.id,
        "revises": one.revises,
        "reason": one.reason,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    found = {name: _plain(value) for name, value in asdict(figure).items() if name != "code"}
    return found | {"definition": {"zh": figure.definition, "en": in_language(figure.definition, "en")}}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
