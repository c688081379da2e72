"""Every route over a real socket: what it answers, what it refuses, and how."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.server import ApiServer
from engine.contract import (
    AuditView,
    CandlesView,
    EquityView,
    EventsView,
    HealthView,
    LogLine,
    OrderView,
    PositionView,
    PresetView,
    Receipt,
    SettingView,
    StatusView,
    TradeView,
    WhyView,
    decode,
)
from engine.domain.errors import (
    Ambiguous,
    AuthFailed,
    BadConfiguration,
    DiskFailed,
    Malformed,
    PasuError,
    Problem,
    Refused,
    StateCorrupt,
    Throttled,
    VenueDown,
)
from tests.wire.conftest import Caller
from tests.wire.fake_engine import NOW, STATUS, FakeEngine

LISTS = {
    "positions": PositionView,
    "orders": OrderView,
    "trades": TradeView,
    "trades?days=7": TradeView,
    "presets": PresetView,
    "settings": SettingView,
    "why?symbol=BTC": WhyView,
    "logs": LogLine,
    "logs?lines=1&level=error": LogLine,
    "health": HealthView,
    "audit": AuditView,
}
CARDS = {
    "status": StatusView,
    "equity": EquityView,
    "equity?venue=upbit&days=7": EquityView,
    "candles?symbol=BTC": CandlesView,
    "candles?symbol=BTC&venue=upbit&timeframe=1h&count=5": CandlesView,
    "events": EventsView,
    "events?after=1&wait=0.1&most=1": EventsView,
}
BODIES: dict[str, dict[str, object]] = {
    "preset": {"name": "mid_term"},
    "set": {"key": "CRYPTO_K_VALUE", "value": "0.5"},
    "panic": {},
    "sell": {"symbol": "BTC"},
    "pause": {"why": "news"},
    "resume": {},
    "optimize": {},
    "restart": {},
    "undo": {},
}


@pytest.mark.parametrize("route", LISTS)
async def test_a_list_answers_its_views(call: Caller, route: str):
    reply = await call.get(route)
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("application/json")
    assert [decode(LISTS[route], item) for item in reply.body]


@pytest.mark.parametrize("route", CARDS)
async def test_a_card_answers_its_view(call: Caller, route: str):
    reply = await call.get(route)
    assert reply.status == 200
    decode(CARDS[route], reply.body)


async def test_a_view_arrives_as_it_left(call: Caller):
    assert decode(StatusView, (await call.get("status")).body) == STATUS


async def test_parameters_reach_the_engine(call: Caller, engine: FakeEngine):
    await call.get("candles?symbol=ETH/KRW&venue=upbit&timeframe=5m&count=7")
    await call.get("candles?symbol=ETH&venue=&timeframe=")
    await call.get("equity")
    await call.get("logs?lines=9&level=warning")
    assert engine.asked == [
        ("candles", "ETH/KRW", "upbit", "5m", 7),
        ("candles", "ETH", None, None, 120),
        ("equity", "all", 30),
        ("logs", 9, "WARNING"),
    ]


@pytest.mark.parametrize(
    "route",
    [
        "candles",
        "candles?symbol=",
        "candles?symbol=BTC&count=0",
        "candles?symbol=BTC&count=many",
        "trades?days=0",
        "trades?days=-1",
        "equity?days=99999999999999999999",
        "logs?lines=0",
        "logs?level=loud",
        "events?after=-1",
        "events?wait=61",
        "events?wait=nan",
        "events?wait=soon",
        "events?most=501",
        "events?most=0",
        "why",
        "why?symbol=%00",
        f"why?symbol={'x' * 600}",
        "status?verbose=1",
        "positions?venue=upbit",
    ],
)
async def test_a_parameter_out_of_bounds_is_refused(call: Caller, route: str):
    reply = await call.get(route)
    assert (reply.status, reply.code) == (422, "invalid")


async def test_an_unknown_parameter_is_named_with_those_there_are(call: Caller):
    reply = await call.get("events?afterr=1")
    assert "'afterr'; known: after, wait, most" in reply.body["error"]["message"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/statuss", "/v2/status", "/v1/events/x"])
async def test_an_unknown_route_is_404(call: Caller, path: str):
    reply = await call.send("GET", path)
    assert (reply.status, reply.code) == (404, "unknown_route")
    assert "/v1/status" in reply.body["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/panic"), ("DELETE", "/v1/status")])
async def test_a_wrong_method_is_405_and_names_the_right_one(call: Caller, method: str, path: str):
    reply = await call.send(method, path)
    assert (reply.status, reply.code) == (405, "wrong_method")
    assert reply.headers["Allow"] in reply.body["error"]["message"]


@pytest.mark.parametrize("route", BODIES)
async def test_a_command_is_carried_out_with_its_key_and_actor(
    call: Caller, engine: FakeEngine, route: str
):
    actor = {"Pasu-Actor": "telegram:%EC%A3%BC%EC%9D%B8"}
    reply = await call.post(route, BODIES[route], "key-1", **actor)
    assert reply.status == 200
    receipt = decode(Receipt, reply.body)
    assert (receipt.command, receipt.changed, receipt.key) == (route, True, "key-1")
    ((name, _, order),) = engine.done
    assert (name, order.key, order.who, order.dry_run) == (route, "key-1", "telegram:주인", False)


async def test_arguments_and_defaults_reach_the_engine(call: Caller, engine: FakeEngine):
    await call.post("preset", {"name": "swing", "market": "stock"}, "1")
    await call.post("preset", {"name": "swing"}, "2")
    await call.post("set", {"key": "A", "value": ""}, "3")
    await call.post("resume", {}, "4")
    assert [arguments for _, arguments, _ in engine.done] == [
        ("swing", "stock"),
        ("swing", "crypto"),
        ("A", ""),
        ("",),
    ]
    assert {order.who for _, _, order in engine.done} == {"api"}


@pytest.mark.parametrize("route", BODIES)
async def test_a_dry_run_needs_no_key_and_changes_nothing(
    call: Caller, engine: FakeEngine, route: str
):
    reply = await call.post(route, {**BODIES[route], "dry_run": True})
    receipt = decode(Receipt, reply.body)
    assert (receipt.changed, receipt.dry_run) == (False, True)
    assert engine.done == []


@pytest.mark.parametrize("route", BODIES)
async def test_a_command_without_a_key_is_428_and_not_done(
    call: Caller, engine: FakeEngine, route: str
):
    reply = await call.post(route, BODIES[route])
    assert (reply.status, reply.code) == (428, "key_missing")
    assert "Idempotency-Key" in reply.body["error"]["message"]
    assert engine.done == []


@pytest.mark.parametrize("key", ["k" * 129, "tab\there"])
async def test_a_key_that_is_none_is_refused(call: Caller, engine: FakeEngine, key: str):
    reply = await call.post("panic", {}, key)
    assert (reply.status, reply.code) == (422, "invalid")
    assert engine.done == []


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"name=swing", 400, "bad_json"),
        (b"[" * 5000, 400, "bad_json"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"swing"', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"name": 1}', 422, "invalid"),
        (b'{"name": null}', 422, "invalid"),
        (b'{"name": "swing", "dry_run": "yes"}', 422, "invalid"),
        (b'{"name": "swing", "force": true}', 422, "invalid"),
        (b'{"name": "a\\u0000b"}', 422, "invalid"),
        (b'{"name": "' + b"x" * 501 + b'"}', 422, "invalid"),
        (b" " * 70_000, 413, "too_large"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(
    call: Caller, engine: FakeEngine, data: bytes, status: int, code: str
):
    reply = await call.send("POST", "/v1/preset", data, **{"Idempotency-Key": "1"})
    assert (reply.status, reply.code) == (status, code)
    assert engine.done == []


async def test_an_unknown_field_is_named_with_those_there_are(call: Caller):
    reply = await call.post("preset", {"nam": "swing"}, "1")
    assert "nam" in reply.body["error"]["message"]
    assert "name, market, dry_run" in reply.body["error"]["message"]


async def test_a_query_on_a_command_is_refused(call: Caller, engine: FakeEngine):
    reply = await call.post("panic?dry_run=true", {}, "1")
    assert (reply.status, engine.done) == (422, [])


PROBLEMS = [Problem("CRYPTO_K_VALUE", "write a number", 3), Problem("UPBIT_MODE", "choose", 9)]
FAILURES: list[tuple[PasuError, int, str]] = [
    (Refused("unknown_symbol", "no such market"), 404, "unknown_symbol"),
    (Refused("unknown_preset", "no such preset"), 404, "unknown_preset"),
    (Refused("unknown_key", "no such key"), 404, "unknown_key"),
    (Refused("not_allowed", "not from the chat"), 403, "not_allowed"),
    (Refused("invalid", "not like this"), 422, "invalid"),
    (Refused("panicking", "a panic is under way"), 409, "panicking"),
    (Throttled("slow down", NOW), 429, "throttled"),
    (BadConfiguration(PROBLEMS), 422, "invalid"),
    (StateCorrupt("the ledger does not add up"), 503, "state_corrupt"),
    (DiskFailed("the disk is full"), 503, "disk_failed"),
    (VenueDown("no answer from upbit"), 503, "venue_down"),
    (Ambiguous("may have arrived"), 504, "fate_unknown"),
    (AuthFailed("the key is not accepted"), 502, "auth_failed"),
    (Malformed("nonsense"), 502, "malformed"),
    (PasuError("something else"), 503, "failed"),
]


@pytest.mark.parametrize(("error", "status", "code"), FAILURES, ids=lambda e: type(e).__name__)
async def test_a_failure_has_its_status_in_questions_and_commands(
    call: Caller, engine: FakeEngine, error: PasuError, status: int, code: str
):
    engine.failing = error
    asked = await call.get("status")
    engine.failing = error
    told = await call.post("sell", {"symbol": "BTC"}, "1")
    assert (asked.status, asked.code) == (told.status, told.code) == (status, code)


async def test_bad_settings_are_all_told(call: Caller, engine: FakeEngine):
    engine.failing = BadConfiguration(PROBLEMS)
    reply = await call.post("set", {"key": "A", "value": "1"}, "1")
    assert reply.body["error"]["message"].splitlines() == [str(problem) for problem in PROBLEMS]


async def test_a_fault_of_ours_is_500_and_says_where_to_look(
    call: Caller, engine: FakeEngine, caplog: pytest.LogCaptureFixture
):
    engine.failing = ZeroDivisionError("a detail no caller needs")
    reply = await call.get("status")
    assert (reply.status, reply.code) == (500, "internal")
    assert "detail" not in reply.body["error"]["message"]
    assert "api.failed" in caplog.text
    assert (await call.get("status")).status == 200


async def test_acknowledging_needs_no_key_and_moves_the_cursor(call: Caller, engine: FakeEngine):
    assert (await call.get("events/cursor")).body == {"seq": 0}
    assert (await call.post("events/ack", {"seq": 3})).status == 200
    assert (await call.post("events/ack", {"seq": 3})).status == 200
    assert (await call.post("events/ack", {"seq": 2}, "key")).status == 200
    assert (await call.get("events/cursor")).body == {"seq": 3}


@pytest.mark.parametrize("seq", [-1, 2**63, 2**70, "3", 1.5, True, None])
async def test_acknowledging_no_number_is_refused(call: Caller, engine: FakeEngine, seq: object):
    reply = await call.post("events/ack", {"seq": seq})
    assert (reply.status, engine.acknowledged) == (422, 0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
fields = st.sampled_from(["name", "market", "key", "value", "symbol", "why", "dry_run", "seq"])
names = st.sampled_from(["after", "most", "days", "count", "symbol", "venue", "lines", "level"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
fuzz = settings(max_examples=150, deadline=None)


@fuzz
@given(
    route=st.sampled_from([*BODIES, "events/ack"]),
    body=st.dictionaries(fields, json_values, max_size=4) | json_values,
    raw=st.none() | st.binary(max_size=60),
    read=st.sampled_from([*LISTS, *CARDS]).map(lambda route: route.partition("?")[0]),
    query=st.dictionaries(names, texts, max_size=2),
)
def test_no_body_and_no_query_gives_500(
    route: str, body: object, raw: bytes | None, read: str, query: dict[str, str]
):
    asyncio.run(_send_nonsense(route, body, raw, f"{read}?{urlencode(query)}"))


async def _send_nonsense(route: str, body: object, raw: bytes | None, read: str) -> None:
    engine = FakeEngine()
    with tempfile.TemporaryDirectory(prefix="pasu-") as name:
        path = Path(name) / "engine.sock"
        server = ApiServer(engine, engine, engine.lines, path)
        await server.start()
        try:
            async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
                call = Caller(session)
                replies = [await call.post(route, body, "key"), await call.get(read)]
                if raw is not None:
                    sent = {"Idempotency-Key": "raw"}
                    replies.append(await call.send("POST", f"/v1/{route}", raw, **sent))
        finally:
            await server.stop()
    assert [reply.status for reply in replies if reply.status >= 500] == []
    assert all(reply.code for reply in replies if reply.status != 200)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_speaks_to_the_socket(server: ApiServer, folder: Path, engine: FakeEngine):
    socket = str(folder / "engine.sock")
    plain = ("curl", "-s", "--unix-socket", socket)
    asked = await _run(*plain, "http://engine/v1/status")
    told = await _run(
        *plain, "-H", "Idempotency-Key: 1", "-d", '{"why": "curl"}', "http://engine/v1/pause"
    )
    assert '"version":"0.1.0"' in asked
    assert '"command":"pause"' in told
    assert len(engine.done) == 1


async def _run(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return out.decode()
