"""实名率目标: each with its gap, its forecast and all its versions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Permission, find, requires, standing_of
from haodun.offices.transitions.on_pages import actor_for_request, people_of, titled
from haodun.offices.transitions.services import Refused
from haodun.registry.reregistration import shown
from haodun.registry.reregistration.forms import TargetForm
from haodun.registry.reregistration.models import Target
from haodun.registry.reregistration.planning import SETS_TARGETS, set_target
from haodun.registry.reregistration.reading import standings
from haodun.registry.reregistration.values import Dimension, NewTarget
from haodun.registry.reregistration.views import ways


@require_http_methods(["GET", "POST"])
@requires(Permission.REREGISTRATION_READ)
def targets(request: HttpRequest) -> HttpResponse:
    """The targets within reach; whoever sets them sets one, or a new version of one."""
    unit = _sets(request)
    form = TargetForm(request.POST or None, unit=unit) if unit is not None else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid() and _set(request, form):
            messages.success(request, _("目标已设定；以前的版本保留。"))
            return redirect("reregistration:targets")
    found = standings(request.user)
    names, versions = shown.names_of(found), _versions(request)
    rows = [
        shown.standing_row(one, names)
        | {
            "versions": versions[one.target.organisation_id, one.target.dimension, one.target.key],
            "may_revise": unit is not None and unit.id == one.target.organisation_id,
        }
        for one in found
    ]
    context = {"form": form, "rows": rows, **ways(request)}
    wrong = form is not None and bool(form.errors)
    return render(request, "reregistration/targets.html", context, status=422 if wrong else 200)


def _set(request: HttpRequest, form: TargetForm) -> bool:
    given = form.cleaned_data
    dimension, _colon, key = given["about"].partition(":")
    asked = NewTarget(
        dimension=Dimension(dimension), key=key, basis_points=int(given["share"] * 100), due=given["due"],
        reason=given["reason"], before=given["before"],
    )  # fmt: skip
    try:
        set_target(actor_for_request(request), asked)
    except Refused as refused:
        form.add_error(None, titled(refused))
        return False
    return True


def _sets(request: HttpRequest) -> Organisation | None:
    """The unit that this reader sets targets for; None for everybody else."""
    standing = standing_of(request)
    if standing is None or Permission.REREGISTRATION_APPROVE.value not in standing.permissions:
        return None
    found: Organisation | None = find().filter(id=standing.organisation_id, kind__in=SETS_TARGETS).first()
    return found


def _versions(request: HttpRequest) -> dict[tuple[Any, str, str], list[dict[str, Any]]]:
    """All versions within reach by what they are about, newest first; two queries."""
    rows = list(Target.objects.scoped_to(request.user).order_by("-version"))
    people = people_of(row.set_by for row in rows)
    found: dict[tuple[Any, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        goal = shown.percent(Fraction(row.basis_points, 10_000))
        one = {"row": row, "goal": goal, "by": people.get(row.set_by) if row.set_by else None}
        found.setdefault((row.organisation_id, row.dimension, row.key), []).append(one)
    return found
