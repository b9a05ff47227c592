# The NuGet package netDumbster, in a process of this project's own program.
source /lab/servers/smtpserver/server.sh
layer=
