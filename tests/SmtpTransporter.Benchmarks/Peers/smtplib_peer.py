"""Python's smtplib, the message built for each send. What it reads and prints: see Contestants/Worker.cs."""
import json
import os
import platform
import smtplib
import ssl
import sys
import threading
import time
from email.message import EmailMessage


def read(size, kind, mode="r"):
    path = f"{os.environ['BENCHMARKS_CONTENT']}/{size}.{kind}"
    if not os.path.exists(path):
        return None
    with open(path, mode) as file:
        return file.read()


class Lane:
    def __init__(self, host, port, tls, size):
        self.parts = read(size, "txt"), read(size, "html"), read(size, "bin", "rb")
        self.error = None
        self.client = smtplib.SMTP(host, port)
        self.client.ehlo()
        if tls:
            self.client.starttls(context=ssl.create_default_context())
            self.client.ehlo()

    def build(self):
        text, html, attachment = self.parts
        message = EmailMessage()
        message["From"] = "sender@example.com"
        message["To"] = "recipient@example.org"
        message["Subject"] = "A message of the benchmarks"
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        if attachment is not None:
            message.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="data.bin")
        return message

    def send(self, messages):
        try:
            for _ in range(messages):
                self.client.send_message(self.build())
        except Exception as error:
            self.error = error


def in_lanes(lanes, count):
    if len(lanes) == 1:
        lanes[0].send(count)
    else:
        threads = [threading.Thread(target=lane.send, args=(count // len(lanes) + (i < count % len(lanes)),)) for i, lane in enumerate(lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for lane in lanes:
        if lane.error:
            raise lane.error


def measure(host, port, tls, size, connections, count):
    connections, count = int(connections), int(count)
    lanes = [Lane(host, int(port), tls == "1", size) for _ in range(connections)]
    in_lanes(lanes, connections)
    cpu, start = time.process_time(), time.perf_counter()
    in_lanes(lanes, count)
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    for lane in lanes:
        lane.client.quit()
    return {"messages": count, "opening": connections, "seconds": seconds, "cpuSeconds": used, "allocatedBytes": None}


print(f"smtplib, Python {platform.python_version()}", flush=True)
for line in sys.stdin:
    try:
        result = measure(*line.split())
    except Exception as error:
        result = {"error": repr(error)}
    print(json.dumps(result), flush=True)
