"""Many datagrams a system call, from compiled code: recvmmsg, sendmmsg, and one send for a run of equal answers.

The functions are the C library's, found by name; structures as 64-bit Linux has them. IPv4 only: a slot of the mail has
room for one `sockaddr_in`. Nothing here blocks.
"""

from __future__ import annotations

import struct
import sys
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, types
from haodun.edge.serve.front.limits import ANSWER, SEGMENT, SEGMENTS, SLOTS
from haodun.edge.serve.limits import DATAGRAM
from haodun.edge.sip.fast import MAX_LENGTH, PADDING, pad
from haodun.edge.sip.fast.octets import Octets, library, whole

Words = npt.NDArray[np.uint64]

STRIDE: Final = MAX_LENGTH + 192
"""Between the slots of a buffer; no multiple of a page, or equal places of all slots would share one set of a cache."""
ANSWER_STRIDE: Final = ANSWER + 192
NAME: Final = 16
CONTROL: Final = 64
_HEADER = 8
"""Words of an mmsghdr: name, its length, iovec, how many, control, its length, flags, received."""
_BEHIND: Final = DATAGRAM - MAX_LENGTH
_DONTWAIT = 0x40
_SOL_UDP, _UDP_SEGMENT = 17, 103
_SOL_SOCKET, _TIMESTAMP = 1, 35
_TIME_NS = 1_000_000_000
_MOST_JOINED = 65_000
"""Bytes of a datagram that is yet to be cut into segments."""

_POINTER, _INT, _UNSIGNED, _LONG = types.uintp, types.int32, types.uint32, types.int64
_recvmmsg = library("recvmmsg", gives=_INT, takes=(_INT, _POINTER, _UNSIGNED, _INT, _POINTER))
_sendmmsg = library("sendmmsg", gives=_INT, takes=(_INT, _POINTER, _UNSIGNED, _INT))
_sendmsg = library("sendmsg", gives=_LONG, takes=(_INT, _POINTER, _INT))


def is_here() -> bool:
    """Whether this system has what the front needs: 64-bit Linux, little-endian."""
    return sys.platform == "linux" and sys.byteorder == "little" and struct.calcsize("P") == 8


class Mail(NamedTuple):
    """Datagrams that came in, a slot each."""

    data: Octets
    """SLOTS times STRIDE; slot i begins at i * STRIDE and holds the first MAX_LENGTH bytes."""
    behind: Octets
    """What of a longer datagram does not fit, _BEHIND bytes a slot."""
    names: Octets
    """Source addresses, NAME bytes a slot."""
    control: Words
    """Control data, CONTROL bytes a slot: the time of receipt."""
    vectors: Words
    headers: Words


class Answers(NamedTuple):
    """Answers that go out, a place each."""

    data: Octets
    """SLOTS times ANSWER_STRIDE; place i begins at i * ANSWER_STRIDE."""
    names: Octets
    vectors: Words
    headers: Words
    joined: Words
    """One msghdr and its control data: for runs to one address."""


def make_mail(size: int = SLOTS) -> Mail:
    """So many empty slots."""
    mail = Mail(
        np.zeros(size * STRIDE, np.uint8),
        np.empty(size * _BEHIND, np.uint8),
        np.zeros(size * NAME, np.uint8),
        np.zeros(size * CONTROL // 8, np.uint64),
        np.zeros(size * 4, np.uint64),
        np.zeros(size * _HEADER, np.uint64),
    )
    slots = np.arange(size, dtype=np.uint64)
    mail.vectors[0::4] = mail.data.ctypes.data + slots * np.uint64(STRIDE)
    mail.vectors[1::4] = MAX_LENGTH
    mail.vectors[2::4] = mail.behind.ctypes.data + slots * np.uint64(_BEHIND)
    mail.vectors[3::4] = _BEHIND
    _address(mail.headers, mail.names, mail.vectors, parts=2)
    mail.headers[4::_HEADER] = mail.control.ctypes.data + slots * np.uint64(CONTROL)
    return mail


def make_answers(size: int = SLOTS) -> Answers:
    """So many empty places."""
    answers = Answers(
        np.zeros(size * ANSWER_STRIDE, np.uint8),
        np.zeros(size * NAME, np.uint8),
        np.zeros(size * 2, np.uint64),
        np.zeros(size * _HEADER, np.uint64),
        np.zeros(16, np.uint64),
    )
    answers.vectors[0::2] = answers.data.ctypes.data + np.arange(size, dtype=np.uint64) * np.uint64(ANSWER_STRIDE)
    _address(answers.headers, answers.names, answers.vectors, parts=1)
    joined = answers.joined
    # msghdr (7 words), and from word 9 on its control data: length, level and type, the size of a segment.
    joined[1] = NAME
    joined[4], joined[5] = joined.ctypes.data + 9 * 8, 24
    joined[9], joined[10] = 18, _SOL_UDP | _UDP_SEGMENT << 32
    return answers


def _address(headers: Words, names: Octets, vectors: Words, *, parts: int) -> None:
    """Point each header to its name and its iovecs."""
    slots = np.arange(len(headers) // _HEADER, dtype=np.uint64)
    headers[0::_HEADER] = names.ctypes.data + slots * np.uint64(NAME)
    headers[1::_HEADER] = NAME
    headers[2::_HEADER] = vectors.ctypes.data + slots * np.uint64(16 * parts)
    headers[3::_HEADER] = parts


@borrowing
def receive(descriptor: int, mail: Mail, most: int) -> int:
    """Take at most so many waiting datagrams; how many, 0 where none waits or an error of an answer is told."""
    headers = mail.headers
    for slot in range(most):
        headers[slot * _HEADER + 1] = np.uint64(NAME)
        headers[slot * _HEADER + 5] = np.uint64(CONTROL)
    address = np.uint64(headers.ctypes.data)
    count = whole(_recvmmsg(np.int32(descriptor), address, np.uint32(most), np.int32(_DONTWAIT), np.uint64(0)))
    return int(max(count, 0))


@borrowing
def length_of(mail: Mail, slot: int) -> int:
    """Bytes of a datagram."""
    return int(mail.headers[slot * _HEADER + 7] & np.uint64(0xFFFFFFFF))


@borrowing
def age_us(mail: Mail, slot: int, wall_ns: int) -> int:
    """How long a datagram has waited, in µs; 0 where the kernel gave no time or the clock went back."""
    control, at = mail.control, slot * (CONTROL // 8)
    if mail.headers[slot * _HEADER + 5] < np.uint64(32) or control[at + 1] != np.uint64(_SOL_SOCKET | _TIMESTAMP << 32):
        return 0
    waited = wall_ns - whole(control[at + 2]) * _TIME_NS - whole(control[at + 3])
    return int(max(waited // 1000, 0))


@borrowing
def send_each(descriptor: int, answers: Answers, count: int) -> int:
    """Send so many answers, each in its place; how many the system would not take."""
    failed = 0
    done: Any = 0
    while done < count:
        address = np.uint64(answers.headers.ctypes.data + done * _HEADER * 8)
        sent = whole(_sendmmsg(np.int32(descriptor), address, np.uint32(count - done), np.int32(_DONTWAIT)))
        if sent <= 0:  # the first of them failed
            failed += 1
            sent = 1
        done += sent
    return failed


@borrowing
def same_name(answers: Answers, one: int, other: int) -> bool:
    """Whether two answers go to one address."""
    for byte in range(2, 8):  # noqa: SIM110 - compiled
        if answers.names[one * NAME + byte] != answers.names[other * NAME + byte]:
            return False
    return True


@borrowing
def answer_length(answers: Answers, place: int) -> int:
    """Bytes of an answer."""
    return int(answers.vectors[2 * place + 1])


@borrowing
def send_runs(descriptor: int, answers: Answers, count: int) -> int:
    """Send so many answers, those in a row to one address as one; how many the system would not take."""
    first, failed = 0, 0
    while first < count:
        last = _run_end(answers, first, count)
        if last - first == 1 or not _send_run(descriptor, answers, first, last):
            for one in range(first, last):
                failed += 0 if _send_joined(descriptor, answers, one, one + 1) else 1
        first = last
    return failed


@borrowing
def _run_end(answers: Answers, first: int, count: int) -> int:
    """Where the run of answers to one address ends that can go as one."""
    most = answer_length(answers, first)
    last = first + 1
    if most > SEGMENT - PADDING:
        return last
    while last < count and last - first < SEGMENTS and same_name(answers, first, last):
        longer = max(most, answer_length(answers, last))
        if longer > SEGMENT - PADDING or (longer + PADDING) * (last - first + 1) > _MOST_JOINED:
            break
        most = longer
        last += 1
    return last


@borrowing
def _send_run(descriptor: int, answers: Answers, first: int, last: int) -> bool:
    """Send a run as one, its answers made equally long where they are not."""
    least = most = answer_length(answers, first)
    for place in range(first + 1, last):
        least, most = min(least, answer_length(answers, place)), max(most, answer_length(answers, place))
    if least < most:
        most += PADDING
        for place in range(first, last):
            start = place * ANSWER_STRIDE
            pad(answers.data[start : start + ANSWER_STRIDE], answer_length(answers, place), most)
            answers.vectors[2 * place + 1] = np.uint64(most)
    answers.joined[11] = np.uint64(most)
    return _send_joined(descriptor, answers, first, last)


@borrowing
def _send_joined(descriptor: int, answers: Answers, first: int, last: int) -> bool:
    """Send answers of one length to the address of the first; False where the system would not."""
    joined = answers.joined
    joined[0] = np.uint64(answers.names.ctypes.data + first * NAME)
    joined[2] = np.uint64(answers.vectors.ctypes.data + first * 16)
    joined[3] = np.uint64(last - first)
    joined[5] = np.uint64(24 if last - first > 1 else 0)
    return bool(_sendmsg(np.int32(descriptor), np.uint64(joined.ctypes.data), np.int32(_DONTWAIT)) >= 0)


def address_of(mail: Mail, slot: int) -> tuple[str, int]:
    """The source of a datagram as sockets have it."""
    name = mail.names[slot * NAME : slot * NAME + 8].tobytes()
    return ".".join(map(str, name[4:8])), int.from_bytes(name[2:4], "big")


def datagram(mail: Mail, slot: int) -> bytes:
    """A datagram, whole."""
    length = int(length_of(mail, slot))
    start = slot * STRIDE
    if length <= MAX_LENGTH:
        return mail.data[start : start + length].tobytes()
    rest = slot * _BEHIND
    return mail.data[start : start + MAX_LENGTH].tobytes() + mail.behind[rest : rest + length - MAX_LENGTH].tobytes()


def put_datagram(mail: Mail, slot: int, data: bytes, address: tuple[str, int]) -> None:
    """Lay a datagram into a slot as if it had been received, but without a time: for tests."""
    head, rest = data[:MAX_LENGTH], data[MAX_LENGTH:]
    mail.data[slot * STRIDE : slot * STRIDE + len(head)] = np.frombuffer(head, np.uint8)
    mail.behind[slot * _BEHIND : slot * _BEHIND + len(rest)] = np.frombuffer(rest, np.uint8)
    host = bytes(map(int, address[0].split(".")))
    name = struct.pack("<H", 2) + address[1].to_bytes(2, "big") + host + bytes(8)
    mail.names[slot * NAME : (slot + 1) * NAME] = np.frombuffer(name, np.uint8)
    mail.headers[slot * _HEADER + 5] = 0
    mail.headers[slot * _HEADER + 7] = len(data)


def taken_answers(answers: Answers, count: int) -> list[tuple[bytes, tuple[str, int]]]:
    """The answers in their places, as the slow path has them: for tests."""
    found: list[tuple[bytes, tuple[str, int]]] = []
    for slot in range(count):
        length = int(answers.vectors[2 * slot + 1])
        start = slot * ANSWER_STRIDE
        name: Any = answers.names[slot * NAME : slot * NAME + 8].tobytes()
        host = ".".join(map(str, name[4:8]))
        found.append((answers.data[start : start + length].tobytes(), (host, int.from_bytes(name[2:4], "big"))))
    return found
