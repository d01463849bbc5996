"""A whole demonstration for journeys: console, edge, logins, as `haodun demo` leaves them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from haodun.console.setup import configure

configure()

if TYPE_CHECKING:
    from tests.journeys.country import Land

    from haodun.console.database import Urls


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration printed."""

    data: Path
    console: str
    """Address without a slash."""
    sip: int
    """UDP port of the edge."""
    passwords: dict[str, str]
    free: list[str]
    """Numbers that no order names yet, each with a holder."""

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `haodun` on this installation."""
        command = [sys.executable, "-c", "from haodun.cli.main import main; main()", *arguments]
        environment = _environment() | {"HAODUN_DATA": str(self.data)}
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "HAODUN", "DJANGO"))}


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """`haodun demo`, as a newcomer starts it, with fewer calls."""
    place = tmp_path_factory.mktemp("demo") / "demo"
    command = [sys.executable, "-c", "from haodun.cli.main import main; main()"]
    arguments = ["demo", "--out", str(place), "--count", "20000", "--no-browser"]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_environment()
    ) as demo:
        said = "".join(_until(demo, "Ctrl-C ends it"))
        console = re.search(r"^console  (http://\S+?)/ ", said, re.M)
        edge = re.search(r"^edge     udp:127\.0\.0\.1:([0-9]+) ", said, re.M)
        free = re.search(r"file an order for (.*)$", said, re.M)
        assert console is not None and edge is not None and free is not None, said[-3000:]
        passwords = dict(re.findall(r"^  ([a-z-]+) +([A-Za-z0-9]{16})  ", said, re.M))
        yield Demonstration(place / "data", console[1], int(edge[1]), passwords, free[1].split(", "))
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(timeout=90) == 0


def is_fault(said: ConsoleMessage) -> bool:
    """Whether the browser complains of more than a form that came back with its errors."""
    return said.type == "error" and "422" not in said.text


def _until(demo: subprocess.Popen[str], words: str) -> Iterator[str]:
    for line in demo.stdout or ():
        yield line
        if words in line:
            return


@pytest.fixture
def enter(browser: Browser, demonstration: Demonstration) -> Iterator[Callable[..., Page]]:
    """`enter("police-officer")`: a page where that person has logged in, with name and password, as a person does."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(username: str = "", *, width: int = 1440, script: bool = True, lands: str = "/") -> Page:
        context = browser.new_context(
            base_url=demonstration.console,
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_fault(said) else None)
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 500 else None)
        if username:
            page.goto("/accounts/login/")
            page.fill("[name=login]", username)
            page.fill("[name=password]", demonstration.passwords[username])
            page.press("[name=password]", "Enter")
            page.wait_for_url(demonstration.console + lands)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture(scope="module")
def land(postgres: Urls, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Land]:
    """The synthetic country with something of everything behind a live server, for the module."""
    from tests.journeys.country import furnished

    with furnished(postgres, browser, tmp_path_factory.mktemp("land")) as found:
        yield found
