namespace Shop;

/// <summary>What is left in the storehouse.</summary>
internal sealed class Stock
{
    private int _pounds = 100;

    /// <exception cref="InvalidOperationException">There is not enough.</exception>
    public void Take(int pounds)
    {
        if (pounds > _pounds)
            throw new InvalidOperationException($"only {_pounds} lb are left");
        _pounds -= pounds;
    }
}
