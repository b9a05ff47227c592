#!/usr/bin/env bash
# Of two files of one name and one size, only the second is there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: maildev 3.0.0 (npm)
Guess:    Two attachments of one email may have the same name, such as two bar codes that are called ticket.bmp: both are
          listed, and each can be fetched.
Behavior: It is so if their sizes differ. If they have the same number of octets as well, both are listed under the same
          address, which gives the content of the second: the name that it makes for a file is a hash of name and size.
          The source of the email has both. A test that compares the files with what was sent fails for no reason.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts maildev@3.0.0 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { spawn } from "node:child_process";
import { createServer, connect } from "node:net";
import { createInterface } from "node:readline";

const free = () => new Promise(done => {
    const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address();
        server.close(() => done(port));
    });
});
const until = async attempt => {
    for (let i = 0; i < 300; i++) {
        const result = await attempt().catch(() => null);
        if (result) return result;
        await new Promise(done => setTimeout(done, 100));
    }
    throw new Error("no answer");
};
const [smtp, web] = [await free(), await free()];
const args = ["--ip", "127.0.0.1", "--web-ip", "127.0.0.1", "-s", smtp, "-w", web, "--silent"].map(String);
const maildev = spawn("node_modules/.bin/maildev", args, { stdio: "ignore" });
const api = `http://127.0.0.1:${web}/api/email`;

async function send(subject, ...texts) {
    const head = ["--b", "Content-Type: text/csv", "Content-Disposition: attachment; filename=list.csv", ""];
    const parts = texts.map(text => [...head, text].join("\r\n"));
    const message = ["From: a@example.com", "To: b@example.org", "Subject: " + subject, "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=b", "", ...parts, "--b--", "."].join("\r\n");
    const socket = connect(smtp, "127.0.0.1");
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const reply = async () => { let line; do line = (await lines.next()).value; while (line[3] === "-"); };
    await reply();
    for (const line of ["EHLO c.example.com", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.org>", "DATA", message, "QUIT"]) {
        socket.write(line + "\r\n");
        await reply();
    }
    socket.end();
}

try {
    await until(async () => (await fetch(api)).ok);
    await send("one size", "first", "other");
    await send("another size", "first", "second");
    const emails = await until(async () => {
        const list = await (await fetch(api)).json();
        return list.length === 2 && list.sort((a, b) => a.subject.localeCompare(b.subject));
    });
    for (const email of emails)
        for (const file of email.attachments) {
            const content = await (await fetch(`${api}/${email.id}/attachment/${file.generatedFileName}`)).text();
            console.log(`${email.subject}, ${file.filename}: ${content}`);
        }
    const source = await (await fetch(`${api}/${emails[1].id}/source`)).text();
    console.log("the source has the first: " + source.includes("first"));
} finally {
    maildev.kill();
}
FILE

seen=$(timeout 120 node try.mjs)
expected=$(cat <<'EXPECTED'
another size, list.csv: first
another size, list.csv: second
one size, list.csv: other
one size, list.csv: other
the source has the first: true
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
