#!/bin/bash
# SPDX-License-Identifier: ISC
# french.sh - every text of the program has its French, and a French desk sees it, also from
# a build that was never installed and on a machine without French locales.
# usage: DETENTE=build/detente tests/e2e/french.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
sources() { (cd "$top" && grep -lE '\b(_|N_|ngettext)\("|\b_\(' -r src --include='*.c' --include='*.h' | LC_ALL=C sort); }
sources >sources.txt
verdict "po/POTFILES lists the files with texts" "$(LC_ALL=C sort "$top/po/POTFILES" | diff sources.txt - >&2; echo $?)"
(cd "$top" && xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=ngettext:1,2 \
    -f "$work/sources.txt" -o "$work/all.pot") 2>/dev/null
verdict "texts are gathered" "$([ "$(grep -c '^msgid ' all.pot)" -gt 300 ]; echo $?)"
msgfmt -c -o fr.mo "$top/po/fr.po"
verdict "the catalogue is whole: headers, formats, plurals" $?
msgmerge -q -N -o merged.po "$top/po/fr.po" all.pot
msgattrib --untranslated --no-obsolete --no-wrap merged.po >missing.txt
verdict "every text has its French" "$([ ! -s missing.txt ]; echo $?)"
sed '1,/^$/d' missing.txt | grep -A 2 '^#:\|^msgid' # the header goes with them

# Names that records carry ("stopped"), which are shown through the catalogue too.
(cd "$top" && grep -h -A4 'names\[\] = {' src/view/*.c) | grep -o '"[a-z][a-z-]*"' | sort -u >names.txt
msgunfmt fr.mo | grep '^msgid' >known.txt
verdict "names are gathered" "$([ "$(wc -l <names.txt)" -gt 50 ]; echo $?)"
unsaid=$(while read -r name; do grep -qx "msgid $name" known.txt || echo "$name"; done <names.txt)
verdict "every name has its French" "$([ -z "$unsaid" ]; echo $?)"
[ -z "$unsaid" ] || echo "$unsaid"

# said WHAT PATTERN NAME=VALUE...: with this environment and no other, that is what help says
said() {
    local what=$1 pattern=$2; shift 2
    verdict "$what" "$(env -i PATH="$PATH" "$@" "$program" --help | grep -q "^$pattern\$"; echo $?)"
}
said "LANG=fr_FR.UTF-8" "Commandes :" LANG=fr_FR.UTF-8
said "LC_ALL=fr_CH.UTF-8" "Commandes :" LC_ALL=fr_CH.UTF-8 LANG=C
said "LANGUAGE=fr alone" "Commandes :" LANGUAGE=fr
said "LANGUAGE=fr in C.UTF-8" "Commandes :" LANGUAGE=fr LC_ALL=C.UTF-8
said "nothing asked for" "Commands:"
said "C is English" "Commands:" LC_ALL=C LANGUAGE=fr
said "a language that is not there is English" "Commands:" LANG=xx_XX.UTF-8
env -i PATH="$PATH" LANG=fr_FR.UTF-8 "$program" --home "$work/none" status >out.txt 2>err.txt
verdict "an error keeps its name and says it in French" \
    "$(grep -q '^detente: NO_HOME: aucune partie ici ; ' err.txt; echo $?)"
finish
