"""One UDP port of several sockets: who gets a datagram, said to the system as a classic BPF program.

The system spreads by a hash of both addresses, so that the one source of an SBC would reach one socket alone; and it
goes on giving a share to a socket whose process stands still.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from pathlib import Path

_SO_ATTACH_REUSEPORT_CBPF = 51
"""asm-generic/socket.h, since Linux 4.5; the socket module does not name it."""
_INSTRUCTION = struct.Struct("@HBBI")
"""struct sock_filter: code, two jumps, constant."""
_PROGRAM = struct.Struct("@HP")
"""struct sock_fprog: how many instructions, where."""
_RETURN_CONSTANT, _RETURN_A = 0x06, 0x16
_LOAD_WORD, _MODULO, _ADD = 0x20, 0x94, 0x04
_RANDOM = 0xFFFFF000 + 56
"""SKF_AD_OFF + SKF_AD_RANDOM: a random number for each datagram."""


def give_to(shared: socket.socket, place: int) -> None:
    """Give each datagram to the socket that was bound as number `place`, from 0; where there is none, by the hash."""
    _attach(shared, [(_RETURN_CONSTANT, place)])


def spread_over(shared: socket.socket, sockets: int, *, first: int = 0) -> None:
    """Give each datagram to one of so many sockets by lot, whatever its source: those bound as `first` and after."""
    _attach(shared, [(_LOAD_WORD, _RANDOM), (_MODULO, sockets), (_ADD, first), (_RETURN_A, 0)])


def sockets_at(shared: socket.socket) -> int:
    """How many UDP sockets of this machine are bound to the same address; 0 where the system does not tell. IPv4."""
    host, port = shared.getsockname()[:2]
    if ":" in host:
        return 0
    own = f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
    try:
        lines = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(line.split()[1] == own for line in lines[1:])


def _attach(shared: socket.socket, instructions: list[tuple[int, int]]) -> None:
    code = b"".join(_INSTRUCTION.pack(operation, 0, 0, constant) for operation, constant in instructions)
    held = ctypes.create_string_buffer(code, len(code))
    program = _PROGRAM.pack(len(instructions), ctypes.addressof(held))
    shared.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, program)
