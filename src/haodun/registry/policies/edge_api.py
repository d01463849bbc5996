"""The control link's side of the server: stream, snapshots, receipts (docs/reference/control-link.md)."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from functools import wraps

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from haodun.registry.policies.edges import authenticated
from haodun.registry.policies.limits import MAX_RECEIPT_BYTES, RECEIPTS_A_MINUTE
from haodun.registry.policies.models import Edge, Publication
from haodun.registry.policies.packing import measure, tar_chunks
from haodun.registry.policies.publishing import snapshots_folder, whole
from haodun.registry.policies.receipts import ReceiptError, Said, take_receipt
from haodun.registry.policies.streams import PLACES, Stream

_VERSION = re.compile(r"[0-9]{1,16}", re.ASCII)
_MINUTE_S = 60.0
_View = Callable[..., HttpResponseBase]


class Rate:
    """A bucket for each edge that holds RECEIPTS_A_MINUTE and fills evenly."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._lock = threading.Lock()
        self._left: dict[int, tuple[float, float]] = {}

    def allows(self, edge: int, now_s: float) -> bool:
        """Whether one more is within the rate; edges are enrolled by hand, so the table stays small."""
        with self._lock:
            left, at = self._left.get(edge, (float(self._a_minute), now_s))
            left = min(float(self._a_minute), left + (now_s - at) * self._a_minute / _MINUTE_S)
            allowed = left >= 1
            self._left[edge] = (left - 1 if allowed else left, now_s)
        return allowed


RATE = Rate(RECEIPTS_A_MINUTE)


def for_edges(view: Callable[..., HttpResponseBase]) -> _View:
    """A view for the bearer of an edge's token; everybody else is told 401 and nothing more."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        edge = authenticated(request.headers.get("Authorization", ""))
        if edge is None:
            answer = _told(401, "give the token of an enrolled edge: Authorization: Bearer …")
            answer["WWW-Authenticate"] = "Bearer"
            return answer
        return view(request, edge, **kwargs)

    return guarded


@for_edges
@require_GET
def stream(request: HttpRequest, edge: Edge) -> HttpResponseBase:
    """GET stream?have=N: announcements for as long as the edge stays."""
    have = request.GET.get("have", "0")
    if _VERSION.fullmatch(have) is None:
        return _told(400, "have is the version that the edge runs")
    if not PLACES.take(edge.pk):
        return _told(503, "too many streams are open; come back later")
    _give_back()
    answer = StreamingHttpResponse(Stream(edge.pk, have=int(have)), content_type="application/x-ndjson")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


@for_edges
@require_GET
def snapshot(request: HttpRequest, edge: Edge, *, version: str) -> HttpResponseBase:
    """GET snapshots/<version>[?kind=full]: the folder as a tar."""
    if _VERSION.fullmatch(version) is None:
        return _told(404, "no such version")
    row = Publication.objects.filter(version=int(version)).first()
    if row is None:
        return _told(404, "no such version")
    if request.GET.get("kind") == "full" and row.kind != "full":
        folder = whole(row.version)
        size = measure(folder)[1] if folder is not None else 0
    else:
        folder, size = snapshots_folder() / str(row.version), row.bytes
    if folder is None or not folder.is_dir():
        return _told(404, "this version is no longer kept; the stream names the newest")
    _give_back()
    answer = StreamingHttpResponse(tar_chunks(folder), content_type="application/x-tar")
    answer["Content-Length"] = str(size)
    answer["Cache-Control"] = "no-store"
    return answer


@for_edges
@require_POST
def receipts(request: HttpRequest, edge: Edge) -> HttpResponseBase:
    """POST receipts: one receipt; 204, the second time too."""
    if not RATE.allows(edge.pk, time.monotonic()):
        answer = _told(429, "too many receipts; send it again later")
        answer["Retry-After"] = "5"
        return answer
    if int(request.headers.get("Content-Length") or 0) > MAX_RECEIPT_BYTES:
        return _told(413, f"a receipt has at most {MAX_RECEIPT_BYTES} bytes")
    try:
        said = Said.parse(json.loads(request.read(MAX_RECEIPT_BYTES + 1)))
        take_receipt(edge.pk, said)
    except (ValueError, RecursionError):
        return _told(400, "a receipt is a JSON object")
    except ReceiptError as error:
        return _told(400, str(error))
    return HttpResponse(status=204)


def _told(status: int, sentence: str) -> HttpResponse:
    return JsonResponse({"detail": sentence}, status=status)


def _give_back() -> None:
    """Give the request's connection back before a long answer: there are fewer of them than streams."""
    if not connection.in_atomic_block:
        connection.close()
