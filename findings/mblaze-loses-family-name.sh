#!/usr/bin/env bash
# A recipient loses his family name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mblaze 1.1 (Debian 12)
Guess:    A comma in an encoded word is part of the name (RFC 2047, section 5): maddr prints "Müller,
          Zoë" as it does for a quoted name.
Behavior: maddr decodes first and looks for commas then; what stands before the comma is dropped without
          a word. An address book made from messages knows only first names.
FACTS

for package in mblaze=1.1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.eml <<'FILE'
From: =?utf-8?Q?M=C3=BCller=2C_Zo=C3=AB?= <zoe@b.test>
To: "Miller, Ann" <ann@b.test>

x
FILE

seen=$(LC_ALL=C.UTF-8 maddr ./try.eml)
expected=$(cat <<'EXPECTED'
Zoë <zoe@b.test>
"Miller, Ann" <ann@b.test>
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
