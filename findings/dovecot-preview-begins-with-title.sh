#!/usr/bin/env bash
# The preview of a newsletter begins with the title of its HTML, in front of the preheader.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Dovecot 2.3.19 (Debian 12)
Guess:    PREVIEW (RFC 8970) gives the first words that a reader of the message sees, or the preheader that newsletters write for
          this line; what stands in "head" is not among them.
Behavior: The title of the document comes first, which is often the name of the template or the subject once more. The preheader
          follows, with the invisible characters that fill it. A text beside the HTML is taken instead if it comes first: write one
          that begins with what matters, and leave the title empty.
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
import re, subprocess, sys
page = "<html><head>%s<style>p { color: red }</style></head><body>%s<p>Dear Ann,</p><p>it ships today.</p></body></html>"
preheader = '<div style="display:none">Your order&zwnj;</div>'
def single(html):
    return f"Subject: Order\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
def both(html):
    return ("Subject: Order\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
            f"Content-Type: text/plain\r\n\r\nIt ships today.\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n")
messages = {
    "a title and a preheader": single(page % ("<title>Template 7</title>", preheader)),
    "an empty title": single(page % ("<title></title>", preheader)),
    "neither": single(page % ("", "")),
    "a text beside the HTML": both(page % ("<title>Template 7</title>", preheader)),
}
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
for text in messages.values():
    ask(f"APPEND INBOX {{{len(text)}+}}\r\n{text}")
ask("SELECT INBOX")
for number, name in enumerate(messages, 1):
    lines = ask(f"FETCH {number} PREVIEW")
    preview = re.search(r"PREVIEW (?:\{\d+\} )?(.*)\)$", " ".join(lines[:-1]))[1]
    print(f"{name}: " + preview.strip("\"").replace("\u200c", "<U+200C>"))
FILE

chmod 755 "$folder"
install -d -o "$user" -g "$group" mail
seen=$(HOME=$folder/mail USER=reader /usr/bin/python3 try.py "${run[@]}" doveadm -c "$folder/dovecot.conf" exec imap 2>> log || cat log)
expected=$(cat <<'EXPECTED'
a title and a preheader: Template 7 Your order<U+200C> Dear Ann, it ships today.
an empty title: Your order<U+200C> Dear Ann, it ships today.
neither: Dear Ann, it ships today.
a text beside the HTML: It ships today.
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
