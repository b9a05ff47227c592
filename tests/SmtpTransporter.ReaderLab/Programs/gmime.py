"""GMime by its introspection."""
import gi
gi.require_version('GMime', '3.0')
from gi.repository import GMime
from observe import seen, sort

GMime.init()


def content(part):
    memory = GMime.StreamMem.new()
    part.get_content().write_to_stream(memory)
    memory.flush()
    return bytes(memory.get_byte_array())


def leaves(part):
    if isinstance(part, GMime.Multipart):
        for i in range(part.get_count()):
            yield from leaves(part.get_part(i))
        return
    kind = part.get_content_type().get_mime_type()
    disposition = part.get_disposition()
    if isinstance(part, GMime.MessagePart):
        yield kind, part.get_content_type_parameter('name') or part.get_content_disposition_parameter('filename'), disposition, None, None
    else:
        name = part.get_filename()
        text = part.get_text() if isinstance(part, GMime.TextPart) and name is None else None
        yield kind, name, disposition, content(part), text


def addresses(found):
    flat = []
    for i in range(found.length()):
        one = found.get_address(i)
        if isinstance(one, GMime.InternetAddressGroup):
            flat += addresses(one.get_members())
        else:
            flat.append([one.get_name() or '', one.get_addr()])
    return flat


def read(path):
    stream = GMime.StreamFile.open(str(path), 'r')
    message = GMime.Parser.new_with_stream(stream).construct_message(None)
    return {
        'subject': message.get_subject(),
        'from': addresses(message.get_addresses(GMime.AddressType.FROM)),
        'to': addresses(message.get_addresses(GMime.AddressType.TO)),
        **sort(leaves(message.get_mime_part())),
    }


seen(read)
