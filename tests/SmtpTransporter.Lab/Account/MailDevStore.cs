using System.Text.Json;

namespace SmtpTransport.Lab;

/// <summary>Reads the messages of MailDev.</summary>
internal sealed class MailDevStore(string address) : IWebStore
{
    private static readonly HttpClient Client = new();

    private readonly Dictionary<string, StoredCopy> _copies = [];

    public async Task<IReadOnlyList<StoredCopy>> ReadAsync()
    {
        var list = JsonDocument.Parse(await Client.GetStringAsync($"{address}/email")).RootElement;
        foreach (var item in list.EnumerateArray())
        {
            var id = item.GetProperty("id").GetString()!;
            if (!_copies.ContainsKey(id))
                _copies.Add(id, await LoadAsync(id, item.GetProperty("envelope")));
        }
        return [.. _copies.Values];
    }

    private async Task<StoredCopy> LoadAsync(string id, JsonElement envelope) => new(
        Address(envelope.GetProperty("from")),
        [.. envelope.GetProperty("to").EnumerateArray().Select(Address)],
        await Client.GetByteArrayAsync($"{address}/email/{id}/source"));

    private static string Address(JsonElement path) =>
        path.ValueKind == JsonValueKind.Object && path.TryGetProperty("address", out var address) ? address.GetString() ?? "" : "";
}
