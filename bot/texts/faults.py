"""Korean for what is wrong with a setting, a line of the settings file or a strategy's file."""

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "fault.of_key": "{key}: {what}",
    "fault.in_line": "{line}번째 줄: {key}: {what}",
    "fault.set_by": "{what} ({place}에서 정한 값)",
    "fault.not_that": "{what} (지금 값 {given})",
    "fault.meant": "{what}. 혹시 {near} 인가요?",
    "fault.write_number": "2.5 같은 숫자를 쓰세요",
    "fault.write_whole": "20 같은 정수를 쓰세요",
    "fault.write_bool": "true 또는 false 로 쓰세요",
    "fault.write_above": "{bound}보다 큰 숫자를 쓰세요",
    "fault.write_at_least": "{bound} 이상의 숫자를 쓰세요",
    "fault.write_below": "{bound}보다 작은 숫자를 쓰세요",
    "fault.write_at_most": "{bound} 이하의 숫자를 쓰세요",
    "fault.choose": "다음 중 하나를 쓰세요: {choices}",
    "fault.out_of_bounds": "{low}에서 {high} 사이여야 합니다 (지금 값 {given})",
    "fault.out_of_bounds_or_off": (
        "{low}에서 {high} 사이, 또는 끄려면 0이어야 합니다 (지금 값 {given})"
    ),
    "fault.out_of_bounds_or_atr": (
        "{low}에서 {high} 사이, 또는 ATR 손절이면 0이어야 합니다 (지금 값 {given})"
    ),
    "fault.write_symbols": "BTC 나 BTC/KRW 같은 종목을 쉼표로 나눠 쓰세요 (지금 값 {given})",
    "fault.write_stocks": "005930 같은 여섯 자리 종목 코드를 쓰세요 (지금 값 {given})",
    "fault.write_address": "{encrypted}://host 나 {plain}://127.0.0.1:8080 같은 주소를 쓰세요",
    "fault.unencrypted": (
        "키가 암호화되지 않은 채 전송됩니다. {scheme}:// 를 쓰세요 (이 컴퓨터 안에서만 예외)"
    ),
    "fault.write_zone": "Asia/Seoul 같은 시간대를 쓰세요 (지금 값 {given})",
    "fault.write_day": "2025-01-31 같은 날짜(UTC)를 쓰세요 (지금 값 {given})",
    "fault.write_whole_path": "전체 경로를 쓰세요. ~ 는 채워지지 않습니다",
    "fault.no_whole_key": "키가 온전하지 않은 것 같습니다. 빈칸 없이 다시 복사하세요",
    "fault.write_account": "계좌를 12345678-01 처럼 여덟 자리와 두 자리로 쓰세요",
    "fault.write_dsn": "Sentry 가 보여 주는 DSN 그대로 쓰세요: https://key@host/number",
    "fault.no_such_key": "그런 설정은 없습니다",
    "fault.no_such_key_but": "그런 설정은 없습니다. 혹시 {near} 인가요?",
    "fault.for_environment": "이 값은 설정 파일이 아니라 프로세스의 환경 변수로 정하세요",
    "fault.stands_already": "{line}번째 줄에 이미 있습니다. 둘 중 하나를 지우세요",
    "fault.no_value": "값이 없습니다. KEY=value 로 쓰거나 앞에 # 을 붙이세요",
    "fault.unmatched_quotes": "따옴표가 맞지 않습니다. 양쪽에 쓰거나 쓰지 마세요",
    "fault.stray_backslash": "따옴표 안의 역슬래시는 따옴표나 역슬래시 앞에만 쓸 수 있습니다",
    "fault.not_filled_in": "${{...}} 는 채워지지 않습니다. 값을 그대로 쓰세요",
    "fault.unprintable": "값에 보이지 않는 글자가 있습니다. 다시 입력하세요",
    "fault.fixed": "엔진의 환경 변수로 정해져 있어 파일로는 바꿀 수 없습니다",
    "fault.unreadable": "읽을 수 없습니다: {error}",
    "fault.path_unreadable": "{path} 을(를) 읽을 수 없습니다: {error}",
    "fault.path_no_text": "{path} 은(는) 텍스트가 아닙니다",
    "fault.not_utf8": "{byte}번째 바이트가 UTF-8 이 아닙니다. UTF-8 로 저장하세요",
    "fault.readable_by_others": "키가 들어 있는데 남도 읽을 수 있습니다: chmod 600 {path}",
    "fault.owned_by_other": "키가 들어 있는데 다른 사용자의 파일입니다: chown {user}",
    "fault.no_folder": "{path} 폴더가 없습니다. 비워 두면 내장 시장을 씁니다",
    "fault.socket_too_long": (
        "소켓 경로가 {length}바이트입니다. {most}바이트까지 쓸 수 있으니 SOCKET_PATH 를 "
        "/run/pasu/engine.sock 처럼 짧게 정하세요"
    ),
    "fault.mode_missing": "{mode} 은(는) 이 버전에 없습니다. 다음 중 하나를 쓰세요: {choices}",
    "fault.paper_missing": (
        "실시간 시세의 모의 거래는 이 버전에 없습니다. 다음 중 하나를 쓰세요: {choices}"
    ),
    "fault.key_missing": "{mode_key}=live 에는 이 키가 필요합니다. 다른 모드로 대신하지 않습니다",
    "fault.other_mode": (
        "DATA_DIR 의 장부는 {before} 모드에서 만들어져 {mode} 모드로 이어 갈 수 없습니다. "
        "DATA_DIR 을 다른 폴더로 하거나 모드를 되돌리세요"
    ),
    "fault.unknown_strategy": "프리셋의 전략 이름을 모릅니다: {strategy}",
    "fault.not_loadable": "불러올 수 없습니다: {error}",
    "fault.no_presets": "PRESETS 는 Preset 의 튜플이어야 합니다",
    "fault.preset_fault": "프리셋 {preset}: {what}",
    "fault.no_name": "{given} 에 이름이 없습니다",
    "fault.name_taken": "이름 {name} 은(는) 다른 파일이 쓰고 있습니다",
}
