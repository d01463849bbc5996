"""What a publication holds back, what it newly blocks, and drafts that wait for signatures."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Nothing was held back before, and nothing that was published before counts as fit for a fresh edge."""

    dependencies = [("policies", "0002_counts")]

    operations = [
        migrations.AddField("publication", "held", ArrayField(models.BigIntegerField(), default=list)),
        migrations.AddField("publication", "new_blocks", models.BigIntegerField(default=0)),
        migrations.AddField("publication", "fresh", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("version", models.BigIntegerField(primary_key=True, serialize=False)),
                ("parent", models.BigIntegerField()),
                ("acts", ArrayField(models.BigIntegerField())),
                ("policy", models.BooleanField()),
                ("site_digest", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("blocks", models.CharField(max_length=64)),
                ("new_blocks", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("state", models.CharField(default="waiting", max_length=9)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=["waiting", "published", "dropped"]), name="draft_state_known"
                    ),
                    models.UniqueConstraint(fields=["state"], condition=Q(state="waiting"), name="draft_one_waits"),
                ],
            },
        ),
    ]
