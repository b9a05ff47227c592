"""s-nail: type."""
import pathlib
import re
import tempfile
from observe import seen, words

OPTIONS = ('-#', '-:/', '-R', '-S', 'v15-compat', '-S', 'ttycharset=utf-8')


def read(path):
    with tempfile.TemporaryDirectory() as folder:
        box = pathlib.Path(folder, 'box')
        box.write_bytes(b'From ann Sun Nov 29 10:00:00 2026\n' + path.read_bytes().replace(b'\r\n', b'\n') + b'\n')
        field = re.search(r'^Subject: ?(.*)$', words('s-nail', *OPTIONS, '-f', str(box), input=b'type\nx\n'), re.M)
        return {'subject': field[1] if field else ''}


seen(read)
