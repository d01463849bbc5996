"""Handing notices over once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("restrictions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("known_bytes", models.BigIntegerField(default=0)),
                ("effective_change", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="notice",
            name="notice_waiting",
        ),
        migrations.AddField(
            model_name="notice",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("handed_over_at", None), ("withdrawn_at", None)),
                fields=["created_at"],
                name="notice_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="one_hand_over"),
        ),
    ]
