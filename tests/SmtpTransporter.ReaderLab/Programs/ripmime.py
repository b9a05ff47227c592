"""ripmime: it writes the files that a message carries, each text without a name as textfileN."""
import pathlib
import re
import tempfile
from observe import digest, run, seen


def read(path):
    with tempfile.TemporaryDirectory() as folder:
        run('ripmime', '-i', str(path), '-d', folder, '--no-multiple-filenames')
        files = [f for f in pathlib.Path(folder).iterdir() if not re.fullmatch(r'textfile\d+', f.name)]
        return {'files': [{'name': f.name.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace'), 'hash': digest(f.read_bytes())}
                          for f in files]}


seen(read)
