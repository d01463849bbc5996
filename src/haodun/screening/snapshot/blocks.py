"""Which numbers a snapshot newly blocks, and whether two people stand behind them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from haodun.screening.events import FEATURES, Action
from haodun.screening.policy import Policy
from haodun.screening.policy.condition import Condition, Negation, Term
from haodun.screening.snapshot.columns import Integers, not_in
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.manifest import Manifest
from haodun.screening.snapshot.trust import Trust

ALWAYS = frozenset({"orders", "black"})
"""Lists that count as blocking whatever the rules say of them."""
APPROVERS_NEEDED = 2

Blocks = Mapping[str, Integers]
"""List to numbers, ascending."""


def blocking_lists(policy: Policy) -> frozenset[str]:
    """The lists on which a number can be for a rule to block it, in whatever roll-out stage, and `ALWAYS`."""
    found = set(ALWAYS)
    for rule in policy.rules:
        if rule.action is Action.BLOCK:
            found.update(policy.slots[at - len(FEATURES)].list for at in _asserted(rule.condition, holds=True))
    return frozenset(found)


def _asserted(condition: Condition, *, holds: bool) -> Iterable[int]:
    """Positions of the list slots that the condition wants to be on a list."""
    if isinstance(condition, Negation):
        return _asserted(condition.operand, holds=not holds)
    if isinstance(condition, Term):
        return [at for at in condition.positions if at >= len(FEATURES)] if holds else []
    return [at for operand in condition.operands for at in _asserted(operand, holds=holds)]


def new_blocks(old: Blocks, new: Blocks) -> dict[str, Integers]:
    """The numbers of each list of `new` that the same list of `old` does not have; lists without any are left out."""
    found = {}
    for name, numbers in new.items():
        before = old.get(name)
        fresh = numbers if before is None else not_in(numbers, before)
        if len(fresh):
            found[name] = fresh
    return found


def count_of(blocks: Blocks) -> int:
    """How many (list, number) there are."""
    return sum(len(numbers) for numbers in blocks.values())


def approval_message(manifest: Mapping[str, object], base: int, blocks: Blocks) -> bytes:
    """What an approver signs: the numbers and everything that says where, when and under which rules they are blocked.

    `manifest` gives issuer, version, expires_ms and the policy's digest. The numbers count as little-endian int64; a
    list without any is as if it were not there.
    """
    head = {"base": base, **{name: manifest[name] for name in ("issuer", "version", "expires_ms", "policy")}}
    digest = sha256(b"haodun approval 1\n" + json.dumps(head, sort_keys=True).encode())
    for name in sorted(name for name, numbers in blocks.items() if len(numbers)):
        digest.update(f"\n{name} {len(blocks[name])}\n".encode())
        digest.update(blocks[name].astype("<i8").tobytes())
    return b"haodun approval 1\n" + digest.digest()


def message_of(manifest: Manifest, base: int, blocks: Blocks) -> bytes:
    """The same for a manifest that is read."""
    context = {"issuer": manifest.issuer, "version": manifest.version, "expires_ms": manifest.expires_ms}
    return approval_message(context | {"policy": manifest.policy.digest}, base, blocks)


def approvers_of(manifest: Manifest, *, trust: Trust, fresh: Blocks, current: int, whole: Blocks) -> set[str]:
    """The approvers whose signature covers the new blocks: as new against `current`, or all numbers there are."""
    messages: dict[int, bytes] = {}
    valid = set()
    for approval in manifest.approvals:
        approver = trust.approver(approval.approver_id, approval.key_id)
        if approver is None or approval.base not in (0, current):
            continue
        if approval.base not in messages:
            messages[approval.base] = message_of(manifest, approval.base, fresh if approval.base else whole)
        if approver.key.verifies(bytes.fromhex(approval.signature), messages[approval.base]):
            valid.add(approver.id)
    return valid


def check_approved(
    manifest: Manifest, *, trust: Trust, fresh: Blocks, current: int, whole: Blocks, new_policy: bool
) -> None:
    """Raise SnapshotRefused `approvals` where two approvers are needed and do not stand behind the snapshot."""
    count = count_of(fresh)
    over = count > trust.approval_cap
    if not over and not (new_policy and trust.policy_needs_approval):
        return
    have = approvers_of(manifest, trust=trust, fresh=fresh, current=current, whole=whole)
    if len(have) < APPROVERS_NEEDED:
        why = f"blocks {count} more numbers, over the cap of {trust.approval_cap}" if over else "changes the policy"
        raise SnapshotRefused(
            Code.APPROVALS,
            f"snapshot {manifest.version} {why}, and {len(have)} of {APPROVERS_NEEDED} approvers' signatures are "
            f"valid; have two approvers sign these numbers against version {current}",
        )
