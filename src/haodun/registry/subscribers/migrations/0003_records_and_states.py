"""Records, real-name states in two times, their counts, published figures, and the staging table of imports."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from haodun.offices.organisations import rls
from haodun.registry.subscribers import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0002_ranges_move"),
    ]

    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                (
                    "interval",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="record",
                        serialize=False,
                        to="subscribers.holderinterval",
                    ),
                ),
                ("party", models.UUIDField()),
                (
                    "document_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resident", "居民身份证"),
                            ("temporary", "临时居民身份证"),
                            ("household", "户口簿"),
                            ("soldier", "军人身份证件"),
                            ("armed_police", "武装警察身份证件"),
                            ("hm_pass", "港澳居民来往内地通行证"),
                            ("taiwan_pass", "台湾居民来往大陆通行证"),
                            ("residence_permit", "港澳台居民居住证"),
                            ("passport", "护照"),
                            ("foreign_permanent", "外国人永久居留身份证"),
                            ("other_person", "其他有效身份证件"),
                            ("credit_code", "统一社会信用代码证照"),
                            ("organisation_code", "组织机构代码证"),
                            ("other_organisation", "单位其他有效证件"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("document_sealed", models.BinaryField(default=b"")),
                ("document_mark", models.BinaryField(default=b"", max_length=32)),
                ("personal", models.BooleanField(default=False)),
                (
                    "proxy_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resident", "居民身份证"),
                            ("temporary", "临时居民身份证"),
                            ("household", "户口簿"),
                            ("soldier", "军人身份证件"),
                            ("armed_police", "武装警察身份证件"),
                            ("hm_pass", "港澳居民来往内地通行证"),
                            ("taiwan_pass", "台湾居民来往大陆通行证"),
                            ("residence_permit", "港澳台居民居住证"),
                            ("passport", "护照"),
                            ("foreign_permanent", "外国人永久居留身份证"),
                            ("other_person", "其他有效身份证件"),
                            ("credit_code", "统一社会信用代码证照"),
                            ("organisation_code", "组织机构代码证"),
                            ("other_organisation", "单位其他有效证件"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("proxy_sealed", models.BinaryField(default=b"")),
                ("proxy_mark", models.BinaryField(default=b"", max_length=32)),
                ("agent", models.CharField(blank=True, default="", max_length=40)),
                (
                    "service",
                    models.CharField(
                        choices=[
                            ("mobile", "移动电话"),
                            ("data_card", "无线上网卡"),
                            ("iot", "物联网卡"),
                            ("fixed", "固定电话"),
                        ],
                        default="mobile",
                        max_length=12,
                    ),
                ),
                (
                    "opened_how",
                    models.CharField(
                        choices=[
                            ("shop", "自有营业厅"),
                            ("agent", "代理网点"),
                            ("online", "网上"),
                            ("delivery", "上门或寄递"),
                            ("transfer", "过户"),
                            ("unknown", "不详"),
                        ],
                        default="unknown",
                        max_length=12,
                    ),
                ),
                ("address_sealed", models.BinaryField(default=b"")),
                ("address_mark", models.BinaryField(default=b"", max_length=32)),
                ("device_mark", models.BinaryField(default=b"", max_length=32)),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="record_readers"),
                    models.Index(
                        condition=models.Q(("personal", True)),
                        fields=["document_mark", "party"],
                        name="record_document",
                    ),
                    models.Index(
                        condition=models.Q(("address_mark", b""), _negated=True),
                        fields=["address_mark"],
                        name="record_address",
                    ),
                    models.Index(
                        condition=models.Q(("device_mark", b""), _negated=True),
                        fields=["device_mark"],
                        name="record_device",
                    ),
                    models.Index(
                        condition=models.Q(("agent", ""), _negated=True), fields=["agent"], name="record_agent"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegistrationDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("recorded_at", models.DateTimeField()),
                ("day", models.DateField()),
                ("carrier", models.UUIDField()),
                ("reseller", models.UUIDField(null=True)),
                ("province", models.CharField(max_length=2)),
                ("service", models.CharField(max_length=12)),
                ("old", models.BooleanField()),
                ("numbers", models.BigIntegerField()),
                ("valid", models.BigIntegerField()),
                ("checked", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="registrationdelta_readers")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recorded_at", "day", "carrier", "reseller", "province", "service", "old"),
                        name="registration_delta_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PublishedFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("code", models.CharField(max_length=16)),
                ("dimension", models.CharField(max_length=12)),
                ("key", models.CharField(blank=True, default="", max_length=40)),
                ("as_of", models.DateField()),
                ("numerator", models.BigIntegerField()),
                ("denominator", models.BigIntegerField()),
                ("known_at", models.DateTimeField()),
                ("definition", models.SmallIntegerField()),
                ("published_at", models.DateTimeField()),
                ("published_by", models.UUIDField(null=True)),
                ("organisation", models.UUIDField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                (
                    "revises",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revision",
                        to="subscribers.publishedfigure",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="publishedfigure_readers"),
                    models.Index(fields=["organisation", "code", "as_of"], name="figure_organisation_as_of"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revises", None)),
                        fields=("organisation", "code", "dimension", "key", "as_of"),
                        name="figure_published_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("revises", None), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="figure_revision_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("none", "未登记"),
                            ("incomplete", "登记不全"),
                            ("failed", "核验未通过"),
                            ("valid", "已实名"),
                        ],
                        max_length=12,
                    ),
                ),
                ("checked", models.BooleanField(default=False)),
                ("valid", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("recorded", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("carrier", models.UUIDField()),
                ("reseller", models.UUIDField(null=True)),
                ("province", models.CharField(blank=True, default="", max_length=2)),
                (
                    "service",
                    models.CharField(
                        choices=[
                            ("mobile", "移动电话"),
                            ("data_card", "无线上网卡"),
                            ("iot", "物联网卡"),
                            ("fixed", "固定电话"),
                        ],
                        max_length=12,
                    ),
                ),
                ("old", models.BooleanField()),
                ("source", models.CharField(max_length=24)),
                ("actor", models.UUIDField(null=True)),
                (
                    "interval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registrations",
                        to="subscribers.holderinterval",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="registration_readers")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("recorded__isempty", False), ("valid__isempty", False)),
                        name="registration_lasts",
                    )
                ],
            },
        ),
        rls.enable("subscribers_record"),
        rls.enable("subscribers_registration"),
        rls.enable("subscribers_registrationdelta"),
        rls.enable("subscribers_publishedfigure"),
        migrations.RunSQL(triggers.STAGING, triggers.NO_STAGING),
        migrations.RunSQL(triggers.COUNT_STATES, triggers.UNCOUNT_STATES),
        migrations.RunSQL(triggers.FIGURES_STAY, triggers.FIGURES_GO),
    ]
