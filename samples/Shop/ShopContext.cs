using Microsoft.EntityFrameworkCore;

namespace Shop;

/// <summary>The tables of the shop. Those of the outbox are in the same database; EF Core does not need to know them.</summary>
internal sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
}
