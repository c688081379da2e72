"""The words on cards: status, positions, trades, results, decisions, lists."""

from bot.texts.words import Words

# The head of every card
SILENT = Words("엔진 응답 없음 (마지막 {at})", "The engine is not answering (last {at})")
SILENT_EVER = Words(
    "엔진 응답 없음 (아직 연결된 적 없음)", "The engine is not answering (never reached)"
)
REFUSED = Words("엔진이 거절했습니다: {message}", "The engine refused: {message}")
STATE_BY = Words("{who} · {at} · {why}", "{who} · {at} · {why}")
WARMING = Words("준비 중 {current}/{total}", "warming up {current}/{total}")
AGE = Words("시세 {age} 전", "prices {age} old")
NO_PRICE = Words("시세 없음", "no prices yet")

# Status
PRESETS_IN_USE = Words(
    "프리셋 코인 {crypto} · 주식 {stock}", "preset crypto {crypto} · stocks {stock}"
)
EQUITY = Words(
    "자산 {equity} · 오늘 {today} ({share})", "equity {equity} · today {today} ({share})"
)
DRAWDOWN = Words("낙폭 {share}", "drawdown {share}")
EXPOSURE = Words("노출 {share}", "exposure {share}")
COUNTS = Words(
    "포지션 {positions} · 미체결 {orders}", "positions {positions} · open orders {orders}"
)
NEAREST = Words("청산까지 최소 {share}", "nearest liquidation {share}")
UNKNOWN_ORDERS = Words("확인 중인 주문 {count}", "orders of unknown fate {count}")
DIFFERENCES = Words("거래소와 다름 {count}", "differences with the venue {count}")
DUST = Words("소액 잔고 {count}", "dust {count}")
CLOSED_SESSION = Words("장 마감", "session closed")
ENTRIES_CLOSED = Words("진입 닫힘: {why}", "entries closed: {why}")
VENUE_FIGURES = Words(
    "자산 {equity} · 현금 {cash} · 오늘 {today}", "equity {equity} · cash {cash} · today {today}"
)
ENGINE_FIGURES = Words(
    "엔진 {loop} ms · 루프 {loops} (건너뜀 {skipped}) · 오류 {errors}",
    "engine {loop} ms · loops {loops} (skipped {skipped}) · errors {errors}",
)
ENGINE_PROCESS = Words(
    "메모리 {memory} MB · CPU {cpu}% · 가동 {up} · v{version}",
    "memory {memory} MB · CPU {cpu}% · up {up} · v{version}",
)

# Positions and orders
POSITIONS_TITLE = Words("포지션 {count}", "Positions {count}")
NO_POSITIONS = Words("열린 포지션이 없습니다.", "No open positions.")
LEVERED = Words("롱 {leverage}x", "long {leverage}x")
ENTRY = Words("진입 {entry} → 현재 {price}", "entry {entry} → now {price}")
VALUE = Words("평가 {value} · {since}부터", "value {value} · since {since}")
EXITS = Words("익절 {target} · 손절 {stop}", "target {target} · stop {stop}")
TRAILING = Words("트레일링 {price}", "trailing {price}")
EMERGENCY = Words("긴급 {price}", "emergency {price}")
LIQUIDATION = Words("청산가 {price} (거리 {share})", "liquidation {price} (distance {share})")
UNPROTECTED = Words("보호주문 없음: 엔진이 지킵니다", "no order at the venue: the engine guards it")
EXTERNAL = Words("직접 연 포지션: 건드리지 않습니다", "opened by hand: never touched")
POSITIONS_SUM = Words("합계 {value} · 손익 {pnl}", "total {value} · profit {pnl}")
ORDERS_TITLE = Words("미체결 주문 {count}", "Open orders {count}")
NO_ORDERS = Words("미체결 주문이 없습니다.", "No open orders.")
AT_MARKET = Words("시장가", "market")

# Trades and results
TRADES_TITLE = Words("최근 {days}일 거래 {count}", "Trades of {days} days: {count}")
NO_TRADES = Words("최근 {days}일 동안 끝난 거래가 없습니다.", "No trade was closed in {days} days.")
TRADE_PRICES = Words("{entry} → {exit} · {reason}", "{entry} → {exit} · {reason}")
MORE = Words("… 그 외 {count}건", "… and {count} more")
PNL_TITLE = Words("손익 최근 {days}일", "Profit of {days} days")
PNL_TODAY = Words("오늘 {amount} ({share})", "Today {amount} ({share})")
PNL_SUM = Words(
    "{days}일 실현 {amount} · 거래 {count} · 승률 {share}",
    "{days} days realised {amount} · trades {count} · won {share}",
)
BY_DAY = Words("일별 (시간대 {zone})", "By day ({zone})")
BY_VENUE = Words("거래소별", "By venue")
TODAY = Words("오늘", "today")
SUM = Words("합계", "sum")

# Decisions
WHY_TITLE = Words("{symbol} · {venue} · {decision}", "{symbol} · {venue} · {decision}")
WHY_PRICE = Words("가격 {price} · {at}", "price {price} · {at}")
GATE = Words("{name}: {value} (기준 {threshold})", "{name}: {value} (needs {threshold})")
STOPPED_AT = Words("막은 조건", "What stopped it")
NO_WHY = Words("{symbol}에 대한 결정이 아직 없습니다.", "No decision about {symbol} yet.")

# Lists
PRESETS_TITLE = Words("프리셋", "Presets")
PRESETS_HINT = Words(
    "바꾸기: /preset mid_term · /preset stock swing",
    "Change: /preset mid_term · /preset stock swing",
)
SETTINGS_TITLE = Words("설정", "Settings")
SETTING_SOURCE = Words("출처 {source}", "from {source}")
NEEDS_RESTART = Words("재시작 필요", "needs a restart")
LOGS_TITLE = Words("로그 최근 {count}줄", "Log, last {count} lines")
NO_LOGS = Words("로그가 없습니다.", "The log is empty.")
HEALTH_TITLE = Words("상태 점검", "Health")
AUDIT_TITLE = Words("명령 기록", "Commands so far")
NO_AUDIT = Words("아직 명령이 없습니다.", "No commands so far.")

# Charts
CHART_EQUITY = Words("{venue} 자산 · {days}일", "{venue} equity · {days} days")
CHART_DRAWDOWN = Words("낙폭 %", "drawdown %")
CHART_EQUITY_CAPTION = Words(
    "수익률 {change} · 최대 낙폭 {drawdown} · 자산 {equity}",
    "return {change} · max drawdown {drawdown} · equity {equity}",
)
CHART_CANDLES = Words("{symbol} · {venue} · {timeframe}", "{symbol} · {venue} · {timeframe}")
CHART_CANDLES_CAPTION = Words(
    "종가 {price} ({change}) · 최고 {high} · 최저 {low} · 거래 {trades}",
    "close {price} ({change}) · high {high} · low {low} · trades {trades}",
)
CHART_SPAN = Words("{start} ~ {end}", "{start} to {end}")
CHART_ENTRY = Words("진입", "entry")
CHART_EXIT = Words("매도", "exit")
CHART_TARGET = Words("익절", "target")
CHART_STOP = Words("손절", "stop")
CHART_TRAILING = Words("트레일링", "trailing")
CHART_EMPTY = Words("그릴 데이터가 아직 부족합니다.", "Not enough data to draw yet.")
CHART_FAILED = Words(
    "차트를 그리지 못했습니다. 숫자는 /pnl 로 볼 수 있습니다.",
    "The chart could not be drawn. /pnl has the numbers.",
)
CHART_INITIAL = Words("시작 자금", "initial capital")
