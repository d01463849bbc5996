"""The keys of the trunks file that a live edge reads: sources, whom to believe, how to answer."""

from __future__ import annotations

import pytest

from haodun.screening.events import LiveTrunk, Trunks, TrunksError

SITE = """
trunks:
  wide: {class: international, sources: [198.51.100.0/24, "2001:db8::/32"]}
  host: {class: access, sources: [198.51.100.7], trust_identity: true, go_on: 404, fail: closed, profile: us}
  port: {class: access, sources: ["198.51.100.7:5080", "[2001:db8::7]:5080"], challenge: "sip:prove@ivr.example"}
  files-only: {class: access, go_on: "sip:{user}@next.example:5062"}
"""


@pytest.mark.parametrize(
    ("host", "port", "trunk"),
    [
        ("198.51.100.1", 5060, "wide"),
        ("198.51.100.7", 5060, "host"),
        ("198.51.100.7", 5080, "port"),
        ("198.51.101.7", 5080, None),
        ("2001:db8::7", 5080, "port"),
        ("2001:db8::7", 5081, "wide"),
        ("::ffff:198.51.100.7", 5060, "host"),
        ("2001:db9::", 5060, None),
        ("255.255.255.255", 0, None),
    ],
)
def test_the_narrowest_source_names_the_trunk(host: str, port: int, trunk: str | None) -> None:
    assert Trunks.parse(SITE, "trunks.yaml").sources.trunk(host, port) == trunk


def test_each_live_key_is_read_and_has_a_default() -> None:
    trunks = Trunks.parse(SITE, "trunks.yaml")
    assert trunks.names() == ("wide", "host", "port", "files-only")
    lives = {name: line.live for name in trunks.names() if (line := trunks.line(name)) is not None}
    assert lives["files-only"] == LiveTrunk(go_on="sip:{user}@next.example:5062")
    host = lives["host"]
    assert (host.trust_identity, host.go_on, host.fail, host.profile) == (True, "404", "closed", "us")
    assert lives["port"].challenge == "sip:prove@ivr.example"
    assert lives["wide"].trust_identity is False


def test_what_only_a_live_edge_reads_is_no_part_of_a_verdict() -> None:
    plain = Trunks.parse("trunks: {a: {class: access}}", "trunks.yaml")
    live = Trunks.parse("trunks: {a: {class: access, sources: [192.0.2.1], go_on: 503}}", "trunks.yaml")
    assert plain.digest == live.digest


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{a: {class: access, sources: [192.0.2.1/24]}}", "line 1: trunk a: '192.0.2.1/24' is no address or network"),
        ("{a: {class: access, sources: [example.com]}}", "'example.com' is no source; write"),
        ("{a: {class: access, sources: ['192.0.2.1:70000']}}", "has a port above 65535"),
        ("{a: {class: access, sources: [１92.0.2.1]}}", "is no source"),
        ("{a: {class: access, go_on: 200}}", "trunks.a.go_on"),
        ('{a: {class: access, go_on: "sip:x@y\\r\\nX: y"}}', "trunks.a.go_on"),
        ("{a: {class: access, trust_identity: maybe}}", "trust_identity"),
        ("{a: {class: access, fail: opn}}", "did you mean 'open'"),
        ("{a: {class: access, source: [192.0.2.1]}}", "there is no such key; did you mean 'sources'"),
        (
            "{a: {class: access, sources: [192.0.2.1]}, b: {class: access, sources: [192.0.2.1/32]}}",
            "trunk b: source 192.0.2.1/32 belongs to trunk a; a source belongs to one trunk",
        ),
    ],
)
def test_what_is_written_wrong_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(TrunksError) as raised:
        Trunks.parse(f"trunks: {text}", "trunks.yaml")
    assert sentence in str(raised.value)
