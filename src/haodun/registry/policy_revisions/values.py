"""Limits and choices of policy revisions."""

from __future__ import annotations

from hashlib import sha256

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MAX_POLICY = 400_000
"""Characters of a policy; what is longer is not offered to other nodes either. Numbers belong on lists."""
MAX_CASES = 200_000
"""Characters of its test cases."""
MAX_WHY = 400
"""Characters of the note that says why, and of the reason of a step."""
MAX_FAILURE = 400
COMPARED_CALLS = 100_000
"""Calls of the recorded run that a comparison decides again, from its beginning."""


REGISTRY_LISTS = ("orders", "black", "grey")
"""Lists that the registry fills in every snapshot: a policy that does not know them cannot be published."""
STEPS = ("shadow", "canary 100", "canary 1000", "enforce")
"""The way of a rule: watched, 1 % of the callers, 10 %, all."""


class Start(TextChoices):
    """What a revision was begun from."""

    IN_FORCE = "in_force", _("现行策略")
    EARLIER = "earlier", _("较早的版本")
    OFFERED = "offered", _("其他节点提供的策略")
    NEXT_STEP = "next_step", _("一条规则的下一步")
    ROLL_BACK = "roll_back", _("回退")


def digest_of(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return sha256(text.encode()).hexdigest()
