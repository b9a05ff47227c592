// An Aspire app host: a development mailbox, which runs in this process and needs no container, and an application that sends to it.
// The dashboard shows both, links to the mailbox, and has the application's health, traces and metrics. A deployment has a real server,
// whose connection string is asked for.
using Aspire.Hosting.ApplicationModel;

var builder = DistributedApplication.CreateBuilder(args);
IResourceBuilder<IResourceWithConnectionString> mail = builder.ExecutionContext.IsPublishMode
    ? builder.AddConnectionString("mail")
    : builder.AddMailbox("mail");
builder.AddProject<Projects.AspireWeb>("web").WithReference(mail).WaitFor(mail);
builder.Build().Run();
