"""Addresses of the control link and of the pages of edges and snapshots. An edge is named by its row, not its name."""

from __future__ import annotations

from django.urls import include, path

from haodun.registry.policies import edge_api, views

pages = [
    path("", views.home, name="home"),
    path("enrol/", views.enrol, name="enrol"),
    path("offers/<uuid:offer_id>/draft/", views.draft_offer, name="draft_offer"),
    path("publications/<int:version>/", views.publication, name="publication"),
    path("<int:edge_id>/", views.edge, name="edge"),
    path("<int:edge_id>/revoke/", views.revoke, name="revoke"),
]
urlpatterns = [
    path("edge/v1/stream", edge_api.stream, name="edge-stream"),
    path("edge/v1/snapshots/<str:version>", edge_api.snapshot, name="edge-snapshot"),
    path("edge/v1/receipts", edge_api.receipts, name="edge-receipts"),
    path("edges/", include((pages, "edges"))),
]
