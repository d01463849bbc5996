"""The OpenAPI document: served as it is written down, with both ways to say who one is, and keys where they are due."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from haodun.console.openapi import LOOK_UPS, document, text


def test_the_document_in_docs_is_the_one_of_the_code() -> None:
    """`haodun manage openapi_reference` writes it."""
    place = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
    assert place.read_text(encoding="utf-8") == text()


def test_it_is_served_to_everybody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["localhost"])
    answer = Client(headers={"host": "localhost"}).get("/api/v1/openapi.json")
    assert answer.content.decode() == text()
    assert answer.headers["content-type"] == "application/json"


def test_numbers_stand_in_no_address_and_writing_needs_a_key() -> None:
    for path, operations in document()["paths"].items():
        assert "phone" not in path
        for method, operation in operations.items():
            names = {one["name"] for one in operation.get("parameters", [])}
            assert not names & {"number", "msisdn", "caller"} or "/trusted/" in path  # there it is an opaque id
            writes = method == "post" and path.removeprefix("/api/v1") not in LOOK_UPS
            assert ("Idempotency-Key" in names) is writes, (method, path)
            if operation.get("security"):
                assert {"ProgramToken": []} in operation["security"]


def test_every_list_is_read_by_cursor() -> None:
    """A page of items has a cursor; plain lists are named here, and bounded."""
    found, plain = document(), set()
    for path, operations in found["paths"].items():
        if "get" not in operations:
            continue
        names = {one["name"] for one in operations["get"].get("parameters", [])}
        schema = operations["get"]["responses"][200 if 200 in operations["get"]["responses"] else "200"]
        shape = schema["content"]["application/json"]["schema"]
        if shape.get("type") == "array":
            plain.add(path)
            continue
        fields = found["components"]["schemas"][shape["$ref"].rpartition("/")[2]]["properties"]
        if "items" in fields:
            assert names & {"after", "before"}, path
            assert "next" in fields, path
    bounded = {"/api/v1/edges", "/api/v1/publications/{version}/receipts"}
    assert plain <= bounded | {"/api/v1/real-name/rates", "/api/v1/real-name-targets"}, plain
