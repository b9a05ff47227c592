#!/usr/bin/env bash
# A file whose name ends in a domain or in "Node.js" is taken for a program.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: rspamd 3.4 (Debian 12), with its default rules, without network
Guess:    A double extension counts if the file would be run by it, as "invoice.pdf.com" would.
Behavior: It counts as well if the last extension is harmless: "invoice of example.com.pdf" costs 6 of the 15 points of a
          refusal, twice as much as "program.exe.pdf", and with little else the message is in the spam folder, for which
          6 suffice. The same holds for "Node.js.pdf" and for a table, "list of example.com.csv". Names in another
          top-level domain, and versions such as "v1.2.pdf", are free.
FACTS

for package in rspamd=3.4; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

number=0
while read -r name; do
    number=$((number + 1))
    echo "$name" > "name-message$number"
    printf '%s\r\n' "Received: from mail.example.com (mail.example.com [192.0.2.1]) by mx.example.org with ESMTPS id 1; $(date -R)" \
        "From: Shop <shop@example.com>" "To: Ann Miller <ann@example.org>" "Subject: Your order" "Date: $(date -R)" \
        "Message-ID: <20261130100000.1.ab@example.com>" "MIME-Version: 1.0" \
        'Content-Type: multipart/mixed; boundary="=-b"' "" "--=-b" \
        "Content-Type: text/plain" "" "Dear Ann," "" \
        "the file that you asked for is attached. Please tell us whether it is the right one." "" \
        "--=-b" "Content-Type: application/octet-stream" "Content-Transfer-Encoding: base64" \
        "Content-Disposition: attachment; filename=\"$name\"" "" "JVBERi0xLjQK" "--=-b--" > "message$number"
done <<'NAMES'
invoice of example.com.pdf
Introduction to Node.js.pdf
list of example.com.csv
program.exe.pdf
invoice of example.de.pdf
invoice v1.2.pdf
invoice.pdf
NAMES

# Its first start compiles patterns, which takes a minute or two.
cat > try.sh <<'FILE'
ip link set lo up
mkdir data
rspamd -f -i -c /etc/rspamd/rspamd.conf "--var=DBDIR=$PWD/data" "--var=RUNDIR=$PWD/data" "--var=LOGDIR=$PWD/data" > rspamd.log 2>&1 &
server=$!
for i in $(seq 300); do
    rspamc stat > stat.log 2>&1 && grep -q scanned stat.log && break
    sleep 1
done
for file in message*; do
    rspamc -i 192.0.2.1 -F shop@example.com -r ann@example.org --helo mail.example.com --hostname mail.example.com \
        symbols "$file" > answer.log
    echo "$(cat "name-$file"): $(sed -n 's/^Action: //p' answer.log)," \
        "$(grep -oE '(MIME_DOUBLE_BAD_EXTENSION|R_MIXED_CHARSET) \([0-9.]+\)' answer.log || echo nothing)"
done
kill "$server"
FILE

seen=$(unshare -rn bash try.sh)
expected=$(cat <<'EXPECTED'
invoice of example.com.pdf: greylist, MIME_DOUBLE_BAD_EXTENSION (6.00)
Introduction to Node.js.pdf: greylist, MIME_DOUBLE_BAD_EXTENSION (6.00)
list of example.com.csv: greylist, MIME_DOUBLE_BAD_EXTENSION (6.00)
program.exe.pdf: no action, MIME_DOUBLE_BAD_EXTENSION (3.00)
invoice of example.de.pdf: no action, nothing
invoice v1.2.pdf: no action, nothing
invoice.pdf: no action, nothing
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
