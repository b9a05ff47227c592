#!/usr/bin/env bash
# A greeting in German is suspected of mixed scripts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: rspamd 3.4 (Debian 12), with its default rules, without network
Guess:    R_MIXED_CHARSET is for words that mix scripts, such as Cyrillic letters that look like Latin ones; ä, é and ß
          are Latin.
Behavior: A short text in German costs 5 of the 15 points of a refusal, which suffices for greylisting: the code to log
          in arrives minutes later, whatever the charset, the encoding and Content-Language are. One word with an accent
          in the subject costs 1.25. Cyrillic and Latin words side by side cost nothing. A text of some sentences is
          free: write as many even in a short message.
FACTS

for package in rspamd=3.4; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > make.py <<'FILE'
import email.message, email.policy, email.utils
english = "Dear Ann,\n\nthank you for your order. We have sent the parcel today, and it will arrive on Thursday.\n"
english += "You can follow it on our page, or call us in the office.\n\nKind regards\nBob\n"
german = "Sehr geehrte Frau Müller,\n\nIhre Bücher sind heute verschickt worden. Bitte prüfen Sie die Größe.\n\nMit freundlichen Grüßen\n"
date = email.utils.formatdate()
def write(number, name, subject, text, charset="utf-8", cte=None, language=None):
    message = email.message.EmailMessage(email.policy.SMTP)
    message["Received"] = "from mail.example.com (mail.example.com [192.0.2.1]) by mx.example.org with ESMTPS id 1; " + date
    message["From"], message["To"], message["Subject"] = "Shop <shop@example.com>", "Ann Miller <ann@example.org>", subject
    message["Date"], message["Message-ID"] = date, "<20261130100000.1.ab@example.com>"
    if language:
        message["Content-Language"] = language
    message.set_content(text, charset=charset, cte=cte)
    open("message%d" % number, "wb").write(bytes(message))
    open("name-message%d" % number, "w").write(name)
greeting = "Grüße aus Köln\n"
write(1, "text, " + greeting.strip(), "Your order", greeting, cte="quoted-printable")
write(2, "the same in 8bit", "Your order", greeting, cte="8bit")
write(3, "the same in ISO-8859-1", "Your order", greeting, charset="iso-8859-1", cte="quoted-printable")
write(4, "the same with Content-Language", "Your order", greeting, cte="quoted-printable", language="de")
write(5, "text, Cyrillic and Latin", "Your order", "Ваш код Google 123456.\n", cte="quoted-printable")
write(6, "a longer German text", "Your order", german, cte="quoted-printable")
write(7, "subject, Größe", "Größe", english)
write(8, "subject, Été", "Été", english)
write(9, "subject, Order", "Order", english)
FILE
/usr/bin/python3 make.py

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
text, Grüße aus Köln: greylist, R_MIXED_CHARSET (5.00)
the same in 8bit: greylist, R_MIXED_CHARSET (5.00)
the same in ISO-8859-1: greylist, R_MIXED_CHARSET (5.00)
the same with Content-Language: greylist, R_MIXED_CHARSET (5.00)
text, Cyrillic and Latin: no action, nothing
a longer German text: no action, nothing
subject, Größe: no action, R_MIXED_CHARSET (1.25)
subject, Été: no action, R_MIXED_CHARSET (1.25)
subject, Order: no action, nothing
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
