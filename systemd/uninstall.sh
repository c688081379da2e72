#!/bin/sh
# Take Pasu's services and code off this host: the body of `make uninstall`. Settings, keys and
# books stay. With PASU_ROOT the folder that install.sh filled is cleared instead.
set -eu
root=${PASU_ROOT:-}

[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || {
    echo 'This changes the host, so it needs root: sudo make uninstall' >&2
    echo '호스트를 바꾸는 일이라 root 권한이 필요합니다: sudo make uninstall' >&2
    exit 1
}
[ -n "$root" ] || systemctl disable --now pasu-bot pasu-engine 2>/dev/null || true
for unit in pasu-engine pasu-bot pasu-alert@; do
    rm -f "$root/etc/systemd/system/$unit.service" "$root/etc/systemd/system/$unit.service.d/pasu.conf"
    rmdir "$root/etc/systemd/system/$unit.service.d" 2>/dev/null || true
done
rm -rf "$root/usr/local/bin/pasu" "$root/opt/pasu"
[ -n "$root" ] || systemctl daemon-reload
cat <<'EOF'
Removed. What is yours is still here; protective orders still lie at the venues, and positions are still open:
지웠습니다. 아래는 남겨 두었습니다. 거래소의 보호 주문과 포지션도 그대로입니다.

    /etc/pasu           settings and keys / 설정과 키
    /var/lib/pasu       books and journal / 장부와 기록
    /var/lib/pasu-bot

To remove these too / 이것도 지우려면: rm -rf /etc/pasu /var/lib/pasu /var/lib/pasu-bot /var/cache/pasu-bot; userdel pasu-bot; userdel pasu
EOF
