"""Edges, publications, receipts."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from haodun.offices.organisations import rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Edge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("name", models.CharField(max_length=64, unique=True)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("mode", models.CharField(max_length=8)),
                ("enrolled_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_seen", models.DateTimeField(null=True)),
                ("version", models.BigIntegerField(default=0)),
                ("run", models.CharField(default="", max_length=128)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("version", models.BigIntegerField(primary_key=True, serialize=False)),
                ("parent", models.BigIntegerField()),
                ("kind", models.CharField(max_length=5)),
                ("digest", models.CharField(max_length=64)),
                ("bytes", models.BigIntegerField()),
                ("policy_digest", models.CharField(max_length=64)),
                ("cause", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField()),
                ("change", models.BigIntegerField()),
                ("executed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["change"], name="publication_change"),
                    models.Index(condition=models.Q(("kind", "full")), fields=["-version"], name="publication_full"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["full", "delta"])), name="publication_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent__lt", models.F("version"))), name="publication_follows"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("state", models.CharField(max_length=8)),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                (
                    "edge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="policies.edge"
                    ),
                ),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="policies.publication"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="edge",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="edge_readers"),
        ),
        migrations.AddConstraint(
            model_name="edge",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["observe", "enforce"])), name="edge_mode_known"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="receipt_readers"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("publication", "edge", "state"), name="receipt_once"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["received", "executed", "refused"])), name="receipt_state_known"
            ),
        ),
        rls.enable("policies_edge"),
        rls.enable("policies_receipt"),
    ]
