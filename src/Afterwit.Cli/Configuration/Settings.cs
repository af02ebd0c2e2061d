using System.CommandLine;
using Afterwit.LibSql;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>The settings in effect.</summary>
internal sealed class Settings
{
    private Settings(SettingSources sources)
    {
        Sources = sources;
        if (SettingsCheck.Apply(sources, Storage) is [var first, ..])
            throw new ArgumentException($"{first.Name} {first.Problem} It is set by: {first.Source}.");
    }

    /// <summary>Each setting as it was given, with its source.</summary>
    public SettingSources Sources { get; }

    /// <summary>How the memory is opened.</summary>
    public StorageOptions Storage { get; } = new();

    /// <summary>Where the memory is: a full path, :memory:, or a URL.</summary>
    public string Database => Setting.DatabaseOf(Sources[Setting.Database].Value);

    /// <summary>Resolves every setting.</summary>
    /// <exception cref="ArgumentException">A value is not allowed, or the file cannot be read; the message names it.</exception>
    public static Settings Resolve(ParseResult parsed) => new(SettingSources.Read(parsed));

    /// <summary>The same anew, for another tenant.</summary>
    public StorageOptions StorageOf(string? tenant)
    {
        var options = new StorageOptions();
        SettingsCheck.Apply(Sources, options);
        options.Server.Namespace = tenant;
        return options;
    }

    /// <summary>The admin API of the server.</summary>
    /// <exception cref="ArgumentException">None is set.</exception>
    public LibSqlAdmin OpenAdmin() => Sources[Setting.AdminUrl].Value is { Length: > 0 } url
        ? new(url, Sources[Setting.AdminToken].Value is { Length: > 0 } token ? token : null, Storage.Server.Timeout)
        : throw new ArgumentException($"{Setting.AdminUrl} is not set: give the address of the server's admin API (--admin-listen-addr of sqld), such as http://127.0.0.1:9090.");
}
