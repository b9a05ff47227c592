// Rust's mail-parser, compiled for browsers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { file, lines, seen } from './observe.mjs';

const folder = dirname(createRequire(import.meta.url).resolve('mail-parser-wasm'));
const glue = await import(pathToFileURL(join(folder, 'mail_parser_wasm_bg.js')));
const { instance } = await WebAssembly.instantiate(readFileSync(join(folder, 'mail_parser_wasm_bg.wasm')), { './mail_parser_wasm_bg.js': glue });
glue.__wbg_set_wasm(instance.exports);

await seen(octets => {
    const mail = glue.parse_message(octets.toString());
    return {
        subject: mail.subject || null, text: lines(mail.text), html: lines(mail.body_html || null),
        files: mail.attachments.map(a => file(a.filename || null, a.content_type === 'message/rfc822' ? null : a.content)),
    };
});
