"""Restrictions are listed newest first, also a million of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("restrictions", "0005_basis_reregistration"),
        ("subscribers", "0007_quarantine"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="restrictionrow",
            index=models.Index(fields=["-created_at", "id"], name="restriction_newest"),
        ),
    ]
