"""The Django application of this context."""

from __future__ import annotations

from django.apps import AppConfig


class NumberPlanConfig(AppConfig):
    """Allocations and porting."""

    name = "haodun.registry.number_plan"
    label = "number_plan"
    default_auto_field = "django.db.models.BigAutoField"
