"""Addresses of the order desk. Orders are named by opaque ids; no telephone number is ever part of an address."""

from __future__ import annotations

from django.urls import path

from haodun.casework.orders import views

app_name = "orders"
urlpatterns = [
    path("orders/", views.desk, name="desk"),
    path("orders/new/", views.new, name="new"),
    path("orders/bulk/", views.bulk, name="bulk"),
    path("orders/<uuid:order_id>/", views.order, name="order"),
    path("orders/<uuid:order_id>/approve/", views.approve, name="approve"),
    path("orders/<uuid:order_id>/correct/", views.correct, name="correct"),
    path("orders/<uuid:order_id>/<slug:action>/", views.take_step, name="step"),
]
