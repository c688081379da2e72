"""Both languages say everything, with the same blanks; and numbers read as people expect."""

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import bot.texts
from bot import figures
from bot.commands.catalogue import ALL, find, guesses, keyboard
from bot.markup import Html, Table, escape, length, pages, plain, table, width
from bot.texts.words import Language, Words
from bot.voice import Voice

KO = Voice(Language.KO, ZoneInfo("Asia/Seoul"))
HANGUL = re.compile("[가-힣]")
BOT = Path(bot.texts.__file__).parents[1]


def every_text() -> Iterator[tuple[str, Words]]:
    for module in pkgutil.iter_modules(bot.texts.__path__, "bot.texts."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Words):
                yield f"{module.name}.{name}", value
            elif isinstance(value, Mapping) and not name.startswith("__"):
                found = ((f"{module.name}.{name}.{key}", words) for key, words in value.items())
                yield from (each for each in found if isinstance(each[1], Words))


def blanks(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_are_complete_with_the_same_blanks():
    texts = list(every_text())
    assert len(texts) > 200
    for name, words in texts:
        assert words.ko.strip(), name
        assert words.en.strip(), name
        assert blanks(words.ko) == blanks(words.en), name
        assert not HANGUL.search(words.en), name
        assert not re.search("[<>&]", words.ko + words.en), name


def test_no_word_is_said_outside_the_texts():
    # Words that are commands or arguments stand beside what they mean; an axis has its units.
    allowed = {"commands", "texts", "chart_drawing.py", "chart_style.py"}
    sources = [path for path in BOT.rglob("*.py") if not allowed & {path.name, path.parent.name}]
    assert len(sources) > 40
    found = [(path.name, text) for path in sources for text in literals(path)]
    assert [pair for pair in found if HANGUL.search(pair[1])] == []


def literals(path: Path) -> Iterator[str]:
    """Yield the string literals of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_every_command_has_a_legal_name_and_korean_words_of_its_own():
    words = [word for command in ALL for word in (command.name, *command.words)]
    assert len(words) == len(set(words))
    for command in ALL:
        assert re.fullmatch("[a-z0-9_]{1,32}", command.name)
        assert command.words
        assert all(HANGUL.search(word) for word in command.words)
        assert 1 <= len(command.description.ko) <= 256


def test_every_label_of_the_keyboard_is_a_command_and_none_is_panic():
    for language in Language:
        for label in (label for row in keyboard(Voice(language, KO.zone)) for label in row):
            command = find(label.split()[-1])
            assert command is not None, label
            assert not command.changes or command.name == "preset"


def test_nearest_commands():
    assert guesses("/statu")[0] == "/status"
    assert guesses("zzzzzz") == ()


@pytest.mark.parametrize(
    ("value", "quote", "signed", "shown"),
    [
        ("12345678.9", "KRW", False, "₩12,345,679"),
        ("45210.4", "KRW", True, "+₩45,210"),
        ("-8120", "KRW", True, "−₩8,120"),
        ("0", "KRW", True, "₩0"),
        ("-0.4", "KRW", True, "−₩0"),
        ("1234.5", "USDT", False, "1,234.50 USDT"),
        ("-0.01234", "USDT", True, "−0.0123 USDT"),
        ("0", "USDT", True, "0.00 USDT"),
    ],
)
def test_money(value: str, quote: str, signed: bool, shown: str):
    assert figures.money(Decimal(value), quote, signed=signed) == shown


@pytest.mark.parametrize(
    ("value", "tick", "shown"),
    [
        ("140111000", "1000", "140,111,000"),
        ("881.24", "0.1", "881.2"),
        ("0.00001234", "0.00000001", "0.00001234"),
        ("3190.126", "0.01", "3,190.13"),
        ("71200", "100", "71,200"),
        ("3190.126", "0", "3,190.13"),
        ("3190.5", "0.50", "3,190.5"),
    ],
)
def test_price_by_tick(value: str, tick: str, shown: str):
    assert figures.price(Decimal(value), Decimal(tick)) == shown


@pytest.mark.parametrize(
    ("value", "quote", "shown"),
    [
        ("138420000.333", "KRW", "138,420,000"),
        ("99.456", "KRW", "99.5"),
        ("0.0512345678", "KRW", "0.0512346"),
        ("3211.4", "USDT", "3,211.40"),
        ("1.23456", "USDT", "1.2346"),
        ("0.0000123456789", "USDT", "0.0000123457"),
        ("0", "USDT", "0"),
    ],
)
def test_price_by_size(value: str, quote: str, shown: str):
    assert figures.price_by_size(Decimal(value), quote) == shown


def test_shares_and_quantities_and_spans():
    assert figures.percent(Decimal("0.371"), signed=True) == "+0.37%"
    assert figures.percent(-2.125, signed=True) == "−2.12%"
    assert figures.percent(0.0, signed=True) == "0.00%"
    assert figures.quantity(Decimal("0.013200000")) == "0.0132"
    assert figures.quantity(Decimal("1234567.5")) == "1,234,567.5"
    assert [figures.span(s) for s in (0.31, 42, 200, 7500, 400_000)] == [
        "0.3s", "42s", "3m 20s", "2h 05m", "4d 15h",
    ]  # fmt: skip
    assert (
        figures.arrow(Decimal(1)) + figures.arrow(Decimal(-1)) + figures.arrow(Decimal(0)) == "▲▼"
    )


def test_moments_are_shown_in_the_owners_time_zone():
    late = datetime(2026, 11, 23, 15, 30, 5, tzinfo=UTC)
    assert KO.moment(late) == "11-24 00:30:05 KST"
    assert KO.day(late) == "2026-11-24"


def test_filled_in_values_are_escaped_and_markup_is_kept():
    words = Words("{a} {b}", "{a} {b}")
    assert KO.say(words, a="<i>&", b=Html("<b>x</b>")) == "&lt;i&gt;&amp; <b>x</b>"
    assert KO.plainly(words, a="<", b="&") == "< &"


def test_escape_takes_control_and_direction_characters_out_and_cuts():
    assert escape("a\x00b\u202ec\nd") == "abc d"
    assert escape("x" * 500, 10) == "xxxxxxxxx…"
    assert escape("\ud800").encode() == b"?"


def test_pages_split_at_line_ends_and_keep_tables_fixed():
    blocks = [Html(f"<b>line {i}</b> " + "x" * 90) for i in range(100)]
    found = pages(blocks)
    assert len(found) == 3
    assert "\n".join(found) == "\n".join(blocks)
    lines = tuple(f"row {i} &" for i in range(600))
    tables = pages([Html("<b>head</b>"), Table(lines)])
    assert all(page.endswith("</pre>") and length(plain(page)) <= 4096 for page in tables)
    assert [row for page in tables for row in plain(page).split("\n")] == ["head", *lines]


def test_page_limits_count_utf16_units():
    found = pages([Html("😀" * 3000)])
    assert all(length(plain(page)) <= 4096 for page in found)
    short, *rest = pages([Html("a" * 900), Html("b" * 900), Html("c" * 900)], first=1024)
    assert short == "a" * 900
    assert rest == ["b" * 900 + "\n" + "c" * 900]


def test_table_columns_line_up_with_wide_letters():
    rows = table([("업비트", "₩1"), ("stock", "₩1,000")]).lines
    assert len({width(row) for row in rows}) == 1
