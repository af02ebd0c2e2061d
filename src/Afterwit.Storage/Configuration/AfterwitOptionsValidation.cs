using Microsoft.Extensions.Options;

namespace Afterwit.Storage;

/// <summary>The ranges that the settings file is checked by, for options: a host does not start with one that is broken.</summary>
internal sealed class AfterwitOptionsValidation : IValidateOptions<AfterwitOptions>
{
    public ValidateOptionsResult Validate(string? name, AfterwitOptions options)
    {
        try
        {
            Setting.DatabaseOf(options.Database);
            Setting.Validate(options.Storage);
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is ArgumentException or DatabaseException)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
