"""Entries of the trusted directory, their numbers, papers and call-backs, published versions."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from haodun.offices.organisations.rls import enable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DirectoryVersion",
            fields=[
                ("version", models.BigIntegerField(primary_key=True, serialize=False)),
                ("change", models.BigIntegerField()),
                ("head", models.CharField(max_length=64)),
                ("entries", models.IntegerField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("mode", models.CharField(max_length=8)),
                ("language", models.CharField(max_length=8)),
                ("to", models.BinaryField()),
                ("text", models.BinaryField()),
                ("behind", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("handed_over_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("display_zh", models.CharField(blank=True, default="", max_length=40)),
                ("display_en", models.CharField(blank=True, default="", max_length=60)),
                ("skeleton_zh", models.CharField(blank=True, default="", max_length=40)),
                ("skeleton_en", models.CharField(blank=True, default="", max_length=60)),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("service", "客户服务"),
                            ("delivery", "配送联系"),
                            ("notice", "业务通知"),
                            ("verification", "语音验证"),
                            ("care", "医疗、教育等公共服务"),
                            ("hotline", "只接听的服务热线"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("purpose_words", models.CharField(blank=True, default="", max_length=200)),
                ("inbound_only", models.BooleanField(default=False)),
                (
                    "trunks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), default=list, size=None
                    ),
                ),
                ("state", models.CharField(max_length=18)),
                ("version", models.IntegerField(default=0)),
                ("outcome_reason", models.CharField(blank=True, default="", max_length=1000)),
                ("remedy", models.CharField(blank=True, default="", max_length=1000)),
                ("valid_from", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("placed_change", models.BigIntegerField(default=0)),
                ("change", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "renews",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewed_by",
                        to="trusted_numbers.entry",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EntryNumber",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("verified_at", models.DateTimeField(null=True)),
                ("active", models.BooleanField(default=False)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="numbers", to="trusted_numbers.entry"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("digest", models.BinaryField()),
                ("tries", models.SmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_backs",
                        to="trusted_numbers.entrynumber",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("readers", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("licence", "营业执照或法人证书"),
                            ("numbers", "号码使用证明（入网协议或电信业务经营者出具）"),
                            ("authorisation", "经办人授权书"),
                            ("brand", "商标或名称使用证明"),
                        ],
                        max_length=14,
                    ),
                ),
                ("name", models.BinaryField()),
                ("media_type", models.CharField(max_length=20)),
                ("size", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="trusted_numbers.entry"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="entry",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="entry_readers"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["state", "created_at"], name="trusted_state_created"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["holder", "-created_at"], name="trusted_holder_newest"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["change"], name="trusted_change"),
        ),
        migrations.AddIndex(
            model_name="entrynumber",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="entrynumber_readers"),
        ),
        migrations.AddConstraint(
            model_name="entrynumber",
            constraint=models.UniqueConstraint(fields=("entry", "number"), name="trusted_number_once"),
        ),
        migrations.AddConstraint(
            model_name="entrynumber",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True)), fields=("number",), name="trusted_number_one_holder"
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="callback_readers"),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="evidence_readers"),
        ),
        enable("trusted_numbers_entry"),
        enable("trusted_numbers_entrynumber"),
        enable("trusted_numbers_callback"),
        enable("trusted_numbers_evidence"),
    ]
