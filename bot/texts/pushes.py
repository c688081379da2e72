"""The words of pushes: what happened while nobody asked."""

from collections.abc import Mapping

from bot.texts.words import Words

OPENED = Words("▶ 진입 {symbol}", "▶ Bought {symbol}")
CLOSED = Words("◀ {reason} {symbol}", "◀ {reason} {symbol}")
AT_PRICE = Words("{quantity} @ {price}", "{quantity} @ {price}")
EXITS = Words("익절 {target} · 손절 {stop}", "target {target} · stop {stop}")
PRICES = Words("{entry} → {exit}", "{entry} → {exit}")
COST = Words("수수료 {fees} · 보유 {held}", "fees {fees} · held {held}")
FILLS = Words("체결 {count}건", "{count} fills")
BUY = Words("진입", "buy")
SELL = Words("매도", "sell")
SUM = Words("실현 손익 {amount}", "realised {amount}")
MORE = Words("… 그 외 {count}건", "… and {count} more")

AWAY = Words("자리를 비운 동안 ({start} ~ {end})", "While you were away ({start} to {end})")
AWAY_COUNTS = Words(
    "진입 {opened} · 매도 {closed} · 그 밖 {other}",
    "bought {opened} · sold {closed} · other {other}",
)

PRESET = Words(
    "⚙ 프리셋 변경 · {market}: {previous} → {preset}",
    "⚙ Preset changed · {market}: {previous} → {preset}",
)
PRESET_WHO = Words("{who} · {at}", "{who} · {at}")
TAKEN_BACK = Words("튜닝이 정한 값을 되돌림: {keys}", "Taken back from tuning: {keys}")
SETTINGS = Words("⚙ 설정이 바뀌었습니다", "⚙ Settings changed")
TOUCHED = Words("관련 포지션: {positions}", "Open positions it touches: {positions}")
RESTART_FOR = Words("재시작해야 적용: {keys}", "Needs a restart: {keys}")
REJECTED = Words(
    "⚠ 설정을 적용하지 않았습니다. 이전 값이 그대로입니다",
    "⚠ Settings were not applied; the old values stay",
)
SLIPPAGE = Words("⚠ 슬리피지 {share} · {symbol}", "⚠ Slippage {share} · {symbol}")
SLIPPAGE_DETAIL = Words(
    "{side} 예상 {decision} → 체결 {fill} · 비용 {cost}",
    "{side} decided {decision} → filled {fill} · cost {cost}",
)
LIQUIDATION = Words(
    "⚠ 청산까지 {share} · {symbol} · {step}", "⚠ Liquidation {share} away · {symbol} · {step}"
)
LIQUIDATION_DETAIL = Words("마크 {mark} · 청산가 {price}", "mark {mark} · liquidation {price}")
VENUE_LOST = Words("⚠ {venue} 연결 끊김", "⚠ {venue} is not answering")
VENUE_FOUND_AGAIN = Words(
    "{venue} 복구 ({down} 동안 {times}번 끊김)", "{venue} is back (lost {times} times in {down})"
)
VENUE_FOUND = Words("{venue} 복구 ({down} 만에)", "{venue} is back (after {down})")
CLOCK_AHEAD = Words(
    "⚠ 서버 시계가 {venue}보다 {seconds}초 빠릅니다",
    "⚠ The server's clock is {seconds} s ahead of {venue}'s",
)
CLOCK_BEHIND = Words(
    "⚠ 서버 시계가 {venue}보다 {seconds}초 느립니다",
    "⚠ The server's clock is {seconds} s behind {venue}'s",
)
CLOCK_BARS = Words("맞을 때까지 주문을 보내지 않습니다.", "No order is sent until it is right.")
CLOCK_REMEDY = Words(
    "서버에서 시각 자동 맞춤을 켜세요: {line}", "Set the clock on the server: {line}"
)
CLOCK_RIGHT = Words(
    "서버 시계가 {venue}와 다시 맞습니다", "The server's clock agrees with {venue}'s again"
)
ENGINE_STARTED = Words("엔진 시작 v{version}", "Engine started v{version}")
ENGINE_STOPPED = Words("엔진 정지: {reason}", "Engine stopped: {reason}")
ENGINE_LOST = Words("⚠ 엔진 끊김 · 마지막 응답 {at}", "⚠ Engine lost · last answer {at}")
ENGINE_LOST_EVER = Words("⚠ 엔진에 연결할 수 없습니다", "⚠ The engine cannot be reached")
ENGINE_LOST_ADVICE = Words(
    "거래소에 걸린 보호주문은 살아 있습니다. 서버에서 확인: {line}",
    "Protective orders at the venues stay. Check on the server: {line}",
)
ENGINE_BACK = Words("엔진 복구 ({down} 만에)", "Engine is back (after {down})")
STATE = Words("{before} → {after}", "{before} → {after}")
STATE_DETAIL = Words("{who} · {why}", "{who} · {why}")
PANIC = Words("⛔ 긴급정지 진행", "⛔ Panic in progress")
PANIC_DONE = Words("⛔ 긴급정지 결과", "⛔ Panic: result")
PANIC_LINE = Words(
    "{symbol} {venue} · {outcome} · {quantity} @ {price} · 슬리피지 {slippage} · {seconds}",
    "{symbol} {venue} · {outcome} · {quantity} @ {price} · slippage {slippage} · {seconds}",
)
PANIC_HELD = Words(
    "{symbol} {venue} · {outcome} · {quantity}", "{symbol} {venue} · {outcome} · {quantity}"
)
PANIC_SUMMARY = Words("{outcome} · {seconds}", "{outcome} · {seconds}")
STRATEGY_DISABLED = Words(
    "⚠ 전략 중지 {strategy} · {symbol}", "⚠ Strategy disabled {strategy} · {symbol}"
)
DAILY_LOSS = Words(
    "⛔ 오늘 손실 한도 {venue} · {loss}% (한도 {cap}%)\n"
    "오늘은 더 사지 않습니다. 매도는 계속합니다.",
    "⛔ Daily loss cap {venue} · {loss}% (cap {cap}%)\nNo more entries today; exits go on.",
)
DIFFERENCE = Words(
    "⚠ {venue}와 장부가 다릅니다 · {subject}", "⚠ {venue} and the ledger differ · {subject}"
)
DIFFERENCE_OVER = Words(
    "{venue}와 장부가 다시 같습니다 · {subject}", "{venue} and the ledger agree again · {subject}"
)
OURS_THEIRS = Words("장부 {ours} · 거래소 {theirs}", "ours {ours} · theirs {theirs}")
ORDER_REFUSED = Words("⚠ 주문 거절 · {symbol}", "⚠ Order refused · {symbol}")
ORDER_UNKNOWN = Words("⚠ 주문 결과 확인 중 · {symbol}", "⚠ Order of unknown fate · {symbol}")
ORDER_ABSENT = Words("주문이 도착하지 않았음을 확인 · {symbol}", "Order never arrived · {symbol}")
DUST = Words("소액 정리 {symbol} · {quantity}", "Dust dropped {symbol} · {quantity}")
EXITS_CHANGED = Words("매도 조건 변경 · {symbol}", "Exits changed · {symbol}")
REPEATED = Words("(반복될 수 있음)", "(may repeat)")
EVENTS = Words("최근 이벤트 {count}", "Last {count} events")
NO_EVENTS = Words("이벤트가 없습니다.", "No events.")
STRANGER = Words(
    "🚫 모르는 사람(id {stranger})이 말을 걸어 무시했습니다.\n"
    "봇 토큰이 샜다면 @BotFather 에서 바꾸세요.",
    "🚫 Ignored a stranger (id {stranger}).\nIf the token leaked, replace it with @BotFather.",
)
# What is told in a list of events, and never by itself
KINDS: Mapping[str, Words] = {
    "OrderIntended": Words("주문 결정", "Order decided"),
    "OrderAccepted": Words("주문 접수", "Order accepted"),
    "OrderFilled": Words("체결", "Order filled"),
    "OrderClosed": Words("주문 끝", "Order ended"),
    "CapitalSet": Words("자금 설정", "Capital set"),
    "FundingPaid": Words("펀딩비", "Funding paid"),
    "DayOpened": Words("하루 시작", "Day opened"),
    "CommandAnswered": Words("명령 처리", "Command answered"),
    "TuningStored": Words("튜닝 값 저장", "Tuning stored"),
}
