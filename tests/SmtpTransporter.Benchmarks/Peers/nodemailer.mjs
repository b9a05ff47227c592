// nodemailer with its pool. What it reads and prints: see Contestants/Worker.cs.
import { createRequire } from 'node:module';
import { readFileSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

const require = createRequire(process.env.BENCHMARKS_PEERS + '/');
const nodemailer = require('nodemailer');
console.log(`nodemailer ${require('nodemailer/package.json').version}, Node.js ${process.version}`);

function content(size) {
    const name = `${process.env.BENCHMARKS_CONTENT}/${size}`;
    return {
        text: readFileSync(`${name}.txt`, 'utf8'),
        html: existsSync(`${name}.html`) ? readFileSync(`${name}.html`, 'utf8') : undefined,
        attachment: existsSync(`${name}.bin`) ? readFileSync(`${name}.bin`) : undefined,
    };
}

async function measure(host, port, tls, size, connections, count) {
    const { text, html, attachment } = content(size);
    const transport = nodemailer.createTransport({
        pool: true, maxConnections: connections, maxMessages: Infinity,
        host, port, secure: false, requireTLS: tls, ignoreTLS: !tls,
    });
    const lane = async messages => {
        for (let i = 0; i < messages; i++)
            await transport.sendMail({
                from: 'sender@example.com', to: 'recipient@example.org', subject: 'A message of the benchmarks', text, html,
                attachments: attachment ? [{ filename: 'data.bin', content: attachment, contentType: 'application/octet-stream' }] : [],
            });
    };
    const all = total => Promise.all(Array.from({ length: connections },
        (_, i) => lane(Math.floor(total / connections) + (i < total % connections ? 1 : 0))));
    await all(connections);
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    await all(count);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const used = process.cpuUsage(cpu);
    transport.close();
    return { messages: count, opening: connections, seconds, cpuSeconds: (used.user + used.system) / 1e6, allocatedBytes: null };
}

for await (const line of createInterface({ input: process.stdin })) {
    const [host, port, tls, size, connections, count] = line.split(' ');
    let result;
    try {
        result = await measure(host, +port, tls === '1', size, +connections, +count);
    } catch (error) {
        result = { error: String(error) };
    }
    console.log(JSON.stringify(result));
}
