#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Fills a folder with the libraries that Debian 12 lacks: OpenSSL 3.5 and yyjson built from the next
# suite's sources, and that suite's binary packages of the other protocol libraries. It looks into
# the archive through a private apt view made from the machine's own sources, so nothing under
# /etc/apt changes and nothing is installed. Needs no root.
#
# usage: tools/deps-prefix.sh PREFIX    (PREFIX must not exist; it appears only when complete)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../versions"
prefix=$1
PACKAGES="libllhttp-dev libyyjson-dev libyyjson0 libvterm-dev libprotobuf-c-dev"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,parts,prefs,src,deb}
chmod -R 755 "$work"

# The archive addresses that serve this release, each followed by its suite: "URI bookworm".
# Third-party sources have other suites and are left out.
own_sources() {
    local codename=$1
    awk -v c="$codename" '
        function flush(  i, j, n, m, u, s) {
            n = split(uris, u, " "); m = split(suites, s, " ")
            for (i = 1; i <= n; i++) for (j = 1; j <= m; j++)
                if (s[j] == c || s[j] == c "-security") print u[i], s[j]
            uris = suites = ""
        }
        FNR == 1 { flush() }
        /^[[:space:]]*$/ { flush() }
        /^URIs:/ { uris = substr($0, 6) }
        /^Suites:/ { suites = substr($0, 8) }
        END { flush() }' /etc/apt/sources.list.d/*.sources /dev/null 2>/dev/null || true
    awk -v c="$codename" '$1 == "deb" {
            sub(/\[[^]]*\]/, ""); if ($3 == c || $3 == c "-security") print $2, $3
        }' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true
}

. /etc/os-release
own_sources "$VERSION_CODENAME" | sort -u | while read -r uri suite; do
    for kind in deb deb-src; do
        echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "$uri ${suite/$VERSION_CODENAME/$DEPS_SUITE} main"
    done
done >"$work/sources.list"
[ -s "$work/sources.list" ] || {
    echo "no apt source for $VERSION_CODENAME found under /etc/apt" >&2
    exit 1
}

APT=(-q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts"
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$work/prefs"
    -o Dir::State::Lists="$work/lists"
    -o Dir::State::status=/dev/null -o Dir::Cache="$work/cache" -o Acquire::Retries=3
    -o Debug::NoLocking=1)
[ "$(id -u)" = 0 ] && APT+=(-o APT::Sandbox::User=root)
apt-get "${APT[@]}" update >"$work/update.log" 2>&1 || {
    cat "$work/update.log" >&2
    exit 1
}

stage=$work/prefix
mkdir -p "$stage"

# 1. Binary packages: unpacked, then moved from Debian's multiarch folders to lib/ and include/.
cd "$work/deb"
for p in $PACKAGES; do
    v=$(apt-cache "${APT[@]}" madison "$p" | awk -F' *[|] *' '!/Sources/ { print $2; exit }')
    apt-get "${APT[@]}" download "$p=$v" >/dev/null
done
for deb in *.deb; do dpkg -x "$deb" "$work/root"; done
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
mkdir -p "$stage"/{lib,include}
cp -a "$work/root/usr/include/." "$stage/include/"
cp -a "$work/root/usr/lib/$triplet/." "$stage/lib/"
[ ! -d "$stage/include/$triplet" ] || {
    cp -a "$stage/include/$triplet/." "$stage/include/"
    rm -rf "${stage:?}/include/$triplet"
}
# Static archives only, so that there is no way to link the wrong one; and no files of other build
# systems, which name Debian's folders.
rm -rf "$stage/lib/cmake" "$stage/lib/pkgconfig"
find "$stage/lib" -name '*.so*' ! -name 'libyyjson*' -delete

# 2. yyjson comes as a shared library only, so its one file is compiled from upstream's tarball.
# A mirror may lack the package's other files; the tarball's digest is pinned. Without it the shared
# library serves, which ties the built program to this prefix.
cd "$work/src"
version=$(apt-cache "${APT[@]}" showsrc libyyjson-dev | awk '/^Version:/ { print $2; exit }')
apt-get "${APT[@]}" source --download-only "yyjson=$version" >"$work/source.log" 2>&1 || true
tarball=yyjson_$YYJSON_PIN_VERSION+ds.orig.tar.xz
if [ -f "$tarball" ]; then
    echo "$YYJSON_PIN_SHA256  $tarball" | sha256sum -c --quiet -
    mkdir yyjson
    tar -xf "$tarball" -C yyjson --strip-components=1
    gcc -O2 -g1 -fPIC -DNDEBUG -Iyyjson/src -c yyjson/src/yyjson.c -o yyjson.o
    ar rcs "$stage/lib/libyyjson.a" yyjson.o
    cp yyjson/src/yyjson.h "$stage/include/"
    rm -f "$stage"/lib/libyyjson.so*
else
    echo "the archive has no yyjson source: linking its shared library instead" >&2
fi
rm -rf ./*

# 3. OpenSSL. A mirror may list a source whose files it does not carry: try newest first.
cd "$work/src"
got=
for v in $(apt-cache "${APT[@]}" showsrc openssl | awk '/^Version:/ { print $2 }' | sort -rVu); do
    if apt-get "${APT[@]}" source "openssl=$v" >"$work/source.log" 2>&1; then
        got=$v
        break
    fi
    rm -rf ./*
done
[ -n "$got" ] || {
    cat "$work/source.log" >&2
    echo "the archive has no complete OpenSSL source" >&2
    exit 1
}
case $got in
"$OPENSSL_PIN_VERSION"-*)
    echo "$OPENSSL_PIN_SHA256  openssl_$OPENSSL_PIN_VERSION.orig.tar.gz" | sha256sum -c --quiet -
    ;;
esac
cd openssl-*/
echo "building OpenSSL $got (about a minute)" >&2
{
    ./Configure --prefix="$prefix" --libdir=lib --openssldir=/usr/lib/ssl no-shared no-tests \
        no-apps no-docs no-module no-legacy no-engine no-dso no-quic no-dtls no-ssl3 no-cmp no-cms \
        no-ts no-comp no-autoload-config -fPIC
    make -s -j"$(nproc)" build_libs
    make -s install_dev DESTDIR="$work/install"
} >"$work/openssl.log" 2>&1 || {
    tail -n 40 "$work/openssl.log" >&2
    exit 1
}
cp -a "$work/install$prefix/." "$stage/"

mkdir -p "$(dirname "$prefix")"
rm -rf "$prefix.part"
cp -a "$stage" "$prefix.part"
mv "$prefix.part" "$prefix"
