"""Who answers for whole networks is the number plan's from now on."""

from django.db import migrations

COPY = """
INSERT INTO number_plan_rangecarrier (holder, province, organisation_id)
SELECT holder, province, organisation_id FROM subscribers_rangecarrier
"""


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0001_initial"),
        ("number_plan", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.DeleteModel(name="RangeCarrier"),
    ]
