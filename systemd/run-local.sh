#!/bin/sh
# Run the engine behind the terminal chat and stop both together: the body of `make run`.
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
logs=${DATA_DIR:-data}/logs
out=$logs/engine.out
ready_timeout_s=60
engine='' bot='' terminal='' stopping=''
exec 3<&0 # a background job would get /dev/null for its stdin

alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# Set `code` to how a child ended. A signal to this shell cuts `wait` short: ask again.
reap() {
    wait "$1" 2>/dev/null && code=0 || code=$?
    while [ "$code" -gt 128 ] && alive "$1"; do
        wait "$1" 2>/dev/null && code=0 || code=$?
    done
}

start_engine() {
    said=$(wc -c <"$out")
    "$python" -m engine >>"$out" 2>&1 </dev/null 3<&- &
    engine=$!
}

wait_until_ready() {
    tries=$((ready_timeout_s * 2))
    while [ -z "$stopping" ] && alive "$engine" && [ "$tries" -gt 0 ]; do
        .venv/bin/pasu status >/dev/null 2>&1 </dev/null 3<&- && return
        tries=$((tries - 1))
        sleep 0.5
    done
}

start_bot() {
    "$python" -m bot --terminal <&3 3<&- &
    bot=$!
}

stop_bot() {
    [ -n "$bot" ] || return 0
    kill -TERM "$bot" 2>/dev/null
    reap "$bot"
    [ -z "$terminal" ] || stty "$terminal" <&3 # a chat that was killed leaves the terminal raw
}

engine_failed() {
    stop_bot
    echo "The engine stopped with code $1. The end of $out:" >&2
    tail -c "+$((said + 1))" "$out" | tail -n 20 >&2
    [ "$1" -ne 0 ] || exit 1
    exit "$1"
}

trap 'stopping=yes' INT TERM HUP
mkdir -p "$logs" || exit 74
[ -e "$out" ] || (umask 077 && : >"$out") || exit 74
[ ! -t 0 ] || terminal=$(stty -g)

echo "Starting the engine (log: $out) ..." >&2
start_engine
wait_until_ready
[ -n "$stopping" ] || ! alive "$engine" || start_bot

while [ -z "$stopping" ] && alive "$bot"; do
    if ! alive "$engine"; then
        reap "$engine"
        [ "$code" -eq 0 ] || engine_failed "$code"
        start_engine # it ended well and nobody here asked it to: that is /restart
    fi
    sleep 0.2
done

if [ -z "$stopping" ] && ! alive "$engine"; then
    reap "$engine"
    engine_failed "$code"
fi
bot_code=0
if [ -n "$stopping" ]; then
    stop_bot
else
    reap "$bot"
    bot_code=$code
fi
kill -TERM "$engine" 2>/dev/null
reap "$engine"
[ "$code" -eq 0 ] || [ "$code" -eq 143 ] || engine_failed "$code"
exit "$bot_code"
