#!/bin/sh
# guard.sh <signal> <grace seconds> <command> [arguments]
#
# Runs the command for as long as standard input stays open. The starter holds the other end of it, so its
# death, by kill -9 too, ends the command: first by the signal, then, when it is gone or the grace is over, the
# whole process group by SIGKILL, so that nothing the command started stays behind.
stop_signal=$1
grace=$2
shift 2

exec 3<&0
"$@" </dev/null 3<&- &
child=$!
is_orphan=no
trap 'kill -TERM "$child"' TERM
trap 'kill -INT "$child"' INT
trap 'is_orphan=yes; kill -s "$stop_signal" "$child"' USR1

(
  trap - TERM INT USR1
  read -r _ <&3
  kill -s USR1 "$$"
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
[ "$is_orphan" = yes ] && kill -KILL 0
kill -KILL "$watcher" 2>/dev/null
exit "$code"
