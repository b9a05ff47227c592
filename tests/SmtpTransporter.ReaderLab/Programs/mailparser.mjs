import { simpleParser } from 'mailparser';
import { file, lines, seen } from './observe.mjs';

const addresses = field => field && [field].flat().flatMap(f => f.value).flatMap(a => a.group ?? [a]).map(a => [a.name, a.address]);

await seen(async octets => {
    const mail = await simpleParser(octets, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true, keepCidLinks: true });
    return {
        subject: mail.subject ?? null, from: addresses(mail.from), to: addresses(mail.to), text: lines(mail.text), html: lines(mail.html || null),
        files: mail.attachments.map(a => file(a.filename, a.contentType === 'message/rfc822' ? null : a.content)),
    };
});
