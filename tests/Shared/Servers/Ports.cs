using System.Net;
using System.Net.Sockets;

namespace Afterwit.Tests.Shared;

/// <summary>Ports nobody listens on, below those the system gives to outgoing connections: a server that is killed finds its own free again.</summary>
internal static class Ports
{
    private const int First = 15_000;
    private const int Count = 17_000;
    private static int _next = Environment.ProcessId * 97;

    public static int Free()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (Interlocked.Increment(ref _next) & int.MaxValue) % Count;
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"no port from {First} to {First + Count} is free");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
