"""What the command line says, in Korean and in English, and how it lays out the engine's views."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from engine.contract import (
    EventView,
    HealthView,
    Line,
    LogLine,
    PanicLine,
    PositionView,
    Receipt,
    StatusView,
    SurfaceView,
    VenueView,
)
from engine.domain.venue import KST
from engine.phrases.book import english

Words = Mapping[str, str]

_WHOLE_FROM = 1000

KOREAN: Words = MappingProxyType(
    {
        "unreachable": "엔진이 {path} 에서 응답하지 않습니다: {why}",
        "unreachable_hint": "서비스 확인: systemctl status pasu-engine · 상세 점검: pasu doctor",
        "refused": "거절됨 ({code}): {message}",
        "state": "상태",
        "since": "{at}부터 ({who}: {why})",
        "phase": "단계",
        "warmup": "준비 {current}/{total}",
        "presets": "프리셋",
        "crypto": "코인 {crypto} · 주식 {stock}",
        "equity": "총자산",
        "today": "오늘 {krw} 원 ({percent} %)",
        "loops": "루프",
        "loop_line": "{loops}회 · 평균 {ms} ms · 건너뜀 {skipped} · 오류 {errors}",
        "process": "자원",
        "positions": "보유 {count}",
        "orders": "주문 {count}",
        "no_positions": "보유 종목이 없습니다.",
        "no_events": "새 이벤트가 없습니다.",
        "entry": "진입 {entry} → 현재 {price}",
        "exits": "익절 {take} · 손절 {stop} · 추적 {trailing} · 비상 {emergency}",
        "krw": "원",
        "panic_head": "모두 시장가로 매도하고 진입을 잠급니다. 팔 종목:",
        "panic_slippage": "예상 슬리피지 {percent} %",
        "panic_prompt": "진행하려면 PANIC 을 입력하세요: ",
        "panic_cancelled": "취소했습니다. 아무것도 팔지 않았습니다.",
        "socket": "소켓",
        "socket_ok": "{path} 에서 엔진이 응답합니다",
        "settings": "설정",
        "settings_ok": "문제 없음",
        "no_terminal": "확인을 입력할 수 없습니다. 확실하면 --yes 를 붙이세요.",
    }
)

ENGLISH: Words = MappingProxyType(
    {
        "unreachable": "the engine does not answer at {path}: {why}",
        "unreachable_hint": "look at: systemctl status pasu-engine · pasu doctor",
        "refused": "refused ({code}): {message}",
        "state": "state",
        "since": "since {at} ({who}: {why})",
        "phase": "phase",
        "warmup": "warming up {current}/{total}",
        "presets": "presets",
        "crypto": "crypto {crypto} · stock {stock}",
        "equity": "equity",
        "today": "today {krw} KRW ({percent} %)",
        "loops": "loops",
        "loop_line": "{loops} · {ms} ms · skipped {skipped} · errors {errors}",
        "process": "process",
        "positions": "{count} held",
        "orders": "{count} orders",
        "no_positions": "Nothing is held.",
        "no_events": "No new events.",
        "entry": "entry {entry} → now {price}",
        "exits": "take {take} · stop {stop} · trailing {trailing} · emergency {emergency}",
        "krw": "KRW",
        "panic_head": "This sells everything at market and latches entries. To be sold:",
        "panic_slippage": "estimated slippage {percent} %",
        "panic_prompt": "Type PANIC to go on: ",
        "panic_cancelled": "Cancelled. Nothing was sold.",
        "socket": "socket",
        "socket_ok": "the engine answers at {path}",
        "settings": "settings",
        "settings_ok": "no problem",
        "no_terminal": "There is nobody to confirm. If you are sure, add --yes.",
    }
)


def words_of(language: str) -> Words:
    """Return the texts of a language, Korean where it is not known."""
    return ENGLISH if language == "en" else KOREAN


def status_lines(view: StatusView, words: Words) -> Iterator[str]:
    """Lay out the status card."""
    since = words["since"].format(
        at=_time(view.state_since), who=view.state_who or "–", why=view.state_why.text or "–"
    )
    yield f"Pasu {view.version} · {_time(view.now)}"
    yield f"{words['state']}: {view.state} {since}"
    warming = view.warmup_current < view.warmup_total
    progress = words["warmup"].format(current=view.warmup_current, total=view.warmup_total)
    yield f"{words['phase']}: {view.phase}{f' · {progress}' if warming else ''}"
    named = words["crypto"].format(crypto=view.preset_crypto, stock=view.preset_stock)
    yield f"{words['presets']}: {named}"
    today = words["today"].format(
        krw=_amount(view.today_pnl_krw), percent=_percent(view.today_pnl_percent)
    )
    yield f"{words['equity']}: {_amount(view.equity_krw)} {words['krw']} · {today}"
    loops = words["loop_line"].format(
        loops=view.loops, ms=f"{view.loop_ms:.1f}", skipped=view.loops_skipped, errors=view.errors
    )
    yield f"{words['loops']}: {loops}"
    yield f"{words['process']}: {view.memory_mb:.0f} MB · CPU {view.cpu_percent:.1f} %"
    for venue in view.venues:
        yield _venue_line(venue, words)


def position_lines(views: Sequence[PositionView], words: Words) -> Iterator[str]:
    """Lay out what is held, two lines a position."""
    if not views:
        yield words["no_positions"]
    for view in views:
        entry = words["entry"].format(
            entry=_price(view.entry_price, view.tick), price=_price(view.price, view.tick)
        )
        yield (
            f"{view.venue} {_named(view.symbol, view.name)} {_plain(view.quantity)} · {entry} · "
            f"{_amount(view.pnl)} {view.quote} ({_percent(view.pnl_percent)} %)"
        )
        exits = words["exits"].format(
            take=_price(view.take_profit, view.tick),
            stop=_price(view.stop_loss, view.tick),
            trailing=_price(view.trailing_stop, view.tick),
            emergency=_price(view.emergency_stop, view.tick),
        )
        yield f"    {exits}"


def panic_lines(lines: Sequence[PanicLine], words: Words) -> Iterator[str]:
    """Lay out what a panic sells."""
    yield words["panic_head"]
    if not lines:
        yield f"    {words['no_positions']}"
    for line in lines:
        slippage = words["panic_slippage"].format(percent=_percent(line.slippage_percent))
        yield (
            f"    {line.venue} {_named(line.symbol, line.name)} {_plain(line.quantity)} · "
            f"{_amount(line.value_krw)} {words['krw']} · {slippage}"
        )


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """Lay out what a command did."""
    for line in receipt.lines:
        yield line.text


def log_lines(lines: Sequence[LogLine]) -> Iterator[str]:
    """Lay out lines of the log."""
    for line in lines:
        yield f"{_time(line.at)} {line.level:<8} {line.message}"


def event_lines(events: Sequence[EventView]) -> Iterator[str]:
    """Lay out events, one line each."""
    for event in events:
        facts = " ".join(
            f"{name}={_fact(value)}"
            for name, value in event.facts.items()
            if name not in {"kind", "at"}
        )
        yield f"#{event.seq} {_time(event.at)} {event.severity:<8} {event.kind} {facts}".rstrip()


def health_lines(checks: Sequence[HealthView]) -> Iterator[str]:
    """Lay out checks, the ones at fault marked."""
    for check in checks:
        yield f"{'✓' if check.ok else '✗'} {check.name.text}: {check.detail.text}"


def _venue_line(venue: VenueView, words: Words) -> str:
    parts = [
        f"  {venue.name} [{venue.mode}] {venue.state}",
        f"{_amount(venue.equity_krw)} {words['krw']}",
        words["positions"].format(count=venue.positions),
        words["orders"].format(count=venue.open_orders),
        _said(venue.note),
        _said(venue.entries_closed),
        *(_surface(surface) for surface in venue.surfaces),
        *(line.text for line in venue.troubles),
        _said(venue.unreconciled),
        *(f"{paused.symbol}: {paused.why.text}" for paused in venue.paused),
    ]
    return " · ".join(part for part in parts if part)


def _fact(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(_fact, value))
    return "; ".join(map(english, str(value).splitlines()))


def _said(line: Line | None) -> str:
    return "" if line is None else line.text


def _surface(surface: SurfaceView) -> str:
    age = "–" if surface.age_s is None else f"{surface.age_s:.0f} s"
    state = "" if surface.state == "up" else f" {surface.state}"
    return f"{surface.name} {age}{state}"


def _named(symbol: str, name: str) -> str:
    return f"{symbol} ({name})" if name and name != symbol else symbol


def _time(at: datetime) -> str:
    return f"{at.astimezone(KST):%Y-%m-%d %H:%M:%S} KST"


def _amount(value: Decimal) -> str:
    # Whole won and cents of a dollar are what a person compares.
    digits = 0 if abs(value) >= _WHOLE_FROM or value == value.to_integral_value() else 2
    return f"{value:,.{digits}f}"


def _percent(value: Decimal) -> str:
    return f"{value:+.2f}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _price(value: Decimal | None, tick: Decimal) -> str:
    if value is None:
        return "–"
    return f"{value.quantize(tick) if tick > 0 else value:,f}"
