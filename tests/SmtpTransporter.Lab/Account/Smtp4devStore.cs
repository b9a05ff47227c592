using System.Text.Json;

namespace SmtpTransport.Lab;

/// <summary>Reads the messages of smtp4dev, which lists them page by page.</summary>
internal sealed class Smtp4devStore(string address) : IWebStore
{
    private static readonly HttpClient Client = new();

    private readonly Dictionary<string, StoredCopy> _copies = [];

    public async Task<IReadOnlyList<StoredCopy>> ReadAsync()
    {
        var pages = 1;
        for (var page = 1; page <= pages; page++)
        {
            var list = JsonDocument.Parse(await Client.GetStringAsync($"{address}/api/messages?pageSize=1000&page={page}")).RootElement;
            pages = list.GetProperty("pageCount").GetInt32();
            foreach (var item in list.GetProperty("results").EnumerateArray())
            {
                var id = item.GetProperty("id").GetString()!;
                if (!_copies.ContainsKey(id))
                    _copies.Add(id, await LoadAsync(id, item));
            }
        }
        return [.. _copies.Values];
    }

    private async Task<StoredCopy> LoadAsync(string id, JsonElement item)
    {
        var recipients = item.GetProperty("deliveredTo").GetString()!.Split(',', StringSplitOptions.TrimEntries);
        var message = await Client.GetByteArrayAsync($"{address}/api/messages/{id}/download");
        return new(item.GetProperty("from").GetString()!, recipients, message);
    }
}
