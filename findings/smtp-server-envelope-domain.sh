#!/usr/bin/env bash
# smtp-server 3.21.6 (npm): the domain of an address in its envelope.
# Expected: session.envelope has the addresses as they stood in MAIL and RCPT (RFC 5891: on the wire a domain is in A-labels).
# Instead: a domain in A-labels is turned into Unicode, so that an address is not equal to the one that was sent. A test that looks for its
# own recipient, or a server that hands the envelope on to another, has to encode the domain again. The local part stays as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --no-audit --no-fund --no-package-lock --ignore-scripts smtp-server@3.21.6 >/dev/null
cat >server.js <<'JS'
const net = require('net');
const { SMTPServer } = require('smtp-server');
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onData(stream, session, done) {
    stream.on('end', () => done(null, `MAIL ${session.envelope.mailFrom.address} RCPT ${session.envelope.rcptTo[0].address}`));
    stream.resume();
  },
});
server.listen(0, '127.0.0.1', () => {
  const commands = ['EHLO client.test', 'MAIL FROM:<s@xn--bcher-kva.test>', 'RCPT TO:<ann@xn--gre-6ka8i.test>', 'DATA', 'Subject: x\r\n\r\nx\r\n.', 'QUIT'];
  const client = net.connect(server.server.address().port, '127.0.0.1');
  client.setEncoding('utf8');
  client.on('data', text => text.split('\r\n').filter(line => /^\d{3} /.test(line)).forEach(line => {
    if (line.includes('RCPT')) console.log(line);
    if (commands.length) client.write(commands.shift() + '\r\n');
  }));
  client.on('close', () => server.close());
});
JS
seen=$(timeout 60 node server.js)
echo "sent: MAIL s@xn--bcher-kva.test RCPT ann@xn--gre-6ka8i.test"
echo "seen: $seen"
[ "$seen" = "250 MAIL s@bücher.test RCPT ann@größe.test" ] || { echo "This has changed."; exit 1; }
