using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SmtpTransport;
using SmtpTransport.Outbox;

namespace Shop;

/// <summary>Takes orders. An order and its receipt are stored in one transaction: neither exists without the other.</summary>
internal sealed class OrderDesk(ShopContext shop, IOutbox outbox, Stock stock)
{
    /// <summary>Stores an order with its receipt.</summary>
    /// <returns>The id of the receipt in the outbox.</returns>
    public async Task<Guid> PlaceAsync(string customer, int pounds, CancellationToken cancellationToken = default)
    {
        // With a retrying execution strategy (EnableRetryOnFailure), put all of this into
        // shop.Database.CreateExecutionStrategy().ExecuteAsync(…).
        await using var transaction = await shop.Database.BeginTransactionAsync(cancellationToken);
        var order = new Order { Customer = customer, Pounds = pounds };
        shop.Orders.Add(order);
        await shop.SaveChangesAsync(cancellationToken);

        var receipt = new Email
        {
            From = "Tea shop <shop@example.com>",
            To = [customer],
            Subject = $"Your order {order.Id}",
            TextBody = $"{pounds} lb of tea will be shipped today.",
        };
        // Because of the key, an order gets one receipt however often this code runs.
        var id = await outbox.EnqueueAsync(
            receipt,
            idempotencyKey: $"receipt-{order.Id}",
            priority: OutboxPriority.High,
            transaction: transaction.GetDbTransaction(),
            cancellationToken: cancellationToken);

        // Any failure until the commit rolls back both the order and the receipt.
        stock.Take(pounds);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }
}
