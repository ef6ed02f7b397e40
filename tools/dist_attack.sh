#!/usr/bin/env bash
# Attack with several processes, one a GPU or several that share one:
#   tools/dist_attack.sh CONFIG PROCESSES [arguments of tools/attack.py]
# NNODES, NODE_RANK, PORT and MASTER_ADDR are read for several machines, and
# MAX_RESTARTS: how often processes are started anew when one of them dies; 3
# by default, 0 with several machines, of which each counts for itself.
# Exit codes are those of tools/attack.py.
set -euo pipefail

if [ "$#" -lt 2 ]; then
    echo "usage: $0 CONFIG PROCESSES [arguments of tools/attack.py]" >&2
    exit 2
fi
CONFIG=$1
PROCESSES=$2
RESTARTS=3
[ "${NNODES:-1}" = 1 ] || RESTARTS=0
HERE=$(cd "$(dirname "$0")" && pwd)

# the launcher tells of no exit code but its own
MMADVRAIN_EXIT_FILE=$(mktemp)
export MMADVRAIN_EXIT_FILE
trap 'rm -f "$MMADVRAIN_EXIT_FILE"' EXIT

# a signal to this script is one to the launcher
LAUNCHER= ENDED= CODE=0
end() {
    ENDED=$1
    [ -z "$LAUNCHER" ] || kill -TERM "$LAUNCHER" 2>/dev/null || true
}
trap 'end 143' TERM
trap 'end 130' INT

export PYTHONPATH="$HERE/..${PYTHONPATH:+:$PYTHONPATH}"
python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$PROCESSES" \
    --max-restarts="${MAX_RESTARTS:-$RESTARTS}" \
    "$HERE/attack.py" --launcher pytorch "$CONFIG" "${@:3}" &
LAUNCHER=$!
while kill -0 "$LAUNCHER" 2>/dev/null; do
    CODE=0
    wait "$LAUNCHER" || CODE=$?
done
WRITTEN=$(cat "$MMADVRAIN_EXIT_FILE")
exit "${ENDED:-${WRITTEN:-$CODE}}"
