"""What holds the look: vendored files unchanged, contrast and series distance from the tokens, rules and budgets."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import re
from pathlib import Path

import pytest

from haodun.console.assets import LAYERS, styles

STATIC = Path(__file__).parents[2] / "src/haodun/console/static/console"
TEMPLATES = STATIC.parents[1] / "templates"
THEMES = {"light": 0, "dark": 1, "auto": 2}


def tokens(theme: str) -> dict[str, str]:
    """The custom properties of a theme: those of :root, then its own."""
    blocks = re.findall(r"(:root|\[data-theme=\"\w+\"\])\{(.*?)\}", (STATIC / "tokens.css").read_text("utf-8"), re.S)
    wanted = {":root", f'[data-theme="{theme}"]'}
    found: dict[str, str] = {}
    for selector, body in blocks:
        if selector in wanted:
            found |= dict(re.findall(r"--([a-z0-9-]+):(#[0-9A-F]{6})", body))
    return found


def linear(colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light = sorted(
        sum(w * value for w, value in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (one, other)
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


PAIRS = [
    *((name, ground, 4.5) for name in ("ink", "ink-2", "ink-3") for ground in ("bg", "surface", "s2")),
    ("ink", "surface", 14.0),
    ("ink-2", "surface", 7.0),
    ("line-strong", "surface", 3.0),
    ("brand", "surface", 4.5),
    ("brand", "brand-tint", 4.5),
    ("on-brand", "brand", 4.5),
    ("on-crit", "crit-solid", 4.5),
    *((tone, f"{tone}-tint", 4.5) for tone in ("crit", "ser", "cau", "info", "ok", "neu", "two")),
    *((tone, "surface", 4.5) for tone in ("crit", "ser", "cau", "info", "ok", "neu", "two")),
    *((f"q{step}-ink", f"q{step}", 4.5) for step in range(1, 6)),
    *((f"c{step}", "surface", 2.4) for step in range(1, 6)),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_controls_stand_out_from_what_they_stand_on(theme: str) -> None:
    have = tokens(theme)
    low = [(a, b, round(contrast(have[a], have[b]), 2)) for a, b, least in PAIRS if contrast(have[a], have[b]) < least]
    assert not low


def test_the_theme_of_the_system_is_the_dark_one_word_for_word() -> None:
    assert tokens("auto") == tokens("dark")


MACHADO: dict[str, list[list[float]]] = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB."""


def lab(colour: str, matrix: list[list[float]]) -> tuple[float, float, float]:
    """CIELAB (D65) of a colour as an eye of this kind sees it."""
    seen = [sum(row[i] * value for i, value in enumerate(linear(colour))) for row in matrix]
    r, g, b = (min(1.0, max(0.0, value)) for value in seen)
    x, y, z = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eye", sorted(MACHADO))
def test_series_stay_apart_for_every_eye(theme: str, eye: str) -> None:
    have = tokens(theme)
    seen = [lab(have[f"c{step}"], MACHADO[eye]) for step in range(1, 7)]
    nearest = min(
        sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) ** 0.5 for p, q in itertools.combinations(seen, 2)
    )
    assert nearest >= 13.8


def test_what_is_vendored_is_what_npm_gave() -> None:
    table = (STATIC / "vendor/README.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{128})` \|$", table, re.M)
    assert {name for name, _ in rows} == {"htmx.min.js", "../icons.svg"}
    for name, digest in rows:
        assert hashlib.sha512((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest, name
    others = {path.name for path in (STATIC / "vendor").iterdir()} - {"README.md", "htmx.min.js"}
    assert all(name.startswith("LICENSE-") for name in others)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_has_no_force_no_id_and_no_nesting(layer: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / layer).read_text("utf-8"), flags=re.S)
    assert "!important" not in text
    assert not re.search(r"#[A-Za-z_][\w-]*\s*[,{]", re.sub(r"#[0-9A-Fa-f]{3,6}\b", "", text))
    depth = most = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        most = max(most, depth)
    assert depth == 0
    assert most <= (2 if "@media" in text else 1)
    assert not re.search(r"oklch|light-dark|@import|url\((?!data:)", text)


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 9))


def test_the_first_load_is_within_its_budget() -> None:
    sizes = {
        "css": packed(styles()),
        "htmx": packed((STATIC / "vendor/htmx.min.js").read_bytes()),
        "script": packed((STATIC / "haodun.js").read_bytes()),
        "icons": packed((STATIC / "icons.svg").read_bytes()),
    }
    assert sizes["css"] <= 12 * 1024
    assert (STATIC / "haodun.js").stat().st_size <= 12 * 1024
    assert sum(sizes.values()) <= 45 * 1024


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    sources = Path(__file__).parents[2] / "src/haodun"
    named = set()
    for path in sources.rglob("templates/**/*.html"):
        named |= set(re.findall(r'\{% icon "([^"]+)"', path.read_text("utf-8")))
    assert named
    assert not named - known


def test_no_template_carries_style_or_script_of_its_own() -> None:
    for path in (Path(__file__).parents[2] / "src/haodun").rglob("templates/**/*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|hx-vals=.js:|<style", text), path.name
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
        assert all('type="application/json"' in tag for tag in inline), path.name
