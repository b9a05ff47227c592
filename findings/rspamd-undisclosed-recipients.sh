#!/usr/bin/env bash
# The usual group for hidden recipients costs more than no recipients at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: rspamd 3.4 (Debian 12), with its default rules, without network
Guess:    An empty group (RFC 5322, section 3.4) costs the same whatever its name is, and less than a message without To:
          "undisclosed-recipients:;" is what RFC 822 and its successors show for that case.
Behavior: It is the other way around: "undisclosed-recipients:;" costs 5 of the 15 points of a refusal and is greylisted,
          a group of another name 2, and no To at all 2. Two authors with a Sender (RFC 5322, section 3.6.2) cost 8, so
          that the message is in the spam folder. Send to hidden recipients without To, and write one author.
FACTS

for package in rspamd=3.4; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

number=0
try() {
    number=$((number + 1))
    echo "$1" > "name-message$number"
    printf '%s\r\n' "Received: from mail.example.com (mail.example.com [192.0.2.1]) by mx.example.org with ESMTPS id 1; $(date -R)" \
        "${@:2}" "Subject: Your order" "Date: $(date -R)" "Message-ID: <20261130100000.1.ab@example.com>" "MIME-Version: 1.0" \
        "Content-Type: text/plain" "" "Dear Ann," "" \
        "thank you for your order. We have sent the parcel today, and it will arrive on Thursday." \
        "You can follow it on our page, or call us in the office." > "message$number"
}
from="From: Shop <shop@example.com>"
try "To: the recipient" "$from" "To: Ann Miller <ann@example.org>"
try "To: undisclosed-recipients:;" "$from" "To: undisclosed-recipients:;"
try "To: Members of the club:;" "$from" "To: Members of the club:;"
try "To: the sender" "$from" "To: Shop <shop@example.com>"
try "no To" "$from"
try "From: two authors" "From: shop@example.com, bob@example.com" "Sender: shop@example.com" "To: Ann Miller <ann@example.org>"

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
    symbols=$(grep -oE '(FORGED_RECIPIENTS|R_UNDISC_RCPT|MISSING_TO|MULTIPLE_FROM) \([0-9.]+\)' answer.log | sort | paste -sd ' ')
    echo "$(cat "name-$file"): $(sed -n 's/^Action: //p' answer.log), ${symbols:-nothing}"
done
kill "$server"
FILE

seen=$(unshare -rn bash try.sh)
expected=$(cat <<'EXPECTED'
To: the recipient: no action, nothing
To: undisclosed-recipients:;: greylist, FORGED_RECIPIENTS (2.00) R_UNDISC_RCPT (3.00)
To: Members of the club:;: no action, FORGED_RECIPIENTS (2.00)
To: the sender: no action, FORGED_RECIPIENTS (2.00)
no To: no action, MISSING_TO (2.00)
From: two authors: add header, MULTIPLE_FROM (8.00)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
