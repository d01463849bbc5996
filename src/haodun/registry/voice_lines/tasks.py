"""The background work of this context."""

from __future__ import annotations

from haodun.offices.jobs.services import task


@task("voice_lines.end_exceptions", cron="*/5 * * * *")
def end_over() -> None:
    """Exceptions whose time is over end by themselves."""
    from haodun.registry.voice_lines.services import end_exceptions

    end_exceptions()
