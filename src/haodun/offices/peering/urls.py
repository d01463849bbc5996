"""Addresses of the pages of nodes."""

from __future__ import annotations

from django.urls import path

from haodun.offices.peering import quarantine_views, views

app_name = "nodes"
urlpatterns = [
    path("nodes/", views.home, name="home"),
    path("nodes/new/", views.new, name="new"),
    path("nodes/own-key/", views.own_key_change, name="own-key"),
    path("nodes/quarantine/", quarantine_views.quarantine, name="quarantine"),
    path("nodes/quarantine/<uuid:piece_id>/", quarantine_views.piece, name="piece"),
    path("nodes/<uuid:peering_id>/", views.node, name="node"),
    path("nodes/<uuid:peering_id>/changes/<str:what>/", views.new_change, name="change"),
    path("nodes/<str:table>/<uuid:row_id>/<str:action>/", views.step, name="step"),
]
