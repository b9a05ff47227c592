#!/usr/bin/env bash
# A complaint does not say what it complains of, although its type is given.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailbot of maildrop 2.9.3 (Debian 12)
Guess:    "-T feedback -R abuse" writes a complaint of the type "abuse": Feedback-Type, User-Agent and Version are
          required (RFC 5965, section 3.1); "-M" writes a delivery report with the required Reporting-MTA
          (RFC 3464, section 2.2.2).
Behavior: The complaint has no Feedback-Type, whatever type is given, and the delivery report no Reporting-MTA.
          A sender that reads its complaints by type does not count it.
FACTS

for package in maildrop=2.9.3; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.sh <<'FILE'
export SENDER=shop@a.test
printf 'Please look at this.\n' > text
message='From: Shop <shop@a.test>\nTo: bob@b.test\nSubject: Your order\nMessage-ID: <1@a.test>\n'
message="${message}MIME-Version: 1.0\nContent-Type: text/plain\n\nHello\n"
for options in '-T feedback -R abuse' '-T feedback -R fraud' '-M bob@b.test'; do
    printf "$message" | mailbot -t text -N -A 'From: bob@b.test' $options cat > report
    echo "$options: $(sed -n '/^Content-Type: message/,/^--/p' report | grep -E '^[A-Za-z-]+:' | sed 's/:.*//' | paste -sd ' ')"
done
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
-T feedback -R abuse: Content-Type Content-Transfer-Encoding Arrival-Date User-Agent Version
-T feedback -R fraud: Content-Type Content-Transfer-Encoding Arrival-Date User-Agent Version
-M bob@b.test: Content-Type Content-Transfer-Encoding Arrival-Date Final-Recipient Action Status
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
