"""Bring Django up outside a web server: for commands and tests; and bring the database's tables up to date."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from haodun.console.database import Urls, grant

SETTINGS = "haodun.console.settings"


def configure() -> None:
    """Load the settings and all contexts; a second call does nothing."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if not apps.ready:
        django.setup()


def keep_secret(data: Path) -> None:
    """Make the site's secret for sessions and forms where it is absent (mode 0600)."""
    folder = data / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "secret.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")


def migrate(urls: Urls, *, verbosity: int = 0) -> None:
    """Bring the tables up to date as their owner, and give the powerless role its rights."""
    from django.apps import apps
    from django.core.management import call_command

    call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
    insert_only = tuple(model._meta.db_table for model in apps.get_models() if getattr(model, "insert_only", False))
    grant(urls.owner, insert_only=insert_only)
