using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit tenant`: a memory of its own for each tenant of a server, as one of its namespaces.</summary>
internal static class TenantCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "1 to 64 of A-Z, a-z, 0-9, _ and -." };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Really drop it." };

    public static Command Create() => new("tenant", "Create or drop a tenant of the server, a database of its own. Needs Server:AdminUrl.")
    {
        new Command("create", "Create an empty database for a tenant; use it with --server-tenant NAME.") { Name }.Runs(CreateAsync),
        new Command("drop", "Delete the database of a tenant with all that is in it. Needs --yes.") { Name, Yes }.Runs(DropAsync),
    };

    private static async Task CreateAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var name = parsed.GetRequiredValue(Name);
        using var admin = context.Settings.OpenAdmin();
        await admin.CreateNamespaceAsync(name, cancellationToken);
        context.Output.Write(new(name), SystemJsonContext.Default.TenantJson, people => people.Line($"Created tenant {name}. Use it with --server-tenant {name}, or AFTERWIT_SERVER__TENANT={name}."));
    }

    private static async Task DropAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var name = parsed.GetRequiredValue(Name);
        if (!parsed.GetValue(Yes))
            throw new ArgumentException($"drop would delete the whole database of tenant '{name}' for good. Nothing was deleted; add --yes to do it.");
        using var admin = context.Settings.OpenAdmin();
        await admin.DropNamespaceAsync(name, cancellationToken);
        context.Output.Write(new(name), SystemJsonContext.Default.TenantJson, people => people.Line($"Dropped tenant {name}."));
    }
}
