#!/usr/bin/env bash
# Attack with several processes, one a GPU or several that share one:
#   tools/dist_attack.sh CONFIG PROCESSES [arguments of tools/attack.py]
# NNODES, NODE_RANK, PORT and MASTER_ADDR are read for several machines.
set -euo pipefail

if [ "$#" -lt 2 ]; then
    echo "usage: $0 CONFIG PROCESSES [arguments of tools/attack.py]" >&2
    exit 2
fi
CONFIG=$1
PROCESSES=$2
HERE=$(cd "$(dirname "$0")" && pwd)

# by exec a signal to this script is one to the launcher
export PYTHONPATH="$HERE/..${PYTHONPATH:+:$PYTHONPATH}"
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$PROCESSES" \
    "$HERE/attack.py" --launcher pytorch "$CONFIG" "${@:3}"
