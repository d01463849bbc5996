"""Addresses of clusters."""

from __future__ import annotations

from django.urls import path

from haodun.registry.card_clusters import confirm_views, views

app_name = "card_clusters"
urlpatterns = [
    path("clusters/", views.home, name="home"),
    path("clusters/look/", views.look_now, name="look"),
    path("clusters/<uuid:cluster_id>/", views.cluster, name="cluster"),
    path("clusters/<uuid:cluster_id>/confirm/", confirm_views.confirm, name="confirm"),
    path("clusters/<uuid:cluster_id>/step/<slug:action>/", views.take_step, name="step"),
]
