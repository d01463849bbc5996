"""What the ledger can hold: every kind of entry, its titles, and how the personal data in it is erased."""

from __future__ import annotations

from enum import Enum, StrEnum


class Erasure(Enum):
    """How the personal data of an entry stops naming anybody (个人信息保护法 art. 47)."""

    ACCOUNT = (
        "the entry names an account by its random id; deleting the account's row leaves a number that means nothing"
    )
    NONE = "the entry holds no personal data but the id of the officer who acted"
    SUBJECT = "the entry names the person by a random subject id; deleting the subject's row cuts the link"


class AuditKind(StrEnum):
    """A kind of entry. Alphabetical; the value is what is stored and never changes."""

    zh: str
    """Title in Chinese."""
    en: str
    """Title in English."""
    erasure: Erasure
    """How its personal data is erased."""

    def __new__(cls, value: str, zh: str, en: str, erasure: Erasure) -> AuditKind:
        """One kind of entry."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        member.erasure = erasure
        return member

    @classmethod
    def named(cls, value: str) -> AuditKind | None:
        """The kind stored under this value, None where this version does not know it."""
        return next((kind for kind in cls if kind.value == value), None)

    AGENT_BLACKLISTED = "agent:blacklisted", "代理商列入黑名单", "Agent blacklisted", Erasure.NONE
    AGENT_BREACH = "agent:breach", "代理商违规", "Breach of an agent", Erasure.NONE
    AGENT_REGISTERED = "agent:registered", "登记代理商", "Agent registered", Erasure.NONE
    AGENT_REVOKED = "agent:revoked", "取消代理资格", "Agency revoked", Erasure.NONE
    APPEAL_ACKNOWLEDGED = "appeal:acknowledged", "申诉已受理", "Appeal acknowledged", Erasure.SUBJECT
    APPEAL_CLOSED = "appeal:closed", "申诉办结", "Appeal closed", Erasure.SUBJECT
    APPEAL_ESCALATED = "appeal:escalated", "申诉上送", "Appeal escalated", Erasure.SUBJECT
    APPEAL_FILED = "appeal:filed", "提出申诉", "Appeal filed", Erasure.SUBJECT
    APPEAL_LIFTED = "appeal:lifted", "申诉成立，解除限制", "Appeal allowed, restriction lifted", Erasure.SUBJECT
    APPEAL_PARTLY_LIFTED = "appeal:partly_lifted", "申诉部分成立", "Appeal allowed in part", Erasure.SUBJECT
    APPEAL_REVIEW_BEGUN = "appeal:review_begun", "申诉开始复核", "Review of an appeal begun", Erasure.SUBJECT
    APPEAL_UPHELD = "appeal:upheld", "申诉不成立，维持限制", "Appeal refused, restriction upheld", Erasure.SUBJECT
    BLACKLIST_LISTED = "blacklist:listed", "列入黑名单", "Listed on the blacklist", Erasure.SUBJECT
    BLACKLIST_PROPOSED = "blacklist:proposed", "提请列入或移出黑名单", "Blacklist change proposed", Erasure.SUBJECT
    BLACKLIST_REMOVED = (
        "blacklist:removed",
        "移出黑名单或不予列入",
        "Taken off or not put on the blacklist",
        Erasure.SUBJECT,
    )
    BREAK_GLASS = "break_glass", "紧急越权操作", "Break-glass act", Erasure.NONE
    CARDS_ANSWERED = "cards:answered", "一证通查已办理", "Question about own cards dealt with", Erasure.NONE
    CARDS_ASKED = "cards:asked", "一证通查受理", "Question about own cards taken", Erasure.NONE
    CARDS_LAPSED = "cards:lapsed", "一证通查失效", "Question about own cards lapsed", Erasure.NONE
    CLEANUP_ENDED = "cleanup:ended", "清理行动结束", "Clean-up campaign ended", Erasure.NONE
    CLEANUP_PLANNED = "cleanup:planned", "拟定清理行动", "Clean-up campaign planned", Erasure.NONE
    CLEANUP_STARTED = "cleanup:started", "清理行动开始", "Clean-up campaign started", Erasure.NONE
    CLUSTER_CONFIRMED = "cluster:confirmed", "认定卡群", "Cluster of cards confirmed", Erasure.SUBJECT
    CLUSTER_DISMISSED = "cluster:dismissed", "排除卡群", "Cluster of cards dismissed", Erasure.NONE
    CLUSTER_FOUND = "cluster:found", "发现卡群", "Cluster of cards found", Erasure.NONE
    CLUSTER_REPLACED = "cluster:replaced", "卡群并入新发现", "Cluster of cards replaced", Erasure.NONE
    CLUSTER_REVIEWED = "cluster:reviewed", "复核卡群", "Review of a cluster of cards", Erasure.NONE
    CLUSTER_SEARCHED = "cluster:searched", "查找卡群", "Search for clusters of cards", Erasure.NONE
    CODE_SENT = "code:sent", "发送验证码", "Code sent", Erasure.SUBJECT
    DELEGATION_GIVEN = "delegation:given", "授予代办", "Delegation given", Erasure.ACCOUNT
    DEVICE_ACKNOWLEDGED = "device:acknowledged", "公安签收违法设备移送", "Police acknowledged a device", Erasure.NONE
    DEVICE_FOUND = "device:found", "发现违法设备", "Forbidden device found", Erasure.NONE
    DEVICE_REPORTED = "device:reported", "违法设备报告并移送", "Forbidden device reported and handed over", Erasure.NONE
    DIRECTORY_PUBLISHED = "directory:published", "可信号码目录发布", "Trusted directory published", Erasure.NONE
    EDGE_ENROLLED = "edge:enrolled", "拦截节点登记", "Edge enrolled", Erasure.NONE
    EDGE_RECEIPT = "edge:receipt", "拦截节点回执", "Receipt of an edge", Erasure.NONE
    EXCESS_DECIDED = "excess:decided", "超限卡核验", "Card above the limit decided", Erasure.SUBJECT
    EXCESS_FOUND = "excess:found", "发现超限卡", "Cards above the limit found", Erasure.SUBJECT
    EXPORTED = "exported", "导出数据", "Data exported", Erasure.SUBJECT
    FIGURE_PUBLISHED = "figure:published", "数据发布", "Figures published", Erasure.NONE
    IMPORT_APPLIED = "import:applied", "登记导入生效", "Import of registrations applied", Erasure.NONE
    IMPORT_CHECKED = "import:checked", "登记导入核对", "Import of registrations checked", Erasure.NONE
    IMPORT_DISCARDED = "import:discarded", "登记导入作废", "Import of registrations discarded", Erasure.NONE
    IMPORT_UPLOADED = "import:uploaded", "登记导入上传", "Import of registrations uploaded", Erasure.NONE
    LANDING_CALLED = "landing:called", "回拨核验落地号码", "Landing number called back", Erasure.SUBJECT
    LINE_CLOSED = "line:closed", "语音专线关停", "Voice line closed", Erasure.NONE
    LINE_ENFORCED = "line:enforced", "语音专线实施鉴权", "Voice line enforced", Erasure.NONE
    LINE_EXCEPTED = "line:excepted", "语音专线例外", "Exception for a voice line", Erasure.NONE
    LINE_REGISTERED = "line:registered", "语音专线登记", "Voice line registered", Erasure.NONE
    LINE_TESTED = "line:tested", "语音专线测试", "Voice line tested", Erasure.NONE
    LOGIN = "login", "登录", "Logged in", Erasure.ACCOUNT
    LOGIN_FAILED = "login:failed", "登录失败", "Login failed", Erasure.ACCOUNT
    MEMBERSHIP_CHANGED = "membership:changed", "任职变更", "Membership changed", Erasure.ACCOUNT
    NODE_APPROVED = "node:approved", "批准节点互联", "Node enrolled", Erasure.NONE
    NODE_CHANGED = "node:changed", "节点互联变更", "Keys or kinds of a node changed", Erasure.NONE
    NODE_PROPOSED = "node:proposed", "提请节点互联", "Node proposed", Erasure.NONE
    NODE_STOPPED = "node:stopped", "停止节点互联", "Node suspended or revoked", Erasure.NONE
    NOTICE_HANDED_OVER = "notice:handed_over", "告知已移交发送", "Notice handed over", Erasure.SUBJECT
    NUMBER_LOOKED_UP = "number:looked_up", "查询号码", "Number looked up", Erasure.SUBJECT
    NUMBER_REVEALED = "number:revealed", "查看完整号码", "Number shown in full", Erasure.SUBJECT
    ORDER_APPROVED = "order:approved", "关停指令批准", "Order approved", Erasure.SUBJECT
    ORDER_EXECUTED = "order:executed", "关停指令执行完毕", "Order executed", Erasure.SUBJECT
    ORDER_FED_BACK = "order:fed_back", "已向公安机关反馈", "Result given to the police", Erasure.SUBJECT
    ORDER_FILED = "order:filed", "关停指令收文", "Order filed", Erasure.SUBJECT
    ORDER_REJECTED = "order:rejected", "关停指令驳回", "Order rejected", Erasure.SUBJECT
    ORDER_REPORTED = "order:reported", "关停指令上报", "Order reported", Erasure.SUBJECT
    ORDER_REVERSED = "order:reversed", "关停指令撤销", "Order reversed", Erasure.SUBJECT
    ORDER_ROUTED = "order:routed", "关停指令分派", "Order routed", Erasure.SUBJECT
    ORDER_SENT_BACK = "order:sent_back", "关停指令退回", "Order sent back", Erasure.SUBJECT
    ORDER_VALIDATED = "order:validated", "关停指令核验", "Order validated", Erasure.SUBJECT
    ORGANISATION_CHANGED = "organisation:changed", "单位变更", "Organisation changed", Erasure.NONE
    PLAN_CHANGED = "plan:changed", "号码资源变更", "Number plan changed", Erasure.NONE
    POLICY_APPROVED = "policy:approved", "策略复核同意", "Policy approved", Erasure.NONE
    POLICY_COMPARED = "policy:compared", "策略比较", "Policy compared on recorded calls", Erasure.NONE
    POLICY_DRAFTED = "policy:drafted", "策略起草或修改", "Policy drafted or amended", Erasure.NONE
    POLICY_PUBLISHED = "policy:published", "策略发布", "Policy published", Erasure.NONE
    POLICY_RETURNED = "policy:returned", "策略退回或撤回", "Policy returned or withdrawn", Erasure.NONE
    POLICY_ROLLED_BACK = "policy:rolled_back", "策略回退", "Policy rolled back", Erasure.NONE
    POLICY_SUBMITTED = "policy:submitted", "策略提交复核", "Policy submitted", Erasure.NONE
    QUARANTINE_DECIDED = "quarantine:decided", "处置隔离来件", "Piece in quarantine decided", Erasure.NONE
    QUARANTINE_KEPT = "quarantine:kept", "来件隔离", "Piece set aside in quarantine", Erasure.NONE
    REREGISTRATION_CARD = "reregistration:card", "补登记进度", "Step of a card in a re-registration", Erasure.SUBJECT
    REREGISTRATION_PLANNED = "reregistration:planned", "补登记安排", "Re-registration campaign", Erasure.NONE
    REREGISTRATION_RECORDED = "reregistration:recorded", "补登记", "Holder re-registered", Erasure.SUBJECT
    REREGISTRATION_SHEET = "reregistration:sheet", "补登记表", "File of re-registrations", Erasure.NONE
    REREGISTRATION_TARGET = "reregistration:target", "实名率目标", "Target of the real-name rate", Erasure.NONE
    RESELLER_CLEARED = "reseller:cleared", "转售企业检查结束", "Inspection of a reseller ended", Erasure.NONE
    RESELLER_INSPECTED = "reseller:inspected", "转售企业检查", "Reseller inspected", Erasure.NONE
    RESELLER_LIFTED = "reseller:lifted", "转售企业恢复发展", "Stop of a reseller lifted", Erasure.NONE
    RESELLER_NOTIFIED = "reseller:notified", "转售企业整改通知", "Notice to a reseller", Erasure.NONE
    RESELLER_PROVED = "reseller:proved", "转售企业整改证明", "Proof of a reseller", Erasure.NONE
    RESELLER_STOPPED = "reseller:stopped", "叫停转售企业发展", "Reseller stopped", Erasure.NONE
    RESTRICTION_LIFTED = "restriction:lifted", "解除限制", "Restriction lifted", Erasure.SUBJECT
    RESTRICTION_PLACED = "restriction:placed", "采取限制", "Restriction placed", Erasure.SUBJECT
    SERVICE_ACTIVATED = "service:activated", "重点业务开通", "Key service activated", Erasure.SUBJECT
    SERVICE_APPLIED = "service:applied", "重点业务申请", "Key service applied for", Erasure.SUBJECT
    SERVICE_CHECKED = "service:checked", "重点业务核查", "Key service checked", Erasure.SUBJECT
    SERVICE_CLOSED = "service:closed", "重点业务关停", "Key service closed", Erasure.SUBJECT
    SERVICE_CORRECTED = (
        "service:corrected",
        "重点业务登记补正",
        "Registration of a key service corrected",
        Erasure.SUBJECT,
    )
    SERVICE_FLAGGED = "service:flagged", "重点业务缺陷", "Defect of a key service", Erasure.SUBJECT
    SERVICE_RECTIFIED = "service:rectified", "重点业务已整改", "Key service rectified", Erasure.SUBJECT
    SERVICE_RECTIFY_ORDERED = (
        "service:rectify_ordered",
        "重点业务责令整改",
        "Rectification of a key service ordered",
        Erasure.SUBJECT,
    )
    SERVICE_REFUSED = "service:refused", "重点业务不予办理", "Key service refused", Erasure.SUBJECT
    SERVICE_SUSPENDED = "service:suspended", "重点业务暂停", "Key service suspended", Erasure.SUBJECT
    SERVICE_VERIFIED = "service:verified", "重点业务核验", "Key service verified", Erasure.SUBJECT
    SNAPSHOT_APPROVED = "snapshot:approved", "快照审签", "Snapshot approved by signature", Erasure.NONE
    SNAPSHOT_HELD = "snapshot:held", "快照待审签", "Snapshot waits for approvals", Erasure.NONE
    SNAPSHOT_PUBLISHED = "snapshot:published", "快照发布", "Snapshot published", Erasure.NONE
    SUBJECT_ERASED = "subject:erased", "主体标识删除", "Subject erased", Erasure.NONE
    SUDO_GRANTED = "sudo:granted", "二次验证通过", "Second proof given", Erasure.ACCOUNT
    TOKEN_ISSUED = "token:issued", "签发接口令牌", "Token issued", Erasure.ACCOUNT
    TOKEN_REVOKED = "token:revoked", "停用接口令牌", "Token revoked", Erasure.ACCOUNT
    TRUSTED_APPLIED = "trusted:applied", "申请可信号码", "Trusted number applied for", Erasure.SUBJECT
    TRUSTED_APPROVED = "trusted:approved", "可信号码批准", "Trusted number approved", Erasure.SUBJECT
    TRUSTED_CHECKED = "trusted:checked", "可信号码材料核验", "Evidence of a trusted number checked", Erasure.SUBJECT
    TRUSTED_EVIDENCE_READ = "trusted:evidence_read", "查看可信号码材料", "Evidence read", Erasure.NONE
    TRUSTED_EXPIRED = "trusted:expired", "可信号码到期", "Trusted number expired", Erasure.SUBJECT
    TRUSTED_REFUSED = "trusted:refused", "可信号码不予登记", "Trusted number refused", Erasure.SUBJECT
    TRUSTED_REVOKED = "trusted:revoked", "可信号码撤销", "Trusted number revoked", Erasure.SUBJECT
    TRUSTED_SENT_BACK = "trusted:sent_back", "可信号码申请退回", "Trusted number sent back", Erasure.SUBJECT
    TRUSTED_WITHDRAWN = "trusted:withdrawn", "可信号码申请撤回", "Trusted number withdrawn", Erasure.SUBJECT
    WHY_ASKED = "why:asked", "查询限制原因", "Reason asked for", Erasure.SUBJECT


LOOKS = frozenset({AuditKind.EXPORTED, AuditKind.NUMBER_LOOKED_UP, AuditKind.NUMBER_REVEALED, AuditKind.WHY_ASKED})
"""The kinds that mean: somebody looked at the subject."""
