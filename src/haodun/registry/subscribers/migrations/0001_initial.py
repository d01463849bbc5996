"""Holder intervals and who answers for ranges."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
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
            name="HolderInterval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("number", models.BigIntegerField()),
                ("valid", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("subject", models.UUIDField()),
                ("kind", models.CharField(max_length=12)),
                ("province", models.CharField(blank=True, default="", max_length=2)),
                ("masked_name", models.CharField(max_length=160)),
                ("name_sealed", models.BinaryField()),
                ("contact_sealed", models.BinaryField()),
                ("contact_mark", models.BinaryField(max_length=32)),
                (
                    "carrier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "reseller",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="holderinterval_readers"),
                    models.Index(fields=["number"], name="subscribers_number_16466c_idx"),
                    models.Index(fields=["subject"], name="subscribers_subject_608723_idx"),
                    models.Index(
                        condition=models.Q(("contact_mark", b""), _negated=True),
                        fields=["contact_mark"],
                        name="holder_contact",
                    ),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (models.Func("number", "number", models.Value("[]"), function="int8range"), "&&"),
                            ("valid", "&&"),
                        ],
                        name="one_holder_at_a_time",
                    ),
                    models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="holder_number_is_one"),
                    models.CheckConstraint(condition=models.Q(("valid__isempty", False)), name="holder_interval_lasts"),
                ],
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
                "constraints": [models.UniqueConstraint(fields=("holder", "province"), name="range_carrier_once")],
            },
        ),
        rls.enable("subscribers_holderinterval"),
    ]
