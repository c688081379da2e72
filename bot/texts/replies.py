"""Korean for what a command answers and for why the engine refuses one."""

from collections.abc import Mapping

REPLIES: Mapping[str, str] = {
    "reply.carried_out": "처리함",
    "reply.nothing_to_do": "바뀌는 것이 없습니다",
    "reply.state_changes": "{before} → {after}",
    "reply.state_stays": "이미 {state} 상태입니다",
    "reply.market_confirmed": "{venue} {symbol}: 진입을 다시 허용합니다",
    "reply.hidden_changes": "{key}: 값이 바뀝니다",
    "reply.tuned_key_changes": "튜닝이 정한 {key}: {before} → {after}",
    "reply.exits_stay": "열린 포지션 {count}개는 진입할 때 정한 익절과 손절을 그대로 지킵니다",
    "reply.all_sold": "모두 팔았습니다. 재개할 때까지 다시 사지 않습니다",
    "reply.all_to_sell": "포지션 {count}개, {value}원",
    "reply.holding_left_alone": "건드리지 않음: {venue} {symbol} {quantity} (직접 보유)",
    "reply.order_left_alone": "건드리지 않음: {venue} {symbol} {side} 주문 (직접 낸 주문)",
    "reply.held": "{venue} {symbol}: {why}",
    "reply.to_sell": "{venue} {symbol} 전량을 시장가로 팝니다",
    "reply.sold": "{venue} {symbol}: 팔았습니다",
    "reply.not_sold": "{venue} {symbol}: 아직 팔지 못했습니다",
    "reply.stops_and_starts": "엔진을 멈췄다가 다시 시작합니다. 포지션은 그대로입니다",
    "reply.restarts": "다시 시작합니다",
    "reply.searches": (
        "{market} {preset} ({strategy}): {days}일 동안 조합 {count}개를 {objective} 기준으로 "
        "찾습니다. 처음 보는 날에도 나을 때만 씁니다"
    ),
    "reply.searches_not": "{market} {preset}: 찾지 않습니다 ({obstacle}: {detail})",
    "reply.search_goes_on": "이미 찾는 중입니다",
    "reply.set_since": "튜닝한 값은 그 뒤에 모두 직접 바꾸셨습니다",
}
REFUSALS: Mapping[str, str] = {
    "refusal.unknown_preset": "프리셋 {preset} 은(는) 없습니다. 있는 것: {known}",
    "refusal.unknown_key": "설정 {key} 은(는) 없습니다. /settings 에 전부 있습니다",
    "refusal.unknown_market_kind": "시장은 crypto(코인)와 stock(주식)입니다 ({given})",
    "refusal.unknown_venue": "거래소 {given} 은(는) 없습니다. 있는 것: all, {known}",
    "refusal.unknown_timeframe": "시간봉 {given} 은(는) 없습니다. 있는 것: {known}",
    "refusal.not_followed": "{symbol} 을(를) 지켜보는 거래소가 없습니다",
    "refusal.not_held": "{symbol} 포지션이 없습니다. /positions 에서 확인하세요",
    "refusal.file_only": "{key} 은(는) 대화에서 바꿀 수 없습니다. 설정 파일에서 바꾸세요",
    "refusal.nothing_tuned": "되돌릴 튜닝이 없습니다",
    "refusal.nothing_to_undo": "되돌릴 것이 없습니다. 튜닝한 값도, 대화에서 바꾼 값도 없습니다",
    "refusal.not_trusted": "엔진이 저장된 상태나 디스크를 믿을 수 없습니다. /health 를 보세요",
    "refusal.panic_goes_on": "긴급정지는 모두 팔릴 때까지 이어집니다. /resume 으로만 끝납니다",
    "refusal.key_reused": "이 요청 열쇠는 다른 명령에 쓰였습니다. 명령을 다시 보내 주세요",
    "refusal.stopping": "엔진이 멈추는 중이라 명령을 받지 않습니다. 돌아오면 다시 보내 주세요",
    "refusal.engine_failed": "엔진에서 오류가 났습니다. 로그에 남았습니다 (/logs 50 error)",
    "refusal.too_long": "{name}: 한 줄에 {most}자까지 쓸 수 있습니다",
    "refusal.not_whole": "{name}: {low}부터 {high}까지의 정수를 쓰세요",
}
