"""Numbers without a valid real name are found by an index of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0005_imports_and_excess"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                condition=models.Q(("status", "valid"), _negated=True),
                fields=["-interval"],
                name="registration_not_valid",
            ),
        ),
    ]
