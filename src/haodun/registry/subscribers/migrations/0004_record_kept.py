"""Intervals of before records were kept get an empty record and the state of not being registered."""

from django.db import migrations

from haodun.registry.subscribers import triggers


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0003_records_and_states")]

    operations = [migrations.RunSQL(triggers.RECORD_KEPT, migrations.RunSQL.noop)]
