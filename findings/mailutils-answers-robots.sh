#!/usr/bin/env bash
# A notice of absence answers robots, and does not say that it is automatic.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: sieve of GNU Mailutils 3.15 (Debian 12)
Guess:    The action "vacation" gives no answer to a message with Auto-Submitted other than "no", or with a field of a
          mailing list (RFC 5230, section 4.6), nor to one without a return path (RFC 3834, section 2), and its answer
          has Auto-Submitted: auto-replied (RFC 5230, section 4.8).
Behavior: It answers all of them, and is silent for Precedence: bulk alone. The answer has neither Auto-Submitted nor
          Precedence: a program that reads it takes it for the answer of a person. A newsletter or a notification that
          must not be answered there needs Precedence: bulk as well.
FACTS

for package in mailutils=3.15; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

printf 'require ["vacation"];\nvacation :aliases ["ann@example.org"] "I am away.";\n' > away.sieve
printf '#!/bin/sh\ncat > %s/sent\n' "$folder" > sendmail
chmod +x sendmail

try() {
    rm -rf sent home
    mkdir home
    printf '%s\n' "From $2 Mon Nov 30 10:00:00 2026" "From: Shop <shop@example.com>" "To: ann@example.org" "Subject: Order" \
        "Date: Mon, 30 Nov 2026 10:00:00 +0000" "Message-ID: <1@example.com>" "$3" "" "Hello" "" > box
    HOME=$folder/home sieve -M "sendmail:$folder/sendmail" -e ann@example.org -f box away.sieve > log 2>&1 || cat log
    echo "$1: $([ -e sent ] && echo answer || echo silence)"
}

seen=$(
    try "an ordinary message" bounces@example.com "X-A: 1"
    cp sent answer
    try "Auto-Submitted: auto-generated" bounces@example.com "Auto-Submitted: auto-generated"
    try "Auto-Submitted: auto-replied" bounces@example.com "Auto-Submitted: auto-replied"
    try "List-Id" bounces@example.com "List-Id: News <news.example.com>"
    try "List-Unsubscribe" bounces@example.com "List-Unsubscribe: <https://example.com/u>"
    try "a report without a return path" MAILER-DAEMON "Return-Path: <>"
    try "Precedence: bulk" bounces@example.com "Precedence: bulk"
    echo "Auto-Submitted or Precedence in the answer: $(grep -ciE '^(Auto-Submitted|Precedence):' answer)"
    grep -E '^(To|Subject|In-Reply-To):' answer
)
expected=$(cat <<'EXPECTED'
an ordinary message: answer
Auto-Submitted: auto-generated: answer
Auto-Submitted: auto-replied: answer
List-Id: answer
List-Unsubscribe: answer
a report without a return path: answer
Precedence: bulk: silence
Auto-Submitted or Precedence in the answer: 0
To: bounces@example.com
Subject: =?UTF-8?Q?Re:_Order?=
In-Reply-To: Your message of Mon, 30 Nov 2026 10:00:00 +0000
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
