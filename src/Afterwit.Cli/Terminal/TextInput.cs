using System.Text;

namespace Afterwit.Cli.Terminal;

/// <summary>Texts that a command line gives itself or says where to read: - is standard input, @FILE a file, @@ an @ at the beginning of a text.</summary>
internal sealed class TextInput
{
    /// <summary>What the help of an option adds.</summary>
    public const string Hint = "- reads standard input, @FILE a file.";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private string? _stdinOf;

    /// <summary>The text that a value stands for.</summary>
    /// <exception cref="ArgumentException">The file cannot be read or is not UTF-8, or two values want standard input.</exception>
    public async Task<string?> ReadAsync(string? value, string name, CancellationToken cancellationToken)
    {
        switch (value)
        {
            case "-":
                if (_stdinOf is not null)
                    throw new ArgumentException($"{_stdinOf} and {name} are both '-': only one can read standard input. Give the other as @FILE.");
                _stdinOf = name;
                return await DecodeAsync(Console.OpenStandardInput(), $"{name}: standard input", cancellationToken);
            case ['@', '@', ..]:
                return value[1..];
            case ['@', .. { Length: > 0 } path]:
                if (!File.Exists(path))
                    throw new ArgumentException($"{name} is '{Words.Excerpt(value, 60)}': there is no such file. A text that begins with @ is written with @@.");
                return await DecodeAsync(File.OpenRead(path), $"{name}: {path}", cancellationToken);
            default:
                return value;
        }
    }

    /// <summary>The lines of standard input.</summary>
    public static Task<string?> ReadStandardInputAsync(CancellationToken cancellationToken) => DecodeAsync(Console.OpenStandardInput(), "standard input", cancellationToken);

    private static async Task<string?> DecodeAsync(Stream stream, string what, CancellationToken cancellationToken)
    {
        await using (stream)
        {
            try
            {
                using var reader = new StreamReader(stream, Strict);
                // A read of a terminal or a pipe cannot be stopped: let go of it instead, so that Ctrl-C answers at once.
                return await Task.Run(reader.ReadToEndAsync, cancellationToken).WaitAsync(cancellationToken);
            }
            catch (DecoderFallbackException e)
            {
                throw new ArgumentException($"{what} is not UTF-8 text: convert it first.", e);
            }
        }
    }
}
