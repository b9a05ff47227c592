#!/usr/bin/env bash
# A bounce is not recognized if a field of its report is written in small letters.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Sisimai 4.25.15 (Debian 12, libsisimai-perl)
Guess:    Names of fields are the same in small and in capital letters (RFC 5322, section 1.2.2; RFC 3464, section
          2.1), and a quoted local part may have a blank (RFC 5321, section 4.1.2).
Behavior: Sisimai finds no bounce in a report with "final-recipient", although it knows "action" and "status". It
          finds none either for "bob smith"@b.test, and for message/global-delivery-status (RFC 6533).
FACTS

for package in libsisimai-perl=4.25.15; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.pl <<'FILE'
use Sisimai;
sub try {
    my ($name, $from, $to) = @_;
    my $report = <<'REPORT';
Return-Path: <>
From: MAILER-DAEMON@m.test
To: shop@a.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

It failed.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; m.test

Final-Recipient: rfc822; bob@b.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such mailbox

--x
Content-Type: message/rfc822

From: shop@a.test
To: bob@b.test
Subject: Your order
Date: Fri, 27 Nov 2026 10:00:00 +0000
Message-ID: <1@a.test>

Thank you.

--x--
REPORT
    $report =~ s/\Q$from\E/$to/ or die;
    my $found = Sisimai->make(\$report) // [];
    print "$name: ", join(', ', map { $_->recipient->address . ' ' . $_->reason } @$found) || 'no bounce', "\n";
}
try('as most servers write it', 'bob@', 'bob@');
try('"action" and "status"', "Action: failed\nStatus", "action: failed\nstatus");
try('"final-recipient"', 'Final-Recipient', 'final-recipient');
try('"bob"@b.test', 'bob@', '"bob"@');
try('"bob smith"@b.test', 'bob@', '"bob smith"@');
try('global-delivery-status', 'message/delivery-status', 'message/global-delivery-status');
FILE

seen=$(perl try.pl)
expected=$(cat <<'EXPECTED'
as most servers write it: bob@b.test userunknown
"action" and "status": bob@b.test userunknown
"final-recipient": no bounce
"bob"@b.test: "bob"@b.test userunknown
"bob smith"@b.test: no bounce
global-delivery-status: no bounce
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
