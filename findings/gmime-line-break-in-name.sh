#!/usr/bin/env bash
# A display name has a line break in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: gir1.2-gmime-3.0, libgmime-3.0-0 3.2.13, notmuch 0.37 (Debian 12)
Guess:    A name that is folded between two words (RFC 5322, section 2.2.3) is read with one blank
          there.
Behavior: The line break and the blank stay in the name, for words and for a quoted string. notmuch,
          which reads with GMime, prints them within a field of its output. A writer that folds long
          names between their words reaches such readers with a name of two lines; encoded words do not.
FACTS

for package in gir1.2-gmime-3.0=3.2.13+dfsg; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.py <<'FILE'
import gi
gi.require_version('GMime', '3.0')
from gi.repository import GMime
GMime.init()
for name in ('Department of Very\r\n Long Names', '"Department, of Very\r\n Long Names"'):
    stream = GMime.StreamMem.new_with_buffer(f'To: {name} <ann@b.test>\r\n\r\nx\r\n'.encode())
    message = GMime.Parser.new_with_stream(stream).construct_message(None)
    print(repr(message.get_addresses(GMime.AddressType.TO).get_address(0).get_name()))
FILE

seen=$(/usr/bin/python3 try.py)
expected=$(cat <<'EXPECTED'
'Department of Very\r\n Long Names'
'Department, of Very\r\n Long Names'
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
