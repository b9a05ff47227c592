"""Port 2581: clear text. Port 2582: STARTTLS and login."""
import asyncio, os, ssl, uuid
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def refusal(local, word, no, later):
    return f"550 {no}" if local.startswith(word) else f"450 {later}" if local.startswith("later") else None


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = refusal(address, "bad@", "5.7.1 sender refused", "4.7.1 sender later")
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = refusal(address, "refused", "5.1.1 no such user", "4.2.2 mailbox full")
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"CONTENT-REFUSED" in envelope.content[:2000]:
            return "550 5.7.1 content refused"
        if b"CONTENT-LATER" in envelope.content[:2000]:
            return "451 4.7.1 content later"
        file = f"/store/{uuid.uuid4()}"
        lines = [f"MAIL {envelope.mail_from}"] + [f"RCPT {r}" for r in envelope.rcpt_tos]
        with open(file + ".part", "wb") as f:
            f.write("\n".join(lines).encode() + b"\n\n" + envelope.content)
        os.rename(file + ".part", file + ".msg")
        return "250 2.0.0 OK stored"


def login(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data.login == b"me" and data.password == b"secret"
    return AuthResult(success=right, handled=False)


async def main():
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain("/store/tls/certificate.pem", "/store/tls/key.pem")
    both = dict(hostname="aiosmtpd.test", enable_SMTPUTF8=True, data_size_limit=2000000, loop=loop)
    await loop.create_server(lambda: SMTP(Handler(), **both), "127.0.0.1", 2581)
    await loop.create_server(
        lambda: SMTP(Handler(), tls_context=tls, require_starttls=True, authenticator=login, auth_required=True, **both), "127.0.0.1", 2582)
    await asyncio.Event().wait()


asyncio.run(main())
