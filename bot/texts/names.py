"""What venues, modes, states and reasons are called."""

from collections.abc import Mapping

from bot.texts.words import Words

VENUES: Mapping[str, Words] = {
    "upbit": Words("업비트", "Upbit"),
    "binance_spot": Words("바이낸스 현물", "Binance spot"),
    "binance_futures": Words("바이낸스 선물", "Binance futures"),
    "stock": Words("국내주식", "Korean stocks"),
    "all": Words("전체", "Whole book"),
}
MODES: Mapping[str, Words] = {
    "off": Words("꺼짐", "off"),
    "replay": Words("replay", "replay"),
    "paper": Words("모의", "paper"),
    "live": Words("실거래", "LIVE"),
}
STATES: Mapping[str, Words] = {
    "running": Words("● 실행중", "● running"),
    "paused": Words("⏸ 진입 중지", "⏸ paused"),
    "reducing": Words("▽ 매도만", "▽ exits only"),
    "halted": Words("■ 멈춤", "■ halted"),
    "panic": Words("⛔ 긴급정지", "⛔ panic"),
    "safe": Words("⚠ 안전모드", "⚠ safe mode"),
}
PHASES: Mapping[str, Words] = {
    "running": Words("실행중", "running"),
    "warming_up": Words("준비 중", "warming up"),
    "stopped": Words("정지됨", "stopped"),
}
VENUE_STATES: Mapping[str, Words] = {
    "up": Words("정상", "up"),
    "down": Words("끊김", "down"),
    "connecting": Words("연결 중", "connecting"),
    "auth_failed": Words("키 거부됨", "key refused"),
    "off": Words("꺼짐", "off"),
}
REASONS: Mapping[str, Words] = {
    "emergency": Words("긴급 손절", "emergency stop"),
    "liquidation_risk": Words("청산 위험 회피", "liquidation risk"),
    "take_profit": Words("익절", "take profit"),
    "stop_loss": Words("손절", "stop loss"),
    "trailing_stop": Words("트레일링 스탑", "trailing stop"),
    "signal": Words("매도 신호", "sell signal"),
    "panic": Words("긴급정지", "panic"),
    "manual": Words("직접 매도", "sold by hand"),
    "liquidated": Words("강제 청산됨", "liquidated"),
}
SIDES: Mapping[str, Words] = {"buy": Words("매수", "buy"), "sell": Words("매도", "sell")}
MARKETS: Mapping[str, Words] = {
    "crypto": Words("코인", "crypto"),
    "stock": Words("주식", "stocks"),
}
OUTCOMES: Mapping[str, Words] = {
    **REASONS,
    "flat": Words("전부 팔았습니다", "flat"),
    "sold": Words("매도 완료", "sold"),
    "session closed: sold when it opens": Words(
        "장 마감: 열리면 팝니다", "session closed: sold when it opens"
    ),
    "venue down": Words("거래소 끊김: 돌아오면 팝니다", "venue down: sold when it is back"),
    "not sold yet: still trying": Words(
        "아직 못 팔았습니다: 계속 시도합니다", "not sold yet: still trying"
    ),
}
GATES: Mapping[str, Words] = {
    "universe": Words("거래대금 순위", "turnover rank"),
    "operator": Words("운영 상태", "operator state"),
    "warm_up": Words("남은 준비 루프", "loops left to warm up"),
    "session": Words("장 시간", "session"),
    "venue": Words("거래소 연결", "venue"),
    "reconciled": Words("거래소 대조", "reconciled"),
    "paused": Words("확인 대기", "paused"),
    "rate_limit": Words("호출 한도", "rate limit"),
    "venue_holds_less": Words("거래소 잔고 부족", "venue holds less"),
    "flagged": Words("유의 종목", "flagged by the venue"),
    "held": Words("이미 보유", "held already"),
    "orders_in_flight": Words("처리 중인 주문", "orders in flight"),
    "order_in_flight": Words("처리 중인 주문", "orders in flight"),
    "daily_loss_percent": Words("오늘 손실 %", "loss today %"),
    "positions": Words("보유 종목 수", "open positions"),
    "orders_per_minute": Words("분당 주문", "orders per minute"),
    "hourly_ema50": Words("1시간 EMA50", "1h EMA50"),
    "decided_already": Words("이번 신호 사용됨", "signal used already"),
    "attempts": Words("시도 횟수", "attempts"),
    "history": Words("쌓인 캔들", "candles seen"),
    "breakout": Words("변동성 돌파", "breakout level"),
    "ema50": Words("EMA50", "EMA50"),
    "first_of_day": Words("오늘 첫 돌파", "first of the day"),
    "volatility": Words("변동성 (ATR)", "volatility (ATR)"),
    "trend": Words("추세 (EMA50)", "trend (EMA50)"),
    "adx": Words("ADX", "ADX"),
    "leverage": Words("레버리지", "leverage"),
    "size": Words("주문 크기", "size"),
    "minimum": Words("최소 주문", "minimum order"),
    "suggested_quantity": Words("전략이 원한 수량", "suggested quantity"),
    "strategy": Words("전략", "strategy"),
    "upper_band": Words("볼린저 상단", "upper band"),
    "lower_band": Words("볼린저 하단", "lower band"),
    "widening": Words("밴드 확장", "band widening"),
    "volume": Words("거래량", "volume"),
    "rsi": Words("RSI", "RSI"),
    "ema100": Words("EMA100", "EMA100"),
    "turn": Words("RSI 반등", "RSI turning up"),
    "macd": Words("MACD", "MACD"),
    "votes": Words("찬성표", "votes"),
    "strength": Words("추세 강도", "trend strength"),
    "cooldown": Words("재진입 대기", "cooldown"),
    "price": Words("시세", "price"),
    "refusals": Words("거절 후 대기", "waiting after refusals"),
}


def gate_words(name: str) -> Words:
    """Return what a gate is called; one that an owner's own strategy names keeps its name."""
    # A name is no sentence with places to fill in.
    plain = name.replace("{", "{{").replace("}", "}}")
    return GATES.get(name) or Words(plain, plain)
