"""The lines of a number are found without reading all ranges."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("voice_lines", "0001_voice_lines"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="linepermit",
            index=models.Index(fields=["low", "high"], name="line_permit_range"),
        ),
    ]
