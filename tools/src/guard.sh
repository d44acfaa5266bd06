#!/bin/sh
# guard.sh <signal> <grace seconds> <command> [arguments]
#
# Runs the command for as long as standard input stays open. The starter holds the other end of it, so its
# death, by kill -9 too, ends the command: first by the signal, after the grace by SIGKILL to the whole group.
stop_signal=$1
grace=$2
shift 2

exec 3<&0
"$@" </dev/null 3<&- &
child=$!
trap 'kill -TERM "$child"' TERM
trap 'kill -INT "$child"' INT

(
  trap - TERM INT
  read -r _ <&3
  kill -s "$stop_signal" "$child"
  sleep "$grace"
  kill -KILL 0
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-

while :; do
  wait "$child"
  code=$?
  # A trapped signal ends the wait early; the command is gone only when it takes no signal any more.
  kill -0 "$child" 2>/dev/null || break
done
kill -KILL "$watcher" 2>/dev/null
exit "$code"
