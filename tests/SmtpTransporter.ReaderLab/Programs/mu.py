"""mu: view and extract."""
import pathlib
import re
import tempfile
from observe import digest, lines, run, seen, words

TOKEN = re.compile(r'\s*(\(|\)|"(?:\\.|[^"\\])*"|[^\s()"]+)')


def sexp(text):
    stack = [[]]
    for token in TOKEN.findall(text):
        if token == '(':
            stack.append([])
        elif token == ')':
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(re.sub(r'\\(.)', r'\1', token[1:-1], flags=re.S) if token[0] == '"' else token)
    return stack[0][0]


def table(found):
    return dict(zip(found[::2], found[1::2]))


def read(path):
    message = table(sexp(words('mu', 'view', '-o', 'sexp', str(path))))
    people = {f: [[p.get(':name', ''), p[':email']] for p in map(table, message.get(':' + f, []))] for f in ('from', 'to')}
    files, bodies = [], set()
    with tempfile.TemporaryDirectory() as folder:
        for number, name, kind, role in re.findall(r'^  (\d+) (.*) (\S+/\S+) \[(\w+)\]', words('mu', 'extract', str(path)), re.M):
            name = None if name == '<none>' else name
            if kind in ('text/plain', 'text/html') and kind not in bodies and not name and role == 'inline':
                bodies.add(kind)
                continue
            target = pathlib.Path(folder, number)
            target.mkdir()
            run('mu', 'extract', f'--parts={number}', f'--target-dir={target}', str(path))
            written = [f.read_bytes() for f in target.iterdir()]
            files.append({'name': name, 'hash': digest(written[0]) if written and not kind.startswith('message/') else None})
    found = {'subject': message.get(':subject'), **people, 'files': files}
    if bodies == {'text/plain'} and not files:
        # The header that it prints ends with the date.
        found['text'] = lines(words('mu', 'view', str(path)).replace('\r\n', '\n').split('\nDate: ', 1)[1].partition('\n')[2])
    return found


seen(read)
