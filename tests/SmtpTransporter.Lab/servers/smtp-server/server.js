// Port 2701: clear text. Port 2702: STARTTLS and login.
const fs = require('fs');
const { randomUUID } = require('crypto');
const { SMTPServer } = require('/opt/npm/node_modules/smtp-server');

const error = (code, text) => Object.assign(new Error(text), { responseCode: code });

function refuse(address, word, no, later, done) {
  if (address.startsWith(word)) return done(error(550, no));
  if (address.startsWith('later')) return done(error(450, later));
  done();
}

function store(session, message) {
  const file = `/store/${randomUUID()}`;
  const { mailFrom, rcptTo } = session.envelope;
  const lines = [`MAIL ${mailFrom.address}`, ...rcptTo.map(r => `RCPT ${r.address}`)];
  fs.writeFileSync(`${file}.part`, Buffer.concat([Buffer.from(lines.join('\n') + '\n\n'), message]));
  fs.renameSync(`${file}.part`, `${file}.msg`);
}

const both = {
  name: 'smtp-server.test',
  disableReverseLookup: true,
  size: 2000000,
  maxClients: fs.existsSync('/run/limit') ? 2 : 100,
  onMailFrom: (a, session, done) => refuse(a.address, 'bad@', '5.7.1 sender refused', '4.7.1 sender later', done),
  onRcptTo: (a, session, done) => refuse(a.address, 'refused', '5.1.1 no such user', '4.2.2 mailbox full', done),
  onAuth(login, session, done) {
    const right = login.validatePassword ? login.validatePassword('secret') : login.password === 'secret';
    done(login.username === 'me' && right ? null : new Error('Invalid username or password'), { user: login.username });
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', chunk => chunks.push(chunk));
    stream.on('end', () => {
      const message = Buffer.concat(chunks);
      const head = message.subarray(0, 2000);
      if (stream.sizeExceeded) return done(error(552, '5.3.4 too large'));
      if (head.includes('CONTENT-REFUSED')) return done(error(550, '5.7.1 content refused'));
      if (head.includes('CONTENT-LATER')) return done(error(451, '4.7.1 content later'));
      store(session, message);
      done(null, 'OK: message stored');
    });
  },
};
const tls = { key: fs.readFileSync('/store/tls/key.pem'), cert: fs.readFileSync('/store/tls/certificate.pem') };
const servers = [
  [2701, { disabledCommands: ['STARTTLS', 'AUTH'] }],
  [2702, { ...tls, authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'] }],
];
for (const [port, options] of servers) {
  const server = new SMTPServer({ ...both, ...options });
  server.on('error', e => console.log(port, e.message));
  server.listen(port, '127.0.0.1');
}
