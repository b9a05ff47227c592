using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>Connects, authenticates and sends NOOP. It sends no email.</summary>
internal sealed class SmtpHealthCheck(ISmtpTransporter transporter, TimeProvider time, TimeSpan certificateMargin) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var status = await transporter.CheckConnectionAsync(cancellationToken).ConfigureAwait(false);
        var data = new Dictionary<string, object>
        {
            ["status"] = status.Status,
            ["tls"] = status.TlsProtocol.ToString(),
            ["elapsedMilliseconds"] = (long)status.Timings.Total.TotalMilliseconds,
        };
        if (status.CertificateExpiresAt is { } expires)
            data["certificateExpires"] = expires.ToString("O", CultureInfo.InvariantCulture);
        if (!status.Success)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, status.ToString(), data: data);
        }
        return status.CertificateExpiresAt is { } end && end - time.GetUtcNow() < certificateMargin
            ? HealthCheckResult.Degraded(
                string.Create(CultureInfo.InvariantCulture, $"The server's certificate expires on {end.UtcDateTime:yyyy-MM-dd}."),
                data: data)
            : HealthCheckResult.Healthy("The server accepts connections.", data);
    }
}
