"""Bring Django up outside a web server; make the site's keys; bring the database's tables up to date."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from haodun.console.database import Urls, grant

SETTINGS = "haodun.console.settings"
SIGNING = ("snapshot", "checkpoint", "directory")
"""Ed25519 pairs: `keys/<name>.key` and `keys/<name>.pub`."""
SYMMETRIC = ("site", "field")
"""32 bytes each: redress tokens; personal texts at rest."""


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
    if path.exists():
        return
    draft = folder / f"secret.{os.getpid()}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)  # whole or not at all, and the first of two wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def prepare_keys(data: Path) -> None:
    """Make every key of the site that is absent (mode 0600); those there are kept."""
    from haodun.screening.snapshot import Signer, SnapshotRefused
    from haodun.store.site import site_key

    keep_secret(data)
    folder = data / "keys"
    for name in SYMMETRIC:
        site_key(folder / f"{name}.key")
    for name in SIGNING:
        private, public = folder / f"{name}.key", folder / f"{name}.pub"
        if private.exists():
            if not public.exists():
                public.write_bytes(Signer.load(private).public.to_pem())
            continue
        try:
            Signer.generate().save(private, public)
        except SnapshotRefused:
            if not private.exists():
                raise


def migrate(urls: Urls, *, verbosity: int = 0) -> None:
    """Bring the tables up to date as their owner, and give the powerless role its rights."""
    from django.apps import apps
    from django.core.management import call_command

    from haodun.offices.transitions.services import tables, wall_states

    call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
    insert_only = tuple(model._meta.db_table for model in apps.get_models() if getattr(model, "insert_only", False))
    grant(urls.owner, insert_only=insert_only)
    wall_states(urls.owner, tables())


def migrate_if_new(urls: Urls) -> bool:
    """Make the tables of a database that has none yet; whether it had none. A known one is `migrate`'s affair."""
    import psycopg

    with psycopg.connect(urls.owner) as owner:
        row = owner.execute("SELECT to_regclass('public.django_migrations') IS NULL").fetchone()
    new = row is not None and bool(row[0])
    if new:
        migrate(urls)
    return new
