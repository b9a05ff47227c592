// Fuzzing: inputs of the kept corpus, mutated, against everything that reads what strangers write.
//
//     dotnet run -c Release --project tests/SmtpTransporter.Fuzz -- [cases] [target|all] [seed]
//
// runs that many cases (default 1,000,000) on each target: addresses, mime, json, options, replies. The same seed makes the same cases. What it
// finds is made as small as it goes, written to Corpus/<target>/failures, and ends the run with exit code 1. An input that was mended
// is moved up into Corpus/<target>, where the tests replay it for ever.
//
// The assemblies under test are instrumented as they are loaded, and an input that reaches a branch for the first time, or more often
// than any before, is mutated further.
using System.Reflection;
using SmtpTransport.Fuzz;

var run = new InstrumentedContext().LoadFromAssemblyName(Assembly.GetExecutingAssembly().GetName()).GetType(typeof(LongRun).FullName!)!;
return run.GetMethod(nameof(LongRun.Start))!.CreateDelegate<Func<string[], int>>()(args);
