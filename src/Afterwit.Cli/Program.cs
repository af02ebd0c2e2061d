using Afterwit.Cli;

return await App.RunAsync(args);
