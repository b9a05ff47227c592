using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace SmtpTransport.Aspire.Hosting;

/// <summary>A port that is known once its server has started. Thread-safe.</summary>
internal sealed class PortOfServer : IValueProvider, IManifestExpressionProvider
{
    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string ValueExpression => "{port}";

    public void Set(int port) => _port.TrySetResult(port);

    public void Fail(Exception exception) => _port.TrySetException(exception);

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        (await _port.Task.WaitAsync(cancellationToken).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture);
}
