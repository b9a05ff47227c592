namespace SmtpTransport.Benchmarks;

public sealed record NewsItem(string Title, string Text, string Url, decimal Price);
