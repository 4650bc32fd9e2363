#!/bin/bash
# SPDX-License-Identifier: ISC
# install.sh - installs a build into an empty folder, and uses what lies there as an
# outsider would: the manual, the completion, the library with pkg-config.
# usage: BUILD=build-check tests/e2e/install.sh     (last line `N passed, N failed`)
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$top/build}" && pwd) || exit 1
room=$(mktemp -d "${TMPDIR:-/tmp}/detente-install-XXXXXX") || exit 1
trap 'rm -rf "$room"' EXIT
passed=0 failed=0
good() { passed=$((passed + 1)); echo "PASS $*"; }
bad() { failed=$((failed + 1)); echo "FAIL $*"; [ ! -f "$room/log" ] || sed 's/^/     /' "$room/log"; }
# try WHAT COMMAND...: it must succeed
try() { local what=$1; shift; if "$@" >"$room/log" 2>&1; then good "$what"; else bad "$what"; fi; }

export DESTDIR=$room/root
try "meson install" meson install -C "$build" --no-rebuild
unset DESTDIR
prefix=$(sed -n 's/^prefix=//p' "$(find "$room/root" -name detente.pc)")
here=$room/root$prefix

for f in bin/detente libexec/detente-draw libexec/detente-read share/man/man1/detente.1 share/bash-completion/completions/detente \
    share/locale/fr/LC_MESSAGES/detente.mo include/detente/log/proof.h; do
    try "$f is there" test -s "$here/$f"
done
try "the installed program says its version" "$here/bin/detente" --version
echo '{"id":"NORD.1-4"}' >"$room/sheet"
try "the program that draws runs" sh -c "'$here/libexec/detente-draw' pdf <'$room/sheet' | grep -q '^%PDF'"
try "the program that reads runs" sh -c "echo '<gpx a=\"1\"><b>x</b></gpx>' | '$here/libexec/detente-read' xml | grep -qF '[\"gpx\",{\"a\":\"1\"},[\"b\",{},\"x\"]]'"
try "the manual has no faults" mandoc -Tlint -W error "$here/share/man/man1/detente.1"
mandoc -Tutf8 "$here/share/man/man1/detente.1" 2>/dev/null | sed 's/.\x08//g' >"$room/page"
all=0
for c in $("$here/bin/detente" --help | sed -n '/^Commands:/,/^Everywhere/s/^  \([a-z-]*\) .*/\1/p'); do
    all=$((all + 1))
    grep -qE "^ *$c\$" "$room/page" || { echo "$c" >"$room/log"; bad "the manual has the command $c"; }
    grep -qw -- "$c" "$here/share/bash-completion/completions/detente" ||
        { echo "$c" >"$room/log"; bad "the completion has the command $c"; }
done
if [ "$all" -gt 25 ]; then good "manual and completion have $all commands"; else bad "only $all commands"; fi
try "the completion is a script" bash -n "$here/share/bash-completion/completions/detente"
# Every header alone.
headers=0
export PKG_CONFIG_SYSROOT_DIR=$room/root
PKG_CONFIG_PATH=$(dirname "$(find "$room/root" -name detente.pc)")
export PKG_CONFIG_PATH
read -ra cflags <<<"$(pkg-config --cflags detente)"
read -ra libs <<<"$(pkg-config --static --libs detente)"
for h in $(cd "$here/include/detente" && find . -name '*.h' | sed 's|^\./||' | sort); do
    echo "#include \"$h\"" >"$room/one.c"
    if ${CC:-gcc} -std=c17 -Wall -Wextra -Werror -fsyntax-only "${cflags[@]}" "$room/one.c" 2>"$room/log"; then
        headers=$((headers + 1))
    else
        bad "$h stands alone"
    fi
done
if [ "$headers" -ge 25 ]; then good "$headers headers, each stands alone"; else bad "$headers headers"; fi

cat >"$room/judge.c" <<'C'
#include <stdio.h>

#include "log/proof.h"

int main(int argc, char **argv)
{
    static uint8_t text[DT_PROOF_SIZE_MAX], extra[DT_PROOF_EXTRA_MAX];
    static struct dt_proof proof;
    static struct dt_proof_result result;
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (f == NULL || dt_crypto_init() != DT_OK) {
        return 2;
    }
    const size_t size = fread(text, 1, sizeof text, f);
    fclose(f);
    enum dt_err err = dt_proof_parse(&proof, extra, sizeof extra, dt_span(text, size));
    err = err == DT_OK ? dt_proof_verify(&result, &proof) : err;
    printf("%s, record %llu of %llu\n", dt_err_name(err), (unsigned long long)result.index,
           (unsigned long long)result.size);
    return err == DT_OK ? 0 : 1;
}
C
sanitize=()
grep -q 'fsanitize=address' "$build/build.ninja" && sanitize=(-fsanitize=address,undefined)
try "a program builds with pkg-config alone" ${CC:-gcc} -std=c17 -Wall -Wextra -Werror "${sanitize[@]}" \
    "${cflags[@]}" -o "$room/judge" "$room/judge.c" "${libs[@]}"
try "it verifies the sample proof" "$room/judge" "$top/examples/sample.tlog-proof"
sed 's/^index .*/index 0/' "$top/examples/sample.tlog-proof" >"$room/other"
"$room/judge" "$room/other" >"$room/log" 2>&1
if [ $? = 1 ]; then good "it refuses a changed one"; else bad "it refuses a changed one"; fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
