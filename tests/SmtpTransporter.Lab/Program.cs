using SmtpTransport.Lab;
using Xunit.Runner.InProc.SystemConsole;

// In a box, this program is a server.
if (args is ["host", var server])
{
    await DotnetServers.RunAsync(server);
    return 0;
}
return await ConsoleRunner.Run(args);
