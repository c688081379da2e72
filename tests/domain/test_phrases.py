"""What the engine says is a code with figures: written down it reads back, and nothing is lost."""

import ast
import re
import string
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from engine.phrases.book import PHRASES, TABLES, english, recognised
from engine.phrases.causes import Cause
from engine.phrases.faults import Fault
from engine.phrases.replies import Reply
from engine.phrases.written import read, write
from tests.shape.source import Module, modules, parse

SAYERS = ("engine", "storage", "strategies")
NAMES = {table.__name__ for table in TABLES}
TELLERS = frozenset(
    {"doubt", "become", "Refused", "VenueDown", "SymbolPaused", "PositionUnprotected", "Problem"}
)
# What only a developer's own program can meet.
OFFLINE = "strategies/simulator/"
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
FIGURES = st.dictionaries(st.from_regex("[a-z][a-z0-9_]{0,8}", fullmatch=True), TEXTS, max_size=4)


def blanks(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@given(st.from_regex(r"[a-z]{1,9}\.[a-z0-9_]{1,12}", fullmatch=True), FIGURES)
def test_a_written_line_reads_back_as_it_was(code: str, figures: dict[str, str]):
    text = write(code, figures)
    assert read(text) == (code, figures)
    nested = write("fault.not_that", {"what": text})
    assert read(nested) == ("fault.not_that", {"what": text})


@given(TEXTS)
def test_any_text_reads_as_a_line_or_as_itself(text: str):
    found = read(text)
    assert found is None or re.fullmatch(r"[a-z]+\.[a-z0-9_]+", found[0])
    assert recognised(text) is not None or english(text) == text


def test_words_of_people_and_venues_are_no_phrases():
    for text in ("", "sold", "lunch break", "Account has insufficient balance.", "K: 1 → 2"):
        assert recognised(text) is None
        assert english(text) == text


def test_english_tells_phrases_inside_of_phrases():
    inner = Fault.NOT_THAT.say(what=Fault.WRITE_NUMBER.say(), given="'a b'")
    said = Fault.IN_LINE.say(line=3, key="CRYPTO_K_VALUE", what=inner)
    told = "line 3: CRYPTO_K_VALUE: write a number such as 2.5, not 'a b'"
    assert english(said) == told
    assert english(Fault.NOT_FILLED_IN.say()).startswith("${...} is not filled in")


def test_a_line_with_other_blanks_is_shown_as_it_is():
    assert english("reply.sold venue=upbit") == "reply.sold venue=upbit"
    assert english(Reply.SOLD.say(venue="upbit", symbol="{0}")) == "upbit {0}: sold"
    assert english("cause.no_such") == "cause.no_such"


def test_every_phrase_has_a_code_of_its_own():
    assert len(PHRASES) == sum(len(table) for table in TABLES) > 100
    assert PHRASES["cause.prices_stale"] is Cause.PRICES_STALE


def test_every_saying_in_the_sources_fills_exactly_its_blanks():
    said = [(module, call) for module in modules(*SAYERS) for call in sayings(module)]
    assert len(said) > 80
    assert [fault for module, call in said for fault in wrong_blanks(module, call)] == []


def test_no_phrase_is_left_that_nobody_says():
    used = {
        f"{node.value.id}.{node.attr}".lower()
        for module in modules(*SAYERS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert set(PHRASES) - used == set()


def test_a_saying_with_wrong_blanks_is_found():
    planted = parse("Reply.SOLD.say(venue=name)\nReply.NOTHING_TO_DO.say()")
    first, second = sayings(planted)
    assert list(wrong_blanks(planted, first))
    assert not list(wrong_blanks(planted, second))


def sayings(module: Module) -> Iterator[ast.Call]:
    """Yield the calls `Table.MEMBER.say(...)` of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            member = node.func.value
            named = isinstance(member, ast.Attribute) and isinstance(member.value, ast.Name)
            if node.func.attr == "say" and named and member.value.id in NAMES:
                yield node


def wrong_blanks(module: Module, call: ast.Call) -> Iterator[str]:
    member = call.func.value  # type: ignore[attr-defined]  # as `sayings` found it
    phrase = PHRASES[f"{member.value.id}.{member.attr}".lower()]
    given_names = {keyword.arg for keyword in call.keywords}
    if given_names != blanks(phrase.value) or call.args:
        yield module.at(call, phrase.code)


def test_no_sentence_for_the_owner_is_spelled_out_where_it_is_said():
    looked_at = [*modules("engine/core", "engine/settings"), *modules("strategies", at_least=10)]
    told = [call for module in looked_at for call in tellings(module)]
    assert len(told) > 40
    assert [fault for module in looked_at for fault in spelled_out(module)] == []


def test_a_sentence_that_is_spelled_out_is_found():
    planted = parse('link.doubt("the sky fell")\nRefused("invalid", f"no {x} here")')
    assert len(list(spelled_out(planted))) == 3


def tellings(module: Module) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and not module.path.startswith(OFFLINE):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            if (name.id if isinstance(name, ast.Name) else name) in TELLERS:
                yield node


def spelled_out(module: Module) -> Iterator[str]:
    for call in tellings(module):
        for part in (part for value in call.args for part in ast.walk(value)):
            text = part.value if isinstance(part, ast.Constant) else None
            if isinstance(text, str) and " " in text and re.search("[A-Za-z]{2}", text):
                yield module.at(call, text)
