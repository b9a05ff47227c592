namespace SmtpTransport.Lab;

/// <summary>The tests of one server, which say what server it is.</summary>
public interface IServerTests
{
    static abstract LabServer Server { get; }
}
