using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Hosting;

/// <summary>
/// Memory for connections in blocks of 32 KiB. Kestrel asks the system for as much as a block holds; with its own blocks of 4 KiB more than a third
/// of what an upload costs are those calls. Connections that wait hold none.
/// </summary>
internal sealed class ConnectionMemory : MemoryPool<byte>
{
    private const int BlockSize = 32 * 1024;

    /// <summary>Blocks kept for later, at most 32 MiB of them; what a peak needed beyond goes back to the runtime.</summary>
    private const int MaxKept = 1024;

    private readonly Lock _lock = new();

    // The block used last is the one that is still in the processor's cache.
    private readonly Stack<Block> _free = new();

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockSize;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        lock (_lock)
        {
            if (_free.TryPop(out var block))
            {
                return block;
            }
        }

        return new Block(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _free.Clear();
        }
    }

    /// <summary>Gives each part of the server that asks a pool of its own, as the framework's factory does.</summary>
    internal sealed class Factory : IMemoryPoolFactory<byte>
    {
        /// <inheritdoc/>
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ConnectionMemory();
    }

    // Pinned, so that sockets need not pin it for each call.
    private sealed class Block(ConnectionMemory pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(
            GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true), 0, BlockSize);

        public void Dispose()
        {
            lock (pool._lock)
            {
                if (pool._free.Count < MaxKept)
                {
                    pool._free.Push(this);
                }
            }
        }
    }
}
