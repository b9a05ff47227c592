#!/usr/bin/env bash
# Python and Ruby write an internationalized domain of an address as an encoded word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Python 3.11.2 email and ruby-mail 2.7.1 (Debian 12)
Guess:    The domain is written as xn--bcher-kva.test, or an error says that it is not ASCII (RFC 2047,
          section 5: no encoded word in an address).
Behavior: The domain has an encoded word in it: readers, and servers that use the field, see a domain that
          does not exist. A sender encodes the domain first.
FACTS

for package in python3.11=3.11.2 ruby-mail=2.7.1+dfsg1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.py <<'FILE'
from email.message import EmailMessage
message = EmailMessage()
message["To"] = "Ann <ann@bücher.test>"
print("Python: " + message.as_bytes().decode().strip())
FILE

cat > try.rb <<'FILE'
require "mail"
message = Mail.new
message.to = "Ann <ann@bücher.test>"
puts "Ruby: " + message.encoded[/^To:.*/].strip
FILE

seen=$(/usr/bin/python3 try.py; ruby -Ku try.rb)
expected=$(cat <<'EXPECTED'
Python: To: Ann <ann@=?utf-8?q?b=C3=BCcher?=.test>
Ruby: To: Ann <ann@=?UTF-8?B?YsO8Y2hlci50ZXN0?=>
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
