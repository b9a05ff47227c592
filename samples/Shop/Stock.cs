namespace Shop;

/// <summary>The stock of the shop.</summary>
internal sealed class Stock
{
    private int _pounds = 100;

    /// <summary>Takes tea out of the stock.</summary>
    /// <exception cref="InvalidOperationException">The stock is too small.</exception>
    public void Take(int pounds)
    {
        if (pounds > _pounds)
            throw new InvalidOperationException($"only {_pounds} lb are left");
        _pounds -= pounds;
    }
}
