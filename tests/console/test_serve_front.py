"""The front of the web server, the site's keys, the list of those who use the embedded database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from haodun.cli.errors import CommandError
from haodun.cli.serve import parse_listen
from haodun.console.database import _forget_the_dead
from haodun.console.setup import prepare_keys
from haodun.console.wsgi import STREAM, Front
from haodun.screening.snapshot import PublicKey, Signer


class Endless:
    """An answer that is closed by whoever reads it."""

    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"{}\n"

    def close(self) -> None:
        self.closed = True


class Inner:
    """An application that answers everything, or breaks."""

    def __init__(self) -> None:
        self.answers: list[Endless] = []
        self.breaks = False

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if self.breaks:
            raise ConnectionError("gone")
        start_response("200 OK", [])
        self.answers.append(Endless())
        return self.answers[-1]


def ask(front: Front, path: str) -> tuple[str, Any]:
    environ: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    said: list[str] = []
    answer = front(environ, lambda status, *_: said.append(status))  # type: ignore[arg-type]
    return said[0], answer


def test_streams_are_bounded_and_a_closed_one_gives_its_place_back() -> None:
    front = Front(Inner(), streams=2)
    held = [ask(front, STREAM)[1] for _ in range(2)]
    assert ask(front, STREAM)[0] == ask(front, f"{STREAM}/")[0] == "503 Service Unavailable"
    assert ask(front, "/orders/")[0] == "200 OK"
    held[0].close()
    held[0].close()
    assert held[0]._inner.closed
    assert ask(front, STREAM)[0] == "200 OK"
    assert ask(front, STREAM)[0] == "503 Service Unavailable"


def test_a_stream_that_breaks_before_it_begins_gives_its_place_back() -> None:
    inner = Inner()
    front = Front(inner, streams=1)
    inner.breaks = True
    with pytest.raises(ConnectionError):
        ask(front, STREAM)
    inner.breaks = False
    assert ask(front, STREAM)[0] == "200 OK"


def test_health_needs_no_application() -> None:
    inner = Inner()
    inner.breaks = True
    status, answer = ask(Front(inner, streams=1), "/healthz")
    assert (status, list(answer)) == ("200 OK", [b"alive\n"])


def test_ready_means_that_the_database_answers(db: None) -> None:
    assert ask(Front(Inner(), streams=1), "/readyz")[0] == "200 OK"


def test_the_sites_keys_are_made_once_and_are_private(tmp_path: Path) -> None:
    prepare_keys(tmp_path)
    keys = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert set(keys) == {
        *("secret.key", "site.key", "field.key", "snapshot.key", "snapshot.pub", "checkpoint.key", "checkpoint.pub"),
        *("directory.key", "directory.pub"),
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "keys").glob("*.key"))
    (tmp_path / "keys" / "snapshot.pub").unlink()
    prepare_keys(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == keys
    signature = Signer.load(tmp_path / "keys" / "snapshot.key").sign(b"x")
    assert PublicKey.load(tmp_path / "keys" / "snapshot.pub").verifies(signature, b"x")


def test_killed_processes_are_struck_from_the_list_and_living_ones_kept(tmp_path: Path) -> None:
    handles = tmp_path / "handles"
    _forget_the_dead(handles)
    assert not handles.exists()
    handles.write_text(json.dumps([os.getpid(), 2**22 + 1]))
    _forget_the_dead(handles)
    assert json.loads(handles.read_text()) == [os.getpid()]


@pytest.mark.parametrize(
    ("text", "found"), [("127.0.0.1:8000", ("127.0.0.1", 8000)), ("[::1]:0", ("::1", 0)), ("x:65535", ("x", 65535))]
)
def test_an_address_to_listen_on_is_read(text: str, found: tuple[str, int]) -> None:
    assert parse_listen(text) == found


@pytest.mark.parametrize("text", ["", "8000", ":8000", "x:", "x:65536", "x:８０", "x:-1", "x:80 "])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="HOST:PORT"):
        parse_listen(text)
