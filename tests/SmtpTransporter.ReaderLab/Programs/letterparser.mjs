import { extract } from 'letterparser';
import { file, lines, seen } from './observe.mjs';

const addresses = list => list && [list].flat().map(a => [a.name ?? '', a.address]);

await seen(octets => {
    const mail = extract(octets.toString());
    return {
        subject: mail.subject ?? null, from: addresses(mail.from), to: addresses(mail.to), text: lines(mail.text), html: lines(mail.html),
        files: (mail.attachments ?? []).map(a => file(a.filename, a.contentType?.type === 'message/rfc822' ? null : a.body)),
    };
});
