#!/usr/bin/env bash
# A domain that says it takes no email passes the check of its mail servers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Email::Valid 1.203 and email_validator 1.3.0 (Debian 12), email-domain-check 2.0.5 (npm)
Guess:    A single MX record "0 ." says that the domain takes no email (RFC 7505, section 3), and the address of the
          domain does not count then: the check fails.
Behavior: Email::Valid accepts the address (its change for https://github.com/Perl-Email-Project/Email-Valid/issues/51
          looks for an empty name, and Net::DNS gives "."), and email-domain-check counts the record as a server.
          email_validator refuses the address. A form takes it, and the message bounces.
FACTS

for package in libemail-valid-perl=1.203 python3-email-validator=1.3.0 python3-dnspython=2.3.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
npm install --silent --no-audit --no-fund --ignore-scripts email-domain-check@2.0.5 > npm.log 2>&1

cat > server.py <<'FILE'
import dns.message, dns.rrset, socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
server.settimeout(60)
print(server.getsockname()[1], flush=True)
while True:
    octets, client = server.recvfrom(4096)
    answer = dns.message.make_response(dns.message.from_wire(octets))
    question = answer.question[0]
    for kind, value in ((15, "0 ."), (1, "192.0.2.1")):
        if question.rdtype == kind:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, value))
    server.sendto(answer.to_wire(), client)
FILE

cat > try.pl <<'FILE'
use Email::Valid;
use Net::DNS;
$Email::Valid::DNS_Method = 'Net::DNS';
$Email::Valid::Resolver = Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $ARGV[0]);
print 'Email::Valid: ', (Email::Valid->address(-address => 'bob@example.com', -mxcheck => 1) ? 'accepted' : 'refused'), "\n";
FILE

cat > try.py <<'FILE'
import dns.resolver, sys
from email_validator import EmailNotValidError, validate_email
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], int(sys.argv[1])
try:
    validate_email("bob@example.com", dns_resolver=resolver)
    print("email_validator: accepted")
except EmailNotValidError as error:
    print("email_validator: refused:", error)
FILE

cat > try.cjs <<'FILE'
const { DomainChecker } = require("email-domain-check");
new DomainChecker({ server: [`127.0.0.1:${process.argv[2]}`] }).hasMxRecord("bob@example.com")
  .then(found => console.log(`email-domain-check: has a server: ${found}`));
FILE

cat > try.sh <<'FILE'
/usr/bin/python3 server.py > port 2> server.log &
trap "kill $!" EXIT
until [ -s port ]; do sleep 0.1; done
perl try.pl "$(cat port)"
node try.cjs "$(cat port)"
/usr/bin/python3 try.py "$(cat port)"
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
Email::Valid: accepted
email-domain-check: has a server: true
email_validator: refused: The domain name example.com does not accept email.
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
