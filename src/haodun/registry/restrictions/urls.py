"""The address of the messages that were handed over."""

from __future__ import annotations

from django.urls import path

from haodun.registry.restrictions import views

app_name = "messages"
urlpatterns = [path("messages/", views.home, name="home")]
