using Afterwit.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives the services of a host a memory.</summary>
public static class AfterwitServiceCollectionExtensions
{
    /// <summary>Adds the memory at a path or on a server. Services take an <see cref="AgentMemoryProvider"/>.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="database">A path, <c>:memory:</c>, or the URL of a server.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddAfterwit(this IServiceCollection services, string database) => services.AddAfterwit(options => options.Database = database);

    /// <summary>Adds a memory with options made in code. Services take an <see cref="AgentMemoryProvider"/>.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Sets options. Several calls add up, the last one counts.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddAfterwit(this IServiceCollection services, Action<AfterwitOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<AfterwitOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AfterwitOptions>, AfterwitOptionsValidation>());
        services.TryAddSingleton(provider => new AgentMemoryProvider(provider.GetRequiredService<IOptions<AfterwitOptions>>(), provider.GetService<TimeProvider>()));
        return services;
    }

    /// <summary>Adds a memory with the settings of a section of the configuration, by the names that the settings file of the command has: <c>Db</c>, <c>Storage:Cache:MaxBytes</c>, <c>Server:AuthToken</c>.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="section">The section, such as <c>builder.Configuration.GetSection("Afterwit")</c>. A name in it that is no setting stops the host with an error.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddAfterwit(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddAfterwit(options => SettingSection.Apply(section, options));
    }
}
