#!/usr/bin/env bash
# A recipient without angle brackets costs a message without text ten times as much as the missing text itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: SpamAssassin 4.0.1 (Debian 12), without network tests
Guess:    "To: bob@b.test" and "To: <bob@b.test>" are equally good (RFC 5322, section 3.4); HTML without text
          costs 0.1.
Behavior: The bare address adds 1.0 (TO_NO_BRKTS_HTML_ONLY), a fifth of the usual limit. With a text part, or
          with brackets, nothing is added.
FACTS

for package in spamassassin=4.0.1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.sh <<'FILE'
head="Date: $(date -R)\r\nMessage-ID: <1234567890.abc@a.test>\r\nMIME-Version: 1.0\r\nSubject: Your order\r\nFrom: Ann <ann@a.test>\r\n"
rules() {
    printf "%b" "$head$1" > mail.eml
    HOME=$PWD spamassassin --local --test-mode < mail.eml 2> spam.log | grep -oE '^ *-?[0-9]+\.[0-9] [A-Z_0-9]+' | grep -E "$2" | sort -u | sed 's/^ *//' | paste -sd ' ' | sed 's|^$|none|' || true
}
html="Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hello Bob, your order is on its way.</p></body></html>\r\n"
text="Content-Type: text/plain; charset=utf-8\r\n\r\nHello Bob, your order is on its way.\r\n"
echo "HTML, bare address: $(rules "To: bob@b.test\r\n$html" "BRKTS|HTML_ONLY")"
echo "HTML, in brackets: $(rules "To: <bob@b.test>\r\n$html" "BRKTS|HTML_ONLY")"
echo "text, bare address: $(rules "To: bob@b.test\r\n$text" "BRKTS|HTML_ONLY")"
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
HTML, bare address: 0.1 MIME_HTML_ONLY 1.0 TO_NO_BRKTS_HTML_ONLY
HTML, in brackets: 0.1 MIME_HTML_ONLY
text, bare address: none
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
