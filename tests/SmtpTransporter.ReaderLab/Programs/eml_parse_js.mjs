import { createRequire } from 'node:module';
import { file, lines, seen } from './observe.mjs';

const { readEml } = createRequire(import.meta.url)('eml-parse-js');
const addresses = list => list && [list].flat().map(a => [a.name, a.email]);

await seen(octets => {
    const mail = readEml(octets.toString());
    if (mail instanceof Error) throw mail;
    return {
        subject: mail.subject ?? null, from: addresses(mail.from), to: addresses(mail.to), text: lines(mail.text), html: lines(mail.html),
        files: (mail.attachments ?? []).map(a => file(a.filename ?? a.name, a.contentType?.startsWith('message/') ? null : Buffer.from(a.data64 ?? '', 'base64'))),
    };
});
