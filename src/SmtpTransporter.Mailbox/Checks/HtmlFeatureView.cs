namespace SmtpTransport.Mailbox;

/// <summary>A part of a message's HTML that some email programs do not show.</summary>
internal sealed record HtmlFeatureView(string Kind, string Name, int Count, IReadOnlyList<string> Clients, string Source, string Tested);
