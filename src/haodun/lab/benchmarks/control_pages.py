"""An officer at the console as a program: logs in, files an order, reads the approval sheet, approves; by the pages."""

from __future__ import annotations

import http.client
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

TIMEOUT_S = 30.0
_ORDER = re.compile(r"/orders/([0-9a-f-]{36})/", re.ASCII)
_FIELD = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', re.ASCII)
_UNIT = re.compile(r'<select[^>]*name="issuing_unit".*?</select>', re.ASCII | re.DOTALL)
_OPTION = re.compile(r'<option value="([0-9a-f-]{36})"', re.ASCII)


class PageError(Exception):
    """The console answered otherwise than a page should; the message says what was asked and what came."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of the console."""

    status: int
    location: str
    """Where it leads, '' where nowhere."""
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an approval sends back: the idempotency key, the digest of what was shown, the version."""

    order: str
    fields: dict[str, str]


class Officer:
    """One person's browser, with its cookies. A killed server is an OSError or http.client.HTTPException."""

    def __init__(self, address: str, username: str, password: str) -> None:
        """`address`: http://HOST:PORT. Nothing is asked yet."""
        found = urlsplit(address)
        self._host, self._port = found.hostname or "127.0.0.1", found.port or 80
        self._username, self._password = username, password
        self._cookies: dict[str, str] = {}

    def log_in(self) -> None:
        """Log in and prove it once more, as approval demands. PageError."""
        self.get("/accounts/login/")
        page = self.post("/accounts/login/", {"login": self._username, "password": self._password})
        if page.status != 302:
            raise PageError(f"{self._username} could not log in ({page.status})")
        self._prove()

    def _prove(self) -> None:
        self.get("/sudo/?next=/")
        page = self.post("/sudo/", {"proof": self._password, "next": "/"})
        if page.status != 302:
            raise PageError(f"{self._username} could not prove who it is ({page.status})")

    def file(self, document: str, numbers: Sequence[int], *, key: str) -> str:
        """File an order of the own unit; its id. PageError where it is refused."""
        units = _UNIT.search(self.get("/orders/new/").text)
        unit = _OPTION.search(units[0]) if units else None
        page = self.post(
            "/orders/new/",
            {
                "key": key,
                "document": document,
                "issuing_unit": unit[1] if unit else "",
                "category": "unknown",
                "urgency": "urgent",
                "basis": "miit-police-2015-11",
                "numbers": "\n".join(f"+{number}" for number in numbers),
                "remark": "",
            },
        )
        order = _ORDER.search(page.location)
        if order is None:
            raise PageError(f"{document} was not filed ({page.status}): {' '.join(_errors(page.text))}")
        return order[1]

    def sheet(self, order: str) -> Sheet:
        """Open the approval sheet, after a new proof where the last one is too old. PageError."""
        page = self.get(f"/orders/{order}/approve/")
        if page.location.startswith("/sudo/"):
            self._prove()
            page = self.get(f"/orders/{order}/approve/")
        fields = dict(_FIELD.findall(page.text))
        if page.status != 200 or "seen" not in fields:
            raise PageError(f"the approval sheet of {order} did not open ({page.status})")
        return Sheet(order, {name: fields[name] for name in ("key", "seen", "version")})

    def approve(self, sheet: Sheet) -> Page:
        """Send the sheet: 302 to the order where it was approved, 422 where it was refused."""
        return self.post(f"/orders/{sheet.order}/approve/", {**sheet.fields, "remark": ""})

    def get(self, path: str) -> Page:
        """Ask for a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> Page:
        """Send a form, with the token against forged forms."""
        token = {"csrfmiddlewaretoken": self._cookies.get("csrftoken", "")}
        return self._ask("POST", path, urlencode(token | fields))

    def _ask(self, method: str, path: str, body: str | None) -> Page:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        headers |= {"Accept-Language": "en", "Host": f"{self._host}:{self._port}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
            for said in answer.headers.get_all("Set-Cookie") or ():
                self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(said).items()}
            return Page(answer.status, answer.headers.get("Location", ""), text)
        finally:
            connection.close()


def _errors(text: str) -> list[str]:
    return re.findall(r'class="[^"]*error[^"]*"[^>]*>([^<]{1,200})<', text)[:5]
