"""Allocations, porting, kept answers of the porting database, and who answers for whole networks."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numbers", django.contrib.postgres.fields.ranges.BigIntegerRangeField()),
                ("valid", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("allocated", "已分配"), ("recycled", "回收冷冻"), ("unallocated", "未分配")],
                        max_length=12,
                    ),
                ),
                ("province", models.CharField(blank=True, default="", max_length=2)),
                ("source", models.CharField(max_length=120)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation"], name="allocation_organisation")],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("numbers", "&&"), ("valid", "&&")], name="one_allocation_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("numbers__isempty", False), ("valid__isempty", False)),
                        name="allocation_is_of_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation", None), ("state", "unallocated")),
                            models.Q(("state", "unallocated"), _negated=True),
                            _connector="OR",
                        ),
                        name="unallocated_to_nobody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Porting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("valid", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("source", models.CharField(max_length=120)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "before",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["number"], name="porting_number"),
                    django.contrib.postgres.indexes.GistIndex(fields=["valid"], name="porting_valid"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (models.Func("number", "number", models.Value("[]"), function="int8range"), "&&"),
                            ("valid", "&&"),
                        ],
                        name="one_network_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gt", 0), ("valid__isempty", False)), name="porting_is_of_a_number"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PortingAnswer",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("good_until", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["good_until"], name="porting_answer_good_until")],
            },
        ),
        migrations.CreateModel(
            name="RangeCarrier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.SmallIntegerField()),
                ("province", models.CharField(blank=True, default="", max_length=2)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("holder", "province"), name="one_carrier_a_range")],
            },
        ),
    ]
