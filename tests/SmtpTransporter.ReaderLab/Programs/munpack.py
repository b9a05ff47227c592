"""munpack of the package mpack: it writes the files that a message carries."""
import pathlib
import re
import tempfile
from observe import digest, seen, words


def read(path):
    with tempfile.TemporaryDirectory() as folder:
        told = words('munpack', '-f', '-t', '-C', folder, str(path))
        files, bodies = [], set()
        for name, kind in re.findall(r'^(.*) \(([\w.+-]+/[\w.+-]+)\)$', told, re.M):
            unnamed = re.fullmatch(r'part\d+', name)
            if unnamed and kind in ('text/plain', 'text/html') and kind not in bodies:
                bodies.add(kind)
            else:
                # A name that is too long for the disk is told, and nothing is written.
                written = [f for f in pathlib.Path(folder).iterdir() if f.name == name]
                files.append({'name': None if unnamed else name, 'hash': digest(written[0].read_bytes()) if written else None})
        return {'files': files}


seen(read)
