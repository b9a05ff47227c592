// Fuzzing: runs mutated inputs of the corpus against all code that reads untrusted data.
//
//     dotnet run -c Release --project tests/SmtpTransporter.Fuzz -- [cases] [target|all] [seed] [plain]
//
// runs that many cases (default 1,000,000) on each target: addresses, json, mime, options, received, replies. The same seed creates the same
// cases.
// A failing input is made as small as possible, written to Corpus/<target>/failures, and ends the run with exit code 1. After the fix, move
// the input up into Corpus/<target>, where the tests replay it.
//
// The assemblies under test are instrumented when they are loaded, and an input that reaches a branch for the first time, or far more often
// than any before, is mutated further. With "plain" they are not: new is what has another outcome, and several times as many cases run in
// the same time.
using System.Reflection;
using SmtpTransport.Fuzz;

if (args is [.., "plain"])
    return LongRun.Start(args[..^1]);

var assembly = new InstrumentedContext().LoadFromAssemblyName(Assembly.GetExecutingAssembly().GetName());
var run = assembly.GetType(typeof(LongRun).FullName!)!;
return run.GetMethod(nameof(LongRun.Start))!.CreateDelegate<Func<string[], int>>()(args);
