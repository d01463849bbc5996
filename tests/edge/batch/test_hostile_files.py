"""Two hundred hostile files: a clear sentence or a quarantine each, no crash, nothing half-written."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from haodun.edge.batch import BatchError, Result
from haodun.edge.cdr import CdrError

Run = Callable[..., Result]
Records = Callable[..., bytes]
FILES = 200

pytestmark = pytest.mark.fuzz


def mutated(good: bytes, draw: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(draw.randrange(1, 40)):
        place = draw.randrange(len(data))
        kind = draw.randrange(4)
        if kind == 0:
            data[place] = draw.randrange(256)
        elif kind == 1:
            del data[place : place + draw.randrange(1, 200)]
        elif kind == 2:
            data[place:place] = draw.choice([b'"', b"\n", b"\0", b",", b"\xff\xfe", b"\r", b'""', "１３９".encode()])
        else:
            data[place:place] = data[: draw.randrange(1, 300)]
        if not data:
            return b""
    return bytes(data)


def hostile(number: int, good: bytes) -> tuple[str, bytes]:
    """The name and content of one file; the number decides its kind."""
    draw = random.Random(number)
    noise = draw.randbytes(draw.randrange(1, 5_000))
    made: list[tuple[str, bytes]] = [
        ("mutated.csv", mutated(good, draw)),
        ("noise.csv", noise),
        ("cut.csv.gz", gzip.compress(good)[: draw.randrange(4, 200)]),
        ("mutated.csv.gz", mutated(gzip.compress(good), draw)),
        ("mutated.csv.zst", mutated(zstandard.compress(good), draw)),
        ("magic.parquet", b"PAR1" + noise + b"PAR1"),
        ("magic.gz", b"\x1f\x8b" + noise),
        ("long.csv", b'"' + b"x" * draw.randrange(60_000, 300_000) + b'"\n' + good),
        ("quotes.csv", good[: len(good) // 2] + b'"' + good[len(good) // 2 :]),
        ("nul.csv", good.replace(b"139", b"1\x0039", draw.randrange(1, 9))),
        ("utf16.csv", good.decode().encode("utf-16")),
        ("deep.json", b'{"variables":' * draw.randrange(1, 3_000)),
        ("odd.json", b'[{"variables": {"start_epoch": "99999999999999999999", "uuid": 7}}, null, 3, "x", {}]'),
        ("numbers.csv", good.replace(b"2026", draw.choice([b"9999", b"0000", b"-001", b"1e99"]), 3)),
        ("lines.csv", b"\n" * draw.randrange(1, 90_000)),
        ("commas.csv", b"," * draw.randrange(1, 90_000) + b"\n"),
        ("fullwidth.csv", good.replace(b"139", "１３９".encode())),
        ("binary-in-field.csv", good.replace(b"Dial", noise[:50])),
        ("bom.csv", b"\xef\xbb\xbf" * draw.randrange(1, 5) + good),
        ("cr.csv", good.replace(b"\n", b"\r")),
    ]
    return made[number % len(made)]


@pytest.mark.parametrize("group", range(20))
def test_hostile_files_end_in_a_sentence_or_a_quarantine(
    group: int, screen: Run, records: Records, tmp_path: Path
) -> None:
    for number in range(group, FILES, 20):
        name, content = hostile(number, records(30))
        place = tmp_path / f"in-{number}"
        place.mkdir()
        (place / name).write_bytes(content)
        told = {"format": "asterisk"} if number % 3 == 0 and name.endswith(".csv") else {}
        out = tmp_path / f"out-{number}"
        try:
            result = screen(place, out=out.name, **told)
        except (BatchError, CdrError) as error:
            assert 10 < len(str(error)) < 1_000 and "\n" not in str(error), f"{name}: one sentence"
            assert not (out / "verdicts.parquet").exists()
        else:
            record = json.loads((out / "run.json").read_text(encoding="utf-8"))
            assert record["status"] == "done"
            quarantined = (out / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()
            assert len(quarantined) == result.record["intake"]["quarantined"]
            assert all(json.loads(line)["reason"] for line in quarantined)
        assert not list(out.rglob("*.part")), f"{name}: nothing half-written"


def test_a_folder_with_loops_and_pipes_is_read_without_them(screen: Run, records: Records, tmp_path: Path) -> None:
    import os

    place = tmp_path / "in"
    place.mkdir()
    (place / "a.csv").write_bytes(records(3))
    (place / "round").symlink_to(place, target_is_directory=True)
    os.mkfifo(place / "pipe.csv")
    assert screen(place).summary.calls == 3
