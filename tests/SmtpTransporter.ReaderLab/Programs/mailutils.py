"""GNU mailutils: from."""
import pathlib
import tempfile
from observe import seen, words


def read(path):
    with tempfile.TemporaryDirectory() as folder:
        box = pathlib.Path(folder, 'box')
        box.write_bytes(b'From ann Sun Nov 29 10:00:00 2026\n' + path.read_bytes().replace(b'\r\n', b'\n') + b'\n')
        return {'subject': words('from', '-f', str(box)).removesuffix('\n').partition('\t')[2]}


seen(read)
