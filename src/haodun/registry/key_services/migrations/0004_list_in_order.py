"""A landing number is found without reading them all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("key_services", "0003_blacklist_between_nodes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="landing",
            index=models.Index(fields=["number"], name="landing_number"),
        ),
    ]
