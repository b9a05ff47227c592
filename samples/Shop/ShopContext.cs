using Microsoft.EntityFrameworkCore;

namespace Shop;

/// <summary>The shop's own tables; those of the outbox stand beside them in the same database, and EF Core does not need to know them.</summary>
internal sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
}

internal sealed class Order
{
    public int Id { get; init; }

    public required string Customer { get; init; }

    public required int Pounds { get; init; }
}
