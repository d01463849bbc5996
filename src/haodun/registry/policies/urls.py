"""Addresses of the control link."""

from __future__ import annotations

from django.urls import path

from haodun.registry.policies import edge_api

urlpatterns = [
    path("edge/v1/stream", edge_api.stream, name="edge-stream"),
    path("edge/v1/snapshots/<str:version>", edge_api.snapshot, name="edge-snapshot"),
    path("edge/v1/receipts", edge_api.receipts, name="edge-receipts"),
]
