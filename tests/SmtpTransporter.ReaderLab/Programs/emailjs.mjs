import { createRequire } from 'node:module';
import { file, lines, seen } from './observe.mjs';

const parse = createRequire(import.meta.url)('emailjs-mime-parser').default;
const addresses = field => field && field[0].value.flatMap(a => a.group ?? [a]).map(a => [a.name, a.address]);

await seen(octets => {
    const root = parse(octets);
    const found = { subject: root.headers.subject?.[0].value ?? null, from: addresses(root.headers.from), to: addresses(root.headers.to), text: null, html: null, files: [] };
    const walk = node => {
        const type = node.contentType.value;
        if (type.startsWith('multipart/')) return node.childNodes.forEach(walk);
        const disposition = node.headers['content-disposition']?.[0];
        const name = disposition?.params?.filename ?? node.contentType.params?.name;
        const field = { 'text/plain': 'text', 'text/html': 'html' }[type];
        if (field && found[field] === null && !name && disposition?.value !== 'attachment')
            found[field] = lines(new TextDecoder().decode(node.content ?? new Uint8Array()));
        else
            found.files.push(file(name, type.startsWith('message/') ? null : node.content ?? new Uint8Array()));
    };
    walk(root);
    return found;
});
