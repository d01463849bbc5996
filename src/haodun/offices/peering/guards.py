"""What must hold before a node is let in or changed; each refusal is one sentence in both languages."""

from __future__ import annotations

from haodun.federation.envelopes import NAME
from haodun.federation.services import fingerprint, kind_of, own_name
from haodun.offices.peering.models import NodeChange, Operator, Peering
from haodun.offices.transitions.services import Change, Refused

KEY_BYTES = 32
LIVING = ("PROPOSED", "ACTIVE", "SUSPENDED")


def acts_for_operator(change: Change, row: object) -> None:
    """Only officers of the organisation that runs this node. Refused `operator`."""
    operator = Operator.objects.values_list("organisation", flat=True).first()
    if operator is None:
        raise Refused(
            "operator",
            "还没有指定运行本节点的单位；请先运行 haodun node init --operator。",
            "No organisation is said to run this node; run `haodun node init --operator` first.",
        )
    if not change.actor.system and change.actor.organisation_id != operator:
        raise Refused(
            "operator",
            "只有运行本节点的单位可以办理节点互联。",
            "Only the organisation that runs this node may decide about other nodes.",
        )


def node_is_sound(change: Change, row: Peering) -> None:
    """A name that is one and new, a key of the right length, kinds known here. Refused `name`, `key_bytes`, `kinds`."""
    if NAME.fullmatch(row.name) is None or row.name == own_name():
        raise Refused(
            "name",
            "节点名称只能用小写字母、数字和连字符，以字母开头，且不能是本节点。",
            "A node's name has small letters, digits and hyphens, begins with a letter, and is not this node's.",
        )
    if Peering.objects.filter(name=row.name, state__in=LIVING).exclude(id=row.id).exists():
        raise Refused("name", "这个节点已经登记或正在登记。", "This node is enrolled already, or proposed.")
    if Peering.objects.filter(name=row.name, state="REVOKED").exists():
        raise Refused(
            "name",
            "这个名称的节点已被撤销；重新互联要用新的名称，以免新旧序号混淆。",
            "A node of this name was revoked; it comes back under a new name, so that old and new numbers never mix.",
        )
    key_is_sound(bytes(row.public))
    kinds_are_known([*row.may_send, *row.may_get])


def key_is_sound(public: bytes) -> None:
    """Refused `key_bytes`."""
    if len(public) != KEY_BYTES:
        raise Refused(
            "key_bytes",
            "公钥应为 64 位十六进制数字，由对方的 haodun node show 给出。",
            "A public key is 64 hexadecimal digits, as `haodun node show` prints it at the other side.",
        )


def kinds_are_known(named: list[str]) -> None:
    """Refused `kinds`."""
    unknown = sorted({one for one in named if kind_of(one) is None})
    if unknown:
        raise Refused("kinds", f"本节点不认识：{'、'.join(unknown)}", f"Not known here: {', '.join(unknown)}.")


def fingerprint_is_typed(change: Change, row: Peering | NodeChange) -> None:
    """The second officer typed the fingerprint that the other side read out. Refused `fingerprint`."""
    if isinstance(row, NodeChange) and row.what != NodeChange.What.KEY:
        return
    typed = str(change.data.get("fingerprint", "")).lower()
    if "".join(typed.split()) != fingerprint(bytes(row.public)).replace(" ", ""):
        raise Refused(
            "fingerprint",
            "指纹与提请的公钥不符。请通过电话或当面向对方核对后逐组输入；仍不符时不要批准，应查明原因。",
            "The fingerprint is not that of the proposed key. Compare it by telephone or in person and type it again; "
            "where it still differs do not approve, find out why.",
        )


def change_is_sound(change: Change, row: NodeChange) -> None:
    """What is proposed can be carried out. Refused `key_bytes`, `kinds`, `state`."""
    if row.what == NodeChange.What.KEY:
        key_is_sound(bytes(row.public))
    if row.what == NodeChange.What.GRANTS:
        kinds_are_known([*row.may_send, *row.may_get])
    if row.peering is not None and row.peering.state not in ("ACTIVE", "SUSPENDED"):
        raise Refused("state", "这个节点已不在互联。", "This node is no longer enrolled.")
