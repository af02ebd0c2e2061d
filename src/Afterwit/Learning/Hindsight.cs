namespace Afterwit;

/// <summary>What is computed when an episode ends.</summary>
internal static class Hindsight
{
    /// <summary>The episode with its reward and reflection.</summary>
    public static Episode Judge(Episode episode) => episode with
    {
        Reward = Reward.Of(episode.Outcome!, episode.Steps),
        Reflection = Reflection.On(episode.Outcome!, episode.Steps),
    };
}
