#!/bin/sh
# Put Pasu on this host as systemd services: the body of `make install`. Again: bring it up to date.
# With PASU_ROOT everything is laid out under that folder, and no user and no service is touched.
set -eu
umask 022
source=$(cd "$(dirname "$0")/.." && pwd)
root=${PASU_ROOT:-}
python=${PYTHON:-python3}
opt=$root/opt/pasu
etc=$root/etc/pasu
state=$root/var/lib/pasu
units=$root/etc/systemd/system
bot_keys='TELEGRAM_USER_IDS|TELEGRAM_BASE_URL|LANGUAGE|TIMEZONE|LOG_LEVEL'

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

check_host() {
    [ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail \
        'This changes the host, so it needs root: sudo make install' \
        '호스트를 바꾸는 일이라 root 권한이 필요합니다: sudo make install'
    [ -n "$root" ] || [ -d /run/systemd/system ] || fail \
        'This host is not run by systemd. Use make run, or start python -m engine and python -m bot yourself.' \
        '이 호스트는 systemd 로 돌지 않습니다. make run 을 쓰거나 python -m engine 과 python -m bot 을 직접 띄우세요.'
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || fail \
        "Pasu needs Python 3.11 or newer; '$python' is not. Name another one: make install PYTHON=python3.12" \
        "파이썬 3.11 이상이 필요합니다('$python' 은 아닙니다). 다른 것을 알려 주세요: make install PYTHON=python3.12"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "'$python' cannot make environments. On Debian and Ubuntu: apt install python3-venv" \
        "'$python' 으로 가상 환경을 만들 수 없습니다. 데비안과 우분투: apt install python3-venv"
    case $("$python" -c 'import sys; print(sys.base_prefix)') in
    /home/* | /root/* | /run/user/*) fail \
        "'$python' lies in a home folder, which the services may not read. Name the system's: make install PYTHON=/usr/bin/python3" \
        "'$python' 은 홈 폴더에 있어 서비스가 읽지 못합니다. 시스템의 것을 알려 주세요: make install PYTHON=/usr/bin/python3" ;;
    esac
    command -v curl >/dev/null || fail \
        'curl is missing, and the alert of last resort is sent with it: apt install curl' \
        '마지막 경보를 보내는 curl 이 없습니다: apt install curl'
    [ "$source" != "$opt" ] || fail \
        'This is what was installed. Run make install in the checkout.' \
        '여기는 설치된 자리입니다. 내려받은 폴더에서 make install 을 실행하세요.'
}

# What an earlier version brought and this one does not have goes; what the owner added stays.
copy_code() {
    install -d -m 755 "$opt"
    (
        cd "$source"
        find bot engine storage strategies systemd training -type f ! -path '*/__pycache__/*'
        printf '%s\n' .env.example LICENSE README.md pyproject.toml requirements.lock
    ) | LC_ALL=C sort >"$opt/.files.new"
    if [ -f "$opt/.files" ]; then
        LC_ALL=C comm -23 "$opt/.files" "$opt/.files.new" | (cd "$opt" && xargs -r -d '\n' rm -f)
    fi
    tar -C "$source" -cf - -T "$opt/.files.new" | tar -C "$opt" -xf - --no-same-owner
    # The checkout may be closed to others; the services are others.
    (cd "$opt" && chmod -R u=rwX,go=rX bot engine storage strategies systemd training &&
        chmod 644 .env.example LICENSE README.md pyproject.toml requirements.lock)
    mv -f "$opt/.files.new" "$opt/.files"
}

# Each lock has an environment of its own: the running services keep theirs until they start again.
build_environment() {
    key=$({ cat "$source/requirements.lock" && "$python" -VV; } | cksum | tr -d ' ')
    venv=$opt/.venv-$key
    if [ ! -e "$venv/.complete" ]; then
        echo 'Building the environment from requirements.lock (about a minute) ...'
        rm -rf "$venv"
        "$python" -m venv "$venv"
        pip_in_venv install --require-hashes --only-binary :all: -r "$source/requirements.lock"
        touch "$venv/.complete"
    fi
    pip_in_venv install --no-deps --no-build-isolation -e "$opt"
    "$venv/bin/python" -m compileall -q "$opt/bot" "$opt/engine" "$opt/storage" "$opt/strategies" || :
    before=$(readlink "$opt/.venv" || true)
    ln -sfn ".venv-$key" "$opt/.venv.new"
    mv -fT "$opt/.venv.new" "$opt/.venv"
    for old in "$opt"/.venv-*; do
        [ "$old" = "$venv" ] || [ "${old##*/}" = "$before" ] || rm -rf "$old"
    done
}

pip_in_venv() {
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input -q "$@"
}

# Write standard input to a file that is not there yet: what the owner filled in is never touched.
# By way of a folder of root's own: what lies in the engine's folder may be a link to anywhere.
keep() {
    [ ! -e "$1" ] || return 0
    cat >"$etc/.new"
    install -m "$2" "$etc/.new" "$1"
    rm -f "$etc/.new"
    [ -n "$root" ] || chown -h "$3" "$1"
}

# The keys of .env.example that a pattern of awk picks, each with what is said about it.
paragraphs() {
    printf '# %s One KEY=value a line; empty means the default.\n\n' "$2"
    awk -v RS= -v ORS='\n\n' "$1" "$source/.env.example"
}

write_settings() {
    install -d -m 755 "$etc"
    install -d -m 700 "$etc/credentials" "$state"
    [ -n "$root" ] || chown pasu:pasu "$state"
    secrets=$(cat "$source"/systemd/*.service | sed -n 's/^LoadCredential=\([A-Z_]*\):.*/\1/p' | sort -u)
    for name in $secrets; do
        keep "$etc/credentials/$name" 600 root:root </dev/null
    done
    # A secret has its file, and what a unit sets cannot be set a second time.
    elsewhere="TELEGRAM_[A-Z_]*|SOCKET_PATH|$(echo "$secrets" | paste -sd "|" -)"
    paragraphs "NR > 1 && !/(^|\n)($elsewhere)=/" 'Settings of the engine. Keys of venues do not belong here.' |
        keep "$state/pasu.env" 600 pasu:pasu
    paragraphs "/(^|\n)($bot_keys)=/" 'Settings of the bot, read when it starts.' |
        keep "$etc/bot.env" 640 root:pasu-bot
}

knows_restart_modes() {
    version=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 254 ]
}

install_units() {
    install -d -m 755 "$units" "$root/usr/local/bin"
    install -m 644 "$source"/systemd/*.service "$units"
    if knows_restart_modes; then
        for unit in pasu-engine pasu-bot; do
            install -d -m 755 "$units/$unit.service.d"
            install -m 644 "$source/systemd/restart-mode.conf" "$units/$unit.service.d/pasu.conf"
        done
    fi
    install -m 755 "$source/systemd/pasu.sh" "$root/usr/local/bin/pasu"
    [ -n "$root" ] || systemctl daemon-reload
}

say_what_is_next() {
    if [ -z "$root" ] && systemctl -q is-active pasu-engine pasu-bot; then
        cat <<'EOF'
Pasu is up to date. What runs is the old version until you say:
새 판을 설치했습니다. 아래 명령을 실행하기 전까지는 옛 판이 돕니다.

    systemctl restart pasu-engine pasu-bot
EOF
        return
    fi
    cat <<EOF
Pasu is installed. Next, as root:
설치했습니다. 이제 root 로:

  1. $etc/bot.env
       TELEGRAM_USER_IDS: your number in Telegram / 텔레그램 사용자 번호
  2. $etc/credentials/TELEGRAM_BOT_TOKEN
       the token of your bot, alone on a line / 봇 토큰 한 줄
  3. $state/pasu.env
       strategies, caps and modes; replay until you change it / 전략, 한도, 모드(처음에는 replay)
       keys of live venues: one file each in $etc/credentials / 실거래 키는 파일 하나에 하나씩
  4. systemctl enable --now pasu-engine pasu-bot
  5. pasu status
EOF
}

check_host
[ -n "$root" ] || systemd-sysusers "$source/systemd/pasu.sysusers"
copy_code
build_environment
write_settings
install_units
say_what_is_next
