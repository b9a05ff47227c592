// What a library says about each message of a folder, as one line of JSON a message.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

export const lines = text => text == null ? null : text.replaceAll('\r\n', '\n').replace(/\n+$/, '');

export const file = (name, content) => ({
    name: name ?? null,
    hash: content == null ? null : createHash('sha256').update(Buffer.from(content)).digest('hex'),
});

export async function seen(read) {
    const folder = process.argv[2];
    for (const name of readdirSync(folder).filter(n => n.endsWith('.eml')).sort()) {
        let found;
        try {
            found = await read(readFileSync(join(folder, name)));
        } catch (error) {
            found = { error: String(error) };
        }
        console.log(JSON.stringify({ message: basename(name, '.eml'), ...found }));
    }
}
