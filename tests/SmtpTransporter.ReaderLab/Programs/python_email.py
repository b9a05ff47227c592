"""Python's email package, with its current policy."""
import email
import email.policy
from observe import seen, sort


def leaves(part):
    for leaf in part.walk():
        if leaf.get_content_maintype() == 'message':
            inner = leaf.get_payload(0).as_bytes(policy=email.policy.SMTP) if leaf.get_payload() else b''
            yield leaf.get_content_type(), leaf.get_filename(), leaf.get_content_disposition(), None, None
            del inner
        elif not leaf.is_multipart():
            text = leaf.get_content() if leaf.get_content_maintype() == 'text' else None
            content = leaf.get_payload(decode=True)
            yield leaf.get_content_type(), leaf.get_filename(), leaf.get_content_disposition(), content, text


def outer(message):
    """The leaves without those of attached messages."""
    if message.get_content_maintype() == 'message' or not message.is_multipart():
        yield from list(leaves(message))[:1]
    else:
        for part in message.iter_parts():
            yield from outer(part)


def addresses(field):
    return None if field is None else [[a.display_name, a.addr_spec] for a in field.addresses]


def read(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return {'subject': message['subject'], 'from': addresses(message['from']), 'to': addresses(message['to']), **sort(outer(message))}


seen(read)
