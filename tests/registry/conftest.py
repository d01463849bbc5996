"""Management tests: Django is set up before their modules are imported."""

from __future__ import annotations

from haodun.console.setup import configure

configure()
