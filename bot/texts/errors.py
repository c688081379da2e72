"""The words for errors: those of the engine's API, and what a venue says no with."""

from collections.abc import Mapping

from bot.texts.words import Words

ERRORS: Mapping[str, Words] = {
    "unknown_symbol": Words("그런 종목이나 거래소가 없습니다", "no such symbol or venue"),
    "unknown_preset": Words("그런 프리셋이 없습니다", "no such preset"),
    "unknown_key": Words("그런 설정이 없습니다", "no such setting"),
    "unknown_venue": Words("그런 거래소가 없습니다", "no such venue"),
    "not_allowed": Words("지금은 할 수 없습니다", "not allowed now"),
    "invalid": Words("쓸 수 없는 값입니다", "this value cannot be used"),
    "bad_json": Words("요청을 읽을 수 없습니다", "the request cannot be read"),
    "bad_request": Words("요청을 읽을 수 없습니다", "the request cannot be read"),
    "key_missing": Words("요청 열쇠가 없습니다", "the request has no key"),
    "key_reused": Words("다른 명령에 쓴 열쇠입니다", "the key was used for another command"),
    "stopping": Words("엔진이 멈추는 중입니다", "the engine is stopping"),
    "too_large": Words("요청이 너무 깁니다", "the request is too long"),
    "unknown_route": Words(
        "엔진이 모르는 요청입니다. 봇과 엔진의 버전을 확인하세요",
        "the engine does not know this request: check the versions of bot and engine",
    ),
    "wrong_method": Words(
        "엔진이 모르는 요청입니다. 봇과 엔진의 버전을 확인하세요",
        "the engine does not know this request: check the versions of bot and engine",
    ),
    "internal": Words(
        "엔진에서 오류가 났습니다. 로그에 남았습니다 (/logs 50 error)",
        "the engine failed at this; its log says where (/logs 50 error)",
    ),
    "failed": Words("엔진이 하지 못했습니다 (/logs)", "the engine could not do it (/logs)"),
    "throttled": Words("거래소 호출 한도입니다. 잠시 뒤에", "a rate limit: try again in a moment"),
    "state_corrupt": Words(
        "저장된 상태를 믿을 수 없어 거래를 멈췄습니다",
        "the stored state cannot be trusted: trading has stopped",
    ),
    "state_locked": Words("다른 엔진이 데이터를 쓰고 있습니다", "another engine holds the data"),
    "disk_failed": Words("디스크에 쓰지 못했습니다", "the disk could not be written"),
    "venue_down": Words("거래소가 응답하지 않습니다", "the venue does not answer"),
    "fate_unknown": Words(
        "실행되었는지 알 수 없습니다. 거래소에 확인합니다",
        "its fate is unknown: the venue is being asked",
    ),
    "auth_failed": Words("거래소가 키를 거절했습니다", "the venue refuses the key"),
    "malformed": Words("거래소의 답을 읽을 수 없습니다", "the venue's answer makes no sense"),
    "unreadable": Words(
        "엔진의 답을 읽을 수 없습니다. 봇과 엔진의 버전을 확인하세요",
        "the engine's answer cannot be read: check the versions of bot and engine",
    ),
}
VENUE_CODES: Mapping[str, Words] = {
    "clock": Words("이 서버의 시계가 거래소와 다름", "this host's clock is off the venue's"),
    "throttled": Words("호출 한도", "rate limit"),
    "auth_failed": Words("키를 거절함", "the key is refused"),
    "trigger_passed": Words("손절 가격을 이미 지남", "the price is through the stop already"),
    "duplicate_client_id": Words("이미 보낸 주문", "sent before"),
    "unknown_symbol": Words("거래하지 않는 종목", "not traded here"),
    "market_closed": Words("거래 시간이 아님", "the market is closed"),
    "not_supported": Words("거래소가 지원하지 않음", "not supported by the venue"),
    "unsupported": Words("거래소가 지원하지 않음", "not supported by the venue"),
    "invalid_parameter": Words("주문 내용이 맞지 않음", "the order does not fit"),
    "price_limit": Words("가격 제한폭을 벗어남", "beyond the price limit"),
    "short_not_supported": Words("가진 것보다 많이 팔 수 없음", "more than is held"),
    "-1003": Words("호출 한도", "rate limit"),
    "-1013": Words("거래소의 주문 규칙에 맞지 않음", "against the venue's order filters"),
    "-1021": Words("이 서버의 시계가 거래소와 다름", "this host's clock is off the venue's"),
    "-1022": Words("서명이 맞지 않음: 시크릿 키 확인", "wrong signature: check the secret key"),
    "-1111": Words("자릿수가 너무 많음", "too many digits"),
    "-2010": Words("거래소가 주문을 거절함 (잔고나 규칙)", "refused: the balance or a rule"),
    "-2011": Words("없는 주문", "no such order"),
    "-2014": Words("키 형식이 맞지 않음", "malformed key"),
    "-2015": Words(
        "키, 허용 IP, 권한 가운데 하나가 맞지 않음", "the key, its address or its rights are wrong"
    ),
    "-2019": Words("증거금 부족", "not enough margin"),
    "-2021": Words("손절 가격을 이미 지남", "the price is through the stop already"),
    "-2022": Words("줄일 포지션이 없음", "no position to reduce"),
    "-4028": Words("쓸 수 없는 레버리지", "leverage not allowed"),
    "-4164": Words("최소 주문보다 작음", "below the minimum order"),
    "PRICE_FILTER": Words("가격이 호가 단위에 맞지 않음", "the price is not on a tick"),
    "LOT_SIZE": Words("수량이 주문 단위에 맞지 않음", "the quantity is not in lots"),
    "NOTIONAL": Words("최소 주문보다 작음", "below the minimum order"),
    "insufficient_funds": Words("잔고가 모자람", "not enough balance"),
    "insufficient_funds_bid": Words("주문 가능한 돈이 모자람", "not enough cash"),
    "insufficient_funds_ask": Words("팔 수량이 모자람", "not enough to sell"),
    "under_min_total_bid": Words("최소 주문보다 작음", "below the minimum order"),
    "under_min_total_ask": Words("최소 주문보다 작음", "below the minimum order"),
    "invalid_price": Words("가격이 호가 단위에 맞지 않음", "the price is not on a tick"),
    "invalid_price_bid": Words("가격이 호가 단위에 맞지 않음", "the price is not on a tick"),
    "invalid_price_ask": Words("가격이 호가 단위에 맞지 않음", "the price is not on a tick"),
    "invalid_quantity": Words("수량이 주문 단위에 맞지 않음", "the quantity is not in lots"),
    "invalid_volume_bid": Words("수량이 주문 단위에 맞지 않음", "the quantity is not in lots"),
    "invalid_volume_ask": Words("수량이 주문 단위에 맞지 않음", "the quantity is not in lots"),
    "order_not_found": Words("없는 주문", "no such order"),
    "too_many_requests": Words("호출 한도", "rate limit"),
    "invalid_access_key": Words("잘못된 액세스 키", "wrong access key"),
    "jwt_verification": Words(
        "서명이 맞지 않음: 시크릿 키 확인", "wrong signature: check the secret key"
    ),
    "expired_access_key": Words("만료된 액세스 키", "expired access key"),
    "no_authorization_ip": Words("허용되지 않은 IP", "this address is not allowed"),
    "out_of_scope": Words("키에 권한이 없음", "the key has no right to this"),
}
CODED = Words("{told} ({code})", "{told} ({code})")
FAILURES: Mapping[str, Words] = {
    "Timeout": Words("시간 초과", "timed out"),
    "Connect": Words("연결 오류", "connection failed"),
    "HTTP 5": Words("거래소 서버 오류", "the venue's server failed"),
}
OF_KIND = Words("{kind} (영어 원문은 서버에서 pasu events)", "{kind} (on the server: pasu events)")
IN_ENGLISH = Words("영어 원문은 서버에서 pasu events", "on the server: pasu events")
OS_ERRORS: Mapping[str, Words] = {
    "Permission denied": Words("권한이 없음", "permission denied"),
    "No such file or directory": Words("그런 파일이 없음", "no such file"),
    "Is a directory": Words("폴더임", "is a folder"),
    "File too large": Words("파일이 너무 큼", "file too large"),
}
