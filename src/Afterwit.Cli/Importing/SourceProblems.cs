using System.Runtime.CompilerServices;

namespace Afterwit.Cli.Importing;

/// <summary>Says in plain words why a file could not be read, or not to its end.</summary>
internal static class SourceProblems
{
    /// <summary>True when the exception is about the file, and no fault of this program.</summary>
    public static bool Concerns(Exception exception) => exception is IOException or InvalidDataException or UnauthorizedAccessException;

    public static string Reason(Exception exception) => exception switch
    {
        InvalidDataException => "the gzip data is damaged or ends early; what came before is kept",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file or folder",
        UnauthorizedAccessException => "it may not be read: permission denied",
        _ => $"it cannot be read: {exception.Message}",
    };

    /// <summary>Puts a last element in the place of an exception: what came before it is kept, and whoever reads is told why there is no more.</summary>
    /// <param name="all">The elements.</param>
    /// <param name="last">The last element for an exception; null lets it pass.</param>
    /// <param name="cancellationToken">Stops between elements.</param>
    public static async IAsyncEnumerable<T> EndWith<T>(this IAsyncEnumerable<T> all, Func<Exception, T?> last, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : struct
    {
        await using var each = all.GetAsyncEnumerator(cancellationToken);
        for (T? ending = null; ending is null;)
        {
            try
            {
                if (!await each.MoveNextAsync())
                    yield break;
            }
            catch (Exception e) when ((ending = last(e)) is not null)
            {
            }

            yield return ending ?? each.Current;
        }
    }
}
