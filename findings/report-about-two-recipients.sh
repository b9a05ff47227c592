#!/usr/bin/env bash
# The failure of one recipient is lost if the same report speaks of another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Mail::DeliveryStatus::BounceParser 1.543, ruby-mail 2.7.1, flufl.bounce 4.0 (Debian 12)
Guess:    A report has one group of fields for each recipient, each with its own action (RFC 3464, section 2.3):
          bob@b.test has failed, whatever became of the other.
Behavior: BounceParser calls the report no bounce as soon as one recipient is delivered or delayed. ruby-mail
          looks at the first recipient alone, and calls each report about two recipients retryable
          (https://github.com/mikel/mail/issues/1681). flufl.bounce finds the failed one each time.
FACTS

for package in libmail-deliverystatus-bounceparser-perl=1.543+repacked ruby-mail=2.7.1+dfsg1 python3-flufl.bounce=4.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > make.py <<'FILE'
groups = {
    'failed': "Final-Recipient: rfc822; bob@b.test\nAction: failed\nStatus: 5.1.1\n",
    'delivered': "Final-Recipient: rfc822; amy@b.test\nAction: delivered\nStatus: 2.0.0\n",
    'delayed': "Final-Recipient: rfc822; amy@b.test\nAction: delayed\nStatus: 4.4.1\n",
}
for names in (("failed",), ("delivered",), ("failed", "delivered"), ("delivered", "failed"), ("failed", "delayed"), ("failed", "failed")):
    with open("-".join(names) + ".eml", "w") as file:
        file.write("From: MAILER-DAEMON@m.test\nTo: shop@a.test\nSubject: Delivery report\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\nSee below.\n"
            "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m.test\n\n" + "\n".join(groups[name] for name in names)
            + "\n--x\nContent-Type: text/rfc822-headers\n\nSubject: original\n\n--x--\n")
FILE

cat > try.pl <<'FILE'
use Mail::DeliveryStatus::BounceParser;
for my $name (@ARGV) {
    open my $file, '<', $name or die;
    my $bounce = Mail::DeliveryStatus::BounceParser->new(do { local $/; <$file> });
    print "BounceParser, $name: ", ($bounce->is_bounce ? 'bounce' : 'no bounce'), "\n";
}
FILE

cat > try.rb <<'FILE'
require 'mail'
ARGV.each { |name| mail = Mail.read(name); puts "ruby-mail, #{name}: bounced #{mail.bounced?}, retryable #{mail.retryable?}" }
FILE

cat > try.py <<'FILE'
import email, sys
from flufl.bounce import scan_message
for name in sys.argv[1:]:
    print("flufl.bounce, %s: %s" % (name, sorted(scan_message(email.message_from_file(open(name))))))
FILE

seen=$(/usr/bin/python3 make.py; for try in "perl try.pl" "ruby -W0 try.rb" "/usr/bin/python3 try.py"; do $try *.eml; done)
expected=$(cat <<'EXPECTED'
BounceParser, delivered-failed.eml: no bounce
BounceParser, delivered.eml: no bounce
BounceParser, failed-delayed.eml: no bounce
BounceParser, failed-delivered.eml: no bounce
BounceParser, failed-failed.eml: bounce
BounceParser, failed.eml: bounce
ruby-mail, delivered-failed.eml: bounced false, retryable true
ruby-mail, delivered.eml: bounced false, retryable true
ruby-mail, failed-delayed.eml: bounced true, retryable true
ruby-mail, failed-delivered.eml: bounced true, retryable true
ruby-mail, failed-failed.eml: bounced true, retryable true
ruby-mail, failed.eml: bounced true, retryable false
flufl.bounce, delivered-failed.eml: [b'bob@b.test']
flufl.bounce, delivered.eml: []
flufl.bounce, failed-delayed.eml: [b'bob@b.test']
flufl.bounce, failed-delivered.eml: [b'bob@b.test']
flufl.bounce, failed-failed.eml: [b'bob@b.test']
flufl.bounce, failed.eml: [b'bob@b.test']
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
