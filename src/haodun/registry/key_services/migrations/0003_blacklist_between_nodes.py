"""The blacklist between nodes: who listed a party, and which nodes were told."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("key_services", "0002_agents_blacklist"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="message",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="listing",
            name="node",
            field=models.CharField(blank=True, default="", max_length=63),
        ),
        migrations.CreateModel(
            name="ListingTold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("node", models.CharField(max_length=63)),
                ("message", models.UUIDField()),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="told", to="key_services.listing"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("listing", "node"), name="listing_told_once")],
            },
        ),
    ]
