using System.Net;

namespace Afterwit.Dashboard.Security;

/// <summary>
/// The names under which a server may be asked. A web page can make a browser ask for a name of the page's own that leads to this machine (DNS rebinding); such a name is not among them.
/// An IP address is no name that anybody could lead elsewhere, so on an address that others reach every one is taken: a machine has several.
/// </summary>
internal sealed class ServedNames(ServerOptions options)
{
    private readonly bool _loopback = IPAddress.IsLoopback(options.Address);
    private readonly HashSet<string> _names = new([.. options.AllowedHosts, "localhost", .. IPAddress.IsLoopback(options.Address) ? (string[])[] : [Environment.MachineName]], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a host, without its port, is one of them.</summary>
    public bool Includes(string? host)
    {
        if (string.IsNullOrEmpty(host))
            return false;
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) ? !_loopback || IPAddress.IsLoopback(address) || _names.Contains(host) : _names.Contains(host);
    }
}
