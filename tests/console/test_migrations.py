"""Every model's table is made by a committed migration."""

from __future__ import annotations

import io

from django.core.management import call_command


def test_no_model_differs_from_its_migrations(db: None) -> None:
    out = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out)
    except SystemExit:
        raise AssertionError(f"a migration is missing:\n{out.getvalue()}") from None
