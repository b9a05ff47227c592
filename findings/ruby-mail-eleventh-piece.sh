#!/usr/bin/env bash
# A long file name is put together in the wrong order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: ruby-mail 2.7.1 (Debian 12)
Guess:    The pieces of a file name are joined by their numbers (RFC 2231, section 3).
Behavior: They are sorted as text, so that piece 10 follows piece 1. From eleven pieces on, some 170
          octets outside ASCII, the extension stands in the middle, and the file does not open.
FACTS

for package in ruby-mail=2.7.1+dfsg1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.rb <<'FILE'
require 'mail'
pieces = (0..11).map { |i| "filename*#{i}=#{i}-" }.join('; ')
mail = Mail.new("MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; #{pieces}\r\n\r\nx")
puts mail.filename
FILE

seen=$(ruby try.rb)
expected=$(cat <<'EXPECTED'
0-1-10-11-2-3-4-5-6-7-8-9-
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
