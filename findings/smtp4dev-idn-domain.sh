#!/usr/bin/env bash
# A test server shows a domain in A-labels as characters that it does not stand for.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Rnwood.Smtp4dev 3.15.0 (NuGet tool)
Guess:    The sender and the recipient are shown as they were sent, or with the domain in Unicode: bob@bücher.test.
Behavior: They are shown with other characters, so that the domain is not to be recognized.
FACTS

dotnet tool install Rnwood.Smtp4dev --version 3.15.0 --tool-path tools > tool.log 2>&1 || { cat tool.log; exit 1; }
tools/smtp4dev --nousersettings --hostname=localhost --bindaddress=127.0.0.1 --smtpport=18126 --imapport=18127 --pop3port=18128 \
    --urls=http://127.0.0.1:18129 --db= > server.log 2>&1 < /dev/null &
server=$!

cat > try.py <<'FILE'
import json, smtplib, time, urllib.request
for attempt in range(100):
    try:
        client = smtplib.SMTP("127.0.0.1", 18126, local_hostname="client.test")
        break
    except OSError:
        time.sleep(0.2)
client.sendmail("bob@xn--bcher-kva.test", ["ann@xn--gre-6ka8i.test"], "Subject: x\r\n\r\nx\r\n")
client.quit()
for attempt in range(100):
    found = json.loads(urllib.request.urlopen("http://127.0.0.1:18129/api/messages").read())["results"]
    if found:
        break
    time.sleep(0.2)
print("from:", found[0]["from"])
print("to:", found[0]["deliveredTo"])
FILE

seen=$(timeout 60 python3 try.py)
echo "Output:"
printf '%s\n' "$seen"
expected=$(cat <<'EXPECTED'
from: bob@≆≎≈-kva.test
to: ann@ᗽ-6ka8i.test
EXPECTED
)
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
