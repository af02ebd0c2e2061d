using System.Diagnostics;
using System.IO.Compression;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Packaging;

/// <summary>The packages as a user meets them: made by eng/pack, the tool installed, a program built on the libraries.</summary>
public sealed class PackageTests : IClassFixture<PackageTests.Packed>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Packed _packed;

    public PackageTests(Packed packed) => _packed = packed;

    [Theory]
    [InlineData("Afterwit")]
    [InlineData("Afterwit.LibSql")]
    [InlineData("Afterwit.Storage")]
    [InlineData("Afterwit.Mcp")]
    [InlineData("Afterwit.Dashboard")]
    public void A_library_has_its_documentation_readme_licence_and_symbols(string name)
    {
        var files = _packed.Files(name, "nupkg");
        Assert.Contains($"lib/net10.0/{name}.dll", files);
        Assert.Contains($"lib/net10.0/{name}.xml", files);
        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
        Assert.Contains($"lib/net10.0/{name}.pdb", _packed.Files(name, "snupkg"));
        var manifest = _packed.Manifest(name);
        Assert.Contains("<license type=\"expression\">MIT</license>", manifest);
        Assert.Contains("<readme>README.md</readme>", manifest);
        Assert.Contains("<description>", manifest);
    }

    [Fact]
    public void The_domain_and_the_client_of_servers_bring_no_package_along() =>
        Assert.All(["Afterwit", "Afterwit.LibSql"], name => Assert.DoesNotContain("<dependency ", _packed.Manifest(name)));

    [Fact]
    public async Task The_tool_is_installed_and_runs()
    {
        var tools = Path.Combine(_packed.Folder, "tools");
        await _packed.RunAsync("dotnet", "tool", "install", "Afterwit.Cli", "--tool-path", tools, "--version", _packed.Version);
        var afterwit = Path.Combine(tools, "afterwit");
        var started = await _packed.RunAsync(afterwit, "episode", "start", "a task", "--db", Path.Combine(_packed.Folder, "memory.db"), "--json");
        Assert.Contains("\"episode_id\"", started);
        Assert.Contains("\"episodes\":1", await _packed.RunAsync(afterwit, "stats", "--db", Path.Combine(_packed.Folder, "memory.db"), "--json"));
        var entry = await _packed.RunAsync(afterwit, "mcp", "install", "cursor", "--print");
        Assert.Contains($"\"{afterwit}\"", entry);
        Assert.DoesNotContain(".store", entry);
        Assert.True(_packed.HasPackage($"Afterwit.Cli.any.{_packed.Version}.nupkg"), "there is no package for systems that the tool was not compiled for");
    }

    [Fact]
    public async Task A_program_is_built_on_the_packages_and_runs()
    {
        var program = Directory.CreateDirectory(Path.Combine(_packed.Folder, "program")).FullName;
        await File.WriteAllTextAsync(Path.Combine(program, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
              <ItemGroup><PackageReference Include="Afterwit.Storage" Version="{_packed.Version}" /><PackageReference Include="Afterwit.Mcp" Version="{_packed.Version}" /></ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(program, "Program.cs"), """
            using Afterwit;
            await using var memory = await AgentMemory.OpenAsync(args[0]);
            var episode = await memory.StartAsync("Fix the failing login test");
            await memory.LogAsync(episode, Step.ToolCall("dotnet test", "--filter Login", "Passed: 12"));
            await memory.CompleteAsync(episode, Outcome.Success("added the missing using"));
            Console.WriteLine((await memory.RecallAsync(new() { Text = "login test fails" })).Hits[0].Title);
            """);
        Assert.Contains("Fix the failing login test", await _packed.RunAsync("dotnet", "run", "--project", program, "--disable-build-servers", "--", Path.Combine(_packed.Folder, "library.db")));
    }

    /// <summary>Packs once for all tests, into a folder with a package folder of its own: what an earlier run left in the user's is not taken for this one's.</summary>
    public sealed class Packed : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public string Folder => _folder.Path;

        public string Version { get; private set; } = "";

        public async Task InitializeAsync()
        {
            await RunAsync(Repository.Path("eng", "pack"), _folder["packages"]);
            Version = Path.GetFileNameWithoutExtension(Directory.EnumerateFiles(_folder["packages"], "Afterwit.Storage.*.nupkg").Single())["Afterwit.Storage.".Length..];
            // The packages of others come from wherever this machine gets them; ours from the folder.
            await File.WriteAllTextAsync(_folder["nuget.config"], """
                <configuration>
                  <config><add key="globalPackagesFolder" value="cache" /></config>
                  <packageSources><add key="packed" value="packages" /></packageSources>
                </configuration>
                """);
        }

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => _folder.Dispose();

        public bool HasPackage(string file) => File.Exists(Path.Combine(_folder["packages"], file));

        public List<string> Files(string name, string kind)
        {
            using var package = ZipFile.OpenRead(Path.Combine(_folder["packages"], $"{name}.{Version}.{kind}"));
            return [.. package.Entries.Select(e => e.FullName)];
        }

        public string Manifest(string name)
        {
            using var package = ZipFile.OpenRead(Path.Combine(_folder["packages"], $"{name}.{Version}.nupkg"));
            using var reader = new StreamReader(package.GetEntry($"{name}.nuspec")!.Open());
            return reader.ReadToEnd();
        }

        public async Task<string> RunAsync(string program, params string[] arguments)
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("AFTERWIT_", StringComparison.Ordinal) || k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
                start.Environment.Remove(name);
            start.Environment["XDG_DATA_HOME"] = Folder;
            start.Environment["XDG_CONFIG_HOME"] = Folder;
            start.Environment["DOTNET_NOLOGO"] = "1";
            using var process = Process.Start(start)!;
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(patience.Token);
                var error = process.StandardError.ReadToEndAsync(patience.Token);
                await process.WaitForExitAsync(patience.Token);
                var said = $"{await output}{await error}";
                Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
                return said;
            }
            catch (OperationCanceledException e)
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{program} {string.Join(' ', arguments)} ran for more than {Patience}.", e);
            }
        }
    }
}
