"""notmuch: show of a database with the messages."""
import json
import os
import pathlib
import shutil
import sys
import tempfile
from observe import pairs, run, seen, sort

folder = tempfile.TemporaryDirectory()
mail = pathlib.Path(folder.name, 'mail/cur')
mail.mkdir(parents=True)
for source in pathlib.Path(sys.argv[1]).glob('*.eml'):
    shutil.copy(source, mail / f'{source.stem}:2,S')
pathlib.Path(folder.name, 'config').write_text(
    f'[database]\npath={folder.name}/mail\n[user]\nname=Lab\nprimary_email=lab@example.com\n')
environment = {**os.environ, 'NOTMUCH_CONFIG': f'{folder.name}/config', 'HOME': folder.name}


def show(*arguments):
    return run('notmuch', 'show', *arguments, env=environment)


def messages(found):
    if isinstance(found, dict):
        yield found
    else:
        for inner in found or []:
            yield from messages(inner)


run('notmuch', 'new', env=environment)
shown = json.loads(show('--format=json', '--include-html', '*').decode('utf-8', 'replace'))
by_stem = {pathlib.Path(name).name[:-4]: message for message in messages(shown) for name in message['filename']}


def leaves(part, query):
    kind, content = part['content-type'], part.get('content')
    if isinstance(content, list) and not kind.startswith('message/'):
        for inner in content:
            yield from leaves(inner, query)
        return
    name, disposition, text = part.get('filename'), part.get('content-disposition'), content if isinstance(content, str) else None
    is_body = text is not None and not name and disposition != 'attachment'
    octets = None if kind.startswith('message/') or is_body else show('--format=raw', f'--part={part["id"]}', query)
    yield kind, name, disposition, octets, text


def read(path):
    message = by_stem[path.stem]
    headers = message['headers']
    return {'subject': headers.get('Subject'), 'from': pairs(headers.get('From')), 'to': pairs(headers.get('To')),
            **sort(leaf for part in message['body'] for leaf in leaves(part, 'id:' + message['id']))}


seen(read)
