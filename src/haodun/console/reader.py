"""Who looks at a page: person, organisation, rights, purpose, language and theme, read once a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language

from haodun.console.formatting import Language
from haodun.offices.organisations.access import standing_of
from haodun.offices.organisations.purposes import Purpose, purpose_of
from haodun.offices.organisations.services import CHARTERS, Permission, Role, Standing

if TYPE_CHECKING:
    from haodun.offices.organisations.models import Organisation, User

THEME_COOKIE = "haodun_theme"
THEMES = ("auto", "light", "dark")
DENSITIES = ("normal", "compact", "roomy")
_KEPT = "_haodun_reader"


@dataclass(frozen=True, slots=True)
class Reader:
    """The person for whom a page is made; nobody where `user` is None."""

    user: User | None
    standing: Standing | None
    """None: signed in, yet appointed nowhere."""
    organisation: Organisation | None
    purpose: str
    """Code of the purpose of looks in this session, '' where none was given."""
    lang: Language
    theme: str

    def may(self, permission: Permission) -> bool:
        """Whether the person's roles at the organisation allow this."""
        return self.standing is not None and permission.value in self.standing.permissions

    @property
    def role_title(self) -> str:
        """Title of the role in which the person acts, '' for nobody."""
        known = self.standing is not None and self.standing.role in CHARTERS
        return str(Role(self.standing.role).label) if known and self.standing else ""

    @property
    def purpose_title(self) -> str:
        """What the top bar shows of the purpose, '' where none was stated."""
        return str(Purpose(self.purpose).label) if self.purpose else ""

    @property
    def user_id(self) -> UUID | None:
        """Opaque id of the person."""
        return None if self.user is None else self.user.pk


def language() -> Language:
    """The language of this page."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def theme_of(request: HttpRequest) -> str:
    """auto, light or dark, from the cookie; auto for anything else."""
    chosen = request.COOKIES.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def reader_of(request: HttpRequest) -> Reader:
    """The reader of this request, read once."""
    kept = getattr(request, _KEPT, None)
    if isinstance(kept, Reader) and kept.lang == language():
        return kept
    found = _read(request)
    setattr(request, _KEPT, found)
    return found


def _read(request: HttpRequest) -> Reader:
    from haodun.offices.organisations.models import Organisation

    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Reader(None, None, None, "", language(), theme_of(request))
    standing = standing_of(request)
    organisation = None if standing is None else Organisation.objects.filter(pk=standing.organisation_id).first()
    return Reader(cast("User", user), standing, organisation, purpose_of(request), language(), theme_of(request))
