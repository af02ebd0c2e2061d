using System.CommandLine;
namespace Afterwit.Cli.Commands;
internal static class EvalCommand { public static Command Create() => new("eval", "x"); }
