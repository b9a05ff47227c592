# The Go package go-smtp, as Debian has it, in a program that stores.
layer=go-smtp

prepare() { :; }

limit() { :; }

run() { start go-smtp-lab; }

stop() { end go-smtp-lab; }
