"""A tar from the link is unpacked only where it is a snapshot's: no path out, no link, no bomb."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from haodun.edge.serve import shelf
from haodun.edge.serve.receipts import Receipt, Receipts
from haodun.edge.serve.shelf import UnpackError, unpack


def tar(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as made:
        for member in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member[0])
            data = b"" if isinstance(member, tarfile.TarInfo) else member[1]
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return held.getvalue()


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize("prefix", ["", "./", "12/"])
def test_the_files_of_a_snapshot_are_unpacked_however_the_folder_was_packed(prefix: str, tmp_path: Path) -> None:
    names = ("manifest.json", "manifest.sig", "policy.yaml", "lists/orders.hdl", "lists/orders.add.hdl")
    unpack(io.BytesIO(tar(*((prefix + name, name.encode()) for name in names))), tmp_path)
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {name: name for name in names}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a tar" * 100,
        tar(("manifest.json", b"x" * 5000))[:2000],
        tar(("../manifest.json", b"")),
        tar(("/etc/cron.d/x", b"")),
        tar(("lists/../../x.hdl", b"")),
        tar(("12/../x.json", b"")),
        tar(("holder.json.part", b"")),
        tar(("manifest.json", b"1"), ("12/manifest.json", b"2")),
        tar(special("manifest.json", tarfile.SYMTYPE)),
        tar(special("manifest.json", tarfile.LNKTYPE)),
        tar(special("manifest.json", tarfile.FIFOTYPE)),
        tar(special("manifest.json", tarfile.CHRTYPE)),
    ],
)
def test_anything_else_is_refused_and_nothing_is_written_outside(data: bytes, tmp_path: Path) -> None:
    inside = tmp_path / "a/b"
    inside.mkdir(parents=True)
    with pytest.raises(UnpackError):
        unpack(io.BytesIO(data), inside)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and inside not in path.parents]
    assert outside == []
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_too_many_or_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "TAR_BYTES", 10)
    with pytest.raises(UnpackError, match="more than 10 bytes"):
        unpack(io.BytesIO(tar(("policy.yaml", b"x" * 11))), tmp_path)
    monkeypatch.setattr(shelf, "TAR_MEMBERS", 2)
    with pytest.raises(UnpackError, match="more than 2 members"):
        unpack(io.BytesIO(tar(*((f"lists/l{n}.hdl", b"") for n in range(3)))), tmp_path)


def test_receipts_are_kept_once_in_order_and_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "receipts.json"
    receipts = Receipts(path)
    first, second = Receipt(1, "received", "", 5, "run"), Receipt(1, "executed", "", 6, "run")
    for receipt in (first, first._replace(at_ms=9), second):
        receipts.add(receipt)
    again = Receipts(path)
    assert (again.next(), len(again)) == (first, 2)
    again.taken(first)
    assert (Receipts(path).next(), len(Receipts(path))) == (second, 1)
    path.write_text("[[1]]")
    assert len(Receipts(path)) == 0
