"""reformime of the package maildrop."""
from observe import digest, run, seen, words


def read(path):
    sections = []
    for block in words('reformime', '-i', stdin=open(path, 'rb')).split('\n\n'):
        fields = dict(line.split(': ', 1) for line in block.splitlines() if ': ' in line)
        if fields:
            sections.append(fields)
    files, bodies, inside = [], set(), None
    for fields in sections:
        section, kind = fields['section'], fields['content-type']
        if inside and section.startswith(inside + '.') or kind.startswith('multipart/'):
            continue
        inside = section if kind.startswith('message/') else None
        name = fields.get('content-disposition-filename') or fields.get('content-name')
        if kind in ('text/plain', 'text/html') and kind not in bodies and not name and fields.get('content-disposition') != 'attachment':
            bodies.add(kind)
        else:
            content = None if inside else run('reformime', '-e', '-s', section, stdin=open(path, 'rb'))
            files.append({'name': name, 'hash': content if content is None else digest(content)})
    return {'files': files}


seen(read)
