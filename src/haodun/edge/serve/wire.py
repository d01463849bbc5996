"""The UDP socket: drained in batches, with the kernel's own time of receipt, and how full its queue is."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
from collections.abc import Iterable

from haodun.edge.serve.desk import Address, Packet
from haodun.edge.serve.limits import BATCH, DATAGRAM, RECEIVE_BUFFER
from haodun.edge.serve.settings import EdgeError, Place
from haodun.edge.serve.sharing import give_to, sockets_at, spread_over

_SO_TIMESTAMPNS = 35
"""asm-generic/socket.h; the socket module does not name it."""
_SO_RCVBUFFORCE = 33
_SO_MEMINFO = 55
"""Since Linux 4.12: bytes held in the queues of a socket."""
_MEMINFO = struct.Struct("9I")
_TIMESPEC = struct.Struct("@ll")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)


class Wire:
    """One bound socket. Nothing here blocks but `wait`."""

    def __init__(self, place: Place, *, contested: bool = False, fronts: int = 1) -> None:
        """`contested`: a process that was taken over from may still have the port; all that comes is then for us.

        `fronts`: how many processes share the port, each taking its part of what comes, whatever the source.
        """
        family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._first = -1
        try:
            if not contested and fronts == 1:
                see_it_free(place)
            self._widen()
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._socket.bind((place.host, place.port))
            if fronts > 1:
                self.share(fronts)
            elif contested:
                give_to(self._socket, 1)
        except OSError as error:
            self._socket.close()
            raise EdgeError(f"--listen udp:{place}: {error.strerror}; choose another address or port") from error
        self._socket.setblocking(False)
        self._make_waking()
        self._poll.register(self._socket, select.POLLIN)
        self.port = int(self._socket.getsockname()[1])

    def _make_waking(self) -> None:
        self._poll = select.poll()
        self._woken, self._waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll.register(self._woken, select.POLLIN)

    def _widen(self) -> None:
        """Room for RECEIVE_BUFFER bytes; without the right to it, for as many as net.core.rmem_max gives."""
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def share(self, fronts: int) -> None:
        """Have each of so many fronts get its part, whoever else holds the address and whoever came and went.

        Sockets of an edge that was taken over from, and stands still, come before those of this one.
        """
        first = max(sockets_at(self._socket) - fronts, 0)
        if first != self._first:
            self._first = first
            spread_over(self._socket, fronts, first=first)

    @property
    def descriptor(self) -> int:
        """Of the socket, for who receives and sends by himself."""
        return self._socket.fileno()

    def wait(self, milliseconds: int) -> bool:
        """Sleep until something comes in or `wake` is called; False where nothing did."""
        ready = self._poll.poll(milliseconds)
        if any(descriptor == self._woken for descriptor, _ in ready):
            os.read(self._woken, 4_096)
        return bool(ready)

    def wake(self) -> None:
        """End a `wait`. May be called from any thread or signal handler."""
        with contextlib.suppress(OSError):  # it is woken already, or closed
            os.write(self._waking, b"!")

    def drain(self, *, deadline_ms: int, wall_ns: int) -> tuple[list[Packet], int]:
        """What waits, at most BATCH datagrams, each marked where older than the deadline; age of the oldest in µs.

        The queue is in order of arrival: where the oldest is in time, so are the others, and their time is not asked.
        """
        receive, receive_message = self._socket.recvfrom, self._socket.recvmsg
        packets: list[Packet] = []
        oldest_us, stale = 0, False
        try:
            data, ancillary, _, address = receive_message(DATAGRAM, _ANCILLARY)
            oldest_us = _age_us(ancillary, wall_ns)
            stale = oldest_us > deadline_ms * 1000
            packets.append(Packet(data, address, stale))
            while len(packets) < BATCH:
                if stale:
                    data, ancillary, _, address = receive_message(DATAGRAM, _ANCILLARY)
                    stale = _age_us(ancillary, wall_ns) > deadline_ms * 1000
                else:
                    data, address = receive(DATAGRAM)
                packets.append(Packet(data, address, stale))
        except OSError:
            pass  # nothing more waits (EAGAIN), or an error of an earlier answer is told here; calls go on
        return packets, oldest_us

    def fullness(self) -> int:
        """Thousandths of the receive buffer that are filled; 0 where this system does not tell."""
        try:
            held, most = _MEMINFO.unpack(self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))[:2]
        except (OSError, struct.error):
            return 0
        return int(held * 1000 // max(most, 1))

    def send(self, answers: Iterable[tuple[bytes, Address]]) -> int:
        """Send; how many the system would not take. They are not tried again: the peer will ask again."""
        send, failed = self._socket.sendto, 0
        for data, address in answers:
            try:
                send(data, address)
            except OSError:
                failed += 1
        return failed

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()
        self._close_waking()

    def _close_waking(self) -> None:
        woken, waking, self._woken, self._waking = self._woken, self._waking, -1, -1
        os.close(woken)
        os.close(waking)


def see_it_free(place: Place) -> int:
    """The port, where no other process has it, although SO_REUSEPORT would share it; OSError where one has."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        trial.bind((place.host, place.port))
        return int(trial.getsockname()[1])


def _age_us(ancillary: list[tuple[int, int, bytes]], wall_ns: int) -> int:
    """How long a datagram has waited, in µs; 0 where the kernel gave no time or the clock went back."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            waited = wall_ns - int(seconds) * 1_000_000_000 - int(nanoseconds)
            return max(waited, 0) // 1000
    return 0
