"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class OrganisationsConfig(AppConfig):
    """Organisations and their people."""

    name = "haodun.offices.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Each new connection gets the scope wanted where it is made; logins go to the ledger."""
        from haodun.offices.organisations import signals
        from haodun.offices.organisations.scope import on_connect

        signals.connect()
        connection_created.connect(on_connect, dispatch_uid="haodun.scope")
