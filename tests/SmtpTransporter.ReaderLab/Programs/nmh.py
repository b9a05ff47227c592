"""nmh: scan and mhstore."""
import os
import pathlib
import re
import subprocess
import tempfile
from observe import digest, pairs, seen, words


def read(path):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, '.mh_profile').write_text('Path: Mail\n')
        os.makedirs(f'{folder}/Mail/inbox')
        os.makedirs(f'{folder}/out')
        # As a delivery on a Unix system writes it.
        pathlib.Path(folder, 'Mail/inbox/1').write_bytes(path.read_bytes().replace(b'\r\n', b'\n'))
        environment = {**os.environ, 'HOME': folder, 'LC_ALL': 'C.UTF-8', 'PATH': '/usr/bin/mh:' + os.environ['PATH']}
        shown = {field: words('scan', '-width', '9999', '-format', '%(putstr(decode{' + field + '}))', '1', env=environment).rstrip('\n')
                 for field in ('subject', 'from', 'to')}
        told = subprocess.run(['mhstore', '-auto', '1'], env=environment, cwd=f'{folder}/out', capture_output=True).stderr
        files = []
        for name in re.findall(r'^storing message 1(?: part \S+)? as file (.*)$', told.decode('utf-8', 'replace'), re.M):
            if not re.fullmatch(r'1(\.\d+)*\.(txt|html)', name):
                unnamed = re.fullmatch(r'1(\.\d+)*\.\w+', name)
                files.append({'name': None if unnamed else name, 'hash': digest(pathlib.Path(folder, 'out', name).read_bytes())})
        return {'subject': shown['subject'], 'from': pairs(shown['from']), 'to': pairs(shown['to']), 'files': files}


seen(read)
