"""What a program says about each message of a folder, as one line of JSON a message."""
import email
import email.policy
import hashlib
import json
import pathlib
import re
import subprocess
import sys


def digest(content):
    return hashlib.sha256(content).hexdigest()


def lines(text):
    """A text with LF, without the line breaks at its end."""
    return None if text is None else text.replace('\r\n', '\n').rstrip('\n')


def run(*command, **options):
    """The octets that a program prints."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options).stdout


def words(*command, **options):
    return run(*command, **options).decode('utf-8', 'replace')


def seen(read):
    """Calls read(path) for each message; what it returns is printed. A program that fails says so instead."""
    for path in sorted(pathlib.Path(sys.argv[1]).glob('*.eml')):
        try:
            found = read(path)
        except Exception as error:
            found = {'error': f'{type(error).__name__}: {error}'}
        # Octets that a program could not decode become question marks.
        line = json.dumps({'message': path.stem, **found}, ensure_ascii=False)
        sys.stdout.buffer.write(line.encode('utf-8', 'replace') + b'\n')


def sort(leaves):
    """Leaves are (type, name, disposition, content, text). The first text and the first HTML that are no files are the bodies."""
    found = {'text': None, 'html': None, 'files': []}
    for kind, name, disposition, content, text in leaves:
        field = {'text/plain': 'text', 'text/html': 'html'}.get(kind.lower())
        if field and found[field] is None and not name and (disposition or '').lower() != 'attachment':
            found[field] = lines(text) or ''
        else:
            found['files'].append({'name': name, 'hash': None if content is None else digest(content)})
    return found


def pairs(shown):
    """Addresses as a program shows them in a line; only commas outside of quotes separate them."""
    found = []
    for one in re.findall(r'(?:"(?:\\.|[^"\\])*"|<[^>]*>|\([^()]*\)|[^",<(])+', shown or ''):
        match = re.fullmatch(r'\s*(.*?)\s*<([^<>]*)>\s*', one, re.S)
        name, address = match.groups() if match else ('', one.strip())
        if re.fullmatch(r'".*"', name, re.S):
            name = re.sub(r'\\(.)', r'\1', name[1:-1])
        if address:
            found.append([name, address])
    return found


def parts(path):
    """How many leaves a message has, by its structure alone: what a user of a menu would see."""
    def count(part):
        return 1 if not part.is_multipart() or part.get_content_maintype() == 'message' else sum(count(p) for p in part.iter_parts())
    return count(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
