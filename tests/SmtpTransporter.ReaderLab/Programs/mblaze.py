"""mblaze: mhdr, maddr and mshow."""
import re
from observe import digest, lines, pairs, run, seen, words


def header(path, field):
    found = words('mhdr', '-d', '-h', field, str(path))
    return found.rstrip('\n') if found else None


def read(path):
    leaves, inside = [], None
    for line in words('mshow', '-t', str(path)).splitlines()[1:]:
        indent, number, kind, name = re.match(r'( *)(\d+): (\S+)(?: size=\d+)?(?: name="(.*)")?', line).groups()
        if inside is not None and len(indent) > inside:
            continue
        inside = len(indent) if kind.startswith('message/') else None
        if not kind.startswith('multipart/'):
            leaves.append((number, kind, name))
    files, bodies = [], {}
    for number, kind, name in leaves:
        if kind in ('text/plain', 'text/html') and kind not in bodies and name is None:
            bodies[kind] = number
        else:
            content = None if kind.startswith('message/') else run('mshow', '-O', str(path), number)
            files.append({'name': name, 'hash': content if content is None else digest(content)})
    found = {'subject': header(path, 'subject'), 'files': files}
    for field in ('from', 'to'):
        shown = words('maddr', '-h', field, str(path)).splitlines()
        found[field] = [pair for line in shown for pair in pairs(line)]
    if len(leaves) == 1 and bodies:
        found['text' if 'text/plain' in bodies else 'html'] = lines(words('mshow', '-n', '-N', '-F', '-h', 'x', str(path))[1:])
    return found


seen(read)
