using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How a benchmark is run.</summary>
/// <param name="Source">Files of real episodes; none means made-up ones.</param>
/// <param name="Sizes">The sizes of memory that recall is measured on.</param>
/// <param name="Rounds">Multiplies how many operations are timed.</param>
/// <param name="Keep">Keep the memories that recall was measured on, under this name.</param>
/// <param name="Storage">How the files are opened.</param>
/// <param name="Database">Where the suites work.</param>
internal sealed record BenchOptions(IReadOnlyList<string> Source, IReadOnlyList<int> Sizes, int Rounds, string? Keep, SqliteOptions Storage, BenchDatabase Database);
