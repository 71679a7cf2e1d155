#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules of the source that a search can hold. Prints each breach with its reason, exits 1 if there
# was one. A line that is right all the same says why: `/* allow: reason */` or `// allow: reason`.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0

files() { git ls-files -co --exclude-standard -- "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done; }

# refuse REASON PATTERN FILE...: no line may match the extended expression.
refuse() {
    local reason=$1 pattern=$2 found
    shift 2
    [ $# -gt 0 ] || return 0
    found=$(grep -nIHE -e "$pattern" "$@" | grep -v 'allow: ' || true)
    [ -z "$found" ] && return
    printf '%s\n' "$found" | sed "s|\$|    <- $reason|"
    bad=1
}

mapfile -t all < <(files . | grep -vE '^(LICENSE|frontend/package-lock\.json|tests/replay/.*\.ndjson|tools/check-source\.sh)$')
mapfile -t c < <(files 'src/*.[ch]' 'desktop/*.[ch]')
mapfile -t c_all < <(files 'src/*.[ch]' 'desktop/*.[ch]' 'tests/*.[ch]' 'tools/*.[ch]')
mapfile -t ts < <(files 'frontend/src/*.ts' 'frontend/src/*.tsx')
mapfile -t product < <(files src frontend/src proto)
mapfile -t clocks < <(printf '%s\n' "${c[@]}" | grep -vE '^src/base/(clock|log)\.c$')
mapfile -t entropy < <(printf '%s\n' "${c[@]}" | grep -vE '^src/crypto/')
mapfile -t secret < <(printf '%s\n' "${c[@]}" | grep -E '^src/(crypto|e2ee|hub/auth)')
mapfile -t quiet < <(printf '%s\n' "${c[@]}" | grep -E '^src/(net|store|proc|e2ee|crypto)/')
mapfile -t shell < <(files dev .ci tools/*.sh)

refuse "unbounded or locale-bound call" \
    '(^|[^a-zA-Z0-9_.>])(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atoll|gmtime|localtime|ctime|asctime|tmpnam|mktemp|alloca|rand|srand)\(' "${c_all[@]}"
refuse "runs a shell" '(^|[^a-zA-Z0-9_.>])(system|popen)\(' "${c[@]}"
refuse "only base/clock.c reads a clock" '(^|[^a-zA-Z0-9_])(clock_gettime|gettimeofday|time)\(' "${clocks[@]}"
refuse "only crypto/ reads entropy" '(^|[^a-zA-Z0-9_])(getrandom|getentropy|RAND_bytes)\(|/dev/u?random' "${entropy[@]}"
refuse "secrets are compared in constant time" '(^|[^a-zA-Z0-9_])memcmp\(' "${secret[@]}"
refuse "this folder returns errors and does not log" '(^|[^a-zA-Z0-9_])log_(info|warn|error)\(' "${quiet[@]}"
refuse "assertions stay on" '(define|-D) ?NDEBUG' "${c[@]}" CMakeLists.txt CMakePresets.json cmake/*.cmake
refuse "a secret in a log line" 'log_(debug|info|warn|error)\(.*(password|passwd|secret|token|cookie|private|plaintext)' "${c[@]}"
refuse "a secret in the console" 'console\.(log|info|debug|warn|error)\(.*(password|secret|token|private|plaintext)' "${ts[@]}"
refuse "unfinished" '(^|[^A-Za-z_.])(TODO|FIXME|XXX)([:( ]|$)' "${all[@]}"
refuse "a plan in the product" '([Cc]oming soon|[Nn]ot (yet )?implemented)' "${product[@]}"
refuse "no 'any'" '(: any([^a-zA-Z]|$)|as any([^a-zA-Z]|$)|<any>)' "${ts[@]}"
refuse "no type suppressions" '@ts-(ignore|nocheck|expect-error)' "${ts[@]}"
refuse "no default exports" '^export default ' "${ts[@]}"
refuse "a test that is left out or alone" '\.(only|fixme)\(' $(files tests frontend/src | grep -E '\.(ts|tsx|mjs)$')
refuse "the host of a package registry" '(registry\.(npmjs|yarnpkg)\.|npmjs\.org|deb\.debian\.org|pypi\.org|proxy\.golang\.org|static\.crates\.io)' "${all[@]}"
refuse "a path of one machine" '(/work/(main|shared|helpers)|/root/\.)' "${all[@]}"
refuse "the lock file holds an address" '"resolved":' frontend/package-lock.json
refuse "a kill by name" '(pkill|killall)( |$)' "${shell[@]}"

# Every hand-written source says its licence in its first lines.
for f in "${c_all[@]}" "${ts[@]}" $(files 'tools/*.mjs' 'tests/*.mjs' 'proto/*.proto'); do
    head -n 3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
        echo "$f:1: no SPDX line"
        bad=1
    }
done

# Parts grow too large one line at a time.
for f in "${c[@]}"; do
    n=$(wc -l <"$f")
    [ "$n" -le 1000 ] || {
        echo "$f: $n lines; a file holds one idea, at most 1000 lines"
        bad=1
    }
done
exit $bad
