"""The words about what a venue holds for us, how safely, and how its lines are."""

from bot.texts.words import Words

ADJUSTED = Words("⚠ 보유 수량 조정 · {symbol}", "⚠ Position adjusted · {symbol}")
ADJUSTED_DETAIL = Words(
    "장부 {before} → 거래소 {after}: 없는 만큼은 팔지 않습니다",
    "book {before} → venue {after}: what is not there is not sold",
)
PAUSED = Words("⚠ 진입 멈춤 · {symbol}", "⚠ Entries paused · {symbol}")
PAUSED_HINT = Words(
    "매도는 계속합니다. 확인하면 /resume {coin}", "Exits go on. To confirm: /resume {coin}"
)
RESUMED = Words("진입 다시 허용 · {symbol} · {who}", "Entries allowed again · {symbol} · {who}")
FLAGGED = Words("⚠ 거래소 주의 · {symbol} · {flag}", "⚠ Venue warns · {symbol} · {flag}")
UNFLAGGED = Words("거래소 주의 해제 · {symbol}", "Venue no longer warns · {symbol}")
BARE = Words("⚠ 보호 없음 {seconds} · {symbol}", "⚠ Unprotected for {seconds} · {symbol}")
GUARDED = Words(
    "다시 보호됨 ({seconds} 만에) · {symbol}", "Protected again (after {seconds}) · {symbol}"
)
VENUE_AUTH = Words(
    "다시 시도하지 않습니다. 키와 허용 IP를 고친 뒤 엔진을 재시작하세요.",
    "No further tries. Mend the key or its allowed addresses, then restart the engine.",
)
VENUE_UNTIL = Words("{at}까지 호출하지 않습니다", "not called until {at}")

SURFACE = Words("{name} {age}", "{name} {age}")
NEVER = Words("없음", "none yet")
UNRECONCILED = Words("진입 닫힘, 대조 전: {why}", "entries closed, not reconciled: {why}")
WAITING = Words("확인 대기 {market}: {why}", "waits for your word {market}: {why}")
OWN = Words(
    "직접 보유 {holdings} · 직접 주문 {orders}", "by hand: {holdings} held, {orders} orders"
)
BARE_NOW = Words("보호 없음 {seconds}", "unprotected {seconds}")
WORST = Words("보호 공백 최대 {seconds}", "unprotected at most {seconds}")
BY_HAND = Words("직접 낸 주문", "placed by hand")
