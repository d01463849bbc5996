"""What RFC 3261 says of a request before anybody asks who calls whom."""

from __future__ import annotations

from haodun.edge.serve.wording import FAREWELLS, OPTIONS_OK, unsupported
from haodun.edge.sip import Answer, Request

INDIFFERENT = frozenset(
    (
        *("100rel", "early-session", "from-change", "gruu", "histinfo", "norefersub", "outbound", "path"),
        *("precondition", "replaces", "resource-priority", "sec-agree", "tdialog", "timer"),
    )
)
"""Option tags whose extensions speak of provisional answers, dialogs or routes, none of which a redirect has."""


def farewell(request: Request) -> Answer | None:
    """The answer that ends a request other than CANCEL without a verdict; None for an initial INVITE to be judged."""
    if request.method == "OPTIONS":  # §11, whatever its Max-Forwards (§16.3 item 3 leaves the choice)
        return OPTIONS_OK
    if request.method != "INVITE":
        return FAREWELLS[405]
    if request.envelope.to_tag:  # §12.2.2: there is no dialog here
        return FAREWELLS[481]
    if request.max_forwards == 0:
        return FAREWELLS[483]
    if "require" in request.headers:
        unknown = [tag for tag in request.values("require") if tag.lower() not in INDIFFERENT]
        if unknown:
            return unsupported(unknown)
    return None
