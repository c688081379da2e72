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
}
SOURCES: Mapping[str, Words] = {
    "default": Words("기본값", "default"),
    "preset": Words("프리셋", "preset"),
    "env": Words("설정 파일", ".env"),
    "tuned": Words("튜닝", "tuned"),
}
ORDER_TYPES: Mapping[str, Words] = {
    "market": Words("시장가", "market"),
    "limit": Words("지정가", "limit"),
    "stop_market": Words("손절", "stop"),
    "take_profit": Words("익절", "take profit"),
}
PURPOSES: Mapping[str, Words] = {
    "entry": Words("진입", "entry"),
    "exit": Words("청산", "exit"),
    "protect": Words("보호", "protection"),
    "panic": Words("긴급정지", "panic"),
}
ORDER_STATES: Mapping[str, Words] = {
    "intended": Words("보내는 중", "being sent"),
    "unknown": Words("결과 확인 중", "of unknown fate"),
    "open": Words("대기", "open"),
    "filled": Words("체결", "filled"),
    "cancelled": Words("취소됨", "cancelled"),
    "expired": Words("만료됨", "expired"),
    "refused": Words("거절됨", "refused"),
    "never_arrived": Words("도착하지 않음", "never arrived"),
}
LINES: Mapping[str, Words] = {
    "prices": Words("시세", "prices"),
    "orders": Words("주문", "orders"),
    "rest": Words("REST", "REST"),
    "calls": Words("호출", "calls"),
}
STEPS: Mapping[str, Words] = {
    "warn": Words("경고", "warning"),
    "reduce": Words("축소", "reducing"),
    "close": Words("청산", "closing"),
}
OWN_KEYS: Mapping[str, Words] = {"this line": Words("이 줄", "this line")}
PLACES: Mapping[str, Words] = {
    "environment": Words("환경 변수", "environment"),
    "credential": Words("자격 증명 파일", "credential"),
}
ACTORS: Mapping[str, Words] = {
    "engine": Words("엔진", "engine"),
    "file": Words("설정 파일", "settings file"),
    "telegram": Words("텔레그램", "telegram"),
    "terminal": Words("터미널", "terminal"),
    "shell": Words("셸", "shell"),
}
DECISIONS: Mapping[str, Words] = {
    "[HOLD]": Words("보유 중", "held"),
    "[WAIT]": Words("진입 보류", "waiting"),
}
