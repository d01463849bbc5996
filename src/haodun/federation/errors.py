"""What can go wrong: we cannot send, we refuse what came, what came is no envelope; each knows its sentence."""

from __future__ import annotations

from dataclasses import dataclass


class FederationError(Exception):
    """The exchange with other nodes cannot do what was asked; the message says what, where and what to do."""

    exit_code = 3


class CannotSend(FederationError):  # noqa: N818  (an answer, not a fault)
    """A message may not go where it was to go; nothing was sent. `code` is one of `Reason`."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en


class Refuse(Exception):  # noqa: N818  (an answer, not a fault)
    """Raised by a handler: this message is not accepted here. What the handler wrote is undone; the issuer is told."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Unreadable(Exception):  # noqa: N818  (an answer, not a fault)
    """Bytes that are no envelope: cut, spoilt, or something else."""


@dataclass(frozen=True, slots=True)
class Said:
    """One reason in both languages."""

    zh: str
    en: str


REASONS: dict[str, Said] = {
    "bad_body": Said("正文不合这一种类的格式", "the body does not fit its kind"),
    "bad_signature": Said(
        "签名不符：内容被改动，或不是该节点所发", "the signature does not hold: altered, or not theirs"
    ),
    "chain": Said(
        "与已收的上一件不相接：对方的记录被改动或恢复自旧备份；已停止收取",
        "it does not continue what was taken before: the peer's records were altered or restored; taking has stopped",
    ),
    "clock": Said("对方时钟超前过多", "the peer's clock is too far ahead"),
    "expired": Said("收到时已过有效期", "it was no longer valid when it was taken"),
    "expired_key": Said("签名所用密钥已过期", "its key is no longer valid"),
    "fault": Said("办理时本节点出错；修复后可以放行重办", "this node failed over it; release it once that is mended"),
    "forked": Said("同一序号有两件不同的内容", "two different envelopes bear one number"),
    "not_granted": Said("未授权该节点发送这一种类", "this node may not send this kind"),
    "our_past": Said(
        "对方收到的比本节点记得发出的还多：本节点恢复自旧备份；已停止发送",
        "the peer has more from us than we remember sending: we were restored from an old copy; sending has stopped",
    ),
    "recalled": Said("发出节点已撤回", "its issuer has recalled it"),
    "repeated_id": Said("这一编号的消息已收过", "a message of this id came before"),
    "revoked_key": Said("签名所用密钥已被撤销", "its key was revoked"),
    "too_large": Said("超过大小上限", "it is larger than allowed"),
    "unknown_issuer": Said("发出节点未登记或已停用", "its issuer is no enrolled node, or a suspended one"),
    "unknown_key": Said("签名所用密钥未登记", "its key is not known here"),
    "unknown_kind": Said("本节点不认识这一种类或版本", "this node does not know its kind or schema"),
    "unknown_message": Said("所指的消息不存在", "it names a message that is not there"),
    "unreadable": Said(
        "不是完整的信封：被截断、损坏，或是其他文件", "no whole envelope: cut, spoilt, or something else"
    ),
    "wrong_audience": Said("收件节点不是本节点", "it is addressed to another node"),
}
"""Why something is in quarantine or was refused, by code; a handler's own codes come beside these."""


def sentence(code: str, en: str = "") -> Said:
    """The reason behind a code; one of a handler's own has only the sentence it gave."""
    return REASONS.get(code) or Said(en or code, en or code)
