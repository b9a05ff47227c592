"""Drives Postfix's smtp-source, which builds nothing and checks little: a practical limit. What this reads and prints: see Contestants/Worker.cs."""
import json
import os
import resource
import subprocess
import sys
import time


def cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(host, port, tls, size, connections, count):
    if tls == "1":
        return {"unsupported": "no TLS in it"}
    length = os.path.getsize(f"{os.environ['BENCHMARKS_CONTENT']}/{size}.eml")
    used, start = cpu(), time.perf_counter()
    # The time includes its start and opening its connections; -d keeps connections open.
    run = subprocess.run(
        ["smtp-source", "-d", "-s", connections, "-m", count, "-l", str(length),
         "-f", "sender@example.com", "-t", "recipient@example.org", f"inet:{host}:{port}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds, used = time.perf_counter() - start, cpu() - used
    if run.returncode != 0:
        return {"error": run.stderr.strip()[-200:]}
    return {"messages": int(count), "opening": 0, "seconds": seconds, "cpuSeconds": used, "allocatedBytes": None}


version = subprocess.run(["postconf", "-h", "mail_version"], capture_output=True, text=True)
print(f"Postfix {version.stdout.strip()}", flush=True)
for line in sys.stdin:
    try:
        result = measure(*line.split())
    except Exception as error:
        result = {"error": repr(error)}
    print(json.dumps(result), flush=True)
