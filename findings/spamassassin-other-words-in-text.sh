#!/usr/bin/env bash
# A text part that only points to a web page costs far more than no text at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: SpamAssassin 4.0.1 (Debian 12), without network tests
Guess:    A short text beside HTML is better than none, and costs at most a few tenths.
Behavior: A rule compares the words of both parts and adds 2.2 (MPART_ALT_DIFF), nearly half of the usual
          limit, while HTML without text costs 0.1. A text with the words of the HTML costs nothing: it must
          say what the HTML says.
FACTS

command -v spamassassin > /dev/null || { echo "apt-get install spamassassin"; exit 1; }

cat > try.sh <<'FILE'
head="Date: $(date -R)\r\nMessage-ID: <1234567890.abc@a.test>\r\nMIME-Version: 1.0\r\nSubject: Your order\r\nFrom: Ann <ann@a.test>\r\n"
rules() {
    printf "%b" "$head$1" > mail.eml
    HOME=$PWD spamassassin --local --test-mode < mail.eml 2> spam.log | grep -oE '^ *-?[0-9]+\.[0-9] [A-Z_0-9]+' | grep -E "$2" | sort -u | sed 's/^ *//' | paste -sd ' ' | sed 's|^$|none|' || true
}
html="--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hello Bob, your order of tea is on its way.</p></body></html>\r\n--x--\r\n"
part="To: Bob <bob@b.test>\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
echo "pointer: $(rules "${part}Please open https://www.a.test/mail/17 with any browser.\r\n$html" "ALT_DIFF")"
echo "same words: $(rules "${part}Hello Bob, your order of tea is on its way.\r\n$html" "ALT_DIFF")"
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
pointer: 2.2 MPART_ALT_DIFF
same words: none
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
