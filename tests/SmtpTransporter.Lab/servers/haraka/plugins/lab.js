// Refuses by name, and stores the rest.
const fs = require('fs');
const { randomUUID } = require('crypto');

const text = address => typeof address.address === 'function' ? address.address() : address.address;

exports.register = function () {
  this.register_hook('mail', 'onMail');
  this.register_hook('rcpt', 'onRecipient');
  this.register_hook('data_post', 'onData');
  this.register_hook('queue', 'onQueue');
  this.register_hook('queue_outbound', 'onQueue');
};

exports.onMail = (next, connection, [sender]) => {
  if (text(sender).startsWith('bad@')) return next(DENY, 'sender refused');
  if (text(sender).startsWith('later@')) return next(DENYSOFT, 'sender later');
  next();
};

exports.onRecipient = (next, connection, [recipient]) => {
  if (text(recipient).startsWith('refused')) return next(DENY, 'no such user');
  if (text(recipient).startsWith('later')) return next(DENYSOFT, 'mailbox full');
  next(OK);
};

exports.onData = (next, connection) => {
  const subject = connection.transaction.header.get('Subject');
  if (subject.includes('CONTENT-REFUSED')) return next(DENY, 'content refused');
  if (subject.includes('CONTENT-LATER')) return next(DENYSOFT, 'content later');
  next();
};

exports.onQueue = (next, connection) => {
  const { mail_from, rcpt_to, message_stream } = connection.transaction;
  message_stream.get_data(message => {
    const file = `/store/${randomUUID()}`;
    const lines = [`MAIL ${text(mail_from)}`, ...rcpt_to.map(r => `RCPT ${text(r)}`)];
    fs.writeFileSync(`${file}.part`, Buffer.concat([Buffer.from(lines.join('\n') + '\n\n'), message]));
    fs.renameSync(`${file}.part`, `${file}.msg`);
    next(OK);
  });
};
