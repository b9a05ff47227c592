#!/usr/bin/env bash
# A search finds the tags of an HTML message, and not the words that a reader sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Dovecot 2.3.19 (Debian 12), without an index for full text
Guess:    SEARCH BODY looks at the text of an HTML message: "Müller & Söhne" is found, and "color" is not, as in a text message.
Behavior: The source of the HTML is searched, after its transfer encoding and charset are decoded. What is written as a reference
          (&amp;, &uuml;, &nbsp;) or is broken by a tag is not found, and words of its styles are. A program that looks for an
          order number needs it in one piece, in a text part or in a field of the header.
FACTS

for package in dovecot-imapd=2.3.19.1+dfsg1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

run=()
if [ "$(id -u)" = 0 ]; then
    run=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
user=$("${run[@]}" id -u) group=$("${run[@]}" id -g)
cat > dovecot.conf <<FILE
protocols = imap
ssl = no
base_dir = $folder/run
state_dir = $folder/state
log_path = /dev/stderr
mail_location = maildir:$folder/mail
mail_uid = $user
mail_gid = $group
first_valid_uid = 1
first_valid_gid = 1
FILE

cat > try.py <<'FILE'
import subprocess, sys
html = '<p style="color: red">M&uuml;ller &amp; Söhne, order&nbsp;<b>AB</b>-1234,\r\nall items, total</p>'
text = "Müller & Söhne, order AB-1234,\r\nall items, total"
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def ask(command):
    server.stdin.write(f"a {command}\r\n".encode())
    server.stdin.flush()
    lines = []
    while not (lines and lines[-1].startswith("a ")):
        line = server.stdout.readline() or sys.exit("the server has closed the connection")
        lines.append(line.decode().strip())
    return lines
server.stdout.readline()
for kind, body in ("plain", text), ("html", html):
    message = f"MIME-Version: 1.0\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    ask(f"APPEND INBOX {{{len(message.encode())}+}}\r\n{message}")
ask("SELECT INBOX")
for words in "Söhne", "Müller", "& Söhne", "AB-1234", "order AB", "all items", "1234, all", "color":
    found = next(line for line in ask(f'SEARCH CHARSET UTF-8 BODY "{words}"') if line.startswith("* SEARCH")).split()[2:]
    print(f"{words}: text {'found' if '1' in found else 'no'}, HTML {'found' if '2' in found else 'no'}")
FILE

chmod 755 "$folder"
install -d -o "$user" -g "$group" mail
seen=$(HOME=$folder/mail USER=reader /usr/bin/python3 try.py "${run[@]}" doveadm -c "$folder/dovecot.conf" exec imap 2>> log || cat log)
expected=$(cat <<'EXPECTED'
Söhne: text found, HTML found
Müller: text found, HTML no
& Söhne: text found, HTML no
AB-1234: text found, HTML no
order AB: text found, HTML no
all items: text found, HTML found
1234, all: text no, HTML no
color: text no, HTML found
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
