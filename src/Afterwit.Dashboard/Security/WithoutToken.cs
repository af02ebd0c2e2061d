namespace Afterwit.Dashboard.Security;

/// <summary>Marks a route that anybody who reaches the server may see: it holds nothing of the memory. Such are the health of the process, the login, and the files of the page.</summary>
internal sealed class WithoutToken
{
    public static WithoutToken Mark { get; } = new();
}
