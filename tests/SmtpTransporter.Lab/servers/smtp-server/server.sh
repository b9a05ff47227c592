# The npm package smtp-server, by the authors of Nodemailer.
layer=smtp-server

prepare() { rm -f /run/limit; }

limit() { touch /run/limit; }

run() { start node server.js; }

stop() { end node; }
