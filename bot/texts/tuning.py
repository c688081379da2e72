"""The words of tuning: what was found, what spoke for it, why nothing was changed."""

from collections.abc import Mapping

from bot.texts.words import Words

TUNED = Words("🎯 튜닝 적용 · {market} {preset}", "🎯 Tuned · {market} {preset}")
DECLINED = Words(
    "튜닝: 바꾸지 않았습니다 · {market} {preset}", "Tuning changed nothing · {market} {preset}"
)
TAKEN_BACK = Words("튜닝을 되돌렸습니다 · {market}", "Tuning taken back · {market}")
CHANGE = Words("{name} {before} → {after}", "{name} {before} → {after}")
WOULD = Words("찾은 값: {changes}", "Found: {changes}")
SEARCHED = Words(
    "{job} · 조합 {trials} · 시장 {markets} · 기준 {objective}",
    "{job} · {trials} combinations · {markets} markets · by {objective}",
)
FITTED = Words("탐색 구간 {span}", "searched {span}")
HELD_OUT = Words("처음 보는 구간 {span}", "unseen {span}")
SIDE = Words(
    "승률 {wins} · 수익 {earned} · 거래 {trades}", "won {wins} · return {earned} · trades {trades}"
)
FROM_TO = Words("전 {before}", "before {before}")
AFTER = Words("후 {after}", "after {after}")
KEPT = Words(".env 에 저장", "kept in .env")
IN_MEMORY = Words("메모리에만", "in memory only")
WHY_NOT = Words("이유: {reason}", "Why: {reason}")
UNDO = Words("되돌리기", "Undo")
ATR_STOP = Words("ATR", "ATR")

JOBS: Mapping[str, Words] = {
    "daily": Words("매일 탐색 (7일)", "daily grid (7 days)"),
    "sweep": Words("4시간 K 탐색", "4-hourly K sweep"),
    "asked": Words("요청한 탐색 (7일)", "asked for (7 days)"),
}
OBJECTIVES: Mapping[str, Words] = {
    "win_rate": Words("승률", "win rate"),
    "return": Words("수익률", "return"),
    "profit_factor": Words("손익비", "profit factor"),
}
KEYS: Mapping[str, Words] = {
    "K_VALUE": Words("K", "K"),
    "TAKE_PROFIT_PERCENT": Words("익절", "take profit"),
    "STOP_LOSS_PERCENT": Words("손절", "stop loss"),
}
OBSTACLES: Mapping[str, Words] = {
    "no_k": Words("이 전략에는 K가 없습니다", "this strategy has no K"),
    "by_hand": Words("모두 직접 정한 값입니다", "every key is set by hand"),
    "no_candles": Words("캔들이 모자랍니다", "there are too few candles"),
    "few_trades": Words("거래가 너무 적습니다", "there are too few trades"),
    "nothing_better": Words("지금 값보다 나은 것이 없습니다", "nothing beats the present values"),
    "not_confirmed": Words(
        "처음 보는 구간에서 지금 값을 넘지 못했습니다",
        "it does not beat the present values on unseen candles",
    ),
    "earns_less": Words(
        "처음 보는 구간에서 덜 법니다", "it earns less than the present values on unseen candles"
    ),
    "overtaken": Words("그사이 설정이 바뀌었습니다", "the settings changed meanwhile"),
    "failed": Words("탐색이 실패했습니다", "the search failed"),
}
