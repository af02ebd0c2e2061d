using System.Text.Json.Serialization;
using Afterwit.Cli.Demo;
using Afterwit.Cli.Importing;

namespace Afterwit.Cli;

/// <summary>The JSON that only commands print.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ImportJson))]
[JsonSerializable(typeof(DemoJson))]
internal sealed partial class CliJson : JsonSerializerContext;
