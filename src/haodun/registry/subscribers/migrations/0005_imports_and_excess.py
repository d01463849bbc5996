"""Imports of registrations, and cards above the one-ID limit."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from haodun.offices.organisations import rls


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0001_initial"),
        ("subscribers", "0004_record_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExcessCard",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("party", models.UUIDField()),
                ("document_mark", models.BinaryField(max_length=32)),
                ("case", models.UUIDField()),
                ("cards", models.IntegerField()),
                ("state", models.CharField(max_length=12)),
                ("version", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "interval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscribers.holderinterval"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="excesscard_readers"),
                    models.Index(fields=["state", "-created_at"], name="excess_state_created"),
                    models.Index(fields=["case"], name="excess_case"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PENDING")), fields=("interval",), name="excess_one_open_each"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("existing", "存量用户：超过五卡的照登，另列核验"),
                            ("new", "新开户：超过五卡的不予登记"),
                        ],
                        max_length=12,
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("size", models.BigIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("state", models.CharField(max_length=12)),
                ("version", models.IntegerField(default=0)),
                ("uploaded_by", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                ("total", models.BigIntegerField(default=0)),
                ("good", models.BigIntegerField(default=0)),
                ("bad", models.BigIntegerField(default=0)),
                ("last_line", models.BigIntegerField(default=0)),
                ("summary", models.JSONField(default=dict)),
                ("failure_zh", models.CharField(blank=True, default="", max_length=400)),
                ("failure_en", models.CharField(blank=True, default="", max_length=400)),
                ("applied_line", models.BigIntegerField(default=0)),
                ("applied", models.BigIntegerField(default=0)),
                ("late", models.BigIntegerField(default=0)),
                ("recorded_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="importrun_readers"),
                    models.Index(fields=["-created_at", "-id"], name="import_run_newest"),
                ],
            },
        ),
        rls.enable("subscribers_importrun"),
        rls.enable("subscribers_excesscard"),
    ]
