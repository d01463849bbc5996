"""Bearer tokens of programs: issued by an administrator, kept as a hash, bound to an organisation and permissions.

Theory of operation. A token is an account without a password that holds one seat: its organisation, and exactly the
permissions it was issued with. So whatever is asked by it passes the same gates as a person: scope, row-level security,
permissions, the ledger. It is nobody's second person: no token decides, approves, lifts, unmasks or issues anything
(`PROGRAM`), and none may do what no role at its organisation may.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.models import Organisation, ProgramToken, User
from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.roles import CHARTERS
from haodun.offices.organisations.scope import system
from haodun.offices.organisations.tree import OrganisationError, readers_of

PROGRAM = frozenset(
    one.value
    for one in (
        Permission.AGENT_READ,
        Permission.APPEAL_FILE,
        Permission.APPEAL_READ,
        Permission.BLACKLIST_READ,
        Permission.EDGE_READ,
        Permission.NOTICE_READ,
        Permission.NUMBER_LOOKUP,
        Permission.ORDER_ACKNOWLEDGE,
        Permission.ORDER_EXECUTE,
        Permission.ORDER_FILE,
        Permission.ORDER_READ,
        Permission.ORGANISATION_READ,
        Permission.PLAN_READ,
        Permission.POLICY_READ,
        Permission.REREGISTRATION_READ,
        Permission.RESTRICTION_READ,
        Permission.SERVICE_APPLY,
        Permission.SERVICE_READ,
        Permission.SITUATION_READ,
        Permission.SNAPSHOT_READ,
        Permission.SUBSCRIBER_EDIT,
        Permission.SUBSCRIBER_READ,
        Permission.TRUSTED_APPLY,
        Permission.TRUSTED_READ,
        Permission.VERDICT_READ,
        Permission.VOICE_LINE_EDIT,
        Permission.VOICE_LINE_READ,
    )
)
"""What a program may do at all: it reads, files, reports and executes."""
PREFIX = "hd_"
_TOKEN = re.compile(r"hd_[A-Za-z0-9_-]{43}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff ._-]{0,59}", re.ASCII)
MOST_DAYS = 365
_NOTED = timedelta(hours=1)
"""How often a use is noted."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token; its text is known only here and now."""

    id: uuid.UUID
    text: str = field(repr=False)


def allowed_at(organisation: Organisation) -> frozenset[str]:
    """What a program of this organisation may do: of PROGRAM what some role there may."""
    held = (charter.permissions for charter in CHARTERS.values() if organisation.kind in charter.kinds)
    return PROGRAM & frozenset().union(*held)


def issue(
    organisation: Organisation, *, name: str, permissions: Iterable[str], days: int, issuer: User, at: datetime
) -> Issued:
    """Issue a token for `days` days. OrganisationError says why not; nothing was made then."""
    wanted, most = frozenset(permissions), allowed_at(organisation)
    if _NAME.fullmatch(name) is None:
        raise OrganisationError(f"{name[:60]!r} is no name of a token; use letters, digits, Han characters, dots")
    if not wanted or not wanted <= most:
        refused = ", ".join(sorted(wanted - most)) or "nothing"
        raise OrganisationError(f"a program of this organisation cannot be given {refused}; choose from {len(most)}")
    if not 1 <= days <= MOST_DAYS:
        raise OrganisationError(f"a token holds for 1 to {MOST_DAYS} days, not {days}")
    text = PREFIX + secrets.token_urlsafe(32)
    try:
        with system(), transaction.atomic():
            account = User(username=f"program-{uuid.uuid4().hex}", name=f"程序 {name}")
            account.set_unusable_password()
            account.save(force_insert=True)
            token = ProgramToken.objects.create(
                organisation=organisation,
                account=account,
                name=name,
                digest=_digest(text),
                permissions=sorted(wanted),
                created_at=at,
                issued_by=issuer,
                expires_at=at + timedelta(days=days),
                readers=readers_of(organisation.id),
            )
            _note(AuditKind.TOKEN_ISSUED, token, issuer)
    except IntegrityError as error:
        if "program_token_name_once" not in str(error):
            raise
        raise OrganisationError(f"a token called {name} is in use here; revoke it first, or choose a name") from error
    return Issued(token.id, text)


def revoke(token: ProgramToken, *, by: User, at: datetime) -> None:
    """End a token at once; a second time nothing happens."""
    with system(), transaction.atomic():
        if ProgramToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=at) == 1:
            User.objects.filter(pk=token.account_id).update(is_active=False)
            _note(AuditKind.TOKEN_REVOKED, token, by)


def account_of(text: str) -> User | None:
    """The account of a live token, None for any other text."""
    if _TOKEN.fullmatch(text) is None:
        return None
    now = timezone.now()
    with system():
        found = ProgramToken.objects.filter(digest=_digest(text), revoked_at=None, expires_at__gt=now)
        token: ProgramToken | None = found.select_related("account").first()
        if token is None:
            return None
        if token.last_used_at is None or now - token.last_used_at > _NOTED:
            ProgramToken.objects.filter(id=token.id).update(last_used_at=now)
    return token.account


def _digest(text: str) -> bytes:
    return sha256(text.encode("ascii")).digest()


def _note(kind: AuditKind, token: ProgramToken, by: User) -> None:
    record(
        kind,
        actor=by.pk,
        organisation=token.organisation_id,
        object_type="token",
        object_id=token.id,
        body={"name": token.name, "permissions": token.permissions, "expires": token.expires_at.isoformat()},
    )
