# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Brings what the tasks of ./dev need and the machine lacks: Debian packages, the library prefix
# of Debian 12 (tools/deps-prefix.sh), a Node.js that is new enough, the npm packages of the
# frontend, and the agents' CLIs for tests. Sourced by ./dev, which sets `root` and reads
# `versions` first. Everything that is already there costs milliseconds.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/leapmux

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# version_ge HAVE WANT
version_ge() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

# True where the suite is too old for our libraries and the prefix takes their place.
needs_prefix() (
    . /etc/os-release
    [ "$ID" = debian ] && [ "${VERSION_ID:-99}" -lt 13 ]
)

# The Debian packages of a group: build is enough for `./dev build` and `run`.
packages_of() {
    case $1 in
    build)
        echo build-essential cmake ninja-build pkg-config ca-certificates git file
        echo protobuf-compiler protobuf-c-compiler libprotobuf-dev
        echo libuv1-dev libsqlite3-dev libzstd-dev libyaml-dev
        needs_prefix || echo libssl-dev libllhttp-dev libyyjson-dev \
            libprotobuf-c-dev zlib1g-dev
        ;;
    test) echo libcmocka-dev gdb chromium clang-format fonts-dejavu-core fonts-inter git ;;
    fuzz) echo "clang llvm $(clang_runtime)" ;;
    lint) echo clang-format clang-tidy ;;
    *) die "no package group '$1'" ;;
    esac
}

# The package of clang's sanitizer and fuzzer libraries carries clang's number in its name.
clang_runtime() {
    local major
    major=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' |
        head -n1)
    [ -z "$major" ] || echo "libclang-rt-$major-dev"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root to install packages: run as root, or install sudo, or have these: $*"
    fi
}

# Installs those of the named packages that are missing.
install_packages() {
    local missing=() p
    for p in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
            missing+=("$p")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing packages: ${missing[*]}"
    as_root apt-get update -q || say "apt-get update failed; trying with the lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# need_packages GROUP...
need_packages() {
    local group list=()
    command -v apt-get >/dev/null ||
        die "this system has no apt-get: LeapMux builds on Debian 12 or newer and Ubuntu 26.04"
    for group in "$@"; do
        # shellcheck disable=SC2207 # package names hold no blanks
        list+=($(packages_of "$group"))
        # clang's runtime is only known once the package lists are there
        if [ "$group" = fuzz ] && [ -z "$(clang_runtime)" ]; then
            as_root apt-get update -q
            list+=("$(clang_runtime)")
        fi
    done
    install_packages "${list[@]}"
}

# The folder of the libraries that this system lacks, or nothing.
prefix_path() {
    needs_prefix || return 0
    local key
    key=$({
        cat "$root/tools/deps-prefix.sh"
        grep -E '^(DEPS_SUITE|OPENSSL_PIN|YYJSON_PIN)' "$root/versions"
    } | sha256sum | cut -c1-16)
    echo "$cache/deps/$key"
}

need_prefix() {
    local prefix
    prefix=$(prefix_path)
    if [ -n "$prefix" ] && [ ! -d "$prefix" ]; then
        say "preparing libraries in $prefix"
        mkdir -p "$cache/deps"
        # two checkouts may start at once: the second waits and finds the folder
        flock "$cache/deps/lock" bash -c '[ -d "$2" ] || "$1" "$2"' _ \
            "$root/tools/deps-prefix.sh" "$prefix"
    fi
    mkdir -p "$root/build"
    [ "$(cat "$root/build/deps.prefix" 2>/dev/null)" = "$prefix" ] ||
        echo "$prefix" >"$root/build/deps.prefix"
}

# Puts a Node.js that is new enough first in PATH.
need_node() {
    local own=$cache/node/$NODE_NPM_VERSION have
    if [ -x "$own/bin/node" ]; then
        PATH=$own/bin:$PATH
        return
    fi
    have=$(node --version 2>/dev/null | tr -d v || true)
    command -v npm >/dev/null || {
        install_packages nodejs npm
        hash -r
        have=$(node --version | tr -d v)
    }
    [ -z "$have" ] || ! version_ge "$have" "$NODE_MIN" || return 0
    say "fetching Node.js $NODE_NPM_VERSION (the system has ${have:-none}, $NODE_MIN is needed)"
    local work=$own.part
    rm -rf "$work"
    mkdir -p "$work"
    (cd "$work" && echo '{}' >package.json &&
        npm install --loglevel=error --no-save --no-fund --no-audit "node@$NODE_NPM_VERSION")
    mkdir -p "$work/bin"
    cp "$(find "$work/node_modules" -path '*/bin/node' -type f -size +10M | head -n1)" "$work/bin/"
    rm -rf "$work/node_modules"
    "$work/bin/node" --version >/dev/null || die "the Node.js from npm does not start"
    rm -rf "$own"
    mv "$work" "$own"
    PATH=$own/bin:$PATH
}

# The frontend's npm packages, as the lock file names them.
need_npm_packages() {
    local stamp=$root/frontend/node_modules/.leapmux-stamp sum
    sum=$(cat "$root"/frontend/{package.json,package-lock.json,.npmrc} | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
    say "installing npm packages"
    (cd "$root/frontend" && npm ci --loglevel=error --no-fund --no-audit)
    echo "$sum" >"$stamp"
}

claude_path() { echo "$cache/claude/$CLAUDE_VERSION/claude"; }

# The Claude Code CLI that the browser tests drive. Without a network the tests that need it are
# skipped, so a failure here is told and no more.
need_claude() {
    local own work platform
    own=$(dirname "$(claude_path)")
    [ -x "$own/claude" ] && return
    case $(uname -m) in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *) say "there is no Claude Code for $(uname -m)" && return ;;
    esac
    say "fetching Claude Code $CLAUDE_VERSION for tests"
    work=$own.part
    rm -rf "$work"
    mkdir -p "$work"
    if (cd "$work" && echo '{}' >package.json && npm install --loglevel=error --no-save --no-fund \
        --no-audit "@anthropic-ai/claude-code-$platform@$CLAUDE_VERSION"); then
        mv "$work/node_modules/@anthropic-ai/claude-code-$platform/claude" "$work/claude"
        rm -rf "$work/node_modules" "$own"
        mv "$work" "$own"
    else
        say "Claude Code $CLAUDE_VERSION could not be fetched; tests that drive it are skipped"
    fi
}
