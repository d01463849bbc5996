"""How many numbers a publication holds, and how many came and went with it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Three counts, unknown for what was published before."""

    dependencies = [("policies", "0001_initial")]

    operations = [
        migrations.AddField("publication", "numbers", models.BigIntegerField(null=True)),
        migrations.AddField("publication", "added", models.BigIntegerField(null=True)),
        migrations.AddField("publication", "removed", models.BigIntegerField(null=True)),
    ]
