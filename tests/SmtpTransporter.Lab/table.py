"""Prints the table server × test of a report (CTRF), and the sums in the form of `dotnet test`: table.py REPORT"""
import collections, json, re, sys

tests = json.load(open(sys.argv[1]))["results"]["tests"]
rows, columns, sums, seconds = collections.defaultdict(dict), [], collections.Counter(), collections.Counter()
for test in tests:
    # SmtpTransport.Lab.PostfixTests.An_email_is_accepted(with: arguments)
    server, name = re.match(r"(?:\w+\.)*(\w+?)Tests\.(\w+)", test["name"]).groups()
    sums[test["status"]] += 1
    seconds[server] += test["duration"] / 1000
    if server not in columns:
        columns.append(server)
    worst = rows[name].get(server)
    rows[name][server] = "FAILED" if "failed" in (test["status"], worst and worst.lower()) else test["status"]
width = max(map(len, rows), default=0)
columns.sort()
print("\n" + " " * width, *columns)
for name in sorted(rows):
    cells = ({"passed": "ok", None: "-"}.get(s := rows[name].get(c), s).ljust(len(c)) for c in columns)
    print(name.ljust(width), *cells)
print("seconds".ljust(width), *(f"{seconds[c]:.0f}".ljust(len(c)) for c in columns))
for test in sorted(tests, key=lambda t: -t["duration"])[:5]:
    print(f"{test['duration'] / 1000:6.1f} s  {test['name'][:100]}")
failed = sums["failed"]
print(f"Test run summary: {'Failed' if failed else 'Passed'}!\n  total: {sum(sums.values())}\n  failed: {failed}")
print(f"  succeeded: {sums['passed']}\n  skipped: {sums['skipped']}")
