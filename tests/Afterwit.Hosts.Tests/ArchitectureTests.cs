using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Afterwit.Cli;
using Afterwit.Dashboard;
using Afterwit.LibSql;
using Afterwit.Mcp;
using Afterwit.Storage;

namespace Afterwit.Hosts.Tests;

/// <summary>The arrows between the projects, and that the domain does no I/O.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void The_domain_needs_nothing_but_the_platform()
    {
        Assert.Empty(Ours(typeof(AgentMemory)));
        Assert.All(typeof(AgentMemory).Assembly.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name));
    }

    [Fact]
    public void Storage_knows_the_domain_and_the_client_and_the_command_knows_all()
    {
        Assert.Empty(Ours(typeof(SqlValue)));
        Assert.Equal(["Afterwit", "Afterwit.LibSql"], Ours(typeof(SqlMemoryStore)));
        Assert.Subset(new HashSet<string> { "Afterwit", "Afterwit.LibSql", "Afterwit.Mcp", "Afterwit.Storage" }, Ours(typeof(AfterwitServer)).ToHashSet());
        Assert.Subset(new HashSet<string> { "Afterwit", "Afterwit.Dashboard", "Afterwit.LibSql", "Afterwit.Mcp", "Afterwit.Storage" }, Ours(typeof(ExitCode)).ToHashSet());
    }

    [Fact]
    public void The_tools_of_agents_know_the_domain_alone() => Assert.Equal(["Afterwit"], Ours(typeof(MemoryMcp)));

    [Fact]
    public void The_domain_does_no_input_or_output()
    {
        string[] forbidden = ["System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.IO.DirectoryInfo", "System.Console", "System.Diagnostics.Process"];
        Assert.DoesNotContain(Types(typeof(AgentMemory)), type => forbidden.Contains(type) || type.StartsWith("System.Net.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_protocol_does_no_input_or_output()
    {
        var protocol = typeof(SqlValue).Assembly.GetTypes().Where(t => t.Namespace == "Afterwit.LibSql.Protocol").ToList();
        Assert.NotEmpty(protocol);
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var used = protocol.SelectMany(t => t.GetMethods(all).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)).Concat(t.GetFields(all).Select(f => f.FieldType)));
        Assert.DoesNotContain(used, t => t.IsAssignableTo(typeof(Stream)) || t.IsAssignableTo(typeof(Task)) || t.FullName?.Contains("ValueTask", StringComparison.Ordinal) == true || t.Namespace?.StartsWith("System.Net", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Only_the_engines_folder_touches_the_driver()
    {
        // The store is written against IDatabase: a type of the driver in it would tie it to one engine.
        var driver = typeof(SqlMemoryStore).Assembly.GetTypes()
            .Where(t => t.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).Any(f => f.FieldType.Assembly.GetName().Name is "Microsoft.Data.Sqlite" or "SQLitePCLRaw.core"))
            .Select(t => t.FullName!.Split('+')[0].Split('.')[^1]).Distinct();
        Assert.Subset(new HashSet<string> { "PreparedStatements", "SqliteSession", "SqliteStatement", "SqliteDatabase", "SqliteErrors", "NativeSqlite", "SqliteTransactionRunner" }, driver.ToHashSet());
    }

    private static IEnumerable<string> Ours(Type of) =>
        of.Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Afterwit", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>Every type of another assembly that the code of one mentions.</summary>
    private static List<string> Types(Type of)
    {
        using var file = new PEReader(File.OpenRead(of.Assembly.Location));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeReferences.Select(metadata.GetTypeReference).Select(t => $"{metadata.GetString(t.Namespace)}.{metadata.GetString(t.Name)}")];
    }
}
