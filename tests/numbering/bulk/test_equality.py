"""Columns say of every text what the scalar parser and the plan say of it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.numbering.bulk.agreement import HOMES, chinese_forms, differences, digits, fronts, reader, written

from haodun.numbering.bulk.patterns import SYMBOLS
from haodun.numbering.written import ANONYMOUS, EMPTY

CLASSES = range(6)
JUNK = [*" -.()+;:@x/\x00\n%", "\t", "٣", "５", "\u200e", "\u00a0", "+", "號", "\ufeff"]
OTHERS = ("AU", "IT", "IN", "HK", "JP", "KZ", "BR")
"""Homes with an international prefix of their own, leading zeros, a shared code, several trunk prefixes."""


def classes(rng: random.Random, texts: list[str]) -> list[int]:
    return [rng.choice(CLASSES) for _ in texts]


@pytest.mark.parametrize("ingress", [0, 1, 2])
def test_every_form_of_every_kind_of_china_is_read_alike(ingress: int) -> None:
    texts = list(chinese_forms())
    assert len(texts) > 25_000
    assert differences(texts, [ingress] * len(texts), "CN") == []


@pytest.mark.parametrize("home", HOMES)
def test_digits_of_every_length_behind_every_prefix_are_read_alike(home: str) -> None:
    rng = random.Random(f"digits {home}")
    heads = sorted(set(fronts(home)))
    texts = [head + digits(rng, count) for head in heads for count in range(21) for _ in range(4)]
    texts += [front + digits(rng, count) for count in range(8) for front in ("", "+") for _ in range(200)]
    assert differences(texts, classes(rng, texts), home) == []


@pytest.mark.parametrize("home", HOMES)
def test_texts_that_follow_a_plan_are_read_alike(home: str) -> None:
    rng = random.Random(f"plan {home}")
    texts = [written(rng, home) for _ in range(40_000 if home == "CN" else 20_000)]
    assert differences(texts, classes(rng, texts), home) == []


@pytest.mark.parametrize("home", OTHERS)
def test_homes_with_rules_of_their_own_are_read_alike(home: str) -> None:
    rng = random.Random(f"others {home}")
    texts = [written(rng, home) for _ in range(4_000)]
    assert differences(texts, classes(rng, texts), home) == []


@pytest.mark.parametrize("home", HOMES)
def test_texts_that_were_tampered_with_are_read_alike(home: str) -> None:
    rng = random.Random(f"tampered {home}")
    texts = []
    for _ in range(6_000):
        text = list(written(rng, home))
        for _ in range(rng.choice((1, 1, 1, 2, 9))):
            place = rng.randrange(len(text) + 1)
            wanted = rng.choice(JUNK) if rng.random() < 0.8 else digits(rng, 1)
            text[place : place + rng.randrange(2)] = [wanted] if rng.random() < 0.8 else []
        texts.append("".join(text))
    assert differences(texts, classes(rng, texts), home) == []


@pytest.mark.parametrize("home", ["CN", "US"])
def test_numbers_with_separators_are_read_alike(home: str) -> None:
    rng = random.Random(f"separated {home}")
    texts = []
    for _ in range(5_000):
        letters = [letter + rng.choice(("", "", "", " ", "-", ".", "- ")) for letter in written(rng, home)]
        texts.append("".join(letters) if rng.random() < 0.3 else "".join(letters).rstrip(" -."))
    assert differences(texts, classes(rng, texts), home) == []


def test_uris_however_mangled_are_read_alike() -> None:
    rng = random.Random("uris")
    schemes = ["sip:", "sips:", "tel:", "SIP:", "Sips:", "tEl:", "sip", "sipx:", "si:", "urn:", "sip::", " sip:"]
    hosts = ["10.0.0.1", "h", "ims.mnc000.mcc460.3gppnetwork.org", "anonymous.invalid", "Anonymous.INVALID", "", "a_b"]
    hosts += ["[2001:db8::1]", "example.invalid-17", "seventeen-long-ab", "h" * 200, "a@b", "a%41", "號"]
    ends = ["", "", ";user=phone", ";user=ip", ";USER=phone", ":5060", ":5", ":", ":123456", ":5060;user=phone", "?a=b"]
    ends += [
        ";lr;transport=udp;user=phone",
        ";ab;cd",
        ";a=[1]/:&+$!~*'()._-",
        ";a=%31",
        ";=b",
        ";a==b",
        ";a b",
        ";a;;bb",
    ]
    ends += ["".join(";" + "p" * size for size in range(1, count)) for count in (16, 17, 18, 30)]
    ends += [";user=phone;user=phone", ";transport=udp", ";", " ", ";user=phon", ";user=phonex", ":50x", "\x00"]
    routes = [";npdi", ";NPDI=", ";npdi=1", ";rn=+8613900000000", ";rn", ";rn=", ";isub=1;npdi", ";cpc=ordinary;Oli=1"]
    routes += [
        ";rn=1;npdi",
        ";cic=1;cpc=2",
        ";npdi;npdi",
        ";verstat=TN-Validation-Passed",
        ";phone-context=+86",
        ";x=1",
    ]
    routes += [";", ";npdi;", ";trunk-context=a;tgrp=b", ";isub-encoding=x", ";enumdi", ";ext=5", ";x=1"]
    texts = [f"tel:{written(rng, 'CN')}{route}{rng.choice(('', '', 'x', ';npdi'))}" for route in routes * 60]
    for _ in range(12_000):
        text = (
            rng.choice(schemes)
            + written(rng, "CN")
            + rng.choice(("@", "@", "@", "", " @", "-@", rng.choice(routes) + "@"))
        )
        text += rng.choice(hosts) + rng.choice(ends)
        if rng.random() < 0.2:
            place = rng.randrange(len(text))
            text = text[:place] + rng.choice(JUNK) + text[place + rng.randrange(2) :]
        texts.append(text)
    assert differences(texts, classes(rng, texts), "CN") == []


def test_words_for_nobody_however_written_are_read_alike() -> None:
    rng = random.Random("nobody")
    words = sorted(ANONYMOUS | EMPTY)
    texts = [*words, *(word.upper() for word in words), *(word.title() for word in words)]
    for word in words * 40:
        place = rng.randrange(len(word) + 1)
        texts.append(word[:place] + rng.choice([*JUNK, "a", "K", "\u212a", "ı"]) + word[place + rng.randrange(2) :])
        texts += [word + rng.choice(words), f" {word}", word.replace("k", "\u212a").replace("i", "İ")]
    assert differences(texts, classes(rng, texts), "CN") == []


def test_words_and_uris_with_parameters_are_read_alike() -> None:
    rng = random.Random("words")
    wraps = ["tel:{}", "sip:{}@10.0.0.1;user=phone", "sips:{}@h", "tel:{};npdi", "{}x", " {} ", "({}", "<{}>", "{};a=b"]
    texts = [rng.choice(wraps).format(written(rng, "CN")) for _ in range(6_000)]
    texts += ["anonymous", "Anonymous", "匿名", "urn:service:sos", "urn:service:sos.fire", "-", '""', "<>", " ", "p"]
    assert differences(texts, classes(rng, texts), "CN") == []


@settings(max_examples=150)
@given(
    st.lists(
        st.one_of(st.text(max_size=40), st.text("0123456789+-. ()", max_size=24), st.text("+018624", max_size=20))
    ),
    st.integers(0, 5),
    st.sampled_from(HOMES),
)
def test_any_text_is_read_alike(texts: list[str], ingress: int, home: str) -> None:
    assert differences(texts, [ingress] * len(texts), home) == []


@pytest.mark.parametrize("home", ["CN", "GB"])
def test_a_text_through_every_step_of_home_s_automaton_is_read_alike(home: str) -> None:
    """Each state is reached by a random text, left by each digit, and gone on from to a random length."""
    rng = random.Random(f"steps {home}")
    tables = reader(home).tables
    states = {int(tables.rows[0]): ""}
    ahead = list(states)
    texts = []
    while ahead:
        state = ahead.pop(rng.randrange(len(ahead)))
        for symbol in range(SYMBOLS if not states[state] else 10):
            text = states[state] + "0123456789+"[symbol]
            target = int(np.int64(tables.words[state + 3 + symbol]))
            texts += [text, text + digits(rng, rng.randrange(14))]
            if target not in states:
                states[target] = text
                ahead.append(target)
    assert len(texts) > 10_000
    assert differences(texts, classes(rng, texts), home) == []
