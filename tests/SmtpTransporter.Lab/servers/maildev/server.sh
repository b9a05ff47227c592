# MailDev. Its store is asked through its web page.
layer=maildev

prepare() { :; }

limit() { :; }

run() { start node /opt/npm/node_modules/maildev/dist/bin/maildev.js --smtp 2705 --ip 127.0.0.1 --web 2755 --mail-directory /store/maildev; }

stop() { end node; }
