using System.Runtime.InteropServices;

namespace Afterwit.Storage;

/// <summary>The compression libraries of the operating system. None is shipped: the system's own get its security updates, and without them there are codecs in the box.</summary>
/// <param name="load">Loads a library by its file name; 0 when there is none.</param>
internal sealed class CodecLibraries(Func<string, nint> load)
{
    private readonly Lazy<nint> _lz4 = new(() => Load(load, Lz4Names, "LZ4_compress_default"));
    private readonly Lazy<nint> _zstd = new(() => Load(load, ZstdNames, "ZSTD_compress2"));

    /// <summary>What this machine has.</summary>
    public static CodecLibraries System { get; } = new(name => NativeLibrary.TryLoad(name, out var handle) ? handle : 0);

    /// <summary>liblz4, or 0.</summary>
    public nint Lz4 => _lz4.Value;

    /// <summary>libzstd 1.4 or later (the first with its present functions), or 0.</summary>
    public nint Zstd => _zstd.Value;

    private static string[] Lz4Names { get; } =
        OperatingSystem.IsLinux() ? ["liblz4.so.1"]
        : OperatingSystem.IsMacOS() ? ["liblz4.1.dylib", "/opt/homebrew/lib/liblz4.1.dylib", "/usr/local/lib/liblz4.1.dylib"]
        : ["liblz4.dll", "lz4.dll"];

    private static string[] ZstdNames { get; } =
        OperatingSystem.IsLinux() ? ["libzstd.so.1"]
        : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
        : ["libzstd.dll", "zstd.dll"];

    /// <summary>Whether payloads can be written with a codec here.</summary>
    public bool CanWrite(PayloadCodecKind codec) => codec switch
    {
        PayloadCodecKind.Lz4 => Lz4 != 0,
        PayloadCodecKind.Zstd => Zstd != 0,
        _ => true,
    };

    /// <summary>What was looked for and how to get it, for the codecs that need a library.</summary>
    public static string Missing(PayloadCodecKind codec)
    {
        var (library, names, linux, brew) = codec == PayloadCodecKind.Lz4
            ? ("liblz4", Lz4Names, "`apt-get install liblz4-1`, `dnf install lz4-libs` or `apk add lz4-libs`", "lz4")
            : ("libzstd", ZstdNames, "`apt-get install libzstd1`, `dnf install libzstd` or `apk add zstd-libs`", "zstd");
        var install =
            OperatingSystem.IsLinux() ? $"install it with your package manager: {linux}"
            : OperatingSystem.IsMacOS() ? $"`brew install {brew}`"
            : $"put {names[0]} on the PATH";
        return $"{library} was not found on this system (looked for {string.Join(", ", names)}): {install}";
    }

    private static nint Load(Func<string, nint> load, string[] names, string function)
    {
        foreach (var name in names)
        {
            if (load(name) is var handle and not 0 && NativeLibrary.TryGetExport(handle, function, out _))
                return handle;
        }

        return 0;
    }
}
