"""Messages to people outside lie in one table now."""

from typing import Any

from django.db import migrations

from haodun.registry.outgoing.carrying import carry


def move(apps: Any, editor: Any) -> None:
    """What waits goes on waiting."""
    old, new = apps.get_model("appeals", "Message"), apps.get_model("outgoing", "Message")
    carry(old, new, kind="appeal:{}", task="appeals.hand_over", connection=editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0001_appeals"),
        ("outgoing", "0001_messages"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunPython(move),
        migrations.DeleteModel(name="Message"),
    ]
