"""Port 2595: clear text. Port 2596: STARTTLS and login."""
import os, uuid
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import defer, reactor
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.mail import smtp
from twisted.mail.imap4 import LOGINCredentials, PLAINCredentials
from zope.interface import implementer


@implementer(smtp.IMessage)
class Message:
    def __init__(self, sender, recipient):
        self.sender, self.recipient, self.lines = sender, recipient, []

    def lineReceived(self, line):
        self.lines.append(line)

    def eomReceived(self):
        message = b"\r\n".join(self.lines) + b"\r\n"
        if b"CONTENT-REFUSED" in message[:2000]:
            return defer.fail(smtp.SMTPServerError(550, b"5.7.1 content refused"))
        file = f"/store/{uuid.uuid4()}"
        with open(file + ".part", "wb") as f:
            f.write(f"MAIL {self.sender}\nRCPT {self.recipient}\n\n".encode() + message)
        os.rename(file + ".part", file + ".msg")
        return defer.succeed(None)

    def connectionLost(self):
        self.lines = None


@implementer(smtp.IMessageDelivery)
class Delivery:
    sender = ""

    def receivedHeader(self, helo, origin, recipients):
        return b"Received: by twisted.test"

    def validateFrom(self, helo, origin):
        self.sender = str(origin)
        if self.sender.startswith("bad@"):
            raise smtp.SMTPBadSender(origin)
        return origin

    def validateTo(self, user):
        recipient = str(user.dest)
        if recipient.startswith("refused"):
            raise smtp.SMTPBadRcpt(user)
        return lambda: Message(self.sender, recipient)


@implementer(IRealm)
class Realm:
    def requestAvatar(self, avatar, mind, *interfaces):
        return smtp.IMessageDelivery, Delivery(), lambda: None


class Factory(smtp.SMTPFactory):
    protocol = smtp.ESMTP
    tls = None

    def buildProtocol(self, address):
        protocol = smtp.SMTPFactory.buildProtocol(self, address)
        protocol.host = "twisted.test"
        if self.tls:
            protocol.challengers = {b"LOGIN": LOGINCredentials, b"PLAIN": PLAINCredentials}
            protocol.ctx = self.tls
        else:
            protocol.challengers = {}
            protocol.delivery = Delivery()
        return protocol


users = InMemoryUsernamePasswordDatabaseDontUse()
users.addUser(b"me", b"secret")
secure = Factory(Portal(Realm(), [users]))
secure.tls = DefaultOpenSSLContextFactory("/store/tls/key.pem", "/store/tls/certificate.pem")
reactor.listenTCP(2595, Factory(), interface="127.0.0.1")
reactor.listenTCP(2596, secure, interface="127.0.0.1")
reactor.run()
