#!/bin/sh
# The command line of Pasu for the engine that systemd runs: installed as /usr/local/bin/pasu.
# State and keys are closed to everybody else, so it becomes root; sudo asks who may.
[ "$(id -u)" -eq 0 ] || exec sudo -- "$0" "$@"
export ENV_FILE=/var/lib/pasu/pasu.env
export SOCKET_PATH=/run/pasu/engine.sock
export CREDENTIALS_DIRECTORY=/etc/pasu/credentials
cd /var/lib/pasu || exit 1
exec /opt/pasu/.venv/bin/pasu "$@"
