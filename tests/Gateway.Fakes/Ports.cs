using System.Net;
using System.Net.Sockets;

namespace Gateway.Fakes;

/// <summary>Ports for processes that cannot say which one the system gave them.</summary>
public static class Ports
{
    // Below those the system gives away, so that no listener and no connection takes one between the look and the start, or during a restart.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly HashSet<int> s_given = [];

    /// <summary>A loopback port that is free and is given to nobody else in this process.</summary>
    public static int Free()
    {
        lock (s_given)
        {
            while (true)
            {
                var port = Random.Shared.Next(First, Last);
                if (s_given.Add(port) && CanListen(port))
                {
                    return port;
                }
            }
        }
    }

    private static bool CanListen(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
