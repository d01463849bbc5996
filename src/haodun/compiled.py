"""Numba as Haodun uses it: one decorator, with a cache that no change of a source can leave stale.

Theory of operation. Numba's cache knows a function's own file, not those of the functions it calls, so a change in a
callee would go unseen. Here the cache lies in a folder whose name is a digest of every source that may be compiled and
of numba's version: another source, another folder. Where no folder can be written, functions are compiled anew at each
start. `HAODUN_CHECKED=1` makes a build that checks every index, without a cache: for fuzzing. Where numba cannot be
loaded (no wheel for the system, a numpy it does not know), every module can be imported all the same, and whatever is
compiled says so when it is called: plain Python beside it goes on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt


class _Absent:
    """Stands for numba where that is absent: whatever is named of it, or made by it, is this."""

    def __getattr__(self, name: str) -> _Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *given: object, **named: object) -> _Absent:
        return self


try:
    import numba
    from llvmlite import ir
    from numba.core import event
    from numba.core import types as types  # for others, too
    from numba.extending import intrinsic

    ABSENT = ""
    """Why nothing can be compiled here; '' where all is well."""
except (ImportError, OSError, SystemError) as error:  # absent, of another numpy, or a library that does not load
    nothing: Any = _Absent()
    numba = ir = event = types = intrinsic = nothing
    ABSENT = f"numba cannot be loaded here ({' '.join(str(error).split())[:200]})"

CHECKED = os.environ.get("HAODUN_CHECKED") == "1"
"""Every index into an array is checked."""
PLACES = ("compiled.py", "numbering", "screening", "store", "edge")
"""Where compiled functions stand."""
KEPT = 3
"""Caches kept, the newest first: those of other versions and other trees."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


class NoCompilerError(Exception):
    """Something compiled was called where numba is absent; the message says why, and what to do."""

    exit_code = 2


def _compiled(function: _Function, **more: Any) -> _Function:
    if ABSENT:
        return cast(_Function, _refusing)
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": CHECKED, "cache": _CACHED} | more
    return cast(_Function, numba.njit(**options)(function))


def _refusing(*given: object, **named: object) -> None:
    raise NoCompilerError(f"this needs compiled code, and {ABSENT}; install numba")


def jit(function: _Function) -> _Function:
    """Compile a function of the module's own level when it is first called; it holds no GIL and divides as numpy does.

    Integers are int64 in and out; a uint64 met by an int64 would become a float.
    """
    return _compiled(function)


def borrowing(function: _Function) -> _Function:
    """The same for a function that makes no array and returns none: references to its arrays are not counted.

    Numba counts one up and down wherever an array is named, a locked instruction each; most of all where arrays come in
    a NamedTuple, each use of a field counts. A small loop over such a tuple was measured at half the time without it.
    """
    return _compiled(function, _nrt=False)


def merged(function: _Function) -> _Function:
    """`borrowing`, and made a part of its caller: for a function that is called in one place with many arrays.

    An array is handed over as seven words, so a call with three NamedTuples of ten was measured at 50 ns.
    """
    return _compiled(function, _nrt=False, forceinline=True)


def inlined(function: _Function) -> _Function:
    """The same for a small function that is called in the middle of a loop: inlined before it is optimised."""
    return _compiled(function, inline="always")


def _instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """What numba has no word for, as LLVM instructions; called from compiled code only, without the context."""
    return cast(Callable[..., Any], intrinsic(function))


@_instruction
def _prefetch(_context: Any, array: Any, index: Any, offset: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        long, short, pointer = ir.IntType(64), ir.IntType(32), ir.IntType(8).as_pointer()
        size = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype))
        step = builder.add(builder.mul(arguments[1], ir.Constant(long, size)), arguments[2])
        address = builder.inttoptr(builder.add(builder.ptrtoint(base, long), step), pointer)
        kind = ir.FunctionType(ir.VoidType(), [pointer, short, short, short])
        asked = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(asked, [address, ir.Constant(short, 0), ir.Constant(short, 3), ir.Constant(short, 1)])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


@_instruction
def _prefetch_at(_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        short, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, short, short, short])
        asked = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(builder.module, kind, "llvm.prefetch.p0")
        place = builder.inttoptr(arguments[0], pointer)
        builder.call(asked, [place, ir.Constant(short, 0), ir.Constant(short, 3), ir.Constant(short, 1)])
        return context.get_dummy_value()

    return types.void(types.int64), generate


def record_kind(kind: np.dtype[Any]) -> Callable[[int], Any]:
    """For compiled code: the record of a structured dtype that lies at an address.

    An array that is handed from function to function is counted by each; a record is a bare pointer. Whoever makes the
    address keeps the memory alive, and checks the place.
    """
    typed = numba.from_dtype(kind)

    def record_at(_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(typed))

        return typed(types.int64), generate

    return cast(Callable[[int], Any], intrinsic(record_at))


class Kept(NamedTuple):
    """A tuple of arrays laid down where compiled code finds it by its address."""

    value: Any
    """What was laid down; it keeps the memory of the arrays."""
    words: npt.NDArray[np.uint64]
    address: int


class KeptKind:
    """A kind of tuple (of arrays, int64, and such tuples) that is laid down once and taken by address many times.

    Python hands over an array in about a microsecond, so a call with sixty of them takes longer than its work; and
    compiled code hands one over as seven words. `at(address)`, in compiled code only, is the tuple again; what of it is
    not used costs nothing. Whoever made a `Kept` keeps it for as long as its address is in use.
    """

    def __init__(self, sample: Any) -> None:
        """Of the same kind as `sample`: dtypes, dimensions, and that arrays can be written to."""
        self._typed = _kind_of(sample)
        self.at: Callable[[int], Any] = _taker(self._typed)

    def keep(self, value: Any) -> Kept:
        """Lay it down; TypeError where it is of another kind."""
        if _kind_of(value) != self._typed:
            raise TypeError(f"{_kind_of(value)} is not {self._typed}")
        words = np.array(_words_of(value), np.uint64)
        return Kept(value, words, int(words.ctypes.data))


def _kind_of(value: Any) -> Any:
    """As numba types it."""
    return numba.typeof(value)  # type: ignore[no-untyped-call]


def _words_of(value: Any) -> list[int]:
    """As numba lays it out: of an array its owners (none), size, size of an element, place, shape, strides."""
    if isinstance(value, np.ndarray):
        return [0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides]
    if isinstance(value, tuple):
        return [word for part in value for word in _words_of(part)]
    return [int(value) & 0xFFFFFFFFFFFFFFFF]


def _taker(typed: Any) -> Callable[[int], Any]:
    """The instruction that takes a tuple from where `_words_of` lies, word by word."""

    def kept_at(_context: Any, _address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return _taken(builder, context.get_value_type(typed), arguments[0], [0])

        return typed(types.int64), generate

    return cast(Callable[[int], Any], intrinsic(kept_at))


def _taken(builder: Any, kind: Any, address: Any, place: list[int]) -> Any:
    """A value of an LLVM type from the words at `place[0]` on, which moves behind it."""
    if isinstance(kind, ir.LiteralStructType | ir.ArrayType):
        whole = ir.Constant(kind, ir.Undefined)
        parts = kind.elements if isinstance(kind, ir.LiteralStructType) else [kind.element] * kind.count
        for index, part in enumerate(parts):
            whole = builder.insert_value(whole, _taken(builder, part, address, place), index)
        return whole
    if not isinstance(kind, ir.PointerType) and kind != ir.IntType(64):
        raise TypeError(f"{kind} is no word")
    at = builder.add(address, ir.Constant(ir.IntType(64), 8 * place[0]))
    place[0] += 1
    return builder.load(builder.inttoptr(at, kind.as_pointer()))


@_instruction
def _high_product(_context: Any, _left: Any, _right: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@_instruction
def _bit_count(_context: Any, _word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@contextmanager
def telling_of_compiling(tell: Callable[[int], None]) -> Iterator[None]:
    """Within the block, `tell` is called as each function begins to be compiled, with how many did so far.

    What is loaded from the cache is not told of. `tell` is called in the thread that compiles.
    """
    if ABSENT:
        yield
        return

    class Listener(event.Listener):
        begun = 0

        def on_start(self, _told: object) -> None:
            self.begun += 1
            tell(self.begun)

        def on_end(self, _told: object) -> None:
            """Nothing: the next one begins."""

    with event.install_listener("numba:compile", Listener()):
        yield


def nothing_kept() -> bool:
    """Whether what is compiled must be compiled first: no earlier process of this version left anything."""
    return _FOLDER is None or next(_FOLDER.rglob("*.nbi"), None) is None


def digest_of_sources(package: Path) -> str:
    """SHA-256 in hex over numba's version and all sources that may be compiled."""
    digest = hashlib.sha256(numba.__version__.encode("ascii"))
    for place in PLACES:
        path = package / place
        for source in sorted(path.rglob("*.py")) if path.is_dir() else (path,):
            digest.update(str(source.relative_to(package)).encode("utf-8"))
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path | None:
    """A folder of this very source, made where needed; None where none can be written."""
    named = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    home = Path(named) if named else Path.home() / ".cache"
    for root in (home / "haodun" / "compiled", Path(tempfile.gettempdir()) / f"haodun-compiled-{os.getuid()}"):
        folder = root / digest_of_sources(Path(__file__).parent)[:20]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK):
                os.utime(folder)
                _forget_old(root)
                return folder
        except OSError:
            continue
    return None


def _forget_old(root: Path) -> None:
    """Remove caches that are neither of the newest nor of today: another tree on this machine may be in use."""
    found = sorted(root.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in found[KEPT:]:
        if found[0].stat().st_mtime - folder.stat().st_mtime > 86_400:
            shutil.rmtree(folder, ignore_errors=True)


_FOLDER = None if CHECKED or ABSENT else _cache_folder()
_CACHED = _FOLDER is not None
if _FOLDER is not None:
    vars(numba.config)["CACHE_DIR"] = str(_FOLDER)


@borrowing
def prefetch(array: npt.NDArray[Any], index: int, offset: int) -> None:
    """Ask for the cache line `offset` bytes into an element, ahead of its use; any place may be asked for."""
    _prefetch(array, index, offset)


@borrowing
def prefetch_at(address: int) -> None:
    """Ask for the cache line of an address, ahead of its use; any address may be asked for."""
    _prefetch_at(address)


_memcpy: Any = types.ExternalFunction("memcpy", types.uintp(types.uintp, types.uintp, types.uintp))


@borrowing
def copy_bytes(target: npt.NDArray[np.uint8], at: int, address: int, length: int) -> int:
    """Copy bytes from an address into an array; where they end there."""
    if CHECKED and (at < 0 or length < 0 or at + length > len(target)):
        raise IndexError("bytes beyond an array")
    _memcpy(np.uint64(target.ctypes.data + at), np.uint64(address), np.uint64(length))
    return at + length


@borrowing
def high_product(left: np.uint64, right: np.uint64) -> np.uint64:
    """The upper 64 bits of a product of two uint64."""
    return np.uint64(_high_product(left, right))


@borrowing
def bit_count(word: np.uint64) -> int:
    """How many bits of a uint64 are set."""
    return int(_bit_count(word))
