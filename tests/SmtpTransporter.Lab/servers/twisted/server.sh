# Twisted's SMTP server, with a delivery that stores.
layer=twisted

prepare() { :; }

limit() { :; }

run() { start /usr/bin/python3 server.py; }

stop() { end python3; }
