#!/usr/bin/env bash
# A disclaimer is put into the text without the encoding of the text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: alterMIME 0.3.10 (Debian 12), which a mail server calls to append a disclaimer
Guess:    A disclaimer is encoded as the text is to which it is appended, and a text in base64 gets it whole with
          --force-into-b64.
Behavior: It is so within a multipart. A message that is a text alone gets it as it is: in quoted-printable, the link
          ?a=20&b=30 leads elsewhere then, and in base64 the last characters of the disclaimer are lost. With a
          multipart, such as text and HTML, the link is right.
FACTS

for package in altermime=0.3.10; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

printf 'Example Ltd: https://example.com/?a=20&b=30\n' > disclaimer
head='From: a@example.com\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n'
text='Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe\n'
printf "$head$text" > "text alone, quoted-printable"
html='--b\nContent-Type: text/html\n\n<html><body>x</body></html>\n--b--\n'
printf "$head"'Content-Type: multipart/alternative; boundary=b\n\n--b\n'"$text$html" > "text in a multipart, quoted-printable"
printf "$head"'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQ==\n' > "text alone, base64"

cat > try.py <<'FILE'
import email, sys
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        message = email.message_from_binary_file(file)
    part = next(p for p in message.walk() if not p.is_multipart())
    print(name + ":", " | ".join(part.get_payload(decode=True).decode().split("\n")).rstrip(" |"))
FILE

for name in text*; do
    altermime --input="$name" --disclaimer=disclaimer --force-into-b64 > log 2>&1 || cat log
done
seen=$(/usr/bin/python3 try.py text*)
expected=$(cat <<'EXPECTED'
text alone, base64: Grüße | Example Ltd: https://example.com/?a=20&b=3
text alone, quoted-printable: Grüße | Example Ltd: https://example.com/?a &b0
text in a multipart, quoted-printable: Grüße | Example Ltd: https://example.com/?a=20&b=30
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
