"""The pages every role shares: the desk on which a person lands."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from haodun.console.desk import lists
from haodun.console.reader import reader_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """工作台: what is due, what waits for approval, what came back."""
    return render(request, "console/home.html", {"waiting": lists(reader_of(request))})
