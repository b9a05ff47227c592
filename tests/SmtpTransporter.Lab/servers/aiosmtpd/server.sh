# aiosmtpd, with a handler that stores.
layer=aiosmtpd

prepare() { :; }

limit() { :; }

run() { start /usr/bin/python3 -W ignore server.py; }

stop() { end python3; }
