import PostalMime from 'postal-mime';
import { file, lines, seen } from './observe.mjs';

const addresses = list => list && [list].flat().flatMap(a => a.group ?? [a]).map(a => [a.name, a.address]);

await seen(async octets => {
    const mail = await PostalMime.parse(octets, { forceRfc822Attachments: true });
    return {
        subject: mail.subject ?? null, from: addresses(mail.from), to: addresses(mail.to), text: lines(mail.text), html: lines(mail.html),
        files: mail.attachments.map(a => file(a.filename, a.mimeType === 'message/rfc822' ? null : a.content)),
    };
});
