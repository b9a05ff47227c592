namespace Shop;

/// <summary>An order.</summary>
internal sealed class Order
{
    public int Id { get; init; }

    public required string Customer { get; init; }

    public required int Pounds { get; init; }
}
