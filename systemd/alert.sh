#!/bin/sh
# Tell the owner in Telegram that a service gave up: the body of pasu-alert@.service.
set -eu
unit=$1
settings=${ENV_FILE:?}
secret=${CREDENTIALS_DIRECTORY:?}/TELEGRAM_BOT_TOKEN

fail() {
    echo "Nobody was told that $unit gave up: $1" >&2
    exit 78
}

# The value of a key, as .env.example says: KEY=value, quoted or not, " #" begins a comment.
setting() {
    sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$settings" | tail -n 1 |
        sed "s/[[:space:]]#.*\$//; s/^#.*//; s/^[\"']//; s/[\"']*[[:space:]]*\$//"
}

token=$(cat "$secret")
case $token in
'' | *[!A-Za-z0-9:_-]*) fail 'there is no token of a bot in the credentials' ;;
esac
# With several owners the first is told, as the others would only learn the same.
owner=$(setting TELEGRAM_USER_IDS | sed 's/[^0-9].*//')
[ -n "$owner" ] || fail "there is no owner in $settings: set TELEGRAM_USER_IDS"
base=$(setting TELEGRAM_BASE_URL)
base=${base:-https://api.telegram.org}

how=${MONITOR_SERVICE_RESULT:-failed}${MONITOR_EXIT_STATUS:+ $MONITOR_EXIT_STATUS}
case $(setting LANGUAGE | tr '[:upper:]' '[:lower:]'):$unit in
en*:pasu-bot*) text="🛑 Pasu: $unit stopped for good ($how). The engine trades on. Look with: sudo pasu status" ;;
en*) text="🛑 Pasu: $unit stopped for good ($how). Only the stop orders that lie at the venues protect you now." ;;
*:pasu-bot*) text="🛑 파수: $unit 이(가) 멈췄고 다시 시작하지 않습니다 ($how). 엔진은 계속 매매합니다. 확인: sudo pasu status" ;;
*) text="🛑 파수: $unit 이(가) 멈췄고 다시 시작하지 않습니다 ($how). 지금은 거래소에 남아 있는 손절 주문만 지켜 줍니다." ;;
esac
text="$text\njournalctl -u $unit -n 50\nsystemctl reset-failed $unit && systemctl start $unit"

# The token is part of the address: it goes in by a pipe, where no list of processes shows it.
curl --config - <<EOF || fail 'Telegram did not take it'
url = "${base%/}/bot$token/sendMessage"
data-urlencode = "chat_id=$owner"
data-urlencode = "text=$text"
output = "/dev/null"
silent
show-error
fail
max-time = 20
retry = 8
retry-all-errors
EOF
