using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How a benchmark is run.</summary>
/// <param name="Source">Files of real episodes; none means made-up ones.</param>
/// <param name="Sizes">How many episodes the memory holds that is measured.</param>
/// <param name="Rounds">Multiplies how many operations are timed.</param>
/// <param name="Storage">How the files are opened.</param>
/// <param name="Database">Where the suites work.</param>
internal sealed record BenchOptions(IReadOnlyList<string> Source, IReadOnlyList<int> Sizes, int Rounds, SqliteOptions Storage, BenchDatabase Database);
