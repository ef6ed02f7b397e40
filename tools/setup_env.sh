#!/usr/bin/env bash
# Build the environment .venv (STACK=openmmlab: .venv-openmmlab), or reuse what
# is there. docs/install.md explains the variables; pip's settings are respected.
set -u -o pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT" || exit 1
STARTED=$SECONDS
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
STACK="${STACK:-onedl}"
OPS="${OPS:-auto}"
TORCH_SPEC="${TORCH_SPEC:-torch==2.13.0}"
HEARTBEAT_S=30
# of compiling the CPU operators, as measured on two cores
CORE_MINUTES_LOW=22
CORE_MINUTES_HIGH=42

case "$STACK" in
    onedl)
        VENV="${VENV:-.venv}"
        MMENGINE=onedl-mmengine==0.10.12
        MMCV=onedl-mmcv==2.3.6
        MMDET=onedl-mmdetection==3.5.1
        FOREIGN="mmcv mmcv-lite mmengine mmengine-lite mmdet" ;;
    openmmlab)
        VENV="${VENV:-.venv-openmmlab}"
        MMENGINE=mmengine==0.10.7
        MMCV=mmcv==2.1.0
        # its name without compiled operators
        PLAIN_MMCV=mmcv-lite==2.1.0
        MMDET=mmdet==3.3.0
        FOREIGN="onedl-mmcv onedl-mmengine onedl-mmdetection" ;;
    *)
        echo "set-up: STACK is onedl or openmmlab, but it is '$STACK'." >&2
        exit 2 ;;
esac
PLAIN_MMCV="${PLAIN_MMCV:-$MMCV}"
case "$OPS" in
    auto | all) ;;
    *)
        echo "set-up: OPS is auto or all, but it is '$OPS'." >&2
        exit 2 ;;
esac
case "$VENV" in
    /*) ;;
    *) VENV="$ROOT/$VENV" ;;
esac
PY="$VENV/bin/python"
STAMP="$VENV/.mmadvrain-setup"
LOG="$VENV/setup.log"
WANTED_MMCV="$MMCV"
OPERATORS=all
LOCK="$VENV.lock"
CHILD=

say() { printf 'set-up: %s\n' "$*"; }

fail() {
    printf '\nset-up failed: %s\n' "$*" >&2
    exit 1
}

minutes() { printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); }

clean_up() {
    if [ -n "$CHILD" ]; then
        kill -TERM -- "-$CHILD" 2>/dev/null
        CHILD=
    fi
    if [ "$(cat "$LOCK/pid" 2>/dev/null)" = "$$" ]; then
        rm -rf "$LOCK"
    fi
}
trap clean_up EXIT
trap 'echo; say "stopped; run the same command to go on"; exit 130' INT TERM

# The stamp holds this sum of what the environment is made from, and whether
# mmcv has its compiled operators: all or none.
fingerprint() {
    {
        echo "$STACK $MMENGINE $MMCV $MMDET $TORCH_SPEC"
        echo "$ROOT ${MMCV_CUDA:-auto}"
        cat "${BASH_SOURCE[0]}" tools/link_mim.py setup.py pyproject.toml \
            mmadvrain/version.py requirements/*.txt
    } | if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256
    fi | cut -d ' ' -f 1
}

is_installed() {
    "$PY" - "$@" <<'PYTHON' 2>/dev/null
import sys
from importlib import metadata
for requirement in sys.argv[1:]:
    name, _, version = requirement.partition('==')
    if metadata.version(name) != version:
        sys.exit(1)
PYTHON
}

is_warm() {
    local sum operators mmcv="$MMCV"
    [ -e "$STAMP" ] && read -r sum operators <"$STAMP"
    if [ "${operators:-none}" = none ]; then
        [ "$OPS" = auto ] || return 1
        mmcv="$PLAIN_MMCV"
    fi
    [ -x "$PY" ] && [ "${sum:-}" = "$(fingerprint)" ] &&
        is_installed "$MMENGINE" "$mmcv" "$MMDET"
}

if is_warm; then
    say "$VENV is up to date ($((SECONDS - STARTED)) s)"
    exit 0
fi

# One at a time: `make test` beside `make attack` waits here.
waited=
until mkdir "$LOCK" 2>/dev/null; do
    owner="$(cat "$LOCK/pid" 2>/dev/null)"
    if [ -z "$owner" ] && [ ! -d "$(dirname "$LOCK")" ]; then
        fail "the folder $(dirname "$LOCK") does not exist."
    elif [ ! -w "$(dirname "$LOCK")" ]; then
        fail "no permission to write in $(dirname "$LOCK")."
    elif [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
        rm -rf "$LOCK"
        continue
    fi
    [ -n "$waited" ] || say "waiting for another set-up (process $owner)"
    waited=1
    sleep 1
done
echo $$ >"$LOCK/pid"
if [ -n "$waited" ] && is_warm; then
    say "$VENV is up to date"
    exit 0
fi

python_version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

is_supported() {
    case "$1" in 3.10 | 3.11 | 3.12) ;; *) return 1 ;; esac
}

find_python() {
    local candidate version seen=
    if [ -n "${PYTHON:-}" ]; then
        version="$(python_version "$PYTHON")"
        is_supported "$version" && echo "$PYTHON" && return
        fail "PYTHON=$PYTHON should be a Python 3.10, 3.11 or 3.12, but it" \
            "is ${version:-no Python at all}. Name another one, such as" \
            "PYTHON=python3.11."
    fi
    for candidate in python3 python3.12 python3.11 python3.10 python; do
        version="$(python_version "$candidate")"
        is_supported "$version" && echo "$candidate" && return
        [ -n "$version" ] && seen="$seen $candidate is $version;"
    done
    fail "Python 3.10, 3.11 or 3.12 is needed, but none was found" \
        "(${seen:- there is no Python on the PATH}). Install one and, if it" \
        "is not on the PATH, give its place: make setup PYTHON=/path/python."
}

make_venv() {
    local python version
    if [ -e "$VENV" ] && ! "$PY" -c pass 2>/dev/null; then
        [ -e "$VENV/pyvenv.cfg" ] || [ -z "$(ls -A "$VENV")" ] ||
            fail "$VENV is there but is no Python environment. Move it away" \
                "or name another folder: VENV=folder."
        say "$VENV does not run any more, making it anew"
        rm -rf "$VENV"
    fi
    if [ -x "$PY" ]; then
        version="$(python_version "$PY")"
        is_supported "$version" ||
            fail "$VENV holds Python $version, but 3.10, 3.11 or 3.12 is" \
                "needed. Remove it (make clean-env) and run this again."
        if [ -n "${PYTHON:-}" ] &&
            [ "$(python_version "$PYTHON")" != "$version" ]; then
            fail "$VENV holds Python $version, but PYTHON=$PYTHON is" \
                "$(python_version "$PYTHON"). Remove it (make clean-env) or" \
                "name another folder: VENV=folder."
        fi
        say "reusing $VENV with Python $version"
        return
    fi
    python="$(find_python)" || exit 1
    say "making $VENV with Python $(python_version "$python")"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python lacks its venv module. Install it: on Debian and" \
            "Ubuntu the package python$(python_version "$python")-venv."
    "$python" -m venv "$VENV" ||
        fail "$python could not make $VENV, see above."
}

free_gb() {
    df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1048576) }'
}

need_disk() {
    local free
    free="$(free_gb)"
    [ "${free:-0}" -ge "$1" ] ||
        fail "$2 needs about $1 GB of disk, but $(dirname "$VENV") has" \
            "$free GB free. Make room, or put the environment elsewhere:" \
            "VENV=/big/disk/venv."
}

# run_logged LABEL COMMAND...: everything to the log, a line now and then here
run_logged() {
    local label="$1" began=$SECONDS next status offset done
    shift
    offset=$(($(wc -c <"$LOG") + 1))
    printf '\n=== %s: %s\n' "$label" "$*" >>"$LOG"
    set -m
    "$@" >>"$LOG" 2>&1 </dev/null &
    CHILD=$!
    set +m
    next=$((began + HEARTBEAT_S))
    while kill -0 "$CHILD" 2>/dev/null; do
        sleep 0.2
        if [ $SECONDS -ge $next ]; then
            # ninja writes [12/158] before each file
            done="$(tail -c "+$offset" "$LOG" | tail -c 200000 |
                grep -aoE '^ *\[[0-9]+/[0-9]+\]' | tail -n 1 | tr -d ' []')"
            say "  $label: $(minutes $((SECONDS - began)))${done:+, file \
${done%/*} of ${done#*/}}"
            next=$((next + HEARTBEAT_S))
        fi
    done
    wait "$CHILD"
    status=$?
    CHILD=
    return $status
}

UNREACHABLE='Could not find a version|No matching distribution|ProxyError'
UNREACHABLE+='|NewConnectionError|ConnectTimeout|ReadTimeout|Max retries'
UNREACHABLE+='|Name or service not known|Temporary failure in name|SSLError'

fail_with_log() {
    printf '\n--- the end of %s\n' "$LOG" >&2
    grep -av '^WARNING: Location' "$LOG" | tail -n 25 >&2
    if tail -n 40 "$LOG" | grep -qE 'No space left on device'; then
        fail "the disk is full. Make room and run the same command again."
    elif tail -n 40 "$LOG" | grep -qE "$UNREACHABLE"; then
        fail "pip could not fetch $1. Check the network and pip's index" \
            "(pip config list); without a network, put the wheels in a" \
            "folder and set PIP_FIND_LINKS to it."
    fi
    fail "$1 could not be installed. The log says why: $LOG"
}

pip_install() {
    local label="$1"
    shift
    # modules are compiled when they are first imported, which most never are
    run_logged "$label" "$PY" -m pip install --no-compile "$@" ||
        fail_with_log "$label"
}

install_torch() {
    local found
    if found="$("$PY" -c 'import torch; print(torch.__version__)' \
        2>>"$LOG")"; then
        say "reusing torch $found"
        return
    fi
    need_disk 6 "the environment with torch"
    say "installing $TORCH_SPEC"
    # shellcheck disable=SC2086  # several words are wanted
    pip_install torch $TORCH_SPEC
    "$PY" -c 'import torch' >>"$LOG" 2>&1 || fail_with_log torch
}

refuse_foreign() {
    local name
    for name in $FOREIGN; do
        if "$PY" -c "from importlib import metadata
metadata.version('$name')" 2>/dev/null; then
            fail "$VENV holds $name, which overwrites files of the stack" \
                "'$STACK'. Remove the environment (make clean-env" \
                "STACK=$STACK) or name another folder: VENV=folder."
        fi
    done
}

wants_cuda() {
    case "${MMCV_CUDA:-auto}" in
        0 | 1) [ "$MMCV_CUDA" = 1 ] ;;
        auto) "$PY" -c 'import sys, torch
sys.exit(not torch.cuda.is_available())' 2>>"$LOG" ;;
        *) fail "MMCV_CUDA is 0 or 1, but it is '$MMCV_CUDA'." ;;
    esac
}

# check_ops [MODULE]: MODULE is imported first
check_ops() {
    is_installed "$MMCV" &&
        "$PY" - "$CUDA" "${1:-sys}" >>"$LOG" 2>&1 <<'PYTHON'
import sys
from importlib import import_module

import torch

import_module(sys.argv[2])
from mmcv.ops import nms, roi_align

boxes = torch.tensor([[0., 0., 10., 10.], [1., 1., 10., 10.],
                      [20., 20., 30., 30.]])
scores = torch.tensor([0.9, 0.8, 0.7])
for device in ['cpu', 'cuda'][:1 + int(sys.argv[1])]:
    if device == 'cuda' and not torch.cuda.is_available():
        continue
    kept = nms(boxes.to(device), scores.to(device), 0.5)[1]
    assert kept.tolist() == [0, 2], kept
    rois = torch.tensor([[0., 0., 0., 4., 4.]], device=device)
    image = torch.ones(1, 1, 8, 8, device=device, requires_grad=True)
    roi_align(image, rois, (2, 2)).sum().backward()
    assert abs(float(image.grad.sum()) - 4) < 1e-4, image.grad
PYTHON
}

need_compiler() {
    local include cxx="${CXX:-c++}" version
    command -v "$cxx" >/dev/null ||
        fail "mmcv must be compiled, but there is no C++ compiler ($cxx)." \
            "Install one: on Debian and Ubuntu the package g++, on Fedora" \
            "gcc-c++; or set CXX."
    version="$(python_version "$PY")"
    include="$("$PY" -c 'import sysconfig
print(sysconfig.get_paths()["include"])')"
    [ -e "$include/Python.h" ] ||
        fail "mmcv must be compiled, but the headers of Python $version are" \
            "missing ($include/Python.h). Install them: on Debian and Ubuntu" \
            "the package python$version-dev, on Fedora python$version-devel."
    echo '#include <vector>
int main() { return std::vector<int>{0}[0]; }' |
        "$cxx" -std=c++17 -fsyntax-only -x c++ - 2>>"$LOG" ||
        fail "$cxx does not compile C++17. Install a newer compiler (g++ 9" \
            "or later) or set CXX."
    if [ "$CUDA" = 1 ]; then
        "$PY" -c 'import os, sys
from torch.utils.cpp_extension import CUDA_HOME
sys.exit(not (CUDA_HOME and os.path.exists(f"{CUDA_HOME}/bin/nvcc")))' \
            2>>"$LOG" ||
            fail "a GPU is there, so mmcv's CUDA operators are wanted, but" \
                "there is no nvcc. Install the CUDA toolkit" \
                "$("$PY" -c 'import torch; print(torch.version.cuda)') and" \
                "set CUDA_HOME to it; or, for the CPU alone: make setup" \
                "MMCV_CUDA=0."
    fi
}

default_jobs() {
    "$PY" - "$CUDA" <<'PYTHON'
import os
import sys
try:
    cores = len(os.sched_getaffinity(0))
except AttributeError:
    cores = os.cpu_count() or 1
each = 3 if sys.argv[1] == '1' else 1.5
try:
    import psutil
    fits = int(psutil.virtual_memory().available / 2**30 / each)
except ImportError:
    fits = cores
print(max(1, min(cores, fits)))
PYTHON
}

# All in one go, so that pip settles on releases that fit each other.
install_stack() {
    local constraints="$VENV/constraints.txt"
    "$PY" -c 'from importlib import metadata
print("torch==" + metadata.version("torch"))' >"$constraints"
    if ! is_installed "$MMENGINE" "$MMCV" "$MMDET"; then
        say "installing $MMENGINE, $MMDET and the requirements"
    fi
    pip_install "the stack" -c "$constraints" "$MMENGINE" "$MMCV" "$MMDET" \
        -r requirements/runtime.txt -r requirements/tests.txt
    check_cv2
}

take_wheel() {
    run_logged "$(basename "$1")" "$PY" -m pip install --no-deps \
        --force-reinstall --no-index "$1" || return 1
    # mmcv cannot be imported without mmengine, addict and the like
    install_stack
    check_ops
}

# MMCV in pure Python; NMS and RoIAlign come from mmadvrain.operators.
plain_mmcv() {
    say "no compiled operators of mmcv are at hand and compiling takes 11 to 21" \
        "minutes on two cores, so NMS and RoIAlign come from torch; detectors" \
        "that need more operators want: make setup OPS=all"
    MMCV="$PLAIN_MMCV"
    OPERATORS=none
    CUDA=0
    is_installed "$MMCV" && return
    # built apart from torch it compiles nothing; pip's cache must not keep
    # it in the place of a compiled one
    pip_install "$MMCV" --no-deps --no-cache-dir "$MMCV"
}

compile_mmcv() {
    local folder="$1" name low high
    shift
    MAX_JOBS="${MAX_JOBS:-$(default_jobs)}"
    low=$(((CORE_MINUTES_LOW + MAX_JOBS - 1) / MAX_JOBS))
    high=$(((CORE_MINUTES_HIGH + MAX_JOBS - 1) / MAX_JOBS))
    name="$(echo "${MMCV%%==*}" | tr - _)"
    if [ $# -eq 0 ] && "$PY" -m pip cache list "$name" 2>/dev/null |
        grep -q "$name-${MMCV##*==}-$PYTAG"; then
        say "pip kept a wheel of $MMCV, trying it (where pip rejects it:" \
            "compiling anew, 11 to 21 minutes on two cores)"
    else
        need_compiler
        need_disk 2 "compiling mmcv"
        if [ "$CUDA" = 1 ]; then
            say "compiling $MMCV for CPU and GPU with MAX_JOBS=$MAX_JOBS;" \
                "the CPU operators alone need about $low to $high minutes," \
                "the GPU operators longer; the wheel is kept for next time"
        else
            say "compiling $MMCV with MAX_JOBS=$MAX_JOBS: about" \
                "$low to $high minutes; the wheel is kept for next time"
        fi
    fi
    set -- env MMCV_WITH_OPS=1 FORCE_CUDA="$CUDA" MAX_JOBS="$MAX_JOBS" \
        CFLAGS="${CFLAGS:+$CFLAGS }-g0" "$PY" -m pip wheel -v --no-deps \
        --no-build-isolation --wheel-dir "$folder" "$@" "$MMCV"
    if [ "$CUDA" = 0 ]; then
        # mmcv's set-up looks for a GPU itself
        set -- env CUDA_VISIBLE_DEVICES= "$@"
    fi
    run_logged "compiling mmcv" "$@" || {
        need_compiler
        fail_with_log "$MMCV"
    }
}

install_mmcv() {
    local key kept scratch wheel
    if wants_cuda; then CUDA=1; else CUDA=0; fi
    if check_ops; then
        say "reusing $MMCV, its operators run"
        return
    fi
    if [ "$PLAIN_MMCV" != "$MMCV" ] && is_installed "$PLAIN_MMCV"; then
        if [ "$OPS" = auto ]; then
            plain_mmcv
            return
        fi
        run_logged "$PLAIN_MMCV" "$PY" -m pip uninstall -y "${PLAIN_MMCV%%==*}"
    fi
    PYTAG="$("$PY" -c 'import sys
print("cp%d%d" % sys.version_info[:2])')"
    key="$("$PY" -c 'import platform, torch
print(f"torch{torch.__version__}-{platform.system().lower()}-"
      f"{platform.machine()}")')-$PYTAG-cuda$CUDA"
    kept="${MMADVRAIN_WHEELS:-${XDG_CACHE_HOME:-$HOME/.cache}/mmadvrain/\
wheels}/$key"
    mkdir -p "$kept" || fail "$kept cannot be made. Set MMADVRAIN_WHEELS to" \
        "a folder that can be written."

    for wheel in "$kept"/"$(echo "${MMCV%%==*}" | tr - _)-${MMCV##*==}"-*.whl
    do
        [ -e "$wheel" ] || continue
        say "installing the kept wheel $(basename "$wheel")"
        take_wheel "$wheel" && return
        say "that wheel does not run here, putting it aside"
        rm -f "$wheel"
    done

    scratch="$(mktemp -d "$VENV/wheel.XXXXXX")"
    say "looking for a prebuilt wheel of $MMCV"
    if run_logged "prebuilt wheel" "$PY" -m pip download --no-deps \
        --only-binary :all: --dest "$scratch" "$MMCV"; then
        if take_wheel "$scratch"/*.whl; then
            say "took the prebuilt wheel"
            rm -rf "$scratch"
            return
        fi
        say "the prebuilt wheel does not fit this torch"
        rm -f "$scratch"/*.whl
    fi
    if [ "$OPS" = auto ]; then
        rm -rf "$scratch"
        plain_mmcv
        return
    fi
    compile_mmcv "$scratch"
    if ! take_wheel "$scratch"/*.whl; then
        say "that wheel does not run with this torch, compiling a new one"
        rm -f "$scratch"/*.whl
        compile_mmcv "$scratch" --no-cache-dir
        take_wheel "$scratch"/*.whl ||
            fail "$MMCV was compiled, but its operators do not run. The log" \
                "says why: $LOG"
    fi
    mv "$scratch"/*.whl "$kept"/
    rm -rf "$scratch"
}

# opencv-python needs libGL, which a machine without a screen may lack.
check_cv2() {
    local release
    "$PY" -c 'import cv2' 2>>"$LOG" && return
    release="$("$PY" -c 'from importlib import metadata
print(metadata.version("opencv-python"))' 2>/dev/null)"
    say "opencv-python does not load (often libGL is missing)," \
        "installing opencv-python-headless over it"
    run_logged opencv-python-headless "$PY" -m pip install --no-deps \
        --force-reinstall "opencv-python-headless${release:+==$release}" ||
        run_logged opencv-python-headless "$PY" -m pip install --no-deps \
            --force-reinstall opencv-python-headless
    "$PY" -c 'import cv2' 2>>"$LOG" ||
        fail "cv2 does not load:" \
            "$("$PY" -c 'import cv2' 2>&1 | tail -n 1). Install what it" \
            "names; on Debian and Ubuntu libGL is in the package libgl1."
}

install_package() {
    say "installing mmadvrain from $ROOT"
    pip_install mmadvrain --no-deps --no-build-isolation \
        -e .
    "$PY" tools/link_mim.py >>"$LOG" 2>&1 || fail_with_log mmadvrain
}

final_check() {
    check_ops mmadvrain || fail_with_log "$MMCV"
    "$PY" -c 'import mmadvrain, mmdet.apis, mmadvrain.registry' \
        >>"$LOG" 2>&1 || fail_with_log mmadvrain
}

make_venv
mkdir -p "$VENV"
: >"$LOG"
rm -rf "$STAMP" "$VENV"/wheel.*
refuse_foreign
install_torch
if ! "$PY" -c 'import pip, sys
sys.exit(int(pip.__version__.split(".")[0]) < 22)' 2>/dev/null; then
    say "upgrading pip"
    pip_install pip --upgrade pip
fi
if ! "$PY" -c 'import ninja, numpy, packaging, pkg_resources, psutil, wheel' \
    2>/dev/null; then
    say "installing the build tools"
    pip_install "the build tools" -r requirements/build.txt
fi
install_mmcv
install_stack
install_package
final_check
MMCV="$WANTED_MMCV"
echo "$(fingerprint) $OPERATORS" >"$STAMP"
say "done in $(minutes $((SECONDS - STARTED))): $VENV"
