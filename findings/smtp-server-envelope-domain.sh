#!/usr/bin/env bash
# A domain in A-labels is Unicode in the envelope that a test server shows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: smtp-server 3.21.6 (npm)
Guess:    session.envelope has the addresses of MAIL and RCPT as they were sent, that is with the domain in A-labels (RFC 5890).
Behavior: The domain is turned into Unicode, so a test that looks for the recipient it sent to does not find it, and a server that
          hands the envelope on has to encode the domain again.
FACTS

npm install --no-audit --no-fund --no-package-lock --ignore-scripts smtp-server@3.21.6 > npm.log 2>&1 || { cat npm.log; exit 1; }

cat > try.js <<'FILE'
const net = require('net');
const { SMTPServer } = require('smtp-server');
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onData(stream, session, done) {
    stream.on('end', () => {
      console.log(`MAIL ${session.envelope.mailFrom.address}\nRCPT ${session.envelope.rcptTo[0].address}`);
      done();
    });
    stream.resume();
  },
});
server.listen(0, '127.0.0.1', () => {
  const commands = [
    'EHLO client.test', 'MAIL FROM:<bob@xn--bcher-kva.test>', 'RCPT TO:<ann@xn--gre-6ka8i.test>', 'DATA', 'Subject: x\r\n\r\nx\r\n.', 'QUIT',
  ];
  const client = net.connect(server.server.address().port, '127.0.0.1');
  client.setEncoding('utf8');
  client.on('data', text => text.split('\r\n').filter(line => /^\d{3} /.test(line) && commands.length)
    .forEach(() => client.write(commands.shift() + '\r\n')));
  client.on('close', () => server.close());
});
FILE

seen=$(timeout 60 node try.js)
expected=$(cat <<'EXPECTED'
MAIL bob@bücher.test
RCPT ann@größe.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
