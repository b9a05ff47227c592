# The NuGet package SmtpServer, in a process of this project's own program.
layer=

prepare() { :; }

limit() { :; }

run() { start /lab/bin/Release/net10.0/SmtpTransporter.Lab host "$server"; }

stop() { end SmtpTransporter; }
