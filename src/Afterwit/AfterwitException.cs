namespace Afterwit;

/// <summary>What went wrong, in the words of an operator: every message says what failed, with which value, and what to do.</summary>
/// <remarks>Mistakes of the caller that need no knowledge of the store are plain <see cref="ArgumentException"/>s.</remarks>
public class AfterwitException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, with which value, and what to do. Never a secret: it may reach a remote client.</param>
    /// <param name="innerException">The cause, when another layer raised it.</param>
    public AfterwitException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>The thing that was asked for by its id does not exist.</summary>
public sealed class NotFoundException(string message) : AfterwitException(message)
{
    internal static NotFoundException Of(EpisodeId episode) => new($"There is no episode {episode} in this memory.");
}

/// <summary>The request is well formed, but what is stored does not allow it: an episode that already ended, a relation that would close a cycle.</summary>
public sealed class ConflictException(string message) : AfterwitException(message);

/// <summary>The database cannot be opened, reached, read or written.</summary>
public sealed class DatabaseException : AfterwitException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, with which value, and what to do.</param>
    /// <param name="isTransient">True when the same call may succeed later without a change.</param>
    /// <param name="innerException">The engine's own error.</param>
    public DatabaseException(string message, bool isTransient = false, Exception? innerException = null) : base(message, innerException) =>
        IsTransient = isTransient;

    /// <summary>True when the same call may succeed later without a change: the database was busy, or its disk was full.</summary>
    public bool IsTransient { get; }
}
