namespace Afterwit.Dashboard;

/// <summary>A setting in effect, as `config show` and /api/v1/settings give it. A secret is never in it.</summary>
internal sealed record SettingJson(string Name, string Value, string Source, string Default, string Allowed, string Description, string Environment, string Option);
