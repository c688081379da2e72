"""The repository holds no key, and nobody's package index either."""

import re

import pytest

from tests.shape.source import ROOT, checkout_files

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "Telegram token": re.compile(r"(?<![\w:])\d{8,10}:[\w-]{35}(?![\w-])"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_\w{36}|github_pat_\w{60,})\b"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "Sentry DSN": re.compile(r"https://[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.-]+/\d+"),
    "KIS key": re.compile(r"\bPS[A-Za-z0-9]{34}\b"),
    "exchange key": re.compile(r"(?<![\w/+-])(?:[A-Za-z0-9]{64}|[A-Za-z0-9]{40})(?![\w/+=-])"),
    "KIS secret": re.compile(r"(?<![\w/+])[A-Za-z0-9+/]{170,180}={0,2}(?![\w/+=])"),
}

# Split, so that this file does not hold what it looks for.
REGISTRY = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in [
            ("pypi", "org"),
            ("python" + "hosted", "org"),
            ("anaconda", "org"),
            ("npmjs", "org"),
            ("crates", "io"),
        ]
    ),
    re.IGNORECASE,
)

# A key in a test says that it is one, or repeats itself.
MADE_UP = re.compile("test|fake|dummy|example", re.IGNORECASE)
FEW_LETTERS = 12
HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
KINDS = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


def secrets_in(text: str) -> list[str]:
    """Return what in a text has the shape of a key and does not look made up."""
    return [
        f"{kind}: {found.group()[:6]}…"
        for kind, pattern in SECRETS.items()
        for found in pattern.finditer(text)
        if kind == "private key" or not _is_harmless(kind, found.group())
    ]


def _is_harmless(kind: str, found: str) -> bool:
    if len(set(found)) < FEW_LETTERS or MADE_UP.search(found):
        return True
    is_opaque = kind in {"exchange key", "KIS secret", "KIS key"}
    return is_opaque and (bool(HEX.fullmatch(found)) or not all(k.search(found) for k in KINDS))


def _texts() -> dict[str, str]:
    texts = {}
    for path in checkout_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path.relative_to(ROOT).as_posix()] = content.decode("utf-8", "replace")
    return texts


def test_no_file_holds_a_key():
    faults = [f"{path}: {s}" for path, text in _texts().items() for s in secrets_in(text)]
    assert faults == []


def test_no_file_names_a_package_registry():
    assert [path for path, text in _texts().items() if REGISTRY.search(text)] == []


def test_no_env_file_is_in_the_repository():
    assert [path for path in checkout_files() if path.name == ".env"] == []


def _mixed(length: int) -> str:
    """Return letters and digits in an order no one would write."""
    letters = ("aZ3kQ9mXb7", "RtY2wLp5Vc", "N8sHdJ4gF6", "uEiT1oKr0A")
    return ("".join(letters) * 5)[:length]


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN EC " + "PRIVATE KEY-----",
        "123456789:" + _mixed(35),
        "ghp_" + _mixed(36),
        "AKIA" + _mixed(36).upper()[:16],
        "https://" + "0123456789abcdef" * 2 + "@sentry.invalid/1",
        "PS" + _mixed(34),
        "SECRET_KEY=" + _mixed(40),
        "SECRET_KEY=" + _mixed(64),
        '"' + _mixed(178) + '=="',
    ],
)
def test_planted_secret_is_caught(secret: str):
    assert secrets_in(f"x = '{secret}'\n") or secrets_in(secret)


@pytest.mark.parametrize(
    "text",
    [
        "--hash=sha256:" + "0123456789abcdef" * 4,
        "123456789:" + "A" * 35,
        "123456789:TEST-" + _mixed(30),
        "def test_" + "a_long_situation_has_a_long_name_" * 2,
    ],
)
def test_what_only_resembles_a_key_is_left_alone(text: str):
    assert secrets_in(text) == []


def test_planted_registry_is_caught():
    assert REGISTRY.search("https://files." + "python" + "hosted" + ".org/packages")
