using Gateway.Benchmarks;

// The same binary plays every part but the gateway: `upstream`, `yarp`, `relay` and `bytes` are started by the run itself, as processes of their own.
return args switch
{
    ["upstream", var port] => await Roles.UpstreamAsync(int.Parse(port)),
    ["yarp", var port, var upstream] => await Roles.BareYarpAsync(int.Parse(port), upstream),
    ["relay", var port, var socket] => await Roles.RelayAsync(int.Parse(port), socket),
    ["bytes", var port, var file] => await Roles.BytesAsync(int.Parse(port), file),
    [var gateway, .. var only] when File.Exists(gateway) => await Run.AllAsync(gateway, only),
    _ => Run.Usage(),
};
