"""Entries are found by organisation and by kind."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two indexes, newest entry first."""

    dependencies = [("audit", "0001_ledger")]

    operations = [
        migrations.AddIndex("entry", models.Index(fields=["organisation", "-id"], name="audit_entry_organisation")),
        migrations.AddIndex("entry", models.Index(fields=["kind", "-id"], name="audit_entry_kind")),
    ]
