"""Counts, flagged calls, and how far each source was taken in."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from haodun.offices.organisations import rls


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Intake",
            fields=[
                ("source", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("upto", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="FlaggedCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("source", models.CharField(max_length=128)),
                ("event", models.BigIntegerField()),
                ("organisation", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("call_id", models.CharField(max_length=256)),
                ("caller", models.BigIntegerField()),
                ("callee", models.BigIntegerField()),
                ("province", models.CharField(blank=True, max_length=2)),
                ("trunk", models.CharField(blank=True, max_length=128)),
                ("action", models.SmallIntegerField()),
                ("enforced", models.BooleanField()),
                ("rule", models.CharField(blank=True, max_length=64)),
                ("rule_class", models.CharField(blank=True, max_length=12)),
                ("flags", models.SmallIntegerField()),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None),
                ),
                ("token", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="flaggedcall_readers"),
                    models.Index(fields=["caller", "-at"], name="flagged_call_caller"),
                    models.Index(fields=["-at"], name="flagged_call_at"),
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "event"), name="flagged_call_once")],
            },
        ),
        migrations.CreateModel(
            name="HourCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("organisation", models.UUIDField()),
                ("hour", models.DateTimeField()),
                ("rule_class", models.CharField(blank=True, max_length=12)),
                ("province", models.CharField(blank=True, max_length=2)),
                ("rule", models.CharField(blank=True, max_length=64)),
                ("action", models.SmallIntegerField()),
                ("enforced", models.BooleanField()),
                ("verdicts", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="hourcount_readers"),
                    models.Index(fields=["hour"], name="hour_count_hour"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "hour", "rule_class", "province", "rule", "action", "enforced"),
                        name="hour_count_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("verdicts__gt", 0)), name="hour_count_positive"),
                ],
            },
        ),
        rls.enable("verdict_counts_hourcount"),
        rls.enable("verdict_counts_flaggedcall"),
    ]
