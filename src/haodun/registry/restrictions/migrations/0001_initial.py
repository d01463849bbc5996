"""Restrictions, the counter of their changes, notices."""

import datetime
import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

from haodun.offices.organisations import rls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("subscribers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeCounter",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("value", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_change_counter")],
            },
        ),
        migrations.CreateModel(
            name="RestrictionRow",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("subject", models.UUIDField(null=True)),
                ("carrier", models.UUIDField(null=True)),
                (
                    "measure",
                    models.CharField(
                        choices=[("outgoing", "outgoing"), ("both_ways", "both_ways"), ("tip", "tip")], max_length=12
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("afl-11", "afl-11"),
                            ("afl-12", "afl-12"),
                            ("afl-13", "afl-13"),
                            ("afl-31", "afl-31"),
                            ("miit-police-2015-11", "miit-police-2015-11"),
                        ],
                        max_length=32,
                    ),
                ),
                ("reason_zh", models.CharField(max_length=400)),
                ("reason_en", models.CharField(max_length=400)),
                ("source_kind", models.CharField(max_length=32)),
                ("source_id", models.CharField(max_length=64)),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("renewed_at", models.DateTimeField(null=True)),
                ("lapses_at", models.DateTimeField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lift_source_kind", models.CharField(default="", max_length=32)),
                ("lift_source_id", models.CharField(default="", max_length=64)),
                ("lift_reason", models.CharField(default="", max_length=400)),
                ("forged", models.BooleanField(default=False)),
                ("appeal", models.CharField(max_length=32, unique=True)),
                ("placed_change", models.BigIntegerField()),
                ("change", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.holderinterval",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text_zh", models.TextField()),
                ("text_en", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("handed_over_at", models.DateTimeField(null=True)),
                (
                    "restriction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice",
                        to="restrictions.restrictionrow",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="restrictionrow",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="restrictionrow_readers"),
        ),
        migrations.AddIndex(
            model_name="restrictionrow",
            index=models.Index(fields=["number", "-starts"], name="restriction_number"),
        ),
        migrations.AddIndex(
            model_name="restrictionrow",
            index=models.Index(fields=["change"], name="restriction_change"),
        ),
        migrations.AddIndex(
            model_name="restrictionrow",
            index=models.Index(
                condition=models.Q(("forged", False), ("lifted_at", None)), fields=["ends"], name="restriction_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrow",
            constraint=models.UniqueConstraint(
                fields=("source_kind", "source_id", "number"), name="restriction_once_a_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrow",
            constraint=models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="restriction_number_is_one"),
        ),
        migrations.AddConstraint(
            model_name="restrictionrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))), name="restriction_lasts"
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.functions.comparison.Coalesce(models.F("renewed_at"), models.F("starts")),
                            "+",
                            models.Value(datetime.timedelta(days=90)),
                        ),
                    )
                ),
                name="restriction_term_is_limited",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at", None), models.Q(("lift_source_kind", ""), _negated=True), _connector="OR"
                ),
                name="restriction_lift_has_source",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="notice_readers"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("handed_over_at", None)), fields=["created_at"], name="notice_waiting"
            ),
        ),
        rls.enable("restrictions_restrictionrow"),
        rls.enable("restrictions_notice"),
    ]
