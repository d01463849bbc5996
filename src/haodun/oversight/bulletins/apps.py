"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    """Bulletins; they keep no rows of their own."""

    name = "haodun.oversight.bulletins"
    label = "bulletins"
