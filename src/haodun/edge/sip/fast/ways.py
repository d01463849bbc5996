"""Via in compiled code: the topmost in the form nearly all have, the others in plain form."""

from __future__ import annotations

from haodun.compiled import borrowing
from haodun.edge.sip.fast.layout import HOST, HOST_END, PORT, RPORT, WAY, WAYS, Hard
from haodun.edge.sip.fast.octets import HOST as HOST_NAME
from haodun.edge.sip.fast.octets import SPACE, TOKEN, Octets, Row, octets, place, run_of, same
from haodun.edge.sip.fast.parties import decimal, host_end, read_tag

_UDP, _SIP, _BRANCH, _RPORT = octets(b"SIP/2.0/UDP "), octets(b"SIP/2.0/"), octets(b";branch="), octets(b";rport")
_VIA = int(Hard.VIA)


@borrowing
def read_ways(data: Octets, row: Row) -> int:
    """Read the Via lines whose places stand in the row; 0, or `Hard.VIA`."""
    if not _read_top(data, place(row, WAY), place(row, WAY + 1), row):
        return _VIA
    for way in range(1, place(row, WAYS)):
        if not _is_way(data, place(row, WAY + 2 * way), place(row, WAY + 2 * way + 1)):
            return _VIA
    return 0


@borrowing
def _read_top(data: Octets, start: int, end: int, row: Row) -> bool:
    """`SIP/2.0/UDP host[:port]` with a branch, `;rport` before or behind it, and nothing else."""
    if end - start < 22 or not same(data, start, _UDP):
        return False
    host = start + 12
    stop = run_of(data, host, end, HOST_NAME)
    at = host_end(data, host, end)
    if at < 0:
        return False
    row[HOST], row[HOST_END] = host, stop
    row[PORT] = decimal(data, stop + 1, at) if at > stop else 0
    rport = -1
    if _stands(data, at, end, _RPORT):
        rport = at
        at += 6
    if not _stands(data, at, end, _BRANCH):
        return False
    branch = at + 8
    at = run_of(data, branch, end, TOKEN)
    if at == branch:
        return False
    if at < end and rport < 0 and end - at == 6 and same(data, at, _RPORT):
        rport = at
        at = end
    row[RPORT] = rport if rport >= 0 else 0
    return at == end


@borrowing
def _stands(data: Octets, at: int, end: int, literal: Octets) -> bool:
    """Whether a literal stands there, whole."""
    return end - at >= len(literal) and same(data, at, literal)


@borrowing
def _is_way(data: Octets, start: int, end: int) -> bool:
    """Whether a further Via is `SIP/2.0/TRANSPORT host[:port]` with plain parameters."""
    if end - start < 12 or not same(data, start, _SIP):
        return False
    at = run_of(data, start + 8, end, TOKEN)
    if at == start + 8 or at == end or data[at] != SPACE:
        return False
    at = host_end(data, at + 1, end)
    if at < 0:
        return False
    tag, _ = read_tag(data, at, end)
    return tag >= 0
