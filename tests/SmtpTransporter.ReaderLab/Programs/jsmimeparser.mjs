// Proton's copy of the parser of Thunderbird. It is made for bundlers: its imports name no extension.
import { register } from 'node:module';
import { file, lines, seen } from './observe.mjs';

register('data:text/javascript,' + encodeURIComponent(`
    export async function resolve(name, context, next) {
        return name.startsWith('.') && !/\\.m?js$/.test(name) ? next(name + '.js', context) : next(name, context);
    }
    export async function load(url, context, next) {
        return next(url, url.includes('/jsmimeparser/') ? { ...context, format: 'module' } : context);
    }`));
const { parseMail } = await import('@protontech/jsmimeparser');
const addresses = list => list && [list].flat().flatMap(a => a.group ?? [a]).map(a => [a.name, a.email]);

await seen(octets => {
    const mail = parseMail(new Uint8Array(octets));
    return {
        subject: mail.subject ?? null, from: addresses(mail.from), to: addresses(mail.to), text: lines(mail.body.text), html: lines(mail.body.html),
        files: mail.attachments.map(a => file(a.fileName, a.contentType === 'message/rfc822' ? null : a.content)),
    };
});
